"""A tenant's rules, compiled once per version of its rule set, and what they say of events."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from automate.events.records import COLUMNS, TABLES, EventRecord, record_of
from automate.kernel.bounded import BoundedCache
from automate.kernel.errors import Json
from automate.kernel.limits import MIB
from automate.kernel.sql import as_set, execute, fetch
from automate.rules.predicate import Predicate, Verdict, check_rule, compile_rule, verdict

SOURCE_BYTES_KEPT = 2 * MIB
"""Of conditions as JSON. Compiled they take 30 to 60 times as much: some 70 MB of a process, at worst 120."""
EMPTY_SET_BYTES = 128
"""What a rule set weighs besides its rules."""


RUN_FAILED = "run.failed"
"""The type of the event that a run makes by itself when it fails."""
NOT_FOR_IT = Verdict(
    "unmatched",
    f"An event {RUN_FAILED} is only for rules whose condition reads its type or source; this one reads neither.",
)
"""A rule for anything would else start its failing workflow again and again."""


@dataclass(frozen=True)
class CompiledRule:
    """reads_kind: whether its condition reads the type or the source of the event. paused: what it starts waits."""

    id: uuid.UUID
    workflow_id: uuid.UUID
    predicate: Predicate
    reads_kind: bool
    paused: bool


@dataclass(frozen=True)
class RuleSetVersion:
    """rules: highest priority first, then oldest first. source_bytes: of their conditions as JSON."""

    version: int
    rules: tuple[CompiledRule, ...]
    source_bytes: int


@dataclass(frozen=True)
class RuleDecision:
    event: EventRecord
    rule: CompiledRule
    version: int
    verdict: Verdict


_rule_sets: BoundedCache[uuid.UUID, RuleSetVersion] = BoundedCache(SOURCE_BYTES_KEPT)

EVENTS = f"SELECT (SELECT version FROM rule_set), {COLUMNS} FROM {TABLES} WHERE e.id = ANY (%s) ORDER BY e.id"
# One statement, so that version and rules are of one moment.
RULES = """
SELECT s.version, r.id, r.workflow_id, r."when"::text, r.paused_at IS NOT NULL
FROM rule_set s LEFT JOIN rule_spec r ON r.enabled ORDER BY r.priority DESC, r.id
"""
# What new events of a workflow start: nothing where it is switched off or was never published. It waits for who pauses or
# resumes the workflow just now, and whoever comes to do that waits for the end of this transaction and sees its runs.
STARTS = """
SELECT id, enabled, current_version_id, paused_at IS NOT NULL FROM workflow WHERE id = ANY (%s) ORDER BY id FOR KEY SHARE
"""
DECIDE = """
INSERT INTO decision (id, event_id, rule_id, rule_set_version, verdict, reason, path, run_id, decided_at)
SELECT id, event_id, rule_id, version, verdict, reason, path, run_id, now()
FROM json_to_recordset(%s::json) AS m (id uuid, event_id uuid, rule_id uuid, version bigint, verdict text, reason text, path jsonb, run_id uuid)
ON CONFLICT (event_id, rule_id, rule_set_version) DO NOTHING
"""


@dataclass(frozen=True)
class Start:
    """What a workflow starts now. version_id is None where it was never published. paused: what it starts waits."""

    workflow_id: uuid.UUID
    enabled: bool
    version_id: uuid.UUID | None
    paused: bool


def read_events(tenant_id: uuid.UUID, event_ids: Sequence[uuid.UUID]) -> tuple[RuleSetVersion, list[EventRecord]]:
    """The events, and the rule set that is in force at this moment: read anew only where its version has moved."""
    rows = fetch(EVENTS, [list(event_ids)])
    records = [record_of(row[1:]) for row in rows]
    known = _rule_sets.get(tenant_id)
    if known is None or not rows or known.version != rows[0][0]:
        known = _read_rules()
        _rule_sets.put(tenant_id, known, weight=EMPTY_SET_BYTES + known.source_bytes)
    return known, records


def _read_rules() -> RuleSetVersion:
    rows = fetch(RULES)
    rules = tuple(
        _compile(rule_id, workflow_id, orjson.loads(when), paused=paused)
        for _, rule_id, workflow_id, when, paused in rows
        if rule_id is not None
    )
    return RuleSetVersion(rows[0][0], rules, sum(len(when or "") for *_, when, _ in rows))


def _compile(rule_id: uuid.UUID, workflow_id: uuid.UUID, when: Json, *, paused: bool) -> CompiledRule:
    reads_kind = any(read.keys[:1] in {("type",), ("source",)} for read in check_rule(when).reads)
    return CompiledRule(rule_id, workflow_id, compile_rule(when), reads_kind, paused)


def decide(rule_set: RuleSetVersion, event: EventRecord) -> list[RuleDecision]:
    """What each rule says of an event. Never raises: a rule that fails has a verdict that says so."""
    data = event.seen_by_rules()
    guarded = event.type == RUN_FAILED
    return [
        RuleDecision(
            event,
            rule,
            rule_set.version,
            NOT_FOR_IT if guarded and not rule.reads_kind else verdict(rule.predicate, data),
        )
        for rule in rule_set.rules
    ]


def read_starts(workflow_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Start]:
    """Requires the transaction that makes the runs."""
    return {row[0]: Start(*row) for row in fetch(STARTS, [list(workflow_ids)])}


def write_decisions(rows: Sequence[dict[str, object]]) -> None:
    """Requires the transaction that also finishes the match job, so that each is written once."""
    execute(DECIDE, [as_set(rows)])
