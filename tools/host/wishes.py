"""What a user wishes of the machine, in words: the checks that tools/run and tools/debug share."""
import os
import re
import stat
from pathlib import Path

MAX_CPUS = 16  # kernel/abi/layout.h


class UsageError(Exception):
    """A wish that cannot be granted; the text says why, in a sentence."""


def check_machine(cpus, memory, limit):
    """UsageError if one of these texts makes no sense; afterwards int(cpus) and float(limit) cannot fail."""
    if not re.fullmatch("[0-9]+", cpus) or not 1 <= int(cpus) <= MAX_CPUS:
        raise UsageError(f"CPUS={cpus}: Atelier runs on 1 to {MAX_CPUS} CPUs.")
    if not re.fullmatch("[1-9][0-9]*[MG]", memory):
        raise UsageError(f"MEM={memory}: write for example 256M or 2G.")
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", limit):
        raise UsageError(f"LIMIT={limit}: this is a number of seconds.")


def named_disk(name):
    """The path of the image that the user named; UsageError if no image can be there."""
    try:
        is_file = stat.S_ISREG(os.stat(name).st_mode)
    except OSError as error:
        raise UsageError(f"DISK={name}: {error.strerror}.") from error
    if not is_file:
        raise UsageError(f"DISK={name}: this is not an image file.")
    return Path(name)
