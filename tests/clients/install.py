"""``make clients``: install the generators of clients below .cache. The one of Python needs another graphql-core than ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from bench.node import npm_install

HERE = Path(__file__).parent
TOOLS = HERE.parents[1] / ".cache" / "clients"
PYTHON = TOOLS / "venv" / "bin" / "python"
ARIADNE = PYTHON.with_name("ariadne-codegen")
MODULES = TOOLS / "node_modules"
INSTALLED = MODULES / ".package-lock.json"
"""The last file that npm writes."""


def main() -> int:
    """Returns 1 where one of the two cannot be installed."""
    venv.create(TOOLS / "venv", with_pip=True)
    shutil.copy(HERE / "package.json", TOOLS)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--requirement", str(HERE / "requirements.txt")]
    python = subprocess.run(command, check=False).returncode == 0
    return 0 if npm_install(TOOLS) and python else 1


if __name__ == "__main__":
    sys.exit(main())
