"""Backtests: what a draft would have said of stored events beside the live rule, by the code that decides events."""

from __future__ import annotations

import contextvars
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import acting_as
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.kernel.trace import new_trace, tracing
from automate.recovery.keeping import START
from automate.recovery.plans import RetryRequest
from automate.recovery.retrying import retry_runs
from automate.rules.backtests import chunks
from automate.simulation.live_tests import run_live
from automate.simulation.rehearsal.bounds import RehearsalLimits, RehearsalMeter
from automate.simulation.testing.asked import RequestedTest, SampleEvent
from automate.triggers.services import run_workflow
from tests.support.backtests import CREATED, EDITOR, abort, backtested, change_rule, erase, read, samples, start, stored
from tests.support.facts import naming
from tests.support.plane import Plane

NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]


def over(amount: int) -> Any:
    return {"and": [CREATED, {">": [{"var": "payload.amount"}, amount]}]}


def amounts(plane: Plane, count: int) -> list[uuid.UUID]:
    return stored(plane, *({"amount": n} for n in range(count)))


def refusal(plane: Plane, *arguments: Any, **options: Any) -> tuple[str, list[str]]:
    with pytest.raises(NormalizedError) as caught:
        start(plane, *arguments, **options)
    return caught.value.code, caught.value.path


def test_draft_is_compared_with_the_live_rule(plane: Plane) -> None:
    plane.publish("big", NOTE, when=over(5))
    events = amounts(plane, 10)
    row = backtested(plane, "big", over(7))
    assert row.tally == {"matched": {"matched": 2}, "unmatched": {"matched": 2, "unmatched": 6}}
    found = samples(plane, row.id)
    assert [(one.difference, one.event_id) for one in found] == [
        *(("still_matched", event) for event in reversed(events[8:])),
        *(("no_longer_matched", event) for event in reversed(events[6:8])),
        *(("still_unmatched", event) for event in reversed(events[:6])),
    ]
    assert {(one.verdict, one.live_verdict) for one in found} == {
        ("matched", "matched"), ("unmatched", "matched"), ("unmatched", "unmatched"),
    }  # fmt: skip
    row = backtested(plane, "big", over(3))
    assert row.tally == {"matched": {"matched": 4, "unmatched": 2}, "unmatched": {"unmatched": 4}}
    assert plane.runs() == []


def test_draft_of_a_rule_to_come_is_compared_with_nothing(plane: Plane) -> None:
    events = amounts(plane, 3)
    row = backtested(plane, None, over(0))
    assert row.tally == {"matched": {"": 2}, "unmatched": {"": 1}}
    assert [(one.difference, one.event_id) for one in samples(plane, row.id)] == [
        ("newly_matched", events[2]), ("newly_matched", events[1]), ("still_unmatched", events[0]),
    ]  # fmt: skip


def test_rule_alone_is_tested_as_it_stands(plane: Plane) -> None:
    plane.publish("big", NOTE, when=over(5))
    amounts(plane, 10)
    row = backtested(plane, "big")
    assert row.tally == {"matched": {"matched": 4}, "unmatched": {"unmatched": 6}}
    assert row.live == row.draft


def test_rule_that_is_changed_meanwhile_is_compared_as_it_stood(plane: Plane) -> None:
    plane.publish("big", NOTE, when=over(5))
    amounts(plane, 10)
    backtest = start(plane, "big", over(7))
    change_rule(plane, "big", "false")
    plane.drain()
    assert read(plane, backtest).tally == {"matched": {"matched": 2}, "unmatched": {"matched": 2, "unmatched": 6}}


def test_each_verdict_is_counted_with_samples_that_say_why(plane: Plane) -> None:
    plane.publish("sum", NOTE, when=over(5))
    stored(plane, {"amount": 9}, {"amount": "x"}, {"amount": 1, "many": list(range(2_000))})
    stored(plane, {"amount": 9}, kind="order.paid")
    square = {"all": [{"var": "payload.many"}, {"map": [{"val": [[2], "payload", "many"]}, 1]}]}
    dear = {
        "and": [CREATED, {"if": [{"var": "payload.many"}, square, {">": [{"+": [{"var": "payload.amount"}, 0]}, 5]}]}]
    }
    row = backtested(plane, "sum", dear)
    assert row.tally == {
        "matched": {"matched": 1},
        "type_error": {"type_error": 1},
        "too_expensive": {"unmatched": 1},
        "unmatched": {"unmatched": 1},
    }
    said = {one.verdict: (one.difference, one.reason, one.path) for one in samples(plane, row.id)}
    assert said["unmatched"] == ("still_unmatched", naming("order.paid", "order.created"), ["and", "0", "=="])
    assert said["type_error"][0] == "still_unmatched"
    assert said["type_error"][2][:4] == ["and", "1", "if", "2"]
    assert said["too_expensive"][1] == naming("operations")


def test_reasons_of_samples_show_no_hidden_value(plane: Plane) -> None:
    stored(plane, {"password": "hunter2"})
    row = backtested(plane, None, {"==": [{"var": "payload.password"}, "letmein"]})
    (one,) = samples(plane, row.id)
    assert one.reason == naming("[redacted]", "letmein", "payload.password")


def test_reasons_of_rules_that_fail_show_no_hidden_value(plane: Plane) -> None:
    shown = {"throw": {"var": "payload.password"}}
    plane.publish("fails", NOTE, when=shown)
    (event,) = plane.send({"password": "hunter2"})
    plane.drain()
    said = plane.rows("SELECT verdict, reason FROM decision WHERE event_id = %s", event)
    assert said == [("type_error", naming("threw"))]
    row = backtested(plane, None, {"+": [{"var": "payload.password"}, 1]})
    (one,) = samples(plane, row.id)
    assert (one.verdict, one.reason) == ("type_error", naming("number"))


def test_events_that_no_rule_sees_are_left_out(plane: Plane) -> None:
    call = {"key": "sub", "uses": "flow.run_workflow", "with": {"workflow": "child"}}
    emit = {"key": "emit", "uses": "flow.emit_event", "with": {"type": "run.called"}}
    plane.publish("child", NOTE, when=False)
    plane.publish("caller", [call, emit], when=CREATED)
    plane.publish("all", NOTE, when=True)
    plane.send({})
    plane.send({}, kind="run.called")
    plane.drain()
    edited = RetryRequest(begin=START, edited=True, payload={"n": 1}, repeat_effects=True)
    with acting_for(plane.tenant), acting_as(EDITOR), tracing(new_trace()):
        by_hand = run_workflow(workflow="child", payload={}, idempotency_key=None)
        run_live(RequestedTest("child", sample=SampleEvent("order.created")), RehearsalMeter(RehearsalLimits()))
    plane.drain()
    with acting_for(plane.tenant), acting_as(EDITOR), tracing(new_trace()):
        assert retry_runs([by_hand], edited).errors == []
    assert plane.rows("SELECT count(*) FROM event") == [(7,)]
    seen = {event for (event,) in plane.rows("SELECT event_id FROM rule_match")}
    row = backtested(plane, "all")
    assert row.tally == {"matched": {"matched": 3}}
    assert {one.event_id for one in samples(plane, row.id)} == seen


def test_ten_samples_are_kept_of_each_pair_of_verdicts(plane: Plane) -> None:
    plane.publish("big", NOTE, when=over(5))
    events = amounts(plane, 40)
    row = backtested(plane, "big", over(15))
    kept = Counter(one.difference for one in samples(plane, row.id))
    assert kept == {"still_matched": 10, "no_longer_matched": 10, "still_unmatched": 6}
    assert [one.event_id for one in samples(plane, row.id)[:10]] == list(reversed(events[30:]))


def test_only_events_that_fit_the_filter_are_tested(plane: Plane) -> None:
    stored(plane, {}, {}, kind="order.paid")
    (first, *_, last) = stored(plane, *({} for _ in range(4)))
    assert backtested(plane, None, True, types=("order.created",)).tested == 4
    assert backtested(plane, None, True, source="api").tested == 6
    assert backtested(plane, None, True, source="manual").tested == 0
    ((early,), (late,)) = plane.rows("SELECT received_at FROM event WHERE id IN (%s, %s) ORDER BY id", first, last)
    assert backtested(plane, None, True, since=late).tested == 4
    assert backtested(plane, None, True, until=early).tested == 2
    assert backtested(plane, None, True, since=late + timedelta(microseconds=1)).tested == 0


def test_newest_events_are_tested_where_more_fit(plane: Plane) -> None:
    events = amounts(plane, 10)
    row = backtested(plane, None, over(-1), most=4)
    assert (row.tested, row.total, row.older) == (4, 4, True)
    assert [one.event_id for one in samples(plane, row.id)] == list(reversed(events[6:]))
    assert not backtested(plane, None, over(-1), most=10).older


def test_events_that_come_after_the_start_are_not_tested(plane: Plane) -> None:
    amounts(plane, 3)
    backtest = start(plane, None, True)
    amounts(plane, 2)
    plane.drain()
    assert read(plane, backtest).tested == 3


def test_erased_payloads_are_null_and_counted(plane: Plane) -> None:
    events = amounts(plane, 5)
    stored(plane, {"amount": 9}, kind="order.paid")
    erase(plane, events[:2])
    row = backtested(plane, None, over(0))
    assert (row.tally, row.erased) == ({"matched": {"": 3}, "unmatched": {"": 3}}, 2)


def test_payloads_are_not_read_where_the_type_tells(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(plane, *({"amount": 9} for _ in range(5)), kind="order.paid")
    amounts(plane, 3)
    asked: list[int] = []
    read_payloads = chunks.payloads_of
    monkeypatch.setattr(
        chunks, "payloads_of", lambda events, most: asked.append(len(events)) or read_payloads(events, most)
    )
    backtested(plane, None, over(0))
    assert asked == [3]


def test_payloads_in_memory_are_bounded(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever their sizes: one that is larger than the bound comes alone."""
    stored(plane, *({"amount": n, "text": "x" * size} for n, size in enumerate((10, 900, 2_000, 400, 400))))
    read_payloads, held = chunks.payloads_of, list[int]()

    def noted(events: Any, most: int) -> Any:
        found = read_payloads(events, most)
        held.append(sum(map(len, found.values())))
        return found

    monkeypatch.setattr(chunks, "payloads_of", noted)
    monkeypatch.setattr(chunks, "READ_BYTES", 1_000)
    assert backtested(plane, None, over(-1)).tally == {"matched": {"": 5}}
    assert [size // 100 for size in held] == [8, 20, 9]


def test_many_chunks_find_what_one_finds(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut after each event, each few rows of the table, and each few events."""
    plane.publish("big", NOTE, when=over(5))
    amounts(plane, 7)
    stored(plane, *({} for _ in range(7)), kind="order.paid")
    amounts(plane, 7)
    whole = backtested(plane, "big", over(3), types=("order.created",))
    for name, value in (("CHUNK_SECONDS", 0), ("COUNTED_ROWS", 2), ("LOOKED_ROWS", 3), ("READ_EVENTS", 2)):
        monkeypatch.setattr(chunks, name, value)
    cut = backtested(plane, "big", over(3), types=("order.created",))
    assert (cut.tested, cut.tally) == (whole.tested, whole.tally) == (14, whole.tally)
    assert [vars(one) | {"backtest_id": 0} for one in samples(plane, cut.id)] == [
        vars(one) | {"backtest_id": 0} for one in samples(plane, whole.id)
    ]


def test_without_events_it_ends_at_once(plane: Plane) -> None:
    row = backtested(plane, None, True)
    assert (row.total, row.tally) == (0, {})


def test_aborted_backtest_keeps_what_it_found_and_goes_no_further(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_SECONDS", 0)
    amounts(plane, 6)
    backtest = start(plane, None, True)
    for _ in range(3):
        plane.work()
    abort(plane, backtest)
    plane.drain()
    row = read(plane, backtest)
    assert (row.state, row.tested, row.total) == ("aborted", 2, 6)
    assert plane.jobs() == [("done", 4, 1)]
    abort(plane, backtest)
    with pytest.raises(NormalizedError, match=r"^NOT_FOUND: "):
        abort(plane, uuid.uuid4())
    done = backtested(plane, None, True)
    with pytest.raises(NormalizedError, match=r"^CONFLICT: .*finished"):
        abort(plane, done.id)
    acted = plane.rows("SELECT action, actor_name, count(*) FROM audit_entry GROUP BY 1, 2 ORDER BY 1")
    assert acted == [("backtest.abort", EDITOR.name, 1), ("backtest.start", EDITOR.name, 2)]


def test_chunk_of_a_job_that_was_taken_over_writes_nothing(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that came back late: its successor has tested these events already."""
    amounts(plane, 4)
    backtest = start(plane, None, True)
    plane.work()
    (job,) = plane.claim()
    look = chunks._test_events

    def overtaken(row: Any) -> Any:
        monkeypatch.setattr(chunks, "_test_events", look)
        plane.root.expire_leases()
        contextvars.Context().run(plane.drain)
        return look(row)

    monkeypatch.setattr(chunks, "_test_events", overtaken)
    with acting_for(plane.tenant):
        chunks.advance(job, 30)
    row = read(plane, backtest)
    assert (row.state, row.tested, row.tally) == ("finished", 4, {"matched": {"": 4}})
    assert len(samples(plane, backtest)) == 4


def test_backtest_fails_with_its_job_and_goes_on_when_that_is_redriven(plane: Plane) -> None:
    from automate.recovery import poison

    amounts(plane, 4)
    backtest = start(plane, None, True)
    (job,) = plane.claim()
    with acting_for(plane.tenant):
        poison.dead_letter([job], poison.poisoned(job))
    row = read(plane, backtest)
    assert (row.state, row.error and row.error["code"]) == ("failed", "POISON_JOB")
    with acting_for(plane.tenant):
        poison.redrive([job.id])
    plane.drain()
    row = read(plane, backtest)
    assert (row.state, row.tested, row.error) == ("finished", 4, None)


def test_a_tenant_has_two_under_way_at_most(plane: Plane) -> None:
    first, _ = start(plane, None, True), start(plane, None, False)
    assert refusal(plane, None, True) == ("LIMIT_EXCEEDED", [])
    abort(plane, first)
    start(plane, None, True)


def test_repeated_key_brings_the_same_backtest_back(plane: Plane) -> None:
    first = start(plane, None, True, key="k")
    assert start(plane, None, True, key="k") == first
    assert refusal(plane, None, False, key="k") == ("CONFLICT", ["idempotencyKey"])


def test_what_cannot_be_tested_is_refused_with_its_path(plane: Plane) -> None:
    assert refusal(plane) == ("BAD_USER_INPUT", ["when"])
    assert refusal(plane, "nobody", True) == ("NOT_FOUND", ["rule"])
    assert refusal(plane, None, {"and": [{"nope": 1}]}) == ("INVALID_RULE", ["when", "and", "0"])
    assert refusal(plane, None, True, source="nowhere") == ("NOT_FOUND", ["events", "source"])
    assert refusal(plane, None, True, most=0) == ("BAD_USER_INPUT", ["most"])
    assert refusal(plane, None, True, most=500_001) == ("LIMIT_EXCEEDED", ["most"])
    assert plane.rows("SELECT 1 FROM backtest") == []


def test_former_ones_are_removed_after_thirty_days(plane: Plane) -> None:
    amounts(plane, 2)
    old = [backtested(plane, None, True).id for _ in range(3)]
    with acting_for(plane.tenant):
        execute("UPDATE backtest SET finished_at = now() - interval '31 days' WHERE id = ANY (%s)", [old[:2]])
    new = backtested(plane, None, True).id
    assert [row for (row,) in plane.rows("SELECT id FROM backtest ORDER BY id")] == [old[2], new]
    left = plane.rows("SELECT backtest_id, count(*) FROM backtest_sample GROUP BY 1 ORDER BY 1")
    assert left == [(old[2], 2), (new, 2)]


def test_backtest_of_each_live_rule_tells_its_decisions(plane: Plane) -> None:
    """Of events that workers decided: those that were evaluated as it is written, the others as passed over."""
    number = {"+": [{"var": "payload.amount"}, 1]}
    conditions = [
        CREATED, True, over(1), {">": [number, 2]}, {"==": [{"var": "payload.amount"}, 5]}, {"!": [CREATED]},
        {"and": [{"==": [{"var": "payload.amount"}, 5]}, CREATED, {">": [number, 0]}]},
        {"and": [{"in": [{"var": "payload.kind"}, ["a", "b"]]}, {">": [number, 2]}]},
        {"==": [{"var": "headers.x"}, None]},
    ]  # fmt: skip
    for place, when in enumerate(conditions):
        plane.publish(f"r{place}", NOTE, when=when, published=False)
    payloads: Any = (
        {"amount": 5},
        {"amount": "x", "kind": "a"},
        {"amount": []},
        {},
        [],
        None,
        {"amount": 1, "kind": "b"},
    )
    plane.send(*payloads)
    plane.send(*payloads, kind="order.paid")
    plane.send(*payloads, kind="run.failed")
    plane.drain()
    decided = Counter(plane.rows("SELECT r.slug, d.verdict FROM decision d JOIN rule_spec r ON r.id = d.rule_id"))
    for place in range(len(conditions)):
        slug = f"r{place}"
        row = backtested(plane, slug)
        evaluated = {verdict: count for (name, verdict), count in decided.items() if name == slug}
        passed_over = 3 * len(payloads) - sum(evaluated.values())
        said = {verdict: sum(below.values()) for verdict, below in row.tally.items()}
        evaluated["unmatched"] = evaluated.get("unmatched", 0) + passed_over
        assert said == {verdict: count for verdict, count in evaluated.items() if count}, slug
    assert {verdict for _, verdict in decided} == {"matched", "unmatched", "type_error"}
