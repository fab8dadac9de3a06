"""Reads the files of the built portal. This module imports no Django."""

from __future__ import annotations

from pathlib import Path

BUILT = Path(__file__).parent / "built"
PAGE = "index.html"
STAMP = "stamp"
"""The file with the digest of the source that was built. It is written last."""


def stamp() -> str:
    # Empty if the portal is not built.
    try:
        return (BUILT / STAMP).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def page() -> str | None:
    """Return the HTML page of the portal, or None."""
    try:
        return (BUILT / PAGE).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
