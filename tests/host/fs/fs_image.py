"""Images made and judged by the host's e2fsprogs, and fs_tool to work on them."""
import functools
import hashlib
import os
import re
import subprocess
import zlib
from pathlib import Path
from urllib.parse import unquote_to_bytes

READ, WRITE, CREATE, EXCLUSIVE, TRUNCATE, DIRECTORY, NO_FOLLOW = (1 << bit for bit in range(7))
KIND_DIRECTORY, KIND_FILE, KIND_LINK = 4, 8, 10
CACHE = 1 << 20
# a copy of bytes is many stores, not one instruction that repeats itself
STORES = {"GLIBC_TUNABLES": "glibc.cpu.x86_rep_movsb_threshold=1000000000"}
ENVIRONMENT = {**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin", "MKE2FS_SYNC": "0"}


def host(*command, accept=(0,)):
    """Runs a program of the host; its output as text."""
    done = subprocess.run([str(word) for word in command], env=ENVIRONMENT, capture_output=True, check=False)
    text = done.stdout.decode(errors="replace")
    assert done.returncode in accept, f"{command}: {done.returncode}\n{text}\n{done.stderr.decode(errors='replace')}"
    return text


def quote(path):
    """A path as fs_tool reads it."""
    data = path if isinstance(path, bytes) else os.fsencode(path)
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"%{byte:02x}" for byte in data)


@functools.cache
def period(seed):
    """What repeats in a pattern."""
    return bytes((seed + i + (i >> 8) * 31) & 0xFF for i in range(1 << 16))


def pattern(seed, length):
    """The bytes that fs_tool writes for a seed."""
    return (period(seed) * (length // (1 << 16) + 1))[:length]


def create(path):
    """The command that creates a file, unless it is there."""
    return ["open", READ | WRITE | CREATE, "0644", path]


def script(text):
    """Commands written one a line, or with semicolons; `create PATH` is short for an open."""
    commands = [line.split() for line in text.replace("\n", ";").split(";") if line.strip()]
    return [create(command[1]) if command[0] == "create" else command for command in commands]


GUEST_ONLY = {f"{name}.c" for name in
              "main block_disk records service service_confirm service_file service_name".split()}
FLAGS = (
    "-std=gnu17 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -I. "
    "-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla"
).split()


def build_tool(project, folder):
    """Builds fs_tool in a folder."""
    sources = [path for path in sorted((project / "servers/fs").glob("*.c")) if path.name not in GUEST_ONLY]
    sources += [project / "user/lib/kept.c", *sorted((project / "tests/host/fs").glob("*.c"))]
    subprocess.run(["gcc", *FLAGS, *sources, "-o", folder / "fs_tool"], cwd=project, check=True)
    return Tool(folder / "fs_tool", project / "servers/proto/error.h")


class Tool:
    """fs_tool; the names of statuses come from the protocol's header."""

    def __init__(self, program, header):
        self.program = program
        text = re.sub(r"/\*.*?\*/", "", Path(header).read_text(), flags=re.S)
        names = re.search(r"enum server_error \{(.*?)\}", text, re.S).group(1).split(",")
        names = [name.split("=")[0].strip().removeprefix("ERROR_") for name in names]
        self.names = {0: "OK", **{64 + i: name for i, name in enumerate(names) if name}}

    def run(self, image, commands, cache=CACHE, limit=60, record=None):
        """Runs commands (lists of words) on an image. Gives a Run; a sanitizer's complaint or a signal fails.

        `record`: a file that gets what reaches the disk.
        """
        return Run(self, *self.call(image, commands, cache, limit, ["--record", record] if record else []))

    def reading(self, lines):
        """A Run of lines that are known already."""
        return Run(self, lines, "")

    def call(self, image, commands, cache, limit, options):
        """What the program said: lines, and reports."""
        script = "".join(" ".join(str(word) for word in command) + "\n" for command in commands)
        done = subprocess.run(
            [self.program, image, str(cache), *options],
            input=script.encode(), env={**os.environ, **STORES}, capture_output=True, timeout=limit, check=False,
        )
        errors = done.stderr.decode(errors="replace")
        assert done.returncode == 0, f"fs_tool ended with {done.returncode}\n{errors[-4000:]}"
        return done.stdout.decode().splitlines(), errors


class Run:
    """What fs_tool said: the mount's status, one list of words for each line, and its reports."""

    def __init__(self, tool, lines, reports):
        mount = lines[0].split()
        self.mount = tool.names[int(mount[0])]
        self.read_only = mount[1] == "1"
        self.reports = reports
        self.answers = [[tool.names[int(line.split()[0])], *line.split()[1:]] for line in lines[1:]]
        self.statuses = [answer[0] for answer in self.answers]

    def own_tree(self):
        """The same without what mke2fs makes."""
        return without_own(self.tree())

    def tree(self):
        """The files that `tree` printed, as host_tree() gives them. Everything must have been readable."""
        found = {}
        for answer in self.answers:
            if len(answer) == 6:
                status, kind, links, size, crc, path = answer
                assert status == "OK", answer
                kind = int(kind)
                path = unquote_to_bytes(path)
                found[path] = (kind, int(links), None if kind == KIND_DIRECTORY else (int(size), int(crc)))
            elif len(answer) == 5:
                found[b""] = (int(answer[1]), int(answer[2]), None)
        return found


def host_tree(folder):
    """All files below a folder of the host: path -> kind, links, (size, CRC). Without the folder lost+found."""
    folder = os.fsencode(folder)
    found = {}
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(place, name)
            status = os.lstat(path)
            kind = status.st_mode >> 12
            if kind == KIND_DIRECTORY:
                links = 2 + sum(entry.is_dir(follow_symlinks=False) for entry in os.scandir(path))
                found[path[len(folder) :]] = (kind, links, None)
                continue
            data = os.readlink(path) if kind == KIND_LINK else Path(os.fsdecode(path)).read_bytes()
            found[path[len(folder) :]] = (kind, status.st_nlink, (len(data), zlib.crc32(data)))
    return found


def without_own(tree):
    """A tree without the root and lost+found, which mke2fs makes."""
    return {path: value for path, value in tree.items() if path not in (b"", b"/lost+found")}


def contents(tree):
    """A tree without own files and link counts: rdump makes copies of hard links."""
    return {path: (kind, data) for path, (kind, _, data) in without_own(tree).items()}


class Image:
    """An image file, made by mke2fs."""

    def __init__(self, path, size="16M", block_size=1024, root=None, kind="ext2", options=()):
        self.path = Path(path)
        self.path.unlink(missing_ok=True)
        from_root = ["-d", root] if root else []
        host("mke2fs", "-q", "-F", "-t", kind, "-b", block_size, *options, *from_root, self.path, size)

    def check(self):
        """e2fsck finds nothing at all."""
        host("e2fsck", "-fn", self.path)

    def debugfs(self, command, write=False):
        """What debugfs answers."""
        return host("debugfs", *(["-w"] if write else []), "-R", command, self.path)

    def dump(self, folder):
        """All files, as debugfs reads them, into a new folder of the host."""
        Path(folder).mkdir()
        self.debugfs(f"rdump / {folder}")
        return host_tree(folder)

    def superblock(self):
        """What dumpe2fs says: name -> value."""
        lines = host("dumpe2fs", "-h", self.path).splitlines()
        return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def poke(self, offset, data):
        """Overwrites bytes."""
        with open(self.path, "r+b") as file:
            file.seek(offset)
            file.write(data)

    def digest(self):
        """A sum over the whole image."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()
