"""Writes transactions into an image's journal, as another system might have left them (the format of jbd2)."""
import struct

MAGIC = 0xC03B3998
DESCRIPTOR, COMMIT, REVOKE = 1, 2, 5
ESCAPED, SAME, LAST = 1, 2, 8


class Log:
    """An image's log; `add` a few transactions, then `close` says where they begin."""

    def __init__(self, image, block_size, start=1, sequence=1):
        self.image, self.block_size = image, block_size
        words = image.debugfs("blocks <8>").splitlines()[-1].split()
        self.blocks = [int(word) for word in words]
        self.blocks = self.data_blocks()
        self.start, self.first_sequence = start, sequence
        self.position, self.sequence = start, sequence

    def data_blocks(self):
        """The journal's blocks in order, without those that only hold its map."""
        inside = self.image.debugfs("stat <8>").replace(",", " ").split()
        maps = {int(word.split(":")[1]) for word in inside if word.startswith(("(IND", "(DIND"))}
        return [block for block in self.blocks if block not in maps]

    def put(self, data):
        """Writes the next block of the log, which goes round."""
        self.image.poke(self.blocks[self.position] * self.block_size, data.ljust(self.block_size, b"\0"))
        self.position = self.position + 1 if self.position + 1 < len(self.blocks) else 1

    def header(self, kind, sequence=None):
        return struct.pack(">III", MAGIC, kind, self.sequence if sequence is None else sequence)

    def add(self, images, revoked=(), commit=True):
        """A transaction: images {block: bytes} and blocks whose images are not to be used."""
        if images:
            tags = b""
            for i, (block, data) in enumerate(images.items()):
                flags = (SAME if i else 0) | (LAST if i == len(images) - 1 else 0)
                flags |= ESCAPED if data[:4] == struct.pack(">I", MAGIC) else 0
                tags += struct.pack(">IHH", block, 0, flags) + (b"" if i else bytes(16))
            self.put(self.header(DESCRIPTOR) + tags)
            for data in images.values():
                self.put(bytes(4) + data[4:] if data[:4] == struct.pack(">I", MAGIC) else data)
        if revoked:
            numbers = b"".join(struct.pack(">I", block) for block in revoked)
            self.put(self.header(REVOKE) + struct.pack(">I", 16 + len(numbers)) + numbers)
        if commit:
            self.put(self.header(COMMIT))
        self.sequence = (self.sequence + 1) & 0xFFFFFFFF

    def close(self, incompatible=1, compatible=0):
        """Says where the log begins, and that the disk needs it."""
        place = self.blocks[0] * self.block_size
        self.image.poke(place + 24, struct.pack(">II", self.first_sequence, self.start))
        self.image.poke(place + 36, struct.pack(">II", compatible, incompatible))
        with open(self.image.path, "rb") as file:
            file.seek(1024 + 96)
            features = struct.unpack("<I", file.read(4))[0]
        self.image.poke(1024 + 96, struct.pack("<I", features | 4))
