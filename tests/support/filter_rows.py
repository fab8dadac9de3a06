"""Events and runs with random values, in a tenant's tables and as Python objects: for a model of filtered lists."""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg

from automate.budgets.kinds import EVENTS, RUNS
from automate.events.event_types.search_keys import digest_of_line
from automate.events.queries import EventsFilter
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import TenantRef, acting_for
from automate.runs.queries import RunsFilter
from tests.support import rows

START = datetime(2026, 11, 1, tzinfo=timezone.utc)
APART = timedelta(minutes=20)
SLUGS, SOURCES = ("one", "two"), ("api", "manual", "schedules")
TYPES, SUBJECTS, TRACES = ("a", "b", "c"), ("", "s1", "s2"), ("1" * 32, "2" * 32, "3" * 32)
LINES, KEYS, CODES = ("order\n1", "order\n2", "customer\n1"), ("k1", "k2", "k3"), ("X", "Y")
STATES = ("queued", "running", "waiting", "succeeded", "failed", "cancelled")
HOURS = (0, 3, 6, 10, 15)
"""The times of filters, in hours after START."""
JOB = """
INSERT INTO public.outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts, max_attempts, parked,
    signals, trace_id, created_at, restored)
VALUES (%s, %s, 'run', %s, 'pending', true, false, 'infinity', 0, 0, 5, %s, 0, %s, now(), false)
"""


@dataclass
class MadeEvent:
    id: uuid.UUID
    type: str
    source: str
    subject: str
    trace_id: str
    key: str
    lines: frozenset[str]
    problems: bool
    delayed: bool
    at: datetime
    rules: set[uuid.UUID] = field(default_factory=set)


@dataclass
class MadeRun:
    id: uuid.UUID
    flow: rows.Flow
    event: MadeEvent
    rule: uuid.UUID | None
    state: str
    code: str | None
    fingerprint: uuid.UUID | None
    trace_id: str
    test: bool
    held: bool
    at: datetime
    started: datetime | None
    finished: datetime | None
    retried: bool = False


class Made:
    """The rows of a tenant. No dataclass: Hypothesis would print all rows."""

    def __init__(self, ref: TenantRef) -> None:
        self.ref = ref
        self.events: list[MadeEvent] = []
        self.runs: list[MadeRun] = []
        self.flows: list[rows.Flow] = []


def id_at(chance: random.Random, at: datetime) -> uuid.UUID:
    """A UUIDv7 of a time."""
    bits = (int(at.timestamp() * 1000) << 80) | chance.getrandbits(74)
    return uuid.UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62))


def make(ref: TenantRef, superuser: psycopg.Connection[Any], count: int) -> Made:
    """Write ``count`` events and as many runs. Most of the rows share the first value of each column."""
    chance = random.Random(5)
    made = Made(ref)
    with acting_for(ref):
        made.flows = [rows.flow(slug) for slug in SLUGS]
        sources: dict[str, uuid.UUID] = dict(fetch("SELECT slug, id FROM source"))
        for number in range(count):
            event = _event(chance, START + number * APART)
            made.events.append(event)
            _write_event(event, sources[event.source])
        for number in range(count):
            run = _run(chance, made, number)
            made.runs.append(run)
            _write_run(run, sources[run.event.source])
            if run.rule is not None:
                run.event.rules.add(run.rule)
                for _ in range(chance.choice((1, 1, 3))):
                    _write_match(chance, run)
        _retry(chance, made)
    for run in made.runs:
        if run.held:
            superuser.execute(JOB, [run.id, ref.id, run.id, RUNS, run.trace_id])
    for event in made.events:
        if event.delayed:
            superuser.execute(JOB, [event.id, ref.id, event.id, EVENTS, event.trace_id])
    return made


def _retry(chance: random.Random, made: Made) -> None:
    final = [run for run in made.runs if run.finished is not None]
    replaced = chance.sample(final, 16)
    # Some of them are replaced twice.
    for run, later in zip([*replaced[:4], *replaced], chance.sample(made.runs, 20), strict=True):
        execute("UPDATE execution_run SET retry_of_id = %s WHERE id = %s", [run.id, later.id])
        run.retried = True


def _mostly(chance: random.Random, values: tuple[Any, ...]) -> Any:
    return values[0] if chance.random() < 0.7 else chance.choice(values)


def _event(chance: random.Random, at: datetime) -> MadeEvent:
    return MadeEvent(
        id_at(chance, at),
        _mostly(chance, TYPES),
        _mostly(chance, SOURCES),
        _mostly(chance, SUBJECTS),
        _mostly(chance, TRACES),
        chance.choice((*KEYS, "", "")),
        frozenset(line for line in LINES if chance.random() < 0.4),
        chance.random() < 0.2,
        chance.random() < 0.2,
        at,
    )


def _run(chance: random.Random, made: Made, number: int) -> MadeRun:
    event, at = chance.choice(made.events[: number + 1]), START + number * APART
    state, chosen = _mostly(chance, ("succeeded", *STATES)), _mostly(chance, (0, 1))
    final = state in ("succeeded", "failed", "cancelled")
    started = None if state == "queued" else at + timedelta(minutes=chance.choice((0, 1, 1, 300)))
    fails = state == "failed"
    code = chance.choice(CODES) if fails else None
    return MadeRun(
        id_at(chance, at),
        made.flows[chosen],
        event,
        made.flows[chosen].rule if chance.random() < 0.8 else None,
        state,
        code,
        uuid.uuid5(uuid.NAMESPACE_URL, code) if code is not None else None,
        event.trace_id,
        chance.random() < 0.2,
        state in ("queued", "running", "waiting") and chance.random() < 0.5,
        at,
        started,
        started + timedelta(minutes=chance.choice((0, 5, 5, 400))) if final and started is not None else None,
    )


def _write_event(event: MadeEvent, source: uuid.UUID) -> None:
    execute(
        "INSERT INTO event (id, source_id, type, subject, idempotency_key, headers, payload_bytes, payload_sha256, trace_id, depth,"
        " actor_kind, actor_name, occurred_at, received_at, schema_problems)"
        " VALUES (%s, %s, %s, %s, %s, '{}', 2, %s, %s, 0, 'api_token', 'test', %s, %s, %s)",
        [
            *(event.id, source, event.type, event.subject, event.key, "0" * 64, event.trace_id, event.at, event.at),
            "[]" if event.problems else None,
        ],
    )
    for line in event.lines:
        execute("INSERT INTO event_search (event_id, digest) VALUES (%s, %s)", [event.id, digest_of_line(line)])


def _write_run(run: MadeRun, source: uuid.UUID) -> None:
    execute(
        "INSERT INTO execution_run (id, workflow_id, workflow_version_id, event_id, source_id, rule_id, origin_id, state, state_reason,"
        " error, trace_id, depth, step_count, created_at, started_at, finished_at, started_by, test, fingerprint)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '', %s, %s, 1, 1, %s, %s, %s, '', %s, %s)",
        [
            *(run.id, run.flow.workflow, run.flow.version, run.event.id, source, run.rule, run.id, run.state),
            json.dumps({"code": run.code}) if run.code is not None else None,
            *(run.trace_id, run.at, run.started, run.finished, run.test, run.fingerprint),
        ],
    )


def _write_match(chance: random.Random, run: MadeRun) -> None:
    execute(
        "INSERT INTO decision (id, event_id, rule_id, rule_set_version, verdict, reason, path, run_id, decided_at)"
        " VALUES (%s, %s, %s, %s, 'matched', '', '[]', %s, %s)",
        [id_at(chance, run.at), run.event.id, run.rule, chance.randrange(1, 1 << 30), run.id, run.at],
    )


def event_matches(wanted: EventsFilter, event: MadeEvent, made: Made) -> bool:
    """Whether an event meets a filter, by plain comparisons."""
    slugs = {f"{flow.slug}-rule": flow.rule for flow in made.flows}
    return all(
        (
            wanted.types is None or event.type in wanted.types,
            wanted.source in {None, event.source},
            wanted.subject in {None, event.subject},
            wanted.since is None or event.at >= wanted.since,
            wanted.until is None or event.at < wanted.until,
            wanted.trace_id in {None, event.trace_id},
            wanted.idempotency_key in {None, event.key},
            event.lines.issuperset(wanted.search or ()),
            wanted.mismatched in {None, event.problems},
            wanted.delayed in {None, event.delayed},
            wanted.rule is None or slugs[wanted.rule] in event.rules,
            wanted.rule_id is None or wanted.rule_id in event.rules,
        )
    )


def run_matches(wanted: RunsFilter, run: MadeRun) -> bool:
    """Whether a run meets a filter, by plain comparisons."""
    return all(
        (
            wanted.states is None or run.state in wanted.states,
            wanted.workflow in {None, run.flow.slug},
            wanted.workflow_id in {None, run.flow.workflow},
            wanted.version_id in {None, run.flow.version},
            wanted.rule is None or (run.rule == run.flow.rule and wanted.rule == f"{run.flow.slug}-rule"),
            wanted.rule_id in {None, run.rule},
            wanted.event_id in {None, run.event.id},
            wanted.fingerprint in {None, run.fingerprint},
            wanted.test in {None, run.test},
            wanted.since is None or run.at >= wanted.since,
            wanted.until is None or run.at < wanted.until,
            wanted.ended_since is None or (run.finished is not None and run.finished >= wanted.ended_since),
            wanted.ended_until is None or (run.finished is not None and run.finished < wanted.ended_until),
            wanted.trace_id in {None, run.trace_id},
            wanted.error_code in {None, run.code},
            wanted.idempotency_key in {None, run.event.key},
            run.event.lines.issuperset(wanted.search or ()),
            wanted.source in {None, run.event.source},
            wanted.not_source is None or run.event.source != wanted.not_source,
            wanted.held_by_budget in {None, run.held},
            wanted.retried in {None, run.retried},
        )
    )
