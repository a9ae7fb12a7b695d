"""Too little memory for the file server: it says so, is given up, and everything else goes on."""
import re
import subprocess

from places import BUILD, PROJECT

PROGRAMS = ["session", "sh", "echo", "cat", "ls", "services"]
SERVERS = ["console", "pci", "block", "fs", "archive", "process"]


def archive_with(folder, quota):
    """A boot archive whose manifest gives the file server so much."""
    manifest = (PROJECT / "servers/init/manifest").read_text()
    changed = re.sub(r"(server fs\n(?: .*\n)*?    quota +)\S+", rf"\g<1>{quota}", manifest)
    assert changed != manifest
    (folder / "manifest").write_text(changed)
    parts = [f"servers/init={BUILD}/stripped/servers/init.elf", f"manifest={folder}/manifest"]
    parts += [f"servers/{name}={BUILD}/stripped/servers/{name}.elf" for name in SERVERS]
    parts += [f"bin/{name}={BUILD}/stripped/bin/{name}.elf" for name in PROGRAMS]
    subprocess.run([PROJECT / "tools/archive", folder / "archive", *parts], check=True)
    return folder / "archive"


def test_a_file_server_without_memory_is_given_up(command, image, tmp_path):
    archive = archive_with(tmp_path, "700K")
    ended = command("cat /hello; echo cat $?; ls /system/bin; services", disk=image(), archive=archive)
    assert "fs: what was acknowledged before cannot be taken over: " in ended.console
    assert "fs ended 11 times" in ended.console
    assert b"cat 1\n" in ended.output and b"echo" in ended.output
    assert re.search(rb"^fs +given up", ended.output, re.MULTILINE), ended.output
