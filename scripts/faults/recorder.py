"""The recorder that a probed tree imports as ``automate.fault_probe``.

A hit is one line, written at once, so that it survives a SIGKILL of its process. Sessions of pytest keep the number
of their current work in a file of eight bytes, which every process of the machine can read.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path

FOLDER = Path("@FOLDER@")
"""Inserted into the copy, because some tests replace the environment of a process."""

_seen: set[tuple[str, str, int]] = set()
_sessions: list[tuple[str, mmap.mmap]] = []


def hit(fault: str) -> None:
    """Note that a fault's code runs: once per fault, test and process."""
    if not _sessions:
        _open()
    for name, memory in _sessions:
        (number,) = struct.unpack_from("<Q", memory)
        key = (fault, name, number)
        if key not in _seen:
            _append(f"{fault}\t{name}\t{number}\t{os.getpid()}\n")
            _seen.add(key)


def _open() -> None:
    """The session of this process; all sessions if the environment does not name one."""
    own = os.environ.get("FAULT_SESSION")
    for path in [FOLDER / f"{own}.now"] if own else FOLDER.glob("*.now"):
        try:
            with path.open("rb") as file:
                _sessions.append((path.stem, mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)))
        except OSError:
            continue  # a process of another user, or without our files: it is not recorded


def _append(line: str) -> None:
    try:
        file = os.open(FOLDER / "hits", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    except OSError:
        return
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)
