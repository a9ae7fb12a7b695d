"""Where things are, and how tests reach the tools' Python modules."""
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD") or PROJECT / "build").absolute()
sys.path.insert(0, str(PROJECT / "tools"))
