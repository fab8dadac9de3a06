"""Reads an event's key, type or subject from a header or with an expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automate.kernel.errors import Json, NormalizedError
from automate.workflows.templates.allowance import TemplateAllowance, TemplateFailure
from automate.workflows.templates.expressions import parse_expression

OPERATIONS = 5_000
"""The limit for all expressions of one webhook together. It is a twentieth of the limit of templates, because the
sender waits for the answer.
"""
PRODUCED_BYTES = 64 * 1024


@dataclass(frozen=True)
class FieldSelector:
    """The place of a value in a webhook: a header or an expression."""

    header: str | None = None
    """In lower case."""
    expression: str | None = None
    """Over ``payload`` and ``headers``, whose names are in lower case."""


@dataclass(frozen=True)
class FieldReader:
    """Reads fields of one webhook. All expressions share one limit of cost."""

    headers: Mapping[str, str]
    payload: Json
    allowance: TemplateAllowance

    def read(self, place: FieldSelector | None, what: str) -> str | None:
        """Return the text at a place, or None. ``what`` names the value in messages.

        Raises INVALID_TEMPLATE if the expression fails on this body, or finds neither a text nor a whole number.
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


def reader_of(headers: Mapping[str, str], payload: Json) -> FieldReader:
    return FieldReader(headers, payload, TemplateAllowance(OPERATIONS, PRODUCED_BYTES))


def _failed(what: str, why: str) -> NormalizedError:
    return NormalizedError(
        "INVALID_TEMPLATE",
        f"This source's expression for {what} fails on this body: {why}. Fix the expression in the settings of the source, then redeliver the webhook.",
        details={"expression": what},
    )
