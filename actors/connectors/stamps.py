"""The headers that the platform adds to each outbound HTTP request."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version

from actors.connectors.base import Call
from actors.connectors.guard.headers import Header, header_problem
from automate.kernel.baggage import BAGGAGE, HEADER, baggage_with

USER_AGENT = f"DjangoAutomate/{version('django-automate')}"

_STAMPED = frozenset({"idempotency-key", "traceparent", HEADER.lower()})


def stamped(call: Call, own: Iterable[Header]) -> list[Header]:
    """Add the platform's headers to a step's headers.

    Raises BAD_USER_INPUT if the step sets a header that the platform also sets.
    """
    headers: list[Header] = [
        ("Idempotency-Key", call.idempotency_key),
        ("traceparent", call.traceparent),
        (HEADER, call.causation),
    ]
    baggage: list[str] = []
    for name, value in own:
        if name.lower() in _STAMPED:
            raise header_problem(name, f"The platform sets the header {name}. Remove it.")
        if name.lower() == BAGGAGE:
            baggage.append(value)
        else:
            headers.append((name, value))
    headers.append((BAGGAGE, baggage_with(call.causation, ",".join(baggage))))
    return with_default(headers, "User-Agent", USER_AGENT)


def with_default(headers: list[Header], name: str, value: str) -> list[Header]:
    # Unless a header with its name exists.
    if any(known.lower() == name.lower() for known, _ in headers):
        return headers
    return [*headers, (name, value)]
