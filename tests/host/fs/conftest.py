"""The file server's pure files, built for the host with the sanitizers on."""
import pytest
from fs_image import build_tool


@pytest.fixture(scope="session")
def tool(project, tmp_path_factory):
    """fs_tool, to be run on images."""
    return build_tool(project, tmp_path_factory.mktemp("fs"))
