"""Transport of a causation token: in its own header, and as a member of W3C ``baggage``.

Instrumented products forward ``baggage``. ``causation`` defines the content. Imports no Django.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

HEADER = "Automate-Causation"
BAGGAGE = "baggage"
MEMBER = "automate.causation"
"""The token's name among the members of the ``baggage`` header."""


NAMES = (HEADER.lower(), BAGGAGE)
"""The headers of a request that may carry a token."""


def baggage_with(token: str, own: str) -> str:
    """A ``baggage`` header with the token after the caller's own members."""
    kept = [member.strip() for member in own.split(",") if member.strip() and _member(member)[0] != MEMBER]
    return ",".join([*kept, f"{MEMBER}={token}"])


def tokens_in(headers: Mapping[str, str]) -> Iterator[str]:
    """The texts in the headers that may be a token.

    headers: names in lower case or case-insensitive; repeats joined by commas.
    """
    for text in headers.get(HEADER.lower(), "").split(","):
        yield text.strip()
    for member in headers.get(BAGGAGE, "").split(","):
        name, value = _member(member)
        if name == MEMBER:
            yield value


def _member(text: str) -> tuple[str, str]:
    """Name and value of one member, without its properties."""
    name, _, value = text.partition(";")[0].partition("=")
    return name.strip(), value.strip()
