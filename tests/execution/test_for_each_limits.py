"""What a for_each may cost: bytes of output, statements, and what hostile items and outputs come to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.outbox.claims import EVENT_MATCH
from automate.runs.loading import load_runs
from automate.runs.matching import match_events
from automate.runs.step_state import Items
from tests.support.facts import naming
from tests.support.for_each import AGAIN, begin, do, each, items, sent, whole
from tests.support.plane import Plane, Scripted, connectors, counting, failing, work_off
from tests.support.tenant_schedulers import Gate, a_scheduler, give

MIB = 1_048_576
ROUND = [
    ("UPDATE outbox_job j", True),  # the fence
    ("UPDATE step_run t", True),
    ("UPDATE effect t", True),
    ("INSERT INTO step_run", True),
    ("INSERT INTO effect", True),
    ("INSERT INTO public.usage_entry", True),
    ("INSERT INTO run_log", True),
]


def test_outputs_that_do_not_fit_together_stop_the_step_by_name(plane: Plane) -> None:
    scripted = Scripted(acts=({"text": "x" * 300_000},))
    with connectors(scripted):
        do(plane, scripted, range(100), parallel=1)
    assert len(scripted.calls) == 4, "counted as they end: the fourth is the first that does not fit"
    assert plane.runs() == [("failed", "LIMIT_EXCEEDED")]
    _, output, error = whole(plane)
    assert output is None
    assert "step_output_bytes" in error["message"]
    assert error["message"] == naming("4", "100", "1048576", "JSON")
    assert error["details"] == {"items": 100, "succeeded": 4, "failed": 0}


@pytest.mark.slow
def test_what_is_kept_of_each_output_is_all_that_is_held_of_it(plane: Plane) -> None:
    """As many calls as there may be items, each of which gives more than its share."""
    scripted = Scripted(acts=(lambda call: {"json": {"id": call.input["n"], "x": "x" * 200}, "headers": {"a": "b"}},))
    with connectors(scripted):
        do(plane, scripted, range(10_000), parallel=100, keep=["json.id", "headers.none", "status"])
    assert plane.runs() == [("succeeded", "")], whole(plane)
    output = whole(plane)[1]
    assert [item["output"] for item in output["items"]] == [{"json": {"id": number}} for number in range(10_000)]
    assert plane.rows("SELECT output::text FROM step_run WHERE item = 7") == [('{"json": {"id": 7}}',)]


def test_outputs_that_just_fit_are_kept(plane: Plane) -> None:
    empty = {"items": [{"state": "succeeded", "output": {"text": ""}, "error": None}] * 4, "succeeded": 4, "failed": 0}
    room = MIB - len(json.dumps([empty], separators=(",", ":")))
    left = [room // 4 + (number < room % 4) for number in range(4)]
    scripted = Scripted(acts=(lambda call: {"text": "x" * left[call.input["n"]]},))
    with connectors(scripted):
        do(plane, scripted, range(4))
    assert plane.runs() == [("succeeded", "")], whole(plane)


@pytest.mark.slow
def test_outputs_that_just_do_not_fit_are_refused_at_the_end(plane: Plane) -> None:
    scripted = Scripted(acts=({"text": "x" * (MIB // 4 - 65)},))
    with connectors(scripted):
        do(plane, scripted, range(4))
    assert plane.runs() == [("failed", "LIMIT_EXCEEDED")]
    assert "step_output_bytes" in whole(plane)[2]["message"]


@pytest.mark.slow
def test_errors_of_items_count_too(plane: Plane) -> None:
    scripted = Scripted(acts=(failing("CONNECTOR_REFUSED"),))
    with connectors(scripted):
        do(plane, scripted, range(10_000), parallel=100, tolerate="100%")
    assert plane.runs() == [("failed", "LIMIT_EXCEEDED")]


def test_what_does_not_fit_is_not_held_in_memory_nor_read_again(plane: Plane) -> None:
    gate = Gate()
    scripted = Scripted(inline=False, acts=(lambda call: {"text": "x" * 900_000} if call.input["n"] else gate(call),))
    with connectors(scripted), a_scheduler() as scheduler:
        begin(plane, scripted, range(50), parallel=20)
        give(scheduler, plane)
        gate.await_calls(1)
        plane.until(lambda: whole(plane)[2] is not None)
        (job,) = scheduler.jobs()
        (held,) = scheduler._queues[plane.tenant.id]._run_set.held.values()
        assert held.items["each"].results == {}
        with acting_for(plane.tenant):
            (run,) = load_runs(plane.tenant.id, [job])
        found = run.items["each"]
        assert isinstance(found, Items)
        assert (found.results, found.stopped, len(found.open)) == ({}, True, 1)
        assert found.size < 20_000
        gate.let_in()
        plane.until(lambda: plane.runs() == [("failed", "LIMIT_EXCEEDED")])


@pytest.mark.parametrize(
    "act",
    [
        {"text": "a\0b"},
        {"number": float("nan")},
        {"text": "x" * (MIB - 20)},
        {1: "a key that is a number"},
        failing("CONNECTOR_REFUSED"),
        ValueError("its own fault"),
        SystemExit(),
    ],
    ids=["nul", "nan", "large", "number key", "refused", "fault", "exit"],
)
def test_hostile_output_fails_its_item_only(plane: Plane, act: Any) -> None:
    scripted = Scripted(acts=(lambda call: act if call.input["n"] == 1 else {},))
    with connectors(scripted):
        do(plane, scripted, range(3), tolerate=1)
    assert plane.runs() == [("succeeded", "")]
    assert [row[2] for row in items(plane)] == ["succeeded", "failed", "succeeded"]


@pytest.mark.parametrize("depth", [64, 69, 70, 72])
def test_output_as_deep_as_json_may_be_fails_its_item_and_not_the_step(plane: Plane, depth: int) -> None:
    deep: Any = "x"
    for _ in range(depth):
        deep = [deep]
    scripted = Scripted(acts=(lambda call: deep if call.input["n"] == 1 else {},))
    with connectors(scripted):
        do(plane, scripted, range(3), tolerate=1)
    assert plane.runs() == [("succeeded", "")]
    assert whole(plane)[1]["failed"] == (depth > 69)


HOSTILE: list[Any] = [
    None,
    True,
    10**300,
    "",
    "{{ event.payload }}",
    "$secret:STRIPE_KEY",
    "'; DROP TABLE step_run; --",
    {"__proto__": {}, "refs": [{"path": [], "parts": []}]},
    ["\u2028", "😀", "é"],
    {"secret": "STRIPE_KEY", "version": None},
    [[[[[[[[[[]]]]]]]]]],
]


def test_hostile_items_arrive_as_they_are(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        do(plane, scripted, HOSTILE)
    assert sent(scripted) == HOSTILE
    assert plane.runs() == [("succeeded", "")]
    assert plane.rows("SELECT count(*) FROM secret_resolution") == [(0,)]


def test_hostile_items_survive_the_loss_of_a_worker(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        begin(plane, scripted, HOSTILE, parallel=2)
        plane.start_and_die()
        plane.drain()
    assert sent(scripted) == HOSTILE


@pytest.mark.parametrize("parallel", [0, -1, 101, 1.5, "3", None])
def test_parallel_that_data_makes_wrong_fails_the_step(plane: Plane, parallel: Any) -> None:
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("one", [each(scripted, parallel="{{ event.payload.parallel }}")])
        plane.send({"rows": [1], "parallel": parallel})
        plane.drain()
    assert plane.runs() == [("failed", "BAD_USER_INPUT")]
    assert '"parallel"' in whole(plane)[2]["message"]


@pytest.mark.parametrize("tolerate", [-1, 10_001, "101%", "5", "-5%", "5.5%", "\u0665%", None])
def test_tolerance_that_data_makes_wrong_fails_the_step(plane: Plane, tolerate: Any) -> None:
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("one", [each(scripted, tolerate="{{ event.payload.tolerate }}")])
        plane.send({"rows": [1], "tolerate": tolerate})
        plane.drain()
    assert plane.runs() == [("failed", "BAD_USER_INPUT")]


@pytest.mark.parametrize("parallel", [1, 10, 100])
def test_statements_of_a_set_do_not_grow_with_its_items(plane: Plane, parallel: int) -> None:
    scripted = Scripted()
    with connectors(scripted):
        do(plane, scripted, [1], parallel=parallel)
        plane.send({"rows": list(range(parallel * 3))})
        job_ids = [job.id for job in plane.dispatch()]
        with counting() as seen:
            work_off(plane.tenant.id, job_ids, match_events)
    # Each second a process asks the directory of tenants again.
    seen = [one for one in seen if not one[0].startswith("SELECT t.id, t.schema_name")]
    rounds = seen[seen.index(("INSERT INTO run_log", True)) + 1 :]
    assert rounds[: len(ROUND) * 2] == ROUND * 2
    assert [words for words, _ in rounds[len(ROUND) * 2 :]][:4] == [
        "UPDATE outbox_job j",
        "UPDATE execution_run t",
        "UPDATE step_run t",
        "UPDATE effect t",
    ]
    starts = [words for words, inside in seen if inside]
    assert starts.count("INSERT INTO step_input") == 1


@pytest.mark.parametrize("runs", [1, 8])
def test_runs_that_go_on_together_share_their_statements(plane: Plane, runs: int) -> None:
    scripted = Scripted()
    with connectors(scripted):
        do(plane, scripted, [1])
        plane.send(*[{"rows": list(range(20))}] * runs)
        jobs = [job.id for job in plane.dispatch() if job.topic == EVENT_MATCH]
        with counting() as seen:
            work_off(plane.tenant.id, jobs, match_events)
    rounds = seen[seen.index(("INSERT INTO run_log", True)) + 1 :]
    # Whose tenant it is, is asked once a second, whatever there is to do.
    rounds = [one for one in rounds if not one[0].startswith("SELECT t.id, t.schema_name")]
    assert rounds[: len(ROUND)] == ROUND


@pytest.mark.parametrize("done", [10, 200])
def test_what_a_claim_reads_takes_as_many_statements_whatever_is_done(plane: Plane, done: int) -> None:
    later = failing("CONNECTOR_TRANSIENT")
    scripted = Scripted(acts=(lambda call: later if call.input["n"] >= done else {},))
    with connectors(scripted):
        do(plane, scripted, range(done + 5), parallel=100, call=AGAIN)
        plane.pass_seconds(101)
        jobs = plane.claim()
        with acting_for(plane.tenant), counting() as seen:
            (run,) = load_runs(plane.tenant.id, jobs)
    assert len(seen) == 6, seen
    assert len(run.items["each"].results) == done
    assert sorted(run.items["each"].open) == list(range(done, done + 5))


def test_rounds_of_a_list_leave_one_timer_behind_that_ends_soon(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[float] = []
    monkeypatch.setattr("actors.tenant_queue.later", lambda seconds, _: timers.append(seconds))
    scripted = Scripted(inline=False)
    with connectors(scripted):
        do(plane, scripted, range(30), parallel=3)
    assert plane.runs() == [("succeeded", "")]
    assert timers == [60]


@pytest.mark.slow
def test_run_rests_between_attempts_the_longer_the_more_items_it_reads(plane: Plane) -> None:
    later = failing("CONNECTOR_RATE_LIMITED", retry_after_seconds=0.001)
    scripted = Scripted(acts=(lambda call: later if call.input["n"] == 5_000 else {},))
    with connectors(scripted):
        begin(plane, scripted, range(5_001), parallel=100, call=AGAIN)
        plane.work()
        rest = plane.root.value(
            "SELECT extract(epoch FROM due_at - now())::float FROM public.outbox_job WHERE state = 'pending'"
        )
    assert 0.3 < rest <= 0.5
