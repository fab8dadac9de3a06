"""Retries runs. A new run replaces an ended run, and keeps the steps that need no repeat."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from automate.audit import services as audit
from automate.events.bodies import event_body
from automate.events.queries import events_by_id, records_by_id
from automate.events.services import NewEvent, record_events
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.limits import LIMITS
from automate.kernel.principals import current_principal
from automate.kernel.strict_json import check_value
from automate.kernel.tenancy import current_tenant
from automate.kernel.text import check_text
from automate.kernel.transactions import require_transaction
from automate.outbox import claims
from automate.recovery import queries, transitions
from automate.recovery.keeping import FAILED_STEP, STEP, KeptSteps
from automate.recovery.once import OperationResult, distinct, once
from automate.recovery.plans import NAMED, Plans, RetryRequest, RunPlan, make_plans
from automate.runs import states
from automate.runs.changes import LogEntry
from automate.runs.compiled import CompiledVersion
from automate.runs.services import MAX_ATTEMPTS, by_hand
from automate.runs.transitions import insert_log

Named = Sequence[uuid.UUID | None]


def plan_retry(named: Named, request: RetryRequest) -> Plans:
    """Make the plans for a retry of runs. ``named`` is the list of run ids, with None in place of each invalid id.

    Raises NormalizedError for an invalid request.
    """
    check_request(request, len(named))
    return make_plans(distinct(named), request)


def retry_runs(
    named: Named, request: RetryRequest, *, plan_id: str | None = None, idempotency_key: str | None = None
) -> OperationResult:
    """Queue a new run for each run that can be retried. A run that cannot be retried gets an error.

    Raises NormalizedError for an invalid request.
    """
    check_request(request, len(named))
    places = distinct(named)

    def act() -> OperationResult:
        made, errors = retry_all(places, request, plan_id)
        return OperationResult(list(made.values()), errors)

    content = {"runs": [str(run_id) for run_id in named], "reason": request.reason, **request.as_json()}
    return once("retryRuns", idempotency_key, content, act)


def retry_all(
    places: Sequence[tuple[int, uuid.UUID | None]], request: RetryRequest, plan_id: str | None = None
) -> tuple[dict[uuid.UUID, uuid.UUID], list[NormalizedError]]:
    # Returns the new run for each retried run, and the errors of the other runs with their positions.
    require_transaction()
    lines = queries.lines_of([run_id for _, run_id in places if run_id is not None])
    transitions.lock_lines(list(lines.values()))
    plans = make_plans(places, request)
    if plan_id is not None:
        plans.check(plan_id)
    going = [plan for plan in plans.runs if plan.consent is None]
    new_ids = _retry(going, request) if going else []
    return {plan.source.id: made for plan, made in zip(going, new_ids, strict=True)}, plans.errors


def check_request(request: RetryRequest, runs: int) -> None:
    """Check the options of a request for a retry. ``runs`` is the number of runs in the request.

    Raises BAD_USER_INPUT for an invalid option, and for options that cannot be used together.
    """
    if request.begin == STEP and not request.from_step:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "`from` is STEP, but `fromStep` is missing. Set it to the key of a step.",
            path=["fromStep"],
        )
    if request.begin != STEP and request.from_step:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "`fromStep` is allowed only if `from` is STEP. Set `from` to STEP, or leave out `fromStep`.",
            path=["fromStep"],
        )
    if request.version == NAMED and request.to_version is None:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "`version` is NAMED, but `toVersion` is missing. Set `toVersion` to the id of a version.",
            path=["toVersion"],
        )
    if request.version != NAMED and request.to_version is not None:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "`toVersion` is allowed only if `version` is NAMED. Set `version` to NAMED, or leave out `toVersion`.",
            path=["toVersion"],
        )
    check_text(request.reason, path=["reason"], least=0, most=LIMITS.text_characters)
    if request.edited:
        if runs != 1:
            raise NormalizedError(
                "BAD_USER_INPUT",
                "`payload` is allowed only for the retry of a single run. Name one run, or leave out `payload`.",
                path=["payload"],
            )
        check_value(request.payload, max_bytes=LIMITS.event_bytes)
    check_depth(request.depth)


def check_depth(depth: int) -> None:
    """Raise LIMIT_EXCEEDED if a new run would exceed the limit causation_depth.

    ``depth`` is the depth of the run that sent the request.
    """
    if depth >= LIMITS.causation_depth:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"A run at depth {depth} sent this request, but the limit causation_depth is {LIMITS.causation_depth}. Runs probably start "
            "one another in a loop. Break the loop, or send the request from outside of a run.",
            details={"limit": "causation_depth", "depth": depth},
        )


def _retry(plans: Sequence[RunPlan], request: RetryRequest) -> list[uuid.UUID]:
    event_id = _derived_event(plans[0].source.event_id, request) if request.edited else None
    said = {FAILED_STEP: "its failed step", STEP: f"step {request.from_step}"}.get(request.begin, "the start")
    reason = f": {request.reason}" if request.reason else ""
    repeats = [
        Repeat(
            old_id=plan.source.id,
            new_id=new_id(),
            workflow_id=plan.source.workflow_id,
            version=plan.version,
            event_id=event_id or plan.source.event_id,
            # The worker loads former steps and keys only for an origin that is not the run itself.
            origin_id=new_id() if request.repeat_effects else plan.source.origin_id,
            kept=plan.kept,
            reason=f"retry of run {plan.source.id} from {said}{reason}",
            depth=request.depth + 1,
        )
        for plan in plans
    ]
    take_over(repeats)
    jobs = [(repeat.new_id, repeat.new_id, plan.source.trace_id) for plan, repeat in zip(plans, repeats, strict=True)]
    claims.enqueue(current_tenant().id, claims.RUN_ADVANCE, jobs, max_attempts=MAX_ATTEMPTS)
    audit.record_all(
        [
            audit.entry(
                "run.retry",
                "execution_run",
                plan.source.id,
                plan.source.workflow_slug,
                {
                    "retry": (None, str(repeat.new_id)),
                    "from": (None, request.begin if request.begin != STEP else request.from_step),
                    "version": (str(plan.source.version_id), str(plan.version.id)),
                    "event": (str(plan.source.event_id), str(repeat.event_id)),
                    "repeatEffects": (None, request.repeat_effects),
                    "effects": (None, [effect.step for effect in plan.effects]),
                    "reason": (None, request.reason),
                },
            )
            for plan, repeat in zip(plans, repeats, strict=True)
        ]
    )
    return [repeat.new_id for repeat in repeats]


def _derived_event(event_id: uuid.UUID, request: RetryRequest) -> uuid.UUID:
    # All other fields are copied from the original event. Rules never match this event.
    row, record = events_by_id([event_id]).get(event_id), records_by_id([event_id]).get(event_id)
    if row is None or record is None:
        raise NormalizedError(
            "CONFLICT",
            "The run's event has been removed, so the run cannot be retried. Start the workflow again.",
            path=["runs", 0],
        )
    event = NewEvent(
        source_id=row.source_id,
        type=row.type,
        body=event_body(request.payload),
        trace_id=row.trace_id,
        subject=row.subject,
        headers={name: str(value) for name, value in record.headers.items()},
        occurred_at=row.occurred_at,
        depth=max(row.depth, request.depth),
        matched=False,
        derived_from=event_id,
    )
    record_events([event], audited=True)
    return event.id


@dataclass(frozen=True)
class Repeat:
    """The data of a new run that repeats the run ``old_id``."""

    old_id: uuid.UUID
    new_id: uuid.UUID
    workflow_id: uuid.UUID
    version: CompiledVersion
    event_id: uuid.UUID
    origin_id: uuid.UUID
    kept: KeptSteps
    reason: str
    depth: int = 0
    job_id: uuid.UUID | None = None
    """The dead job that becomes the job of the new run. None if the new run gets a job of its own, with the id of
    the run."""


def take_over(repeats: Sequence[Repeat]) -> None:
    # With their kept steps and a log. The caller creates the jobs. Requires a transaction.
    require_transaction()
    who = by_hand()
    transitions.repeat_runs(
        [
            {
                "id": repeat.new_id,
                "old": repeat.old_id,
                "version_id": repeat.version.id,
                "event_id": repeat.event_id,
                "origin_id": repeat.origin_id,
                "depth": repeat.depth,
                "step_count": len(repeat.version.steps),
                "job_id": repeat.job_id,
                "started_by": who,
                "started_person": current_principal().person or None,
            }
            for repeat in repeats
        ]
    )
    transitions.copy_steps(
        [
            {"id": new_id(), "run_id": repeat.new_id, "step_id": step_id}
            for repeat in repeats
            for step_id in repeat.kept.step_ids
        ]
    )
    transitions.copy_inputs(
        [
            {"id": new_id(), "old": repeat.old_id, "run_id": repeat.new_id, "key": key}
            for repeat in repeats
            for key in repeat.kept.listed
        ]
    )
    insert_log([LogEntry(repeat.new_id, repeat.workflow_id, "", states.QUEUED, repeat.reason) for repeat in repeats])
