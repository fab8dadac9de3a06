"""Large JSON values in an answer, such as payloads. The values stay JSON text, and are not parsed.

An answer contains at most ``Limits.answer_payload_bytes`` of payloads and definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded
from automate.kernel.limits import MIB, Limits

K = TypeVar("K")
MOST = Limits().answer_payload_bytes


class PayloadBytes:
    """Counts how many bytes of payloads still fit into one answer."""

    def __init__(self, most: int = MOST) -> None:
        self.left = most

    def take(self, size: int) -> bool:
        """Reserve ``size`` bytes. Returns False if fewer bytes are left."""
        if size > self.left:
            return False
        self.left -= size
        return True

    def show(
        self, keys: Sequence[K], sizes: Sequence[int], read: Callable[[list[K]], Mapping[K, Encoded]]
    ) -> list[Encoded | NormalizedError | None]:
        """Return one result for each item of ``keys``, in the same order.

        The result is the text of the key. If the key has no text, the result is None. If the text does not fit into
        the answer, the result is the error LIMIT_EXCEEDED.

        - ``keys``: can contain the same key several times.
        - ``sizes``: the expected bytes of each text, in the order of ``keys``.
        - ``read``: a function that returns the texts of keys. It receives each key whose expected size fits, once. If a
          text is longer than expected, its actual length must also fit into the answer.
        """
        fitting = [self.take(size) for size in sizes]
        wanted = list(dict.fromkeys(key for key, fits in zip(keys, fitting, strict=True) if fits))
        found = read(wanted) if wanted else {}
        return [
            self._shown(found.get(key), size) if fits else too_large()
            for key, size, fits in zip(keys, sizes, fitting, strict=True)
        ]

    def _shown(self, text: Encoded | None, size: int) -> Encoded | NormalizedError | None:
        if text is None or self.take(max(len(text.text()) - size, 0)):
            return text
        self.left += size
        return too_large()


def too_large() -> NormalizedError:
    return NormalizedError(
        "LIMIT_EXCEEDED",
        "This value was left out, because the answer would be too large. The maximum for all payloads and definitions of "
        f"one answer together is {MOST // MIB} MiB. Request a smaller page, or read this object alone by its id.",
        details={"limit": "answer_payload_bytes", "maximum": MOST},
    )
