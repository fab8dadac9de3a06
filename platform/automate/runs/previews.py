"""Renders one call, in the web process or in a child process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.events.records import EventRecord
from automate.heavy.named import named
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.problems import Problem
from automate.runs.refusals import request_refusals
from automate.vault.rules import KnownSecrets
from automate.workflows.templates import try_compile
from automate.workflows.templates.allowance import MAX_OPERATIONS, TemplateAllowance

FEW_OPERATIONS = 2_000
"""Operations of a rendering that costs less than a child process."""


class NeedsMoreError(Exception):
    """Rendering needs more operations than this process allows."""


@dataclass(frozen=True)
class PreviewedCall:
    specs: str
    """The dotted name of the function that returns the connectors."""
    preview: str
    """The dotted name of the function that shows a request."""
    slug: str
    """The slug of the workflow; empty if the call belongs to no workflow."""
    uses: str
    given: Mapping[str, JsonValue]
    """The ``with`` of the call's step."""


@dataclass(frozen=True)
class CallPreview:
    """The rendered request of a call. A StepPreview consists of this preview and the connector's spec."""

    hosts: list[str]
    request: JsonValue
    refusals: list[NormalizedError]


def preview_of(
    call: PreviewedCall,
    event: EventRecord | None,
    context: Mapping[str, JsonValue],
    known: KnownSecrets | None,
    operations: int = MAX_OPERATIONS,
) -> CallPreview:
    """Render a call, and find the reasons why the request of the call would be refused.

    Raises NormalizedError if the call is invalid or a template fails. The error contains the path to the fault in the
    input.
    """
    # Templates see the redacted event.
    template, problems = try_compile({**call.given})
    if problems:
        raise _refused(problems)
    allowance = TemplateAllowance(operations)
    seen = {} if event is None else event.shown_by_templates()
    try:
        rendered = template.render({"event": seen, **context}, allowance)
        shown = named(call.preview)(call.uses, rendered)
    except NormalizedError as error:
        if allowance.operations < 0 and operations < MAX_OPERATIONS:
            raise NeedsMoreError from None
        error.path = ["with", *(error.path or _field(error))]
        raise
    refusals = request_refusals(named(call.specs)()[call.uses], call.slug, rendered, known)
    return CallPreview(shown["hosts"], shown["request"], list(refusals))


def _field(error: NormalizedError) -> list[str]:
    field = error.details.get("field", "with")
    return [] if field == "with" else str(field).split(".")


def _refused(problems: Sequence[Problem]) -> NormalizedError:
    listed: list[dict[str, JsonValue]] = [
        {"code": one.code, "message": one.message, "path": ["with", *(str(part) for part in one.path)]}
        for one in problems
    ]
    return NormalizedError(
        problems[0].code,
        problems[0].message,
        details={"problems": [*listed]},
        path=["with", *(str(part) for part in problems[0].path)],
    )
