"""Large JSON in an answer: bounded in bytes before it is read, and kept as text, which costs a tenth of its objects.

One answer shows at most ``Limits.answer_payload_bytes`` of payloads and definitions, however many fields ask for them.
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
    """How much is left for one answer."""

    def __init__(self, most: int = MOST) -> None:
        self.left = most

    def take(self, size: int) -> bool:
        """Whether that many bytes still fit; then they are taken."""
        if size > self.left:
            return False
        self.left -= size
        return True

    def show(
        self, keys: Sequence[K], sizes: Sequence[int], read: Callable[[list[K]], Mapping[K, JsonText]]
    ) -> list[JsonText | NormalizedError | None]:
        """What stands under each key; None where nothing does, and LIMIT_EXCEEDED where it does not fit.

        sizes: bytes, one for each key; keys may repeat. read: is given the keys that fit, once each. What it returns
        may be longer than what was read, and then has to fit as well.
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
        f"The payloads and definitions of one answer have at most {MOST // MIB} MiB, and this one does not fit any more. "
        "Ask for a smaller page, or read it alone by its id.",
        details={"limit": "answer_payload_bytes", "maximum": MOST},
    )
