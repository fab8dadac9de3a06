"""Keep compiled modules, also where the environment says PYTHONDONTWRITEBYTECODE.

The tests start hundreds of processes. Without compiled files each of them would compile the product and its libraries again, which
takes longer than most tests. The files stand in a folder of their own, so that the tree stays as clean as was asked for.
"""

from __future__ import annotations

import os
import sys

from tests.support.tree import ROOT

FOLDER = ROOT / ".pytest_cache" / "bytecode"

if sys.dont_write_bytecode:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(FOLDER)
    sys.dont_write_bytecode = False
