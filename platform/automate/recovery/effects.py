"""Resolves an uncertain effect according to the decision of an operator."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jsonschema_rs
from django.conf import settings
from django.utils.module_loading import import_string

from automate.audit import services as audit
from automate.effects import queries, transitions
from automate.effects import states as effect_states
from automate.effects.rows import EffectRow
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.principals import current_principal
from automate.kernel.problems import no_such
from automate.kernel.text import check_text
from automate.kernel.transactions import after_commit, in_transaction
from automate.outbox import transitions as jobs
from automate.outbox.wakeups import wake_relay
from automate.runs import states
from automate.runs import transitions as runs
from automate.runs.storable import encoded, unstorable
from automate.workflows.connectors import ConnectorSpec

COMES_TO: Mapping[str, str] = {
    effect_states.HAPPENED: effect_states.EFFECT_CONFIRMED,
    effect_states.DID_NOT_HAPPEN: effect_states.EFFECT_FAILED,
    effect_states.REPEAT: effect_states.EFFECT_UNCERTAIN,
}


@dataclass(frozen=True)
class Saying:
    """An operator's decision about an effect."""

    how: str
    """HAPPENED, DID_NOT_HAPPEN or REPEAT."""
    reason: str
    output: JsonValue = None
    """With HAPPENED: the output of the step for later steps. None means that the step has no output."""
    external_id: str = ""
    """The receiver's id for the result."""


def resolve_effect(effect_id: uuid.UUID, saying: Saying) -> EffectRow:
    """Record an operator's decision about an uncertain effect, and return the effect. The run then continues.

    Raises NOT_FOUND for an unknown effect. Raises CONFLICT if the effect is not uncertain or is already resolved, or if
    no step waits to repeat its call. Raises BAD_USER_INPUT or LIMIT_EXCEEDED for an invalid output.
    """
    principal = current_principal()
    reason = check_text(saying.reason.strip(), path=["reason"], most=LIMITS.text_characters)
    if saying.external_id:
        check_text(saying.external_id, path=["externalId"], most=LIMITS.text_characters)
    with in_transaction():
        # Lock the jobs first, as workers do: the second of two operators then reads the first decision. This includes
        # retries of the run, which are about to send the same request and may have read outdated rows.
        held = runs.lock_open(queries.sharers_of(_find(effect_id).run_id), states.RUN_OPEN)
        effect = _find(effect_id)
        tried = any(run.id == effect.run_id for run in held)
        _check(effect, saying, waits=tried and queries.state_of_attempt(effect) == states.UNCERTAIN)
        output = saying.output if saying.how == effect_states.HAPPENED else None
        said = {"how": saying.how, "output": output, "reason": reason, "by": principal.name}
        digest = hashlib.sha256(encoded(output)).hexdigest() if output is not None else ""
        comes_to = COMES_TO[saying.how]
        if not transitions.resolve(
            effect.key, said, state=comes_to, digest=digest, external_id=saying.external_id or effect.external_id
        ):
            raise _said(effect)
        audit.record(
            "effect.resolve",
            "effect",
            effect.id,
            effect.step_key,
            {
                "state": (effect.state, comes_to),
                "how": (None, saying.how),
                "reason": (None, reason),
                "external_id": (effect.external_id, saying.external_id or effect.external_id),
                "output_sha256": (None, digest),
                "run": (None, str(effect.run_id)),
            },
        )
        jobs.signal([run.job_id for run in held], jobs.WAKE)
        after_commit(wake_relay)
        return _find(effect_id)


def _find(effect_id: uuid.UUID) -> EffectRow:
    found = queries.effects_by_id([effect_id]).get(effect_id)
    if found is None:
        raise no_such("effect", "id", "effects", "effect")
    return found


def _check(effect: EffectRow, saying: Saying, *, waits: bool) -> None:
    if effect.resolution is not None and effect.state == effect_states.EFFECT_UNCERTAIN:
        raise _said(effect)
    if effect.state != effect_states.EFFECT_UNCERTAIN:
        raise NormalizedError(
            "CONFLICT",
            f"This effect is {effect.state}. Only uncertain effects can be resolved.",
            details={"state": effect.state},
        )
    if saying.how == effect_states.REPEAT and not waits:
        raise NormalizedError(
            "CONFLICT",
            "The effect cannot be resolved as REPEAT, because no step of the run waits for this effect's outcome. Resolve the effect as HAPPENED or DID_NOT_HAPPEN. Then retry the run. `planRetry` shows which calls a retry sends again.",
            details={"state": effect.state},
        )
    if saying.how != effect_states.HAPPENED and (saying.output is not None or saying.external_id):
        raise NormalizedError(
            "BAD_USER_INPUT",
            "`output` and `externalId` are allowed only for HAPPENED. Remove them, or resolve the effect as HAPPENED.",
            path=["output"],
        )
    if saying.how == effect_states.HAPPENED and saying.output is not None:
        _check_output(effect, saying.output)


def _check_output(effect: EffectRow, output: JsonValue) -> None:
    # Templates of later steps read the output.
    refusal = unstorable(output)
    if refusal is not None:
        raise NormalizedError(refusal.code, refusal.message, path=["output"])
    find: Callable[[], Mapping[str, ConnectorSpec]] = import_string(settings.AUTOMATE_CONNECTOR_SPECS)
    spec = find().get(effect.connector)
    if spec is None:
        return
    for error in jsonschema_rs.validator_for(dict(spec.output_schema)).iter_errors(output):
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"`output` does not match the output schema of {effect.connector}: {error.message}. Pass the whole output of the call, or no output.",
            path=["output", *error.instance_path],
        )


def _said(effect: EffectRow) -> NormalizedError:
    return NormalizedError(
        "CONFLICT", "This effect is already resolved. Decisions cannot be changed.", details={"state": effect.state}
    )
