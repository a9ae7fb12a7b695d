"""What the disk was told while its driver was damaged, against what the file server had asked for.

The file server tells each request (tests/guest/telling), the device each chain of descriptors that reaches it
(own_disk.py): in one log, before anything of it is done. `misdirected` compares them, descriptor by descriptor:

    sector       on the disk, not one that was asked for
    address      in memory, not the one that belongs to this sector
    length       of a piece, another than was asked for
    direction    the header's or a descriptor's: read for write
    frame        header or status lie elsewhere in memory, or are nothing of the kind
    queue        its rings lie elsewhere in memory
    unasked      nothing at all was asked for

What the device did not get to see (a request that was lost on the way) is none of these.
"""
from fault_log import BEFORE

WAYS = ("sector", "address", "length", "direction", "frame", "queue", "unasked")
KINDS = {"0": "to", "1": "from"}  # reads write to memory
FLUSH = "4"
FRAMES, FRAME, FRAME_COUNT, STATUS = 0x2000, 32, 32, 16  # of struct area in servers/block/transfer.c


class _Request:
    """What the file server asked for last: {(kind, sector): (address, length)}."""

    def __init__(self):
        self.pieces, self.flush, self.is_open = {}, False, False

    def take(self, words):
        if not self.is_open:
            self.pieces, self.flush, self.is_open = {}, False, True
        if words[0] == FLUSH:
            self.flush = True
        else:
            kind, sector, address, length = words
            self.pieces[kind, int(sector, 16)] = address, length

    def compare(self, kind, sector, pieces):
        """What is wrong with a chain, None if nothing is."""
        if kind == FLUSH:
            return None if self.flush and not pieces else "unasked"
        if not self.pieces:
            return "unasked"
        if kind not in [asked for asked, _ in self.pieces]:
            return "direction"
        if not pieces:
            return "length"
        at = int(sector, 16)
        for address, length, direction in (piece.split(":") for piece in pieces):
            asked = self.pieces.get((kind, at))
            if asked is None:
                return "sector"
            if direction != KINDS[kind]:
                return "direction"
            if (address, length) != asked:
                return "address" if address != asked[0] else "length"
            at += int(length, 16) // 512
        return None


def _own_place(words, queue):
    """Do header and status lie in the driver's own memory, where they belong?"""
    header, status = int(words[2], 16), int(words[3], 16)
    number, rest = divmod(header - int(queue[0], 16) - FRAMES, FRAME)
    return rest == 0 and 0 <= number < FRAME_COUNT and status == header + STATUS


def _judge(words, request, queue):
    """What is wrong with one thing that the device was told, None if nothing is."""
    what, *words = words
    if what == "queue":
        return None if words == queue else "queue"
    if what == "broken":
        return "frame"
    return request.compare(words[0], words[1], words[4:]) if _own_place(words, queue) else "frame"


def misdirected(boot, current):
    """[(what was wrong, the device's line)] of what the device was told in a round, from the fault on."""
    request, wrong, happened, last = _Request(), [], False, ""
    *_, queue = (line.split()[2:] for line in boot.preamble if line.startswith("device queue"))  # behind the firmware's
    for line in current.lines:
        word, *words = line.text.split()
        happened |= line.when != BEFORE
        asked = line.text.rpartition("asked ")[2].split()  # whatever one who died over its line left before it
        if "asked " in line.text and (len(asked) == 4 or asked == [FLUSH]):
            request.take(asked)
        elif word == "answered":
            request.is_open = False
        elif word == "device" and happened:
            how = _judge(words, request, queue)
            is_known = words[0] == "broken" and wrong and wrong[-1][1] == last  # why was said by the line before
            wrong += [(how, line.text)] if how and not is_known else []
            last = line.text
    return wrong
