"""A key beside the other throttles and ends: budgets, the time in the queue, lost workers, children, redrives."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.outbox.claims import EVENT_MATCH, RUN_ADVANCE
from automate.recovery.poison import dead_letter, poisoned, redrive
from automate.runs import control, queries, writing
from automate.runs.matching import match_events
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepResult
from automate.runs.waiting import waiting_for
from automate.runs.waiting_queries import holds_of
from tests.support.facts import naming
from tests.support.keyed import MINUTE, WAITS, a_minute_later, keyed, order, runs_of, slots
from tests.support.plane import Plane, Scripted, connectors, counting, work_off

WAITING, DONE, LATE = ("waiting", naming("step rest")), ("succeeded", ""), ("timed_out", "QUEUE_TIMED_OUT")
OVER_RUNS = ("queued", naming("budget runs"))
OVER_CONCURRENT = ("queued", naming("budget concurrent_runs"))


class Crash(BaseException):
    """The end of a process: nobody catches it."""


def give_runs(plane: Plane, limit: int, action: str = "throttle") -> None:
    plane.root.execute(
        'INSERT INTO public.budget (id, tenant_id, metric, "window", "limit", action, used, window_start)'
        " VALUES (gen_random_uuid(), %s, 'runs', 'hour', %s, %s, 0, date_trunc('hour', now()))",
        plane.tenant.id, limit, action,
    )  # fmt: skip


def used(plane: Plane) -> int:
    count: int = plane.root.value(
        "SELECT used FROM public.budget WHERE tenant_id = %s AND metric = 'runs'", plane.tenant.id
    )
    return count


def concurrent(plane: Plane, limit: int, action: str = "throttle") -> None:
    plane.root.execute(
        "UPDATE public.budget SET \"limit\" = %s, action = %s WHERE tenant_id = %s AND metric = 'concurrent_runs'",
        limit, action, plane.tenant.id,
    )  # fmt: skip


def test_run_that_its_key_refuses_spends_no_budget(plane: Plane) -> None:
    give_runs(plane, 2)
    keyed(plane)
    order(plane, *["acme"] * 3)
    assert (plane.runs(), used(plane)) == ([WAITING, WAITS, WAITS], 1)
    assert plane.root.value("SELECT count(*) FROM public.budget_slot") == 1
    a_minute_later(plane)
    assert (plane.runs(), used(plane)) == ([DONE, WAITING, WAITS], 2)
    a_minute_later(plane)
    assert (plane.runs(), used(plane)) == ([DONE, DONE, OVER_RUNS], 2)


def test_run_that_a_budget_holds_keeps_its_turn(plane: Plane) -> None:
    """Else one that came later would start first once there is room."""
    concurrent(plane, 1)
    with connectors(scripted := Scripted()):
        plane.publish("other", [{"key": "a", "uses": scripted.name}], when={"==": [{"var": "type"}, "other"]})
        keyed(plane, when={"!=": [{"var": "type"}, "other"]})
        plane.send({}, kind="other")
        plane.start_and_die()
        plane.root.execute("UPDATE public.outbox_job SET lease_until = now() + interval '1 h' WHERE state = 'claimed'")
        _, first, second = order(plane, "acme", "acme")
        assert plane.runs()[1:] == [OVER_CONCURRENT, WAITS]
        assert slots(plane) == [(first, True), (second, False)]
        plane.root.expire_leases()
        plane.drain()
    assert plane.runs() == [DONE, WAITING, WAITS]
    a_minute_later(plane)
    a_minute_later(plane)
    assert plane.runs() == [DONE] * 3


@pytest.mark.parametrize("metric", ["runs", "concurrent_runs"])
def test_run_that_a_budget_rejects_leaves_its_key(plane: Plane, metric: str) -> None:
    give_runs(plane, 0, "reject") if metric == "runs" else concurrent(plane, 0, "reject")
    keyed(plane)
    order(plane, "acme", "acme")
    assert plane.runs() == [("failed", "BUDGET_EXCEEDED")] * 2
    assert slots(plane) == []


def later(plane: Plane, seconds: int) -> None:
    """Runs, too, were made so much earlier."""
    plane.root.execute(
        f'UPDATE "{plane.tenant.schema}".execution_run SET created_at = created_at - make_interval(secs => {seconds})'
    )
    plane.pass_seconds(seconds)
    plane.drain()


def test_run_that_waits_too_long_times_out_by_name(plane: Plane) -> None:
    keyed(plane, queue_timeout_seconds=30)
    first, second, _ = order(plane, *["acme"] * 3)
    due = plane.root.value("SELECT extract(epoch FROM due_at - now()) FROM public.outbox_job WHERE id = %s", second)
    assert 29 < due <= 30
    later(plane, 31)
    assert plane.runs() == [WAITING, LATE, LATE]
    assert slots(plane) == [(first, True)]
    assert plane.rows(
        "SELECT state_reason, error -> 'details' FROM execution_run WHERE state = 'timed_out' LIMIT 1"
    ) == [(naming("queue"), '{"queue_timeout_seconds": 30.0}')]
    later(plane, 31)
    assert plane.runs()[0] == DONE


def test_turn_that_comes_too_late_is_passed_on(plane: Plane) -> None:
    """The slot was handed to a run whose time in the queue was over before a worker took it up."""
    keyed(plane, queue_timeout_seconds=30)
    first, second = order(plane, *["acme"] * 2)
    with acting_for(plane.tenant), writing.in_transaction():
        control.cancel([first], "enough")
    plane.work()
    assert slots(plane) == [(second, True)]
    later(plane, 31)
    assert plane.runs() == [("cancelled", "enough"), LATE]
    assert slots(plane) == []


def test_queue_time_ends_waiting_for_a_budget(plane: Plane) -> None:
    give_runs(plane, 1)
    concurrent(plane, 5)
    plane.publish("one", MINUTE, queue_timeout_seconds=30)
    order(plane, "acme", "acme")
    assert plane.runs() == [WAITING, OVER_RUNS]
    later(plane, 31)
    assert plane.runs() == [WAITING, LATE]
    assert used(plane) == 1


def test_queue_time_says_nothing_of_a_run_that_has_started(plane: Plane) -> None:
    plane.publish("one", MINUTE, queue_timeout_seconds=30)
    order(plane, "acme")
    later(plane, 61)
    assert plane.runs() == [DONE]


def die_before_commit(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(writing.consequences, "write", lambda _: (_ for _ in ()).throw(Crash))
        with pytest.raises(Crash):
            act()


def test_no_crash_leaks_a_slot_or_forgets_who_waits(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker is lost before and after each commit on the way of two runs of a key."""
    scripted = Scripted()
    with connectors(scripted):
        keyed(plane, [{"key": "a", "uses": scripted.name}])
        plane.send({"customer": "acme"}, {"customer": "acme"})
        jobs, run_set = plane.claim(), plane.run_set()
        with acting_for(plane.tenant):
            die_before_commit(monkeypatch, lambda: match_events(run_set, jobs))
        assert slots(plane) == []
        plane.root.expire_leases()
        plane.start_and_die(EVENT_MATCH)
        while plane.runs() == []:
            plane.start_and_die(EVENT_MATCH)
        plane.root.execute("UPDATE public.outbox_job SET alone = false")
        for _ in range(20):
            if plane.runs() == [DONE, DONE]:
                break
            held = plane.claim()
            topic = EVENT_MATCH if any(job.id not in runs_of(plane) for job in held) else RUN_ADVANCE
            begin = match_events if topic == EVENT_MATCH else RunSet.take
            run_set = plane.run_set()
            with acting_for(plane.tenant):
                calls = begin(run_set, held)
                if len(calls) == 1 and calls[0].step.attempt == 1:
                    (call,) = calls
                    ended = run_set.settle(call.run, [StepResult(call, output={})])
                    die_before_commit(monkeypatch, lambda made=ended, last=run_set: last.commit([made]))  # type: ignore[misc]
                    assert len([1 for _, has in slots(plane) if has]) == 1
            plane.root.expire_leases()
            plane.drain()
    assert plane.runs() == [DONE, DONE]
    assert slots(plane) == []
    assert {row[0] for row in plane.jobs()} == {"done"}


def test_dead_run_frees_its_key_and_its_redrive_queues_up(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        keyed(plane, [{"key": "a", "uses": scripted.name}])
        plane.send({"customer": "acme"}, {"customer": "acme"})
        plane.start_and_die()
        first, second = runs_of(plane)
        (running,) = [job for job in plane.claim() if job.id == first]
        with acting_for(plane.tenant):
            assert dead_letter([running], poisoned(running)) == {first}
        assert slots(plane) == [(second, True)]
        with acting_for(plane.tenant), acting_as(Principal(kind="operator", name="test")):
            assert redrive([first]).jobs == [first]
        woken = plane.claim()
        assert {job.id for job in woken} == {first, second}
        with acting_for(plane.tenant):
            plane.run_set().take([job for job in woken if job.id == first])
        assert plane.runs()[2] == WAITS
        plane.root.expire_leases()
        plane.drain()
    assert plane.runs() == [("failed", "POISON_JOB"), DONE, DONE]
    assert slots(plane) == []


def test_child_obeys_the_key_and_its_parent_hears_of_its_end(plane: Plane) -> None:
    never = {"==": [{"var": "type"}, "never"]}
    keyed(plane, MINUTE, slug="child", strategy="cancel_in_progress", when=never)
    call = {"workflow": "child", "payload": {"customer": "{{ event.payload.customer }}"}}
    plane.publish("parent", [{"key": "a", "uses": "flow.run_workflow", "with": call}])
    plane.send({"customer": "acme"})
    plane.drain()
    plane.send({"customer": "acme"})
    plane.drain()
    assert plane.rows("SELECT count(*) FROM run_slot WHERE held") == [(1,)]
    states = dict(plane.rows("SELECT id, state FROM execution_run ORDER BY id"))
    assert list(states.values()) == ["failed", "cancelled", "waiting", "waiting"]
    assert plane.steps()[0] == ("a", 1, "failed", "CHILD_RUN_FAILED")


def test_parent_hears_of_a_child_that_never_started(plane: Plane) -> None:
    keyed(plane, MINUTE, slug="child", when={"==": [{"var": "payload.direct"}, True]})
    call = {"workflow": "child", "payload": {"customer": "acme"}}
    plane.publish(
        "parent", [{"key": "a", "uses": "flow.run_workflow", "with": call}], when={"==": [{"var": "type"}, "parent"]}
    )
    plane.send({"customer": "acme", "direct": True})
    plane.drain()
    plane.send({}, kind="parent")
    plane.drain()
    ((child,),) = plane.rows("SELECT id FROM execution_run WHERE state = 'queued'")
    with acting_for(plane.tenant), writing.in_transaction():
        control.cancel([child], "enough")
    plane.drain()
    assert ("a", 1, "failed", "CHILD_RUN_FAILED") in plane.steps()


def test_waiting_run_says_for_what_behind_whom_and_since_when(plane: Plane) -> None:
    give_runs(plane, 1)
    keyed(plane, queue_timeout_seconds=300)
    runs = order(plane, "acme", "acme", "acme", "blue", "green")
    with acting_for(plane.tenant), counting() as seen:
        found = queries.throttles_of(runs)
    assert len(seen) == 2
    assert [(w.kind, w.name, w.position, w.holder_id) for w in (found[run] for run in runs[1:])] == [
        ("key", "acme", 1, runs[0]),
        ("key", "acme", 2, runs[0]),
        ("budget", "runs per hour", 1, None),
        ("budget", "runs per hour", 2, None),
    ]
    assert all(w.looks_again_at is not None for w in found.values())
    assert runs[0] not in found
    with acting_for(plane.tenant):
        holds = holds_of(runs)
    said = [waiting.sentence for run in runs[1:3] if (waiting := waiting_for(holds[run], found[run])) is not None]
    assert said == [naming("key", "acme", runs[0], place) for place in (1, 2)]


KEYED_START = [
    ("SELECT pg_advisory_xact_lock(lock) FROM", True),
    ("INSERT INTO run_slot", True),
    ("WITH room AS", True),
    ("SELECT s.run_id, s.held,", True),
]
KEYED_END = [
    ("SELECT DISTINCT digest", True),
    ("SELECT lock FROM", True),
    ("DELETE FROM run_slot", True),
    ("WITH room AS", True),
]


@pytest.mark.parametrize("count", [1, 8])
def test_set_of_keyed_runs_costs_eight_statements_more(plane: Plane, count: int) -> None:
    seen = {}
    for slug in ("plain", "keyed"):
        when = {"==": [{"var": "type"}, slug]}
        steps = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
        keyed(plane, steps, slug=slug, when=when) if slug == "keyed" else plane.publish(slug, steps, when=when)
        for _ in range(2):
            plane.send(*[{"customer": n} for n in range(count)], kind=slug)
            with counting() as statements:
                work_off(plane.tenant.id, [job.id for job in plane.dispatch()], match_events)
            seen[slug] = [(words, inside) for words, inside in statements if not words.startswith("SELECT t.id")]
    extra = [statement for statement in seen["keyed"] if statement in (*KEYED_START, *KEYED_END)]
    assert extra == [*KEYED_START, *KEYED_END]
    assert [statement for statement in seen["keyed"] if statement not in extra] == seen["plain"]


@pytest.mark.slow
def test_thousand_keys_are_one_set_of_statements(plane: Plane) -> None:
    keyed(plane, MINUTE)
    plane.send(*[{"customer": n} for n in range(1_000)])
    ids = [row[0] for row in plane.root.rows("SELECT id FROM public.outbox_job WHERE tenant_id = %s", plane.tenant.id)]
    plane.root.execute("UPDATE public.outbox_job SET state = 'dispatched'")
    concurrent(plane, 10_000)
    with counting() as statements:
        for at in range(0, 1_000, 250):
            work_off(plane.tenant.id, ids[at : at + 250], match_events)
    assert len(statements) < 200
    assert plane.rows("SELECT count(*) FROM run_slot WHERE held") == [(1_000,)]
    assert [*set(plane.runs())] == [WAITING]
