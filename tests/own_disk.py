"""A virtio disk of our own, which writes down what it is told: QEMU (vhost-user-blk) hands this process the machine's
memory and the queue. Each line stands in the guest's log before anything of it is done.

    device queue DESCRIPTORS AVAILABLE USED           where the queue lies
    device do KIND SECTOR HEADER STATUS PIECE ...     a chain; a piece is ADDRESS:LENGTH:to memory, or :from it
    device broken WHY                                 one that cannot be followed; what comes after it is not looked at

Each begins with a mark, for it may stand in the midst of one of the guest's (fault_log.py).
Numbers are hexadecimal, addresses physical, KIND and SECTOR the header's. It does what it is told, as a real one would,
to any address of the machine's memory.
"""
import array
import mmap
import os
import select
import socket
import struct
import threading
from pathlib import Path

import fault_log

F_FLUSH, F_PROTOCOL, F_VERSION_1 = 1 << 9, 1 << 30, 1 << 32
P_CONFIG = 1 << 9
NEXT, DEVICE_WRITES = 1, 2
READ, WRITE, FLUSH = 0, 1, 4  # kinds
OK, IO_ERROR, UNSUPPORTED = 0, 1, 2
SECTOR = 512
QUEUE = 128
REPLY = 1 | 4  # version 1, and that it is a reply
GET_FEATURES, SET_MEMORY, SET_NUMBER, SET_ADDRESS, SET_BASE, GET_BASE, SET_KICK, SET_CALL = 1, 5, 8, 9, 10, 11, 12, 13
GET_PROTOCOL, GET_QUEUES, GET_CONFIG = 15, 17, 24  # the others need nothing


class Broken(Exception):
    """What is wrong with a chain."""


class Memory:
    """The machine's memory: regions of (guest's address, QEMU's address, size, mapping, offset in it)."""

    def __init__(self, payload, files):
        count = struct.unpack_from("<I", payload)[0]
        self.regions = []
        for i in range(count):
            guest, size, user, offset = struct.unpack_from("<QQQQ", payload, 8 + 32 * i)
            self.regions.append((guest, user, size, mmap.mmap(files[i], size + offset), offset))
            os.close(files[i])

    def view(self, address, length, by=0):
        """The bytes at a guest's address (by=0), or at one of QEMU's (by=1)."""
        for region in self.regions:
            start, size = region[by], region[2]
            if start <= address and address + length <= start + size:
                at = region[4] + address - start
                return memoryview(region[3])[at : at + length]
        raise Broken(f"{address:x}:{length:x} is no memory")

    def guest_address(self, user):
        """The guest's address of one of QEMU's."""
        for guest, start, size, _, _ in self.regions:
            if start <= user < start + size:
                return guest + user - start
        raise Broken(f"{user:x} is no address of QEMU's")


class OwnDisk(threading.Thread):
    """Serves one machine at `path`, a socket; what it is told goes to the end of the file `log`, or into a pipe."""

    def __init__(self, path, disk, log):
        super().__init__(daemon=True)
        self.path = path
        Path(path).unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.disk = os.open(disk, os.O_RDWR)
        self.sectors = os.path.getsize(disk) // SECTOR
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND)
        self.memory = None
        self.kick = self.call = None
        self.size, self.addresses, self.taken = QUEUE, None, 0
        self.is_broken = False

    def options(self):
        """QEMU's, for a machine of the usual size with this disk."""
        return [
            "-object", "memory-backend-memfd,id=memory,size=512M,share=on", "-machine", "memory-backend=memory",
            "-chardev", f"socket,id=disk,path={self.path}",
            "-device", f"vhost-user-blk-pci,chardev=disk,num-queues=1,queue-size={QUEUE},disable-legacy=on",
        ]

    def run(self):
        connection, _ = self.listener.accept()
        self.listener.close()
        while True:
            ready, _, _ = select.select([connection] + ([self.kick] if self.kick is not None else []), [], [])
            if connection in ready and not self._control(connection):
                break
            if self.kick is not None and self.kick in ready:
                os.read(self.kick, 8)
                self._serve()
        connection.close()
        os.close(self.disk)
        os.close(self.log)

    # ---- QEMU's messages ----

    def _control(self, connection):
        """Takes one; False: QEMU has gone."""
        try:
            head, ancillary, _, _ = connection.recvmsg(12, socket.CMSG_SPACE(4 * 16))
        except ConnectionError:
            return False
        if len(head) < 12:
            return False
        files = array.array("i")
        for _, _, data in ancillary:
            files.frombytes(data[: len(data) - len(data) % 4])
        request, _, length = struct.unpack("<III", head)
        payload = b""
        while len(payload) < length:
            payload += connection.recv(length - len(payload))
        answer = self._answer(request, payload, list(files))
        if answer is not None:
            connection.sendall(struct.pack("<III", request, REPLY, len(answer)) + answer)
        return True

    def _answer(self, request, payload, files):
        """Does what QEMU wants; bytes, if it wants an answer."""
        if request == GET_FEATURES:
            return struct.pack("<Q", F_FLUSH | F_PROTOCOL | F_VERSION_1)
        if request == GET_PROTOCOL:
            return struct.pack("<Q", P_CONFIG)
        if request == GET_QUEUES:
            return struct.pack("<Q", 1)
        if request == GET_CONFIG:
            offset, size, flags = struct.unpack_from("<III", payload)
            config = struct.pack("<Q", self.sectors).ljust(256, b"\0")[offset : offset + size]
            return struct.pack("<III", offset, size, flags) + config
        if request == GET_BASE:
            self.kick = self._replace(self.kick, None)
            return struct.pack("<II", 0, self.taken)
        self._set(request, payload, files)
        return None

    def _set(self, request, payload, files):
        if request == SET_MEMORY:
            self.memory = Memory(payload, files)
        elif request == SET_NUMBER:
            self.size = struct.unpack("<II", payload)[1]
        elif request == SET_ADDRESS:
            _, _, descriptors, used, available, _ = struct.unpack("<IIQQQQ", payload)
            self.addresses = descriptors, available, used
            places = (f"{self.memory.guest_address(address):x}" for address in self.addresses)
            self._note(f"queue {' '.join(places)}")
        elif request == SET_BASE:
            self.taken, self.is_broken = struct.unpack("<II", payload)[1], False
        elif request == SET_KICK:
            self.kick = self._replace(self.kick, files)
        elif request == SET_CALL:
            self.call = self._replace(self.call, files)

    @staticmethod
    def _replace(old, files):
        if old is not None:
            os.close(old)
        return files[0] if files else None

    # ---- the queue ----

    def _serve(self):
        """Does all that the driver has made available."""
        try:
            descriptors = self.memory.view(self.addresses[0], 16 * self.size, by=1)
            available = self.memory.view(self.addresses[1], 4 + 2 * self.size, by=1)
            used = self.memory.view(self.addresses[2], 4 + 8 * self.size, by=1)
            while not self.is_broken and self.taken != struct.unpack_from("<H", available, 2)[0]:
                (head,) = struct.unpack_from("<H", available, 4 + 2 * (self.taken % self.size))
                written = self._do(self._chain(descriptors, head))
                (index,) = struct.unpack_from("<H", used, 2)
                struct.pack_into("<II", used, 4 + 8 * (index % self.size), head, written)
                struct.pack_into("<H", used, 2, (index + 1) & 0xFFFF)
                self.taken = (self.taken + 1) & 0xFFFF
                os.write(self.call, struct.pack("<Q", 1))
        except Broken as error:
            self.is_broken = True
            self._note(f"broken {error}")

    def _chain(self, descriptors, head):
        """[(address, length, whether the device writes)]"""
        chain, index = [], head
        while len(chain) <= self.size:
            if index >= self.size:
                raise Broken(f"descriptor {index}")
            address, length, flags, following = struct.unpack_from("<QIHH", descriptors, 16 * index)
            chain.append((address, length, bool(flags & DEVICE_WRITES)))
            if not flags & NEXT:
                return chain
            index = following
        raise Broken("an endless chain")

    def _do(self, chain):
        """Does what a chain says; how many bytes were written to memory."""
        (header, size, writes), *pieces, (status, room, is_answer) = chain if len(chain) > 1 else chain * 2
        if len(chain) < 2 or size < 16 or writes or room < 1 or not is_answer:
            raise Broken(f"no header, or no place for the status: {_text(chain)}")
        kind, _, sector = struct.unpack("<IIQ", self.memory.view(header, 16))
        self._note(f"do {kind:x} {sector:x} {header:x} {status:x} {_text(pieces)}")
        done = self._move(kind, sector, [(self.memory.view(*piece[:2]), piece[2]) for piece in pieces])
        self.memory.view(status, 1)[0] = done
        return 1 + sum(length for _, length, writes in pieces if writes)

    def _move(self, kind, sector, pieces):
        """The transfer; its status."""
        length = sum(len(view) for view, _ in pieces)
        if kind == FLUSH:
            return OK
        if kind not in (READ, WRITE):
            return UNSUPPORTED
        if length % SECTOR or sector + length // SECTOR > self.sectors or any(w != (kind == READ) for _, w in pieces):
            return IO_ERROR
        views = [view for view, _ in pieces]
        move = os.preadv if kind == READ else os.pwritev
        return OK if not views or move(self.disk, views, sector * SECTOR) == length else IO_ERROR

    def _note(self, text):
        os.write(self.log, fault_log.MARK + f"device {text}\n".encode())


def _text(chain):
    return " ".join(f"{address:x}:{length:x}:{'to' if writes else 'from'}" for address, length, writes in chain)
