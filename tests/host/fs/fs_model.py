"""A file system in memory, a few lines long, that the server is compared with; and random operations for both."""
import zlib
from urllib.parse import unquote

from fs_image import CREATE, KIND_DIRECTORY, KIND_FILE, KIND_LINK, READ, WRITE, pattern, quote, without_own


class Model:
    """Folders are dicts from names to folders and files; hard links share a file."""

    def __init__(self):
        self.root = {"lost+found": {}}

    def parent(self, path):
        """The folder that holds the last component, or the error on the way."""
        folder = self.root
        parts = path.strip("/").split("/")
        for part in parts[:-1]:
            if part not in folder:
                return None, "NOT_FOUND"
            folder = folder[part]
            if not isinstance(folder, dict):
                return None, "NOT_DIRECTORY"
        return folder, parts[-1]

    def find(self, path):
        folder, name = self.parent(path)
        if folder is None:
            return None, name
        return (folder[name], "OK") if name in folder else (None, "NOT_FOUND")

    def create(self, path):
        folder, name = self.parent(path)
        if folder is None:
            return name
        if isinstance(folder.get(name), dict):
            return "IS_DIRECTORY"
        folder.setdefault(name, File())
        return "OK"

    def symlink(self, target, path):
        folder, name = self.parent(path)
        if folder is None:
            return name
        if name in folder:
            return "EXISTS"
        folder[name] = File(KIND_LINK, target.encode())
        return "OK"

    def mkdir(self, path):
        folder, name = self.parent(path)
        if folder is None:
            return name
        if name in folder:
            return "EXISTS"
        folder[name] = {}
        return "OK"

    def file(self, path):
        found, status = self.find(path)
        if status == "OK" and isinstance(found, dict):
            return None, "IS_DIRECTORY"
        return found, status

    def write(self, path, offset, data):
        file, status = self.file(path)
        if status == "OK":
            offset = len(file.data) if offset == "end" else offset
            file.data.extend(b"\0" * (offset - len(file.data)))
            file.data[offset : offset + len(data)] = data
        return status

    def truncate(self, path, length):
        file, status = self.file(path)
        if status == "OK":
            file.data[length:] = b"\0" * (length - len(file.data))
        return status

    def unlink(self, path):
        found, status = self.find(path)
        if status == "OK" and isinstance(found, dict):
            return "IS_DIRECTORY"
        if status == "OK":
            folder, name = self.parent(path)
            del folder[name]
            found.links -= 1
        return status

    def rmdir(self, path):
        found, status = self.find(path)
        if status != "OK":
            return status
        if not isinstance(found, dict):
            return "NOT_DIRECTORY"
        if found:
            return "NOT_EMPTY"
        folder, name = self.parent(path)
        del folder[name]
        return "OK"

    def link(self, old, new):
        to, name = self.parent(new)
        if to is None:
            return name
        found, status = self.find(old)
        if status != "OK":
            return status
        if isinstance(found, dict):
            return "IS_DIRECTORY"
        if name in to:
            return "EXISTS"
        to[name] = found
        found.links += 1
        return "OK"

    def rename(self, old, new):
        found, status = self.find(old)
        if status != "OK":
            return status
        to, name = self.parent(new)
        if to is None:
            return name
        target = to.get(name)
        if target is found:
            return "OK"
        if isinstance(found, dict) and (new + "/").startswith(old + "/"):
            return "LOOP"
        if target is not None and isinstance(found, dict) != isinstance(target, dict):
            return "NOT_DIRECTORY" if isinstance(found, dict) else "IS_DIRECTORY"
        if target:  # a folder with something in it, or a file
            if isinstance(target, dict):
                return "NOT_EMPTY"
            target.links -= 1
        folder, old_name = self.parent(old)
        to[name] = found
        del folder[old_name]
        return "OK"

    def tree(self):
        found = {}

        def walk(folder, place):
            for name, child in folder.items():
                path = f"{place}/{name}"
                if isinstance(child, dict):
                    links = 2 + sum(isinstance(grandchild, dict) for grandchild in child.values())
                    found[path.encode()] = (KIND_DIRECTORY, links, None)
                    walk(child, path)
                else:
                    found[path.encode()] = (child.kind, child.links, (len(child.data), zlib.crc32(child.data)))

        walk(self.root, "")
        return without_own(found)


class File:
    """Contents (of a symbolic link: its target), and how many names lead here."""

    def __init__(self, kind=KIND_FILE, data=b""):
        self.kind = kind
        self.data = bytearray(data)
        self.links = 1


def random_path(dice):
    names = ["a", "b", "c", "name", "longer name " * dice.choice([1, 8])]
    return "".join("/" + dice.choice(names) for _ in range(dice.randint(1, 4)))


def random_step(dice, model, largest=700000):
    """One operation: fs_tool's command, and the status (or answer) that the model gives. No write is longer than
    `largest`."""
    one, two = quote(first := random_path(dice)), quote(second := random_path(dice))
    kind = dice.choices(range(9), [8, 6, 8, 3, 4, 3, 5, 3, 4])[0]
    if kind == 0:
        return ["open", READ | WRITE | CREATE, "0600", one], [model.create(first)]
    if kind == 1:
        return ["mkdir", one], [model.mkdir(first)]
    if kind == 2:
        offset = dice.choice(["end", 0, dice.randrange(20000), dice.randrange(400000)])
        length = dice.choice([1, 100, 5000, dice.randrange(largest // 8), dice.randrange(largest)])
        seed = dice.randrange(256)
        return ["write", one, offset, length, seed], [model.write(first, offset, pattern(seed, length))]
    if kind == 3:
        length = dice.choice([0, dice.randrange(5000), dice.randrange(300000)])
        return ["truncate", one, length], [model.truncate(first, length)]
    if kind == 4:
        return ["unlink", one], [model.unlink(first)]
    if kind == 5:
        return ["rmdir", one], [model.rmdir(first)]
    if kind == 6:
        return ["rename", one, two], [model.rename(first, second)]
    if kind == 7:
        return ["link", one, two], [model.link(first, second)]
    offset, length = dice.randrange(100000), dice.randrange(100000)
    file, status = model.file(first)
    data = file.data[offset : offset + length] if status == "OK" else b""
    sums = [str(len(data)), str(zlib.crc32(data))] if status == "OK" else []
    if status == "IS_DIRECTORY":
        status = "OK"  # fs_tool opens it, and then there is nothing to read as a file
        return ["status", one], [status]
    return ["read", one, offset, length], [status, *sums]


def plain(word):
    """A word of a command as Python has it: a number, or a path without quotes."""
    text = unquote(str(word))
    return int(text) if text.isdigit() else text


def apply(model, command):
    """Does in the model what the command does; the status."""
    name, *words = map(plain, command)
    if name == "open":
        return model.create(words[-1])
    if name == "write":
        return model.write(words[0], words[1], pattern(words[3], words[2]))
    return getattr(model, name)(*words)


def copy_of(model):
    """A model with the same tree and nothing in common."""
    copies, new = {}, Model()

    def copy(node):
        if isinstance(node, dict):
            return {name: copy(child) for name, child in node.items()}
        if id(node) not in copies:
            copies[id(node)] = File(node.kind, node.data)
            copies[id(node)].links = node.links
        return copies[id(node)]

    new.root = copy(model.root)
    return new
