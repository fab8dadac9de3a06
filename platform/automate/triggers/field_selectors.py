"""Reads an event's key, type or subject from a header or with an expression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.problems import Problem
from automate.kernel.shapes import Checked, Says, Spell
from automate.triggers.schemes.options import HEADER
from automate.workflows.templates.allowance import TemplateAllowance, TemplateFailure
from automate.workflows.templates.expressions import parse_expression

OPERATIONS = 5_000
"""The limit for all expressions of one webhook together. It is a twentieth of the limit of templates, because the
sender waits for the answer.
"""
PRODUCED_BYTES = 64 * 1024


ROOTS = ("payload", "headers")


def _expression_problems(text: str) -> Iterator[Problem]:
    try:
        references = parse_expression(text).references
    except TemplateFailure as failure:
        yield Problem("BAD_USER_INPUT", f"The expression is refused: {failure}.", ())
        return
    strange = sorted(reference[0] for reference in references if reference and reference[0] not in ROOTS)
    if strange:
        message = f"There is no {strange[0][:64]!r} here; an expression can read only {' and '.join(ROOTS)}."
        yield Problem("BAD_USER_INPUT", message, ())


@dataclass(frozen=True)
class FieldSelector:
    """The place of a value in a webhook. Exactly one of ``header`` and ``expression`` is set.

    ``header`` is in lower case, like the names of all headers of a received request.
    """

    header: Annotated[str | None, HEADER, Says("The header. Null for an expression.")] = None
    expression: Annotated[
        str | None,
        Checked("JMESPath, such as payload.order.id", _expression_problems),
        Says("JMESPath over `payload` and `headers`. The names of headers are in lower case. Null for a header."),
    ] = None

    def __post_init__(self) -> None:
        if self.header is not None:
            object.__setattr__(self, "header", self.header.lower())

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], _spell: Spell) -> Iterator[Problem]:
        named = {"header", "expression"} & {name for name, value in given.items() if value is not None}
        if len(named) != 1:
            words = "Name a header or an expression, not both." if named else "Name a header or an expression."
            yield Problem("BAD_USER_INPUT", words, ())


@dataclass(frozen=True)
class FieldReader:
    """Reads fields of one webhook. All expressions share one limit of cost."""

    headers: Mapping[str, str]
    payload: JsonValue
    allowance: TemplateAllowance

    def read(self, place: FieldSelector | None, what: str) -> str | None:
        """Return the text that ``place`` selects from the webhook, or None. ``what`` names the value in error messages.

        Raises INVALID_TEMPLATE if the expression fails, or if its result is neither a text nor a whole number.
        """
        if place is None:
            return None
        if place.header is not None:
            return self.headers.get(place.header, "").strip() or None
        try:
            found = parse_expression(place.expression or "").evaluate(
                {"payload": self.payload, "headers": {**self.headers}}, self.allowance
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


def reader_of(headers: Mapping[str, str], payload: JsonValue) -> FieldReader:
    return FieldReader(headers, payload, TemplateAllowance(OPERATIONS, PRODUCED_BYTES))


def _failed(what: str, why: str) -> NormalizedError:
    return NormalizedError(
        "INVALID_TEMPLATE",
        f"This source's expression for {what} fails on this body: {why}. Fix the expression in the settings of the source, then redeliver the webhook.",
        details={"expression": what},
    )
