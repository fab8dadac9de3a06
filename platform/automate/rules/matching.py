"""A tenant's rules, and their decisions about events."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import NamedTuple

import orjson
from psycopg.rows import TupleRow

from automate.budgets.queries import DELAYING
from automate.events.lean_records import LEAN_COLUMNS, lean_record_of
from automate.events.records import TABLES, EventRecord
from automate.kernel.bounded import BoundedCache
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue
from automate.kernel.large import TURN
from automate.kernel.limits import MIB
from automate.kernel.sql import Parameters, as_set, execute, fetch, fetch_all
from automate.kernel.text import ABOUT_THE_TENANT, BUDGET_THRESHOLD, NOTICE_RAISED, RUN_FAILED
from automate.rules.predicate import (
    DEEPEST,
    EvaluationResult,
    Necessary,
    Predicate,
    RuleIndex,
    compile_rule,
    necessary_conditions,
    reads,
    verdict,
)
from automate.rules.windows.compiled import CompiledOptions
from automate.rules.windows.words import ABSENCE

COMPILED_BYTES_KEPT = 2 * MIB
"""The size of cached conditions as JSON, of all tenants. Compiled conditions are 30 to 60 times larger: usually 70 MB, at most 120."""
OPTIONS_BYTES_KEPT = MIB
"""The size of cached options as JSON, of all tenants. Their compiled keys and conditions are as large as those of rules."""
RULE_SET_BYTES_KEPT = 64 * MIB
"""The size of cached rule sets with their indexes. It is enough for four to six tenants with 10,000 rules
each."""
RULE_BYTES = 400
"""The weight of a rule in its set, without its condition and its necessary conditions."""
MARK_BYTES = 500
"""The weight of each constant by which a rule is found."""
EMPTY_SET_BYTES = 512
"""The weight of a rule set without rules."""


NOT_FOR_IT = EvaluationResult(
    "unmatched",
    f"Only rules whose condition reads the type or source match {RUN_FAILED}, {BUDGET_THRESHOLD} or {NOTICE_RAISED}. This condition does not read them.",
)
"""Without this verdict, a rule that matches everything would start its own failing workflow again and again."""
ENDS = EvaluationResult("unmatched", "The event does not match the rule, but it may end the rule's wait.")


@dataclass(frozen=True, eq=False, slots=True)
class StandingRule:
    """A rule that is in force."""

    id: uuid.UUID
    slug: str
    workflow_id: uuid.UUID
    priority: int
    when: str
    """As JSON, compiled when an event first needs it."""
    options: str
    """As JSON, compiled when an event first needs it. Empty without options."""
    generation: int
    """The rule has had the same meaning since this version of the rule set."""
    needs: tuple[Necessary, ...]
    """Conditions that hold for every event that the rule matches."""
    ends: tuple[Necessary, ...] | None
    """Conditions that hold for every event that ends the rule's wait; None for a rule without absence."""


@dataclass(frozen=True)
class CompiledWhen:
    predicate: Predicate
    reads_kind: bool
    """Whether the condition reads the type or the source of the event."""


@dataclass(frozen=True)
class RuleSetVersion:
    """The rules that are in force in one version of the rule set."""

    version: int
    rules: tuple[StandingRule, ...]
    """Highest priority first, then oldest first."""
    waiting: tuple[StandingRule, ...]
    """The rules with an absence, in the same order."""
    index: RuleIndex
    """Finds the positions of rules. The positions of ``waiting`` follow those of ``rules``."""
    weight: int
    """An estimate in bytes."""

    @classmethod
    def of(cls, version: int, rules: Iterable[StandingRule]) -> RuleSetVersion:
        ordered = tuple(sorted(rules, key=lambda rule: (-rule.priority, rule.id.int)))
        waiting = tuple(rule for rule in ordered if rule.ends is not None)
        needs = [*(rule.needs for rule in ordered), *(rule.ends or () for rule in waiting)]
        marks = sum(len(need.marks) for needed in needs for need in needed)
        weight = MARK_BYTES * marks + sum(RULE_BYTES + 2 * len(rule.when) + 2 * len(rule.options) for rule in ordered)
        return cls(version, ordered, waiting, RuleIndex(needs), EMPTY_SET_BYTES + weight)


@dataclass(frozen=True)
class RuleDecision:
    """The verdict of one rule about one event."""

    event: EventRecord
    rule: StandingRule
    version: int
    verdict: EvaluationResult
    ends: bool = False
    """Whether the event ends the rule's wait, independent of the verdict."""


class EventsToMatch(NamedTuple):
    """Events of one tenant, with the rules of this tenant."""

    rule_set: RuleSetVersion
    events: list[EventRecord]
    delayed: bool
    """Whether a budget of the tenant may delay the events."""
    besides: list[TupleRow]
    """The rows of the statement ``further``."""


_rule_sets: BoundedCache[uuid.UUID, RuleSetVersion] = BoundedCache(RULE_SET_BYTES_KEPT)
_compiled: BoundedCache[str, CompiledWhen] = BoundedCache(COMPILED_BYTES_KEPT)
_options: BoundedCache[str, CompiledOptions] = BoundedCache(OPTIONS_BYTES_KEPT)

EVENTS = f"SELECT (SELECT version FROM rule_set), EXISTS (SELECT FROM {DELAYING}), {LEAN_COLUMNS} FROM {TABLES} WHERE e.id = ANY (%(events)s) ORDER BY e.received_at, e.id"
VERSION = "SELECT version FROM rule_set"
# The version and all rules in force, from one snapshot.
RULES = """
SELECT s.version, h.rule_id, h.slug, h.workflow_id, h.priority, h."when"::text, h.options::text, h.generation
FROM rule_set s LEFT JOIN rule_history h ON h.enabled AND h.to_version IS NULL
"""
# The version and the changes since another version, from one snapshot. A rule without condition is no longer in force.
# Returns no row if the history since then is incomplete.
CHANGES = """
SELECT s.version, h.rule_id, h.slug, h.workflow_id, h.priority,
       CASE WHEN h.enabled AND h.to_version IS NULL THEN h."when"::text END, h.options::text, h.generation
FROM rule_set s LEFT JOIN rule_history h ON h.from_version > %(since)s OR h.to_version > %(since)s
WHERE s.kept_from <= %(since)s
"""
# Inserts the decisions, and the fact that the event was matched, in one statement.
DECIDE = """
WITH seen AS (
    INSERT INTO rule_match (id, event_id, rule_set_version, rules, decided_at)
    SELECT id, event_id, version, rules, now()
    FROM json_to_recordset(%s::json) AS m (id uuid, event_id uuid, version bigint, rules integer)
    ON CONFLICT (event_id, rule_set_version) DO NOTHING
)
INSERT INTO decision (id, event_id, rule_id, rule_set_version, verdict, reason, path, run_id, window_id, decided_at)
SELECT id, event_id, rule_id, version, verdict, reason, path, run_id, window_id, now()
FROM json_to_recordset(%s::json) AS m (id uuid, event_id uuid, rule_id uuid, version bigint, verdict text, reason text, path jsonb, run_id uuid, window_id uuid)
ON CONFLICT (event_id, rule_id, rule_set_version) DO NOTHING
"""


@dataclass(frozen=True)
class Start:
    """The state of a rule, and the state of the rule's workflow."""

    rule_id: uuid.UUID
    enabled: bool
    workflow_id: uuid.UUID
    workflow_enabled: bool
    version_id: uuid.UUID | None
    """None for an unpublished workflow."""
    paused: bool
    """The run waits."""
    skipping: bool
    """The workflow is paused and starts no runs."""
    archived: bool


def read_events(
    tenant_id: uuid.UUID, event_ids: Sequence[uuid.UUID], further: tuple[str, Parameters] | None = None
) -> EventsToMatch:
    """Read the tenant's rules, and events without large payloads. The statement ``further`` uses the same round trip."""
    wanted = (EVENTS, {"tenant": tenant_id, "events": list(event_ids)})
    rows, besides = fetch_all([wanted, further]) if further else (fetch(*wanted), [])
    version, delayed = next(((version, delayed) for version, delayed, *_ in rows), (None, False))
    return EventsToMatch(_in_force(tenant_id, version), [lean_record_of(row) for _, _, *row in rows], delayed, besides)


def rules_in_force(tenant_id: uuid.UUID) -> RuleSetVersion:
    ((version,),) = fetch(VERSION)
    return _in_force(tenant_id, version)


def _in_force(tenant_id: uuid.UUID, version: int | None) -> RuleSetVersion:
    known = _rule_sets.get(tenant_id)
    if known is None or known.version != version:
        # A version below the known one means that the database was restored from a backup. The known rules are invalid then.
        known = read_rules(known if known is not None and version is not None and known.version < version else None)
        _rule_sets.put(tenant_id, known, weight=known.weight)
    return known


def read_rules(known: RuleSetVersion | None) -> RuleSetVersion:
    rows = fetch(CHANGES, {"since": known.version}) if known else []
    if not rows:
        known, rows = None, fetch(RULES)
    ((version, *_), *_) = rows
    changed, found = set(), []
    for _, rule_id, slug, workflow_id, priority, when, options, generation in rows:
        changed.add(rule_id)
        if when is not None:
            found.append(standing_rule((rule_id, slug, workflow_id, priority, when, options, generation)))
    kept = [rule for rule in known.rules if rule.id not in changed] if known else []
    return RuleSetVersion.of(version, kept + found)


def standing_rule(row: TupleRow) -> StandingRule:
    """Make a StandingRule from a database row.

    The columns are ``rule_id``, ``slug``, ``workflow_id``, ``priority``, ``when``, ``options`` and ``generation``.
    """
    rule_id, slug, workflow_id, priority, when, options, generation = row
    said = orjson.loads(options)
    ends = necessary_conditions(said[ABSENCE]["unless"]) if ABSENCE in said else None
    needs = necessary_conditions(orjson.loads(when))
    return StandingRule(rule_id, slug, workflow_id, priority, when, options if said else "", generation, needs, ends)


def _compile(when: str) -> CompiledWhen:
    compiled = _compiled.get(when)
    if compiled is None:
        rule = orjson.loads(when)
        compiled = CompiledWhen(compile_rule(rule), reads_kind(rule))
        _compiled.put(when, compiled, weight=max(len(when), 1))
    return compiled


def compiled_options(options: str) -> CompiledOptions:
    """Compile the options of a rule from JSON text."""
    compiled = _options.get(options)
    if compiled is None:
        compiled = CompiledOptions.of(orjson.loads(options))
        _options.put(options, compiled, weight=len(options))
    return compiled


def reads_kind(rule: JsonValue) -> bool:
    return any(found.keys[:1] in {("type",), ("source",)} for found in reads(rule, DEEPEST))


def decide(rule_set: RuleSetVersion, event: EventRecord) -> list[RuleDecision]:
    """Return the decision of each rule that can match the event. Never raises."""
    with nullcontext() if event.large is None else TURN:
        return _decided(rule_set, event, event.seen_by_rules())


def _decided(rule_set: RuleSetVersion, event: EventRecord, data: dict[str, JsonValue]) -> list[RuleDecision]:
    guarded = event.type in ABOUT_THE_TENANT
    decisions: dict[uuid.UUID, RuleDecision] = {}
    stopped: EvaluationResult | None = None
    for place in rule_set.index.candidates(data):
        if place >= len(rule_set.rules):
            rule = rule_set.waiting[place - len(rule_set.rules)]
            if verdict(compiled_options(rule.options).ends, data).matched:
                known = decisions.get(rule.id) or RuleDecision(event, rule, rule_set.version, ENDS)
                decisions[rule.id] = replace(known, ends=True)
            continue
        rule = rule_set.rules[place]
        said = stopped
        if said is None:
            compiled = _compile(rule.when)
            said = NOT_FOR_IT if guarded and not compiled.reads_kind else verdict(compiled.predicate, data)
            if said.matched and rule.options and compiled_options(rule.options).options.stop:
                stopped = EvaluationResult(
                    "suppressed",
                    f"Not evaluated: the rule {rule.slug} has a higher priority, matched and stops the others.",
                )
        decisions[rule.id] = RuleDecision(event, rule, rule_set.version, said)
    return list(decisions.values())


def write_decisions(
    rule_set: RuleSetVersion, event_ids: Collection[uuid.UUID], rows: Sequence[dict[str, object]]
) -> None:
    """Insert the decisions about events.

    A job matches the events. Call this function in the transaction that finishes the job.
    """
    if not rule_set.rules or not event_ids:
        return
    version, rules = rule_set.version, len(rule_set.rules)
    seen = [{"id": new_id(), "event_id": event, "version": version, "rules": rules} for event in event_ids]
    execute(DECIDE, [as_set(seen), as_set(rows)])
