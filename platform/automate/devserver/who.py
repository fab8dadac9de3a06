"""Finds the process behind a pid or a port."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

LISTEN = "0A"
PROC = Path("/proc")


def command_of(pid: int) -> str:
    """Return the command line of a process, or ""."""
    if PROC.joinpath("self").exists():
        try:
            return PROC.joinpath(str(pid), "cmdline").read_text(errors="replace").replace("\0", " ").strip()
        except OSError:
            return ""
    if shutil.which("ps") is None:
        return ""
    shown = ["ps", "-o", "args=", "-p", str(pid)]
    return subprocess.run(shown, check=False, capture_output=True, text=True).stdout.strip()  # noqa: S603


def listener(port: int) -> int | None:
    """Return the pid that listens on a port, or None."""
    inodes = {inode for table in ("tcp", "tcp6") for inode in _listening(PROC / "net" / table, port)}
    for descriptor in PROC.glob("[0-9]*/fd/*") if inodes else ():
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target.removeprefix("socket:[").removesuffix("]") in inodes:
            return int(descriptor.parts[2])
    return None


def _listening(table: Path, port: int) -> list[str]:
    # From a table such as `/proc/net/tcp`.
    try:
        rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
    except OSError:
        return []
    return [row[9] for row in rows if row[3] == LISTEN and int(row[1].rpartition(":")[2], 16) == port]
