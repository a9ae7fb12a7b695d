"""Servers that die at every step: what their successors answer is compared with the model, and their disks are checked.

fs_tool --deaths forks at each step of a life, and the child goes on as the successor of a server that has just died. It
repeats the command that was under way, with the same number, and does the rest. Whatever the step was, every command
must have been done exactly once.
"""
from dataclasses import dataclass

from fs_image import host
from fs_model import apply


def expected_answers(model, commands):
    """What the model says to each command: a status, or the tree."""
    expected = []
    for command in commands:
        if command[0] == "tree":
            expected.append(model.tree())
        elif command[0] in ("flush", "sync"):
            expected.append("OK")
        else:
            expected.append(apply(model, command))
    return expected


@dataclass
class Life:
    """A server's: the step of the first death before it, its first command, what it said, and whether it died."""

    step: int
    command: int
    lines: list
    died: bool = False


def split(lines):
    """The first life, which lasts; and those of the successors."""
    first, lives, current = Life(0, 0, []), [], None
    for line in lines:
        if line.startswith("death "):
            if current:
                current.died = True
            current = Life(*map(int, line.split()[1:]), [])
            lives.append(current)
        elif line == "end":
            current = None
        else:
            (current or first).lines.append(line)
    return first, lives


def answers_of(tool, commands, life):
    """The answers that a life gave, a status or a tree each, as far as it came."""
    answers, rest = [], life.lines[1:]
    for command in commands[life.command :]:
        size = next((i + 1 for i, line in enumerate(rest) if len(line.split()) < 5), 0) if command[0] == "tree" else 1
        if not 0 < size <= len(rest):
            break
        run = tool.reading([life.lines[0], *rest[:size]])
        answers.append(run.own_tree() if command[0] == "tree" else run.statuses[0])
        rest = rest[size:]
    return answers


def judge_deaths(tool, image, model, commands, cache, levels=1, folder=None, limit=280):
    """Runs commands with deaths at every step. How many there were, and complaints."""
    expected = expected_answers(model, commands)
    options = ["--ledger", "--deaths", str(levels)] + (["--save", folder] if folder else [])
    lines, reports = tool.call(image, commands, cache, limit, options)
    first, lives = split(lines)
    wrong = []
    for life in [first, *lives]:
        found, wanted = answers_of(tool, commands, life), expected[life.command :]
        if found != (wanted[: len(found)] if life.died else wanted):
            wrong.append(f"death at step {life.step} in {commands[life.command]}: {found}, not {wanted}")
    for disk in sorted(folder.iterdir()) if folder else ():
        text = host("e2fsck", "-fn", disk, accept=range(256))
        wrong += [f"disk of step {disk.name}: {text}"] if "WARNING" in text or "? no" in text else []
        disk.unlink()
    assert "damaged" not in reports and "lost" not in reports, reports[-2000:]
    return len(lives), wrong
