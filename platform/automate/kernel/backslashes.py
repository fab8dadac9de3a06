"""Finds a value in a text. The text can contain the value with one or several levels of backslash escapes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence


class Backslashed:
    """A value and its forms with backslash escapes. Texts are searched for these forms."""

    def __init__(self, value: str) -> None:
        raw = value.encode(errors="surrogatepass")
        # With a quotation mark in front, so that an apostrophe is escaped as in text that contains both.
        written = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        written |= {repr('"' + value)[2:-1], ascii('"' + value)[2:-1], repr(b'"' + raw)[3:-1]}
        self.bare = {text.replace("\\", ""): text for text in sorted(written) if text != value}

    def patterns_in(self, bare: str) -> list[re.Pattern[str]]:
        """Return patterns that find this value in a searched text with backslashes. ``bare`` is the searched text without them."""
        return [re.compile(_pattern(text)) for without, text in self.bare.items() if without in bare]


def backslashed_in(text: str, values: Sequence[Backslashed]) -> list[re.Pattern[str]]:
    if "\\" not in text:
        return []
    bare = text.replace("\\", "")
    return [pattern for value in values for pattern in value.patterns_in(bare)]


def _pattern(text: str) -> str:
    # The pattern starts at the first backslash of a sequence. Otherwise n backslashes would be scanned n times.
    pieces = re.findall(r"\\*[^\\]|\\+\Z", text, re.DOTALL)
    return r"(?<!\\)" + "".join(
        (r"\\+" if piece.startswith("\\\\") else r"\\*") + re.escape(piece.lstrip("\\")) for piece in pieces
    )
