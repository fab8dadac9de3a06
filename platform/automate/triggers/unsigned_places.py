"""Finds settings that read an event's type, key or subject from an unsigned header."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.text import api_name
from automate.triggers.schemes.headers import SignedHeaders
from automate.workflows.templates.allowance import TemplateFailure
from automate.workflows.templates.expressions import parse_expression

_PLACES = ("idempotency_key", "event_type", "subject")


def unsigned_place_problems(intake: Mapping[str, JsonValue], signed: SignedHeaders) -> Iterator[NormalizedError]:
    # Other faults of the settings are ignored.
    if signed.names is None:
        return
    for part in _PLACES:
        place = intake.get(part)
        if isinstance(place, dict):
            for member, name in _headers_of(place):
                if not signed.counts(name):
                    yield _unsigned(["intake", api_name(part), member], name)


def _headers_of(place: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    # The name is empty if an expression reads all headers.
    header, expression = place.get("header"), place.get("expression")
    if isinstance(header, str):
        yield "header", header
    if not isinstance(expression, str):
        return
    try:
        references = parse_expression(expression).references
    except TemplateFailure:
        return
    for reference in sorted(references):
        if reference[:1] == ("headers",):
            yield "expression", "".join(reference[1:2])


def _unsigned(path: list[str], name: str) -> NormalizedError:
    named = f"The header {name}" if name else "A header"
    return NormalizedError(
        "BAD_USER_INPUT",
        f"{named} is not signed, so anyone who captures a request could change the header. Read the value from the body, sign the header, "
        "or set trustUnsignedHeaders to true.",
        path=path,
    )
