"""The file server's pure files, built for the host with the sanitizers on."""
import subprocess

import pytest
from fs_image import Tool

GUEST_ONLY = {"main.c", "block_disk.c", "service.c", "service_file.c", "service_name.c"}
FLAGS = (
    "-std=gnu17 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -I. "
    "-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla"
).split()


@pytest.fixture(scope="session")
def tool(project, tmp_path_factory):
    """fs_tool, to be run on images."""
    sources = [path for path in sorted((project / "servers/fs").glob("*.c")) if path.name not in GUEST_ONLY]
    sources += sorted((project / "tests/host/fs").glob("*.c"))
    program = tmp_path_factory.mktemp("fs") / "fs_tool"
    subprocess.run(["gcc", *FLAGS, *sources, "-o", program], cwd=project, check=True)
    return Tool(program, project / "servers/proto/error.h")
