"""The process behind a pid or a port, for messages that name a program to stop."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

LISTEN = "0A"
PROC = Path("/proc")


def command_of(pid: int) -> str:
    """The command line of a process; empty if it has ended or is hidden from us."""
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
    """The pid that listens on the port; None if it is unknown (another user's process, or not Linux)."""
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
    """The inodes of the sockets in a ``/proc/net/tcp`` table that listen on the port."""
    try:
        rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
    except OSError:
        return []
    return [row[9] for row in rows if row[3] == LISTEN and int(row[1].rpartition(":")[2], 16) == port]
