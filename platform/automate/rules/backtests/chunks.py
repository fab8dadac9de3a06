"""Runs a backtest in chunks. First counts all events, and then tests them from the newest to the oldest."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from automate.events.queries import payloads_of
from automate.kernel.ids import new_id
from automate.kernel.limits import LIMITS, MIB
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import in_transaction
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.rules.backtests import queries, transitions
from automate.rules.backtests.comparing import Comparer, Comparison, anchors
from automate.rules.backtests.queries import BacktestRow, Head
from automate.rules.backtests.states import DIFFERENCES, FINISHED
from automate.rules.matching import rules_in_force

CHUNK_SECONDS = 0.1
"""A chunk starts no further work after this time, because the tenant's own events wait for the chunk in this
worker."""
COUNTED_ROWS, LOOKED_ROWS = 25_000, 5_000
"""Rows that one statement reads from the table, before the filter: when it counts events, and when it finds
events to test."""
READ_EVENTS, READ_BYTES = 500, 4 * MIB
"""Maximum number of events in memory, and maximum size of their payloads together. A single larger payload is
allowed."""
SAMPLES = 10
"""Maximum number of sample events that are stored for each pair of verdicts."""


@dataclass
class _Tested:
    cursor: uuid.UUID
    counts: dict[tuple[str, str], int]
    """(draft's verdict, live verdict) -> number of events in the whole backtest."""
    events: int = 0
    erased: int = 0
    ended: bool = False
    samples: list[Mapping[str, object]] = field(default_factory=list)


def advance(job: ClaimedJob, lease_seconds: float) -> None:
    """Run the next chunk of a backtest. If the backtest was aborted, end the job of the backtest."""
    row = queries.backtests_by_id([job.subject_id]).get(job.subject_id)
    if row is None or not row.running:
        # The backtest was aborted, and may be deleted already.
        claims.finish([job])
    elif row.total is None:
        _count(job, row, lease_seconds)
    else:
        _test(job, row, lease_seconds)


def _count(job: ClaimedJob, row: BacktestRow, lease_seconds: float) -> None:
    live_anchor = row.live.anchor if row.live is not None else None
    found_by = _anchors(row) if row.count_id == row.cursor_id else (row.draft.anchor, live_anchor)
    place, found, whole, ends = row.count_id, row.found, False, time.monotonic() + CHUNK_SECONDS
    while not whole and found <= row.most:
        looked, fitting = queries.count_next(row.wanted, place, row.floor_id, COUNTED_ROWS)
        place, found, whole = looked.last or place, found + fitting, looked.whole
        if time.monotonic() >= ends:
            break
    older = found > row.most
    total = min(found, row.most) if whole or older else None
    with in_transaction():
        if _may_continue(job, row.id, lease_seconds):
            transitions.counted(row.id, found_by, place, found, total=total, older=older)
            _hand_on(job, row.id, ended=total == 0)


def _anchors(row: BacktestRow) -> tuple[int | None, int | None]:
    rules = rules_in_force(current_tenant().id).rules
    live_when = orjson.loads(row.live.when) if row.live is not None else None
    return anchors(rules, orjson.loads(row.draft.when), row.rule_id, live_when)


def _test(job: ClaimedJob, row: BacktestRow, lease_seconds: float) -> None:
    tested = _test_events(row)
    with in_transaction():
        if _may_continue(job, row.id, lease_seconds):
            tally: dict[str, dict[str, int]] = {}
            for (draft, live), count in tested.counts.items():
                tally.setdefault(draft, {})[live] = count
            transitions.tested(row.id, tested.cursor, tested.events, tested.erased, tally)
            transitions.insert_samples(tested.samples)
            _hand_on(job, row.id, ended=tested.ended)


def _may_continue(job: ClaimedJob, backtest_id: uuid.UUID, lease_seconds: float) -> bool:
    # This worker must still hold the job, and the backtest must not have ended.
    if job.id not in claims.keep([job], lease_seconds=lease_seconds, progress=False):
        return False
    row = transitions.lock(backtest_id)
    if row is None or not row.running:
        claims.finish([job])
        return False
    return True


def _hand_on(job: ClaimedJob, backtest_id: uuid.UUID, *, ended: bool) -> None:
    transitions.prune()
    if ended:
        claims.finish([job])
        transitions.move([backtest_id], FINISHED)
    else:
        claims.release([claims.JobRelease(job)])


def _test_events(row: BacktestRow) -> _Tested:
    comparer, total = Comparer(row.draft, row.live), row.total or 0
    counts = {(draft, live): count for draft, below in row.tally.items() for live, count in below.items()}
    tested = _Tested(row.cursor_id, counts)
    ends = time.monotonic() + CHUNK_SECONDS
    while not tested.ended:
        most = min(READ_EVENTS, total - row.tested - tested.events)
        looked, heads = queries.next_heads(row.wanted, tested.cursor, row.floor_id, LOOKED_ROWS, most)
        done = _compare(row.id, comparer, heads, tested, ends)
        if done == len(heads):
            tested.cursor = looked.last or tested.cursor
            tested.ended = looked.whole or row.tested + tested.events >= total
        if time.monotonic() >= ends:
            break
    return tested


def _compare(backtest_id: uuid.UUID, comparer: Comparer, heads: Sequence[Head], tested: _Tested, ends: float) -> int:
    room, asked = READ_BYTES, list[uuid.UUID]()
    wanted = list[Head]()
    for head in heads:
        if comparer.needs_payload(head.event):
            room -= head.payload_bytes
            if room < 0 and asked:
                break
            asked.append(head.event.id)
        wanted.append(head)
    bodies = payloads_of(asked, LIMITS.event_bytes) if asked else {}
    gone = set(asked) - bodies.keys()
    for done, head in enumerate(wanted, 1):
        event = head.event.with_body(bodies.get(head.event.id))
        comparison = comparer.compare(event)
        live = comparison.live.verdict if comparison.live is not None else ""
        pair = (comparison.draft.verdict, live)
        tested.counts[pair] = tested.counts.get(pair, 0) + 1
        if tested.counts[pair] <= SAMPLES:
            reason, path = comparer.why(event, comparison.draft)
            tested.samples.append(_sample(backtest_id, event.id, comparison, reason, path))
        tested.cursor = event.id
        tested.events += 1
        tested.erased += event.id in gone
        if time.monotonic() >= ends:
            return done
    return len(wanted)


def _sample(
    backtest_id: uuid.UUID, event_id: uuid.UUID, comparison: Comparison, reason: str, path: list[str]
) -> Mapping[str, object]:
    return {
        "id": new_id(),
        "backtest_id": backtest_id,
        "event_id": event_id,
        "difference": difference(comparison.draft.verdict, comparison.live.verdict if comparison.live else ""),
        "verdict": comparison.draft.verdict,
        "live_verdict": comparison.live.verdict if comparison.live else "",
        "reason": reason,
        "path": path,
    }


def difference(draft: str, live: str) -> str:
    """Return the name of the difference between the draft's verdict and the live verdict.

    ``live`` is empty if no live rule exists.
    """
    return DIFFERENCES[draft == "matched", live == "matched"]
