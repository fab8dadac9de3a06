"""Events in, decisions and running runs out: one transaction for a set of events of one tenant."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from automate.events.records import EventRecord
from automate.kernel.errors import Json
from automate.kernel.ids import new_id
from automate.kernel.limits import Limits
from automate.kernel.transactions import in_transaction
from automate.outbox import claims
from automate.outbox.claims import ClaimedJob
from automate.outbox.hints import wake_relay
from automate.rules import matching as rules
from automate.rules.matching import RuleDecision, Start
from automate.runs.advance import RunSet
from automate.runs.parents import tell
from automate.runs.round import StepCall
from automate.runs.services import NewRun, WorkflowVersionRef, create_runs
from automate.runs.versions import CompiledVersion, compiled_versions
from automate.runs.waits import events as waits

CAUSATION_DEPTH = Limits().causation_depth


def match_events(run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    """Decide the claimed events, start what matched, and return the calls that these runs begin with."""
    rule_set, events = rules.read_events(run_set.tenant.id, [job.subject_id for job in jobs])
    decisions = [decision for event in events for decision in rules.decide(rule_set, event)]
    matched = {decision.rule.workflow_id for decision in decisions if decision.verdict.matched}
    starts = rules.read_starts(sorted(matched)) if matched else {}
    versions = compiled_versions([start.version_id for start in starts.values() if start.version_id])
    rows, new_runs = rows_and_runs(decisions, starts, versions)
    outcomes = waits.outcomes_of(events)
    with_runs = {run.event_id for run in new_runs}
    seen = {event.id: event.seen_by_templates() for event in events if event.id in with_runs}
    with in_transaction():
        finished = claims.finish(jobs)
        mine = {job.subject_id for job in jobs if job.id in finished}
        written = [row for row in rows if row["event_id"] in mine]
        if written:
            rules.write_decisions(written)
        runs = [run for run in new_runs if run.event_id in mine and not run.held]
        if held := [run for run in new_runs if run.event_id in mine and run.held]:
            create_runs(held)
        made = run_set.open(runs, seen) if runs else []
        if outcomes:
            tell(outcomes)
    if outcomes:
        wake_relay()
    return run_set.opened(made)


def rows_and_runs(
    decisions: Sequence[RuleDecision], starts: Mapping[uuid.UUID, Start], versions: Mapping[uuid.UUID, CompiledVersion]
) -> tuple[list[dict[str, Json]], list[NewRun]]:
    """The decisions to be written, and the runs of what matched."""
    rows: list[dict[str, Json]] = []
    new_runs: list[NewRun] = []
    for decision in decisions:
        run, reason = (
            _start(decision, starts, versions) if decision.verdict.matched else (None, decision.verdict.reason)
        )
        rows.append(
            {
                "id": new_id(),
                "event_id": decision.event.id,
                "rule_id": decision.rule.id,
                "version": decision.version,
                "verdict": decision.verdict.verdict,
                "reason": reason,
                "path": list(decision.verdict.path),
                "run_id": run.run_id if run else None,
            }
        )
        if run:
            new_runs.append(run)
    return rows, new_runs


def _start(
    decision: RuleDecision, starts: Mapping[uuid.UUID, Start], versions: Mapping[uuid.UUID, CompiledVersion]
) -> tuple[NewRun | None, str]:
    """The run of a match; or none, and why."""
    event: EventRecord = decision.event
    start = starts[decision.rule.workflow_id]
    if start.version_id is None or start.step_count is None:
        return None, "The rule matched, but its workflow was never published: publish it."
    if not start.enabled:
        return None, "The rule matched, but its workflow is switched off."
    if event.depth >= CAUSATION_DEPTH:
        return None, (
            f"The rule matched, but this event is {event.depth} runs deep, which is the limit causation_depth: "
            "the chain of runs that cause one another is cut here."
        )
    version = versions[start.version_id]
    reference = WorkflowVersionRef(version.id, start.step_count, version.definition.timeout_seconds)
    run = NewRun(
        run_id=new_id(),
        workflow_id=start.workflow_id,
        version=reference,
        event_id=event.id,
        rule_id=decision.rule.id,
        trace_id=event.trace_id,
        depth=event.depth + 1,
        held=start.paused or decision.rule.paused,
    )
    return run, decision.verdict.reason
