"""Operations by rule: each that changes something, by itself, on a small fixed tree with a bit of everything.

That is how CrashMonkey's ACE makes its workloads (OSDI 2018): what a crash can break in long sequences it nearly always
breaks in one or two operations.
"""
import itertools

from fs_image import Image, create, pattern
from fs_model import Model

FILES = {"/a/f": 3000, "/a/g": 40000, "/top": 700, "/c/d/deep": 20000}
FOLDERS = ["/a", "/b", "/c", "/c/d", "/c/e"]
NEW = ["/new", "/a/new", "/c/d/new"]


def fixed_tree(tool, tmp_path, kind="ext3"):
    """An image with the tree, and a model that holds the same."""
    image, model = Image(tmp_path / "base", "3M", 1024, kind=kind, options=["-N", "128"]), Model()
    commands = [["mkdir", folder] for folder in FOLDERS]
    for folder in FOLDERS:
        model.mkdir(folder)
    for seed, (path, size) in enumerate(FILES.items()):
        commands += [create(path), ["write", path, 0, size, seed]]
        model.create(path)
        model.write(path, 0, pattern(seed, size))
    commands += [["link", "/a/f", "/c/hard"], ["symlink", "a/f", "/soft"], ["sync"]]
    model.link("/a/f", "/c/hard")
    model.symlink("a/f", "/soft")
    run = tool.run(image.path, commands)
    assert set(run.statuses) == {"OK"}
    image.check()
    return image, model


def single_operations():
    """Every operation that changes something, with all that can make a difference to it on the tree."""
    for path in FILES:
        size = FILES[path]
        for offset, length in [(0, 100), (size - 50, 3000), (size + 30000, 2000), ("end", 10000), (1024, 512)]:
            yield ["write", path, offset, length, 99]
        for length in (0, 1, size - 1, size + 5000):
            yield ["truncate", path, length]
        yield ["unlink", path]
    yield from (["unlink", path] for path in ("/c/hard", "/soft"))
    for path in NEW:
        yield create(path)
        yield ["mkdir", path]
        yield ["symlink", "short", path]
        yield ["symlink", "long" * 50, path]
        yield from (["link", old, path] for old in ("/a/f", "/a/g"))
        yield from (["rename", old, path] for old in [*FILES, "/a", "/b", "/c/d", "/soft"] if old[:3] != path[:3])
    yield from (["rmdir", path] for path in FOLDERS)
    yield from (["rename", old, new] for old, new in itertools.permutations(["/a/f", "/a/g", "/top", "/c/hard"], 2))
    yield from (["rename", old, new] for old in ("/a", "/c/d", "/c") for new in ("/b", "/c/e"))
