"""Words for what is wrong with a draft."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

MAX_COMPARED = 100
"""Names up to which a near one is looked for by likeness, which is slow; beyond, by case and separators alone."""

Path = Sequence[str | int]
"""Where in a JSON value, outermost first: ``["steps", 0, "with", "url"]``."""


def did_you_mean(name: str, known: Collection[str]) -> str:
    """`` Did you mean "x"?`` with a leading space, or nothing."""
    if len(known) > MAX_COMPARED:
        near = [other for other in known if _plain(other) == _plain(name)]
    else:
        near = difflib.get_close_matches(name[:64], known, n=1)
    return f' Did you mean "{near[0]}"?' if near else ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def short(text: str, most: int = 60) -> str:
    """Text for a message, cut so that a message stays a sentence."""
    return text if len(text) <= most else text[: most - 1] + "…"
