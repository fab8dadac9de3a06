"""Previews one step: renders the request for an event. Nothing is sent, and no secret is read."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import orjson
from django.conf import settings

from automate.events.queries import records_by_id
from automate.events.records import EventRecord
from automate.heavy.services import INLINE_BYTES, compute, has_children, size_of
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.problems import no_such
from automate.runs.previews import FEW_OPERATIONS, CallPreview, NeedsMoreError, PreviewedCall, preview_of
from automate.vault.known import known_secrets
from automate.vault.rules import KnownSecrets
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.definition import FOR_EACH, is_flow
from automate.workflows.drafts import draft_steps
from automate.workflows.problems import did_you_mean, short
from automate.workflows.queries import drafts_of, workflow_by_slug
from automate.workflows.services import connector_specs

NOT_YET = "(set when it runs)"


@dataclass(frozen=True)
class PreviewRequest:
    """A request for the preview of a call. The call is a step of a draft, or a single call."""

    workflow: str | None
    """The slug of the workflow. None for a single call."""
    step: str | None
    """The key of a step of its draft. None for a single call."""
    uses: str | None
    """The connector of a single call. None for a step."""
    with_: JsonValue
    """The input of a single call."""
    event_id: uuid.UUID | None
    """The event that templates see as ``event``."""
    steps: JsonValue
    """The outputs of earlier steps that templates see."""
    item: JsonValue
    """The item of a flow.for_each; then its call for one item is previewed."""


@dataclass(frozen=True)
class StepPreview:
    """The rendered request of a step, and the reasons to refuse it."""

    spec: ConnectorSpec
    hosts: list[str]
    """The hosts that would be called."""
    request: JsonValue
    """The request as the connector shows it to people."""
    refusals: list[NormalizedError]
    """Reasons known beforehand why the request would not be sent."""


def preview_step(wanted: PreviewRequest, *, sees_secrets: bool) -> StepPreview:
    """Preview one call. Templates see the event with its sensitive values redacted.

    Raises NormalizedError if the call is invalid or a template fails. The error has the path of the fault in the input.
    """
    slug, uses, given = _call(wanted)
    spec = _spec(uses)
    if not isinstance(given, dict):
        raise NormalizedError(
            "BAD_USER_INPUT", "`with` is not an object. Pass an object with the input of the connector.", path=["with"]
        )
    event, context = _event(wanted), _context(wanted, slug)
    known = known_secrets() if sees_secrets or wanted.workflow is not None else None
    call = PreviewedCall(settings.AUTOMATE_CONNECTOR_SPECS, settings.AUTOMATE_CONNECTOR_PREVIEW, slug, uses, given)
    made = _made(call, event, context, known)
    return StepPreview(spec, made.hosts, made.request, made.refusals)


def _made(
    call: PreviewedCall, event: EventRecord | None, context: Mapping[str, JsonValue], known: KnownSecrets | None
) -> CallPreview:
    # A child process previews large calls, and calls that need many operations.
    size = size_of([{**call.given}, {**context}]) + (len(event.body or b"") if event is not None else 0)
    if has_children() and size <= INLINE_BYTES:
        with suppress(NeedsMoreError):
            return preview_of(call, event, context, known, FEW_OPERATIONS)
    return compute(preview_of, call, event, context, known)


def _call(wanted: PreviewRequest) -> tuple[str, str, JsonValue]:
    by_name, by_value = (wanted.workflow, wanted.step), (wanted.uses, wanted.with_)
    if wanted.workflow is not None and wanted.step is not None and by_value == (None, None):
        return wanted.workflow, *_drafted(wanted.workflow, wanted.step, each=wanted.item is not None)
    if wanted.uses is not None and by_name == (None, None):
        return "", wanted.uses, {} if wanted.with_ is None else wanted.with_
    message = (
        "To preview a step of a draft, pass `workflow` and `step`. To preview any other call, pass `uses` and `with`. "
        "Do not combine these two pairs."
    )
    raise NormalizedError("BAD_USER_INPUT", message, path=["step"])


def _drafted(slug: str, key: str, *, each: bool) -> tuple[str, JsonValue]:
    workflow = workflow_by_slug(slug)
    if workflow is None:
        raise no_such("workflow", "slug", "workflows", "workflow")
    draft = orjson.loads(drafts_of([workflow.id])[workflow.id])
    raw_steps = draft.get("steps") if isinstance(draft, dict) else None
    steps = {step.key: step for step in draft_steps(raw_steps if isinstance(raw_steps, list) else []) if step.key}
    step = steps.get(key)
    if step is None:
        raise NormalizedError(
            "NOT_FOUND", f"The draft has no step with this key.{did_you_mean(key, steps)}", path=["step"]
        )
    raw: Mapping[str, JsonValue] = step.raw
    if step.uses == FOR_EACH:
        inner = step.item_step() if each else None
        if inner is None:
            message = "The step is a flow.for_each, which makes one call for each item. Pass `item`, {value, index}, to preview one call."
            raise NormalizedError("BAD_USER_INPUT", message, path=["item"])
        raw = inner[1]
    uses = raw.get("uses")
    if not isinstance(uses, str):
        raise NormalizedError(
            "BAD_USER_INPUT",
            "The step of the draft has no `uses`, so no connector would be called. Set `uses` in the draft.",
            path=["step"],
        )
    return uses, raw.get("with", {})


def _spec(uses: str) -> ConnectorSpec:
    if is_flow(uses):
        message = f"{short(uses)} is executed by the run engine, which sends no request. Preview a step that uses a connector."
        raise NormalizedError("BAD_USER_INPUT", message, path=["uses"])
    specs = connector_specs()
    if uses not in specs:
        message = f'There is no connector "{short(uses)}".{did_you_mean(uses, specs)}'
        raise NormalizedError("BAD_USER_INPUT", message, path=["uses"])
    return specs[uses]


def _event(wanted: PreviewRequest) -> EventRecord | None:
    if wanted.event_id is None:
        return None
    record = records_by_id([wanted.event_id]).get(wanted.event_id)
    if record is None:
        raise no_such("event", "id", "events", "event")
    return record


def _context(wanted: PreviewRequest, slug: str) -> dict[str, JsonValue]:
    # Like `HeldRun.context`, but without the event.
    steps = {} if wanted.steps is None else wanted.steps
    if not isinstance(steps, dict):
        message = '`steps` must be an object of outputs: {"charge": {"output": {"id": 1}}}.'
        raise NormalizedError("BAD_USER_INPUT", message, path=["steps"])
    return {
        "steps": steps,
        "run": {"id": NOT_YET, "trace_id": NOT_YET},
        "workflow": {"slug": slug, "version": NOT_YET},
        "item": wanted.item,
    }
