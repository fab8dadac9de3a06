"""What every outbound HTTP request bears beside the step's own headers: key, trace, causation and who we are."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version

from actors.connectors.base import Call
from actors.connectors.guard.headers import Header, header_problem
from automate.kernel.baggage import BAGGAGE, HEADER, baggage_with

USER_AGENT = f"DjangoAutomate/{version('django-automate')}"

_STAMPED = frozenset({"idempotency-key", "traceparent", HEADER.lower()})


def stamped(call: Call, own: Iterable[Header]) -> list[Header]:
    """The step's own headers with ours. Raises ConnectorError BAD_USER_INPUT where it sets one of ours."""
    headers: list[Header] = [
        ("Idempotency-Key", call.idempotency_key),
        ("traceparent", call.traceparent),
        (HEADER, call.causation),
    ]
    baggage: list[str] = []
    for name, value in own:
        if name.lower() in _STAMPED:
            raise header_problem(name, f"The header {name} is set by the platform; leave it out.")
        if name.lower() == BAGGAGE:
            baggage.append(value)
        else:
            headers.append((name, value))
    headers.append((BAGGAGE, baggage_with(call.causation, ",".join(baggage))))
    return with_default(headers, "User-Agent", USER_AGENT)


def with_default(headers: list[Header], name: str, value: str) -> list[Header]:
    """The headers, and this one where none of its name is among them."""
    if any(known.lower() == name.lower() for known, _ in headers):
        return headers
    return [*headers, (name, value)]
