"""Search for a value in text that was escaped with backslashes, once or several times.

A traceback, a log line or a client's debug output contains JSON in Python's ``repr`` in JSON, and each layer doubles
the backslashes. So any number of backslashes before a character counts as one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence


class Backslashed:
    """One value, prepared for the search. A value without characters to escape is never found here."""

    def __init__(self, value: str) -> None:
        raw = value.encode(errors="surrogatepass")
        # With a quotation mark in front, so that an apostrophe is escaped as in text that contains both.
        written = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        written |= {repr('"' + value)[2:-1], ascii('"' + value)[2:-1], repr(b'"' + raw)[3:-1]}
        self.bare = {text.replace("\\", ""): text for text in sorted(written) if text != value}

    def patterns_in(self, bare: str) -> list[re.Pattern[str]]:
        """The patterns of the value's forms in a text. bare: the text without backslashes."""
        return [re.compile(_pattern(text)) for without, text in self.bare.items() if without in bare]


def backslashed_in(text: str, values: Sequence[Backslashed]) -> list[re.Pattern[str]]:
    """The patterns of the values in the text; empty if the text has no backslash."""
    if "\\" not in text:
        return []
    bare = text.replace("\\", "")
    return [pattern for value in values for pattern in value.patterns_in(bare)]


def _pattern(text: str) -> str:
    """A pattern for the value with any number of backslashes where one may be, and at least one for each of the value's own
    backslashes.

    The pattern starts at the beginning of a run of backslashes. Otherwise a run of n would be scanned n times.
    """
    pieces = re.findall(r"\\*[^\\]|\\+\Z", text, re.DOTALL)
    return r"(?<!\\)" + "".join(
        (r"\\+" if piece.startswith("\\\\") else r"\\*") + re.escape(piece.lstrip("\\")) for piece in pieces
    )
