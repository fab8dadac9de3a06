"""Matches events with rules, and starts runs. One transaction handles several events of one tenant."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from automate.events import delaying
from automate.events.records import EventRecord
from automate.kernel.ids import new_id
from automate.kernel.limits import Limits
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import in_transaction
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.outbox.wakeups import wake_relay
from automate.rules import matching as rules
from automate.rules import standing_queries
from automate.rules.matching import RuleDecision, Start
from automate.rules.new_runs import NewRun, WorkflowVersionRef
from automate.rules.predicate import EvaluationResult
from automate.rules.retention import forget_now_and_then
from automate.rules.windows.taking import WindowOutcome, apply_options
from automate.runs.compiled import CompiledVersion
from automate.runs.loading import run_event_of
from automate.runs.metering import UsageRow
from automate.runs.parents import notify
from automate.runs.round_spending import SpentMeanwhileError
from automate.runs.run_set import RunSet
from automate.runs.services import create_runs
from automate.runs.step_call import StepCall
from automate.runs.versions import compiled_versions
from automate.runs.waits import events as waits
from automate.runs.waits.transitions import paths_for, paths_of
from automate.runs.windows.starting import queue_runs
from automate.usage.kinds import EVENTS, NORMAL
from automate.usage.transitions import record

CAUSATION_DEPTH = Limits().causation_depth
SKIPPED = EvaluationResult("suppressed", "The rule matched, but its workflow is paused and skips events.")
SWITCHED_OFF = EvaluationResult("disabled", "The rule was disabled while this event was being matched.")


def match_events(run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    forget_now_and_then(run_set.tenant.id)
    while True:
        try:
            return _match_events(run_set, jobs)
        except SpentMeanwhileError:
            run_set.meter.lock_next()


def _match_events(run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    ids = [job.subject_id for job in jobs]
    rule_set, events, delayed, paths = rules.read_events(run_set.tenant.id, ids, paths_for(ids))
    decided = [decision for event in events for decision in rules.decide(rule_set, event)]
    awaited = {} if delayed else waits.outcomes_of(events, paths)
    with in_transaction():
        admitted = delaying.admit(run_set.tenant.id, jobs, events, run_set.lease.seconds) if delayed else jobs
        finished = claims.finish(admitted)
        mine = {job.subject_id for job in jobs if job.id in finished}
        if delayed:
            awaited = waits.outcomes_of([event for event in events if event.id in mine], paths_of(mine))
        outcomes = apply_options(outcomes_of([decision for decision in decided if decision.event.id in mine]))
        rules.write_decisions(rule_set, mine, [one.row() for one in outcomes])
        if held := [one.run for one in outcomes if one.run and one.run.held and one.turn is None]:
            create_runs(held)
        if queued := [one.run for one in outcomes if one.run and one.turn is not None]:
            queue_runs(queued)
        runs = [one.run for one in outcomes if one.run and not one.run.held and one.turn is None]
        begun = {run.event_id for run in runs}
        seen = {event.id: run_event_of(event) for event in events if event.id in begun}
        used = [_usage_of(run_set.tenant.id, len(mine))] if mine else []
        made = run_set.open(runs, seen, used) if runs else []
        if used and not runs:
            record(used)
        if awaited:
            notify(awaited)
    if awaited or held:
        wake_relay()
    return run_set.opened(made)


def _usage_of(tenant_id: uuid.UUID, count: int) -> UsageRow:
    # `count` is the number of events that were matched with rules.
    return {"tenant_id": tenant_id, "metric": EVENTS, "kind": NORMAL, "workflow": "", "connector": "", "amount": count}


def outcomes_of(decisions: Sequence[RuleDecision]) -> list[WindowOutcome]:
    """Return an outcome for each decision of a rule. The outcome contains the run that the decision starts, or None."""
    matched = {decision.rule for decision in decisions if decision.verdict.matched}
    starts = standing_queries.read_starts(current_tenant().id, matched) if matched else {}
    versions = compiled_versions([start.version_id for start in starts.values() if start.version_id])
    outcomes = []
    for decision in decisions:
        start = starts.get(decision.rule.id)
        said, run = decision.verdict, None
        if said.matched and (start is None or not start.enabled):
            said = SWITCHED_OFF
        elif said.matched and start is not None:
            run, said = start_of(decision.event, decision.verdict, start, versions)
        outcomes.append(WindowOutcome(decision, said, run))
    return outcomes


def start_of(
    event: EventRecord, said: EvaluationResult, start: Start, versions: Mapping[uuid.UUID, CompiledVersion]
) -> tuple[NewRun | None, EvaluationResult]:
    # Without a run, the verdict has the reason.
    if start.version_id is None:
        return None, _nothing("its workflow was never published. Publish it.")
    if not start.workflow_enabled:
        return None, _nothing("its workflow is disabled. Ask the operator of the platform to enable it.")
    if start.archived:
        return None, _nothing("its workflow is archived. Unarchive it.")
    if start.skipping:
        return None, SKIPPED
    if event.depth >= CAUSATION_DEPTH:
        return None, _nothing(
            f"a chain of {event.depth} runs led to this event, so the limit causation_depth is reached. "
            "The platform starts no further run in this chain.",
        )
    version = versions[start.version_id]
    reference = WorkflowVersionRef(version.id, len(version.steps), version.definition.timeout_seconds)
    run = NewRun(
        run_id=new_id(),
        workflow_id=start.workflow_id,
        version=reference,
        event_id=event.id,
        rule_id=start.rule_id,
        trace_id=event.trace_id,
        depth=event.depth + 1,
        held=start.paused,
    )
    return run, said


def _nothing(why: str) -> EvaluationResult:
    return EvaluationResult("matched", f"The rule matched, but {why}")
