#!/usr/bin/python3
"""Stands in for QEMU in tests of tools/run: plays the machine that the command describes.

The command is a Python expression: a list of ("console", bytes), ("job", bytes), ("wait", seconds), ("error", bytes)
and ("exit", status) steps; bytes may be followed by how often they come.
"""
import os
import re
import socket
import sys
import time

if "-monitor" in sys.argv:  # the question whether KVM works
    sys.exit(1)
arguments = " ".join(sys.argv)
line = socket.socket(socket.AF_UNIX)
line.connect(re.search(r"id=com2,path=(\S+)", arguments)[1])
with open(re.search(r"name=opt/atelier/command,file=(\S+)", arguments)[1], "rb") as file:
    steps = eval(file.read())
for step, value, *times in steps:
    value = value * times[0] if times else value
    if step == "console":
        os.write(1, value)
    elif step == "error":
        os.write(2, value)
    elif step == "job":
        line.sendall(value)
    elif step == "wait":
        time.sleep(value)
    elif step == "exit":
        sys.exit(value)
