"""Where the built portal is. It may appear, and change, while web runs. No Django here."""

from __future__ import annotations

from pathlib import Path

BUILT = Path(__file__).parent / "built"
PAGE = "index.html"
STAMP = "stamp"
"""Holds the digest of the source that was built. It is written last."""


def stamp() -> str:
    """The digest of what is built; empty where nothing is."""
    try:
        return (BUILT / STAMP).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def page() -> str | None:
    """The HTML of the portal; None where it is not built."""
    try:
        return (BUILT / PAGE).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
