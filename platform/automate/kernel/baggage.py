"""Sends and reads causation tokens in two headers: ``Automate-Causation`` and the W3C header ``baggage``.

This module imports no Django.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

HEADER = "Automate-Causation"
BAGGAGE = "baggage"
MEMBER = "automate.causation"
"""The token's name among the members of the ``baggage`` header."""


NAMES = (HEADER.lower(), BAGGAGE)
"""The headers of a request that can carry a token."""


def baggage_with(token: str, own: str) -> str:
    """Return a ``baggage`` header with the members of the header ``own``, followed by ``token``."""
    kept = [member.strip() for member in own.split(",") if member.strip() and _member(member)[0] != MEMBER]
    return ",".join([*kept, f"{MEMBER}={token}"])


def tokens_in(headers: Mapping[str, str]) -> Iterator[str]:
    # Names of `headers` are in lower case, or the mapping ignores case. Repeated headers are joined by commas.
    for text in headers.get(HEADER.lower(), "").split(","):
        yield text.strip()
    for member in headers.get(BAGGAGE, "").split(","):
        name, value = _member(member)
        if name == MEMBER:
            yield value


def _member(text: str) -> tuple[str, str]:
    name, _, value = text.partition(";")[0].partition("=")
    return name.strip(), value.strip()
