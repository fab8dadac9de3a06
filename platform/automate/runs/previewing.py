"""The dry run of one step: what its connector would send for an event, with nothing sent and no secret read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson
from django.conf import settings
from django.utils.module_loading import import_string

from automate.events.queries import records_by_id
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.problems import Problem
from automate.kernel.redaction import redact
from automate.vault.backends import secret_exists
from automate.vault.queries import rules_of
from automate.vault.rules import SecretRule, refusals
from automate.workflows.connectors import ConnectorSpec, host_refusals, named_hosts
from automate.workflows.definition import FOR_EACH, is_flow
from automate.workflows.drafts import draft_steps
from automate.workflows.problems import did_you_mean, short
from automate.workflows.queries import drafts_of, workflow_by_slug
from automate.workflows.refs import rendered_refs
from automate.workflows.secret_hosts import part_refusals
from automate.workflows.services import connector_specs
from automate.workflows.templates import try_compile

NOT_YET = "(set when it runs)"


@dataclass(frozen=True)
class PreviewRequest:
    """Either workflow and step name a call of a draft, or uses and with_ are one.

    event_id: what ``event`` is in its templates. steps: what they find of earlier steps. item: what a flow.for_each is
    at; then the call is the one that it makes for each.
    """

    workflow: str | None
    step: str | None
    uses: str | None
    with_: Json
    event_id: uuid.UUID | None
    steps: Json
    item: Json


@dataclass(frozen=True)
class StepPreview:
    """hosts: those that are called. request: as the connector shows it, to be shown to people. refusals: why it would not be
    sent, as far as that is known before it is.
    """

    spec: ConnectorSpec
    hosts: list[str]
    request: Json
    refusals: list[NormalizedError]


def preview_step(wanted: PreviewRequest, *, sees_secrets: bool) -> StepPreview:
    """Raises NormalizedError with the path in the input. sees_secrets: whether it is told which secrets there are, and what
    they allow, also of those that no draft names: whoever may ask for any name and host could otherwise find out all of that.

    Templates see the redacted event: whoever may ask for any template could otherwise read what is hidden from them.
    """
    slug, uses, given = _call(wanted)
    spec = _spec(uses)
    if not isinstance(given, dict):
        raise NormalizedError("BAD_USER_INPUT", "What a step is given is an object.", path=["with"])
    template, problems = try_compile(given)
    if problems:
        raise _refused(problems)
    context = _context(wanted, slug)
    try:
        rendered = template.render(context)
        shown = import_string(settings.AUTOMATE_CONNECTOR_PREVIEW)(uses, rendered)
    except NormalizedError as error:
        error.path = ["with", *(error.path or _field(error))]
        raise
    names = {ref.name for ref in rendered_refs(rendered)} if sees_secrets or wanted.workflow is not None else None
    rules = rules_of(names) if names else {}
    refusals = request_refusals(spec, slug, rendered, None if names is None else rules)
    return StepPreview(spec, shown["hosts"], shown["request"], list(refusals))


def request_refusals(
    spec: ConnectorSpec, slug: str, rendered: Json, rules: Mapping[str, SecretRule] | None
) -> Iterator[NormalizedError]:
    """What the worker and the guard would say of a request, each with its path. rules: by the names of secrets; None where
    nothing is to be told of these."""
    refs = rendered_refs(rendered)
    told = [] if rules is None else refs
    for ref in told:
        if not secret_exists(ref.name):
            message = f"There is no secret {ref.name}; set it, or correct the name."
            yield _at(ref.path, NormalizedError("SECRET_UNAVAILABLE", message))
    parts = {tuple(refusal.path): refusal for refusal in part_refusals(spec, rendered)}
    for path, refusal in parts.items():
        yield _at(path, refusal)
    for path, refusal in host_refusals(spec, rendered["input"], {ref.path for ref in refs}):
        if path not in parts:
            yield _at(path, refusal)
    for ref in told:
        held = [rules[ref.name]] if rules and ref.name in rules else []
        hosts = named_hosts(spec, rendered["input"])
        for refusal in refusals(held, spec.name, slug or None, hosts, called=False):
            yield _at(ref.path, refusal)


def _at(path: Sequence[str | int], refusal: NormalizedError) -> NormalizedError:
    refusal.path = ["with", *map(str, path)]
    return refusal


def _field(error: NormalizedError) -> list[str]:
    """Where in its input a connector says that the problem is."""
    field = error.details.get("field", "with")
    return [] if field == "with" else str(field).split(".")


def _refused(problems: Sequence[Problem]) -> NormalizedError:
    told = [
        {"code": one.code, "message": one.message, "path": ["with", *(str(part) for part in one.path)]}
        for one in problems
    ]
    return NormalizedError(problems[0].code, problems[0].message, details={"problems": told}, path=told[0]["path"])


def _call(wanted: PreviewRequest) -> tuple[str, str, Json]:
    """The workflow's slug, what is called, and what it is given."""
    by_name, by_value = (wanted.workflow, wanted.step), (wanted.uses, wanted.with_)
    if wanted.workflow is not None and wanted.step is not None and by_value == (None, None):
        return wanted.workflow, *_drafted(wanted.workflow, wanted.step, each=wanted.item is not None)
    if wanted.uses is not None and by_name == (None, None):
        return "", wanted.uses, {} if wanted.with_ is None else wanted.with_
    message = "Name a workflow and a step of its draft, or give uses and with; not both."
    raise NormalizedError("BAD_USER_INPUT", message, path=["step"])


def _drafted(slug: str, key: str, *, each: bool) -> tuple[str, Json]:
    workflow = workflow_by_slug(slug)
    if workflow is None:
        raise NormalizedError("NOT_FOUND", "There is no workflow of this slug.", path=["workflow"])
    draft = orjson.loads(drafts_of([workflow.id])[workflow.id])
    raw_steps = draft.get("steps") if isinstance(draft, dict) else None
    steps = {step.key: step for step in draft_steps(raw_steps if isinstance(raw_steps, list) else []) if step.key}
    step = steps.get(key)
    if step is None:
        raise NormalizedError("NOT_FOUND", f"Its draft has no such step.{did_you_mean(key, steps)}", path=["step"])
    raw: Mapping[str, Json] = step.raw
    if step.uses == FOR_EACH:
        inner = step.item_step() if each else None
        if inner is None:
            message = "A flow.for_each calls once for each item: give item, {value, index}, to see one of its calls."
            raise NormalizedError("BAD_USER_INPUT", message, path=["item"])
        raw = inner[1]
    uses = raw.get("uses")
    if not isinstance(uses, str):
        raise NormalizedError("BAD_USER_INPUT", "The step of the draft does not say what it uses.", path=["step"])
    return uses, raw.get("with", {})


def _spec(uses: str) -> ConnectorSpec:
    if is_flow(uses):
        message = f"{short(uses)} is taken by the engine itself and sends nothing."
        raise NormalizedError("BAD_USER_INPUT", message, path=["uses"])
    specs = connector_specs()
    if uses not in specs:
        message = f'There is no connector "{short(uses)}".{did_you_mean(uses, specs)}'
        raise NormalizedError("BAD_USER_INPUT", message, path=["uses"])
    return specs[uses]


def _context(wanted: PreviewRequest, slug: str) -> dict[str, Json]:
    """As the engine's (``RunState.context``)."""
    event: Json = {}
    if wanted.event_id is not None:
        record = records_by_id([wanted.event_id]).get(wanted.event_id)
        if record is None:
            raise NormalizedError("NOT_FOUND", "There is no event of this id.", path=["event"])
        event = redact(record.seen_by_templates())
    steps = {} if wanted.steps is None else wanted.steps
    if not isinstance(steps, dict):
        message = 'Outputs of earlier steps are an object: {"charge": {"output": {"id": 1}}}.'
        raise NormalizedError("BAD_USER_INPUT", message, path=["steps"])
    return {
        "event": event,
        "steps": steps,
        "run": {"id": NOT_YET, "trace_id": NOT_YET},
        "workflow": {"slug": slug, "version": NOT_YET},
        "item": wanted.item,
    }
