"""Large JSON in an answer. Its bytes are limited before it is read, and it stays text, which costs a tenth of parsed objects.

All payloads and definitions of one answer have at most ``Limits.answer_payload_bytes`` together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import MIB, Limits
from graphql_schema.json_text import JsonText

K = TypeVar("K")
MOST = Limits().answer_payload_bytes


class PayloadBytes:
    """The bytes left for one answer."""

    def __init__(self, most: int = MOST) -> None:
        self.left = most

    def take(self, size: int) -> bool:
        """Take this number of bytes, if so many are left. Returns whether they were."""
        if size > self.left:
            return False
        self.left -= size
        return True

    def show(
        self, keys: Sequence[K], sizes: Sequence[int], read: Callable[[list[K]], Mapping[K, JsonText]]
    ) -> list[JsonText | NormalizedError | None]:
        """The text for each key. None stands for a missing text, LIMIT_EXCEEDED for a text that does not fit.

        sizes: bytes for each key. keys may repeat. read: returns the texts of the keys that fit, given once each. A returned
        text may be longer than its size; then the longer text must fit too.
        """
        fitting = [self.take(size) for size in sizes]
        wanted = list(dict.fromkeys(key for key, fits in zip(keys, fitting, strict=True) if fits))
        found = read(wanted) if wanted else {}
        return [
            self._shown(found.get(key), size) if fits else too_large()
            for key, size, fits in zip(keys, sizes, fitting, strict=True)
        ]

    def _shown(self, text: JsonText | None, size: int) -> JsonText | NormalizedError | None:
        if text is None or self.take(max(len(text.text) - size, 0)):
            return text
        self.left += size
        return too_large()


def too_large() -> NormalizedError:
    return NormalizedError(
        "LIMIT_EXCEEDED",
        f"The payloads and definitions of one answer may have {MOST // MIB} MiB together, and this one does not fit any more. "
        "Request a smaller page, or read it alone by its id.",
        details={"limit": "answer_payload_bytes", "maximum": MOST},
    )
