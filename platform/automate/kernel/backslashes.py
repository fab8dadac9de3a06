"""Where a value stands in text that was escaped with backslashes, once or over and over.

A traceback, a log line or a client's debug output holds JSON in Python's ``repr`` in JSON, and each doubles the backslashes of
the one within. So of backslashes in front of a character any number is taken for one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence


class Backslashed:
    """One value, and how it is found. Of a value that nobody has to escape there is nothing to find."""

    def __init__(self, value: str) -> None:
        raw = value.encode(errors="surrogatepass")
        # With a quotation mark in front, so that an apostrophe is escaped, as it is where the text around it has both.
        written = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        written |= {repr('"' + value)[2:-1], ascii('"' + value)[2:-1], repr(b'"' + raw)[3:-1]}
        self.bare = {text.replace("\\", ""): text for text in sorted(written) if text != value}

    def patterns_in(self, bare: str) -> list[re.Pattern[str]]:
        """Of the ways in which it may stand in a text. bare: the text without backslashes."""
        return [re.compile(_pattern(text)) for without, text in self.bare.items() if without in bare]


def backslashed_in(text: str, values: Sequence[Backslashed]) -> list[re.Pattern[str]]:
    """Patterns of the values that stand in the text; none where it has no backslash."""
    if "\\" not in text:
        return []
    bare = text.replace("\\", "")
    return [pattern for value in values for pattern in value.patterns_in(bare)]


def _pattern(text: str) -> str:
    """Any number of backslashes wherever there may be one, and at least one for one of the value's own.

    It begins where a run of them does: begun anew at each one, a run of n would be walked n times.
    """
    pieces = re.findall(r"\\*[^\\]|\\+\Z", text, re.DOTALL)
    return r"(?<!\\)" + "".join(
        (r"\\+" if piece.startswith("\\\\") else r"\\*") + re.escape(piece.lstrip("\\")) for piece in pieces
    )
