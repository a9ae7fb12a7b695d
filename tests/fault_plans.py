"""Planning software faults: where and what, by seed, from a server's own image (software_faults.py makes them).

Every fault is made at an instruction, in the moment when the server comes to it, and changes what that instruction is,
reads, or points with: so a fault that happened is one that was executed or read.
"""
import re
import struct
import subprocess
from dataclasses import dataclass

from places import BUILD

INJECTION = struct.Struct("<6QqBBBBI")  # struct injection of servers/proto/init.h
ALL = (1 << 64) - 1
REGISTERS = "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi rip rflags rsp".split()  # struct registers
NO_REGISTER = 0xFF
LOOP = b"\xeb\xfe"  # jmp to itself
EXIT = bytes.fromhex("6a115831ff0f05")  # push 17; pop rax; xor edi, edi; syscall
ANSWER = [0, 16, *range(32, 96, 8)]  # what is read of a struct message (user/lib/ipc.h): shape, token, words
MEMORY = re.compile(r"(-?0x[0-9a-f]+)?\((%\w+)?(?:,(%\w+),(\d))?\)")


@dataclass
class Instruction:
    """One of a server's."""

    address: int
    length: int
    text: str


@dataclass
class Fault:
    """One planned fault: what init is told, and words for whoever reads of it."""

    server: str
    kind: str
    text: str
    injection: bytes


def instructions(server, function=None):
    """The server's code, or that of one of its functions."""
    what = f"--disassemble={function}" if function else "-d"
    command = ["objdump", what, "--insn-width=16", BUILD / f"servers/{server}.elf"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*\t(.*)$", listing, re.MULTILINE)
    return [Instruction(int(at, 16), len(code.split()), text.strip()) for at, code, text in found]


def symbol(server, name):
    """The address of a function, None if the server has no such function."""
    command = ["nm", BUILD / f"servers/{server}.elf"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(rf"^([0-9a-f]+) [tT] {name}$", listing, re.MULTILINE)
    return int(found[1], 16) if found else None


def injection(address, **parts):
    """A struct injection in which only the named parts change something."""
    value = {"code_and": ALL, "code_xor": 0, "value_and": ALL, "value_xor": 0, "memory_xor": 0, "displacement": 0}
    value |= {"changed": NO_REGISTER, "base": NO_REGISTER, "index": NO_REGISTER, "scale": 0, "skip": 0} | parts
    return INJECTION.pack(address, *value.values())


def _code(address, code):
    """Other code at an address."""
    return injection(address, code_and=ALL << 8 * len(code) & ALL, code_xor=int.from_bytes(code, "little"))


def _operand(instruction):
    """The memory operand as parts of an injection: displacement, base, index, scale. None if there is none."""
    found = MEMORY.search(instruction.text)
    if not found or re.match(r"lea|nop|cs nop|data16|rep|call|jmp", instruction.text):
        return None
    displacement, base, index, scale = found.groups()
    displacement = int(displacement or "0", 16)
    if base == "%rip":
        displacement, base = displacement + instruction.address + instruction.length, None
    names = [name[1:] if name else None for name in (base, index)]
    if any(name and name not in REGISTERS for name in names):
        return None
    base, index = (REGISTERS.index(name) if name else NO_REGISTER for name in names)
    return {"displacement": displacement, "base": base, "index": index, "scale": int(scale or 0)}


def _is_read(instruction):
    """Does it read its memory operand? One that only writes it names it last."""
    operands = instruction.text.split(None, 1)[-1].split(" #")[0]
    return instruction.text.startswith(("cmp", "test")) or not operands.endswith(")")


def _flip(length, chance):
    return 1 << chance.randrange(8 * length)


# Each kind: what is done at an instruction by a random.Random, as an injection; None if it is no place for it.


def _bit_flip(instruction, chance):
    return injection(instruction.address, code_xor=_flip(min(instruction.length, 8), chance))


def _code_word(instruction, chance):
    return injection(instruction.address, code_and=0, code_xor=chance.getrandbits(64))


def _data_bit(instruction, chance):
    operand = _operand(instruction)
    return operand and _is_read(instruction) and injection(instruction.address, memory_xor=_flip(4, chance), **operand)


def _data_word(instruction, chance):
    operand = _operand(instruction)
    readable = operand and _is_read(instruction)
    return readable and injection(instruction.address, memory_xor=chance.getrandbits(64) | 1, **operand)


def _skip(instruction, _):
    return injection(instruction.address, skip=instruction.length)


def _wild(instruction, chance):
    operand = _operand(instruction)
    if not operand or operand["base"] == NO_REGISTER:
        return None
    wild = chance.choice([0, chance.getrandbits(64), chance.getrandbits(32), chance.getrandbits(47)])
    return injection(instruction.address, changed=operand["base"], value_and=0, value_xor=wild)


def _near(instruction, chance):
    """A pointer that is wrong by little: it still points to something of the server's."""
    operand = _operand(instruction)
    if not operand or operand["base"] == NO_REGISTER:
        return None
    return injection(instruction.address, changed=operand["base"], value_xor=1 << chance.randrange(3, 20))


def _loop(instruction, _):
    return _code(instruction.address, LOOP)


def _exit(instruction, _):
    return _code(instruction.address, EXIT)


KINDS = {
    "bit flip in code": _bit_flip,
    "word of code": _code_word,
    "bit flip in data": _data_bit,
    "word of data": _data_word,
    "instruction left out": _skip,
    "wild pointer": _wild,
    "pointer wrong by little": _near,
    "endless loop": _loop,
    "exit": _exit,
}
REPLY = "wrong reply"


def _reply(server, chance):
    """Another answer than the server meant: one bit of the message, where it is handed to the kernel (rsi)."""
    base = REGISTERS.index("rsi")
    place = chance.choice(ANSWER)
    flip = _flip(8, chance)
    where = symbol(server, "ipc_reply_recv")
    return Fault(server, REPLY, f"message + {place} ^ {flip:x}",
                 injection(where, base=base, displacement=place, memory_xor=flip))


def leave_out(server, code):
    """A fault for each of these instructions: it is left out."""
    return [Fault(server, "instruction left out", f"{one.address:x} {one.text}", _skip(one, None)) for one in code]


def plan(server, code, chance, count):
    """`count` faults of all kinds in turn, by a random.Random, at some of the instructions `code`."""
    faults, kinds = [], [*KINDS, REPLY]
    while len(faults) < count:
        kind = kinds[len(faults) % len(kinds)]
        if kind == REPLY:
            faults.append(_reply(server, chance))
            continue
        instruction, made = None, None
        while not made:
            instruction = chance.choice(code)
            made = KINDS[kind](instruction, chance)
        faults.append(Fault(server, kind, f"{instruction.address:x} {instruction.text}", made))
    return faults
