"""Where a source says that an event's key, type or subject stands: in a header, or where a bounded JMESPath expression finds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automate.kernel.errors import Json, NormalizedError
from automate.workflows.templates.allowance import Allowance, TemplateFailure
from automate.workflows.templates.expressions import parse_expression

OPERATIONS = 5_000
"""Of all expressions of one webhook together. A template may take twenty times as many, but nobody waits for it at the door."""
PRODUCED_BYTES = 64 * 1024


@dataclass(frozen=True)
class Place:
    """One of the two. header: in lower case. expression: over ``payload`` and ``headers``, whose names are in lower case."""

    header: str | None = None
    expression: str | None = None


@dataclass(frozen=True)
class Reader:
    """Reads the places of one webhook, all from one allowance."""

    headers: Mapping[str, str]
    payload: Json
    allowance: Allowance

    def read(self, place: Place | None, what: str) -> str | None:
        """The text there; a whole number counts as one. None where there is nothing. what: for the message.

        Raises NormalizedError INVALID_TEMPLATE where the expression fails on this body, or finds anything else.
        """
        if place is None:
            return None
        if place.header is not None:
            return self.headers.get(place.header, "").strip() or None
        try:
            found = parse_expression(place.expression or "").evaluate(
                {"payload": self.payload, "headers": self.headers}, self.allowance
            )
        except TemplateFailure as failure:
            raise _failed(what, str(failure)) from None
        if found is None or found == "":
            return None
        if type(found) is int:
            return str(found)
        if not isinstance(found, str):
            raise _failed(what, "it finds neither a text nor a whole number")
        return found


def reader_of(headers: Mapping[str, str], payload: Json) -> Reader:
    return Reader(headers, payload, Allowance(OPERATIONS, PRODUCED_BYTES))


def _failed(what: str, why: str) -> NormalizedError:
    return NormalizedError(
        "INVALID_TEMPLATE",
        f"This source's expression for {what} fails on this body: {why}. Mend the expression, then redeliver.",
        details={"expression": what},
    )
