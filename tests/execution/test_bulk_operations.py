"""Bulk operations: each item once, at its pace, in its starter's name, and an account of every one."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

import pytest

from automate.kernel.principals import acting_as
from automate.kernel.tenancy import acting_for
from automate.recovery.bulk.request import pace
from automate.recovery.plans import RetryRequest
from automate.recovery.retrying import retry_runs
from tests.support.bulk import (
    OPERATOR,
    abort,
    failed_runs,
    numbers,
    one_step,
    outcomes,
    read,
    start,
    to_its_end,
)
from tests.support.facts import naming
from tests.support.plane import BEGIN, Plane, Published, Scripted, connectors, counting, failing, work_off

REFUSED = failing("CONNECTOR_REFUSED")


def test_retry_of_what_failed_takes_each_once_and_accounts_for_it(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(REFUSED, REFUSED, REFUSED, {}))):
        one_step(plane, scripted)
        plane.send({"n": 1}, {"n": 2}, {"n": 3})
        plane.drain()
        former = [run for (run,) in plane.rows("SELECT id FROM execution_run ORDER BY id")]
        operation = start(plane, "RETRY", reason="they are back")
        plane.drain()
    assert numbers(plane, operation) == ("finished", 3, 3, 0, 0)
    assert outcomes(plane, operation) == [(run, "done") for run in former]
    assert Counter(state for state, _ in plane.runs()) == {"failed": 3, "succeeded": 3}
    ((runs,),) = plane.rows("SELECT array_agg(runs ->> 0 ORDER BY id) FROM bulk_item")
    assert plane.rows(
        "SELECT retry_of_id FROM execution_run WHERE id = ANY (%s::uuid[]) ORDER BY retry_of_id", runs
    ) == [(run,) for run in former]
    born = plane.rows("SELECT DISTINCT split_part(reason, 'from', 2) FROM run_log WHERE reason LIKE 'retry of run%%'")
    assert born == [(naming("failed step", operation, "they are back"),)]
    acted = plane.rows("SELECT action, actor_kind, actor_name, count(*) FROM audit_entry GROUP BY 1, 2, 3 ORDER BY 1")
    mine = ("api_token", "ada's token")
    assert acted == [("bulk.end", *mine, 1), ("bulk.start", *mine, 1), ("run.retry", *mine, 3)]
    assert len(set(plane.rows("SELECT trace_id FROM audit_entry"))) == 1


def test_what_the_operation_brings_about_is_none_of_its_items(plane: Plane) -> None:
    """Its retries fail again at once, and fit the filter."""
    with connectors(scripted := Scripted(acts=(REFUSED,))):
        one_step(plane, scripted)
        plane.send(*({"n": n} for n in range(5)))
        plane.drain()
        operation = start(plane, "RETRY", rate=1)
        to_its_end(plane, operation)
        plane.drain()
    assert numbers(plane, operation) == ("finished", 5, 5, 0, 0)
    assert len(plane.runs()) == 10


def test_what_fails_after_the_start_is_none_of_its_items(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        first, late, last = failed_runs(plane, one_step(plane, scripted), 3)
        table = f'"{plane.tenant.schema}".execution_run'
        plane.root.execute(f"UPDATE {table} SET state = 'running', finished_at = NULL WHERE id = %s", late)
        operation = start(plane, "RETRY", rate=1)
        plane.work()
        plane.root.execute(f"UPDATE {table} SET state = 'failed', finished_at = now() WHERE id = %s", late)
        to_its_end(plane, operation)
    assert outcomes(plane, operation) == [(first, "done"), (last, "done")]


def test_run_that_was_retried_stands_for_itself_no_more(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(REFUSED,))):
        one_step(plane, scripted)
        plane.send({"n": 1})
        plane.drain()
        to_its_end(plane, start(plane, "RETRY"))
        plane.drain()
        second = start(plane, "RETRY")
        to_its_end(plane, second)
    assert numbers(plane, second) == ("finished", 1, 1, 0, 0)
    assert outcomes(plane, second) != outcomes(plane, start(plane, "RETRY"))


@pytest.mark.parametrize("begin", ["FAILED_STEP", "START"])
def test_run_that_is_retried_after_the_start_is_skipped_and_accounted_for(plane: Plane, begin: str) -> None:
    with connectors(scripted := Scripted()):
        runs = failed_runs(plane, one_step(plane, scripted), 40)
        operation = start(plane, "RETRY", retry=RetryRequest(begin=begin))
        with acting_for(plane.tenant), acting_as(OPERATOR):
            retried = retry_runs(runs[1:], RetryRequest()).run_ids
        to_its_end(plane, operation)
    assert numbers(plane, operation) == ("finished", 40, 1, 39, 0)
    assert outcomes(plane, operation) == [(runs[0], "done"), *((run, "skipped") for run in runs[1:])]
    told = plane.rows(
        "SELECT item_id, error -> 'details' ->> 'run' FROM bulk_item WHERE outcome = 'skipped' ORDER BY id"
    )
    assert told == [(run, str(retry)) for run, retry in zip(runs[1:], retried, strict=True)]
    assert len(plane.runs()) == 80


def test_two_retries_of_one_line_are_not_both_retried(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        made = one_step(plane, scripted)
        first, second = failed_runs(plane, made, 2)
        plane.root.execute(
            f'UPDATE "{plane.tenant.schema}".execution_run SET origin_id = %s WHERE id = %s', first, second
        )
        operation = start(plane, "RETRY")
        to_its_end(plane, operation)
    assert outcomes(plane, operation) == [(first, "done"), (second, "skipped")]
    assert plane.rows("SELECT error ->> 'code' FROM bulk_item WHERE outcome = 'skipped'") == [("CONFLICT",)]


def test_cancel_ends_what_has_not_begun_and_nothing_else(plane: Plane) -> None:
    plane.root.execute('UPDATE public.budget SET "limit" = 0 WHERE tenant_id = %s', plane.tenant.id)
    with connectors(scripted := Scripted()):
        plane.publish("keyed", [{"key": "a", "uses": scripted.name}], concurrency={"key": "{{ event.payload.n }}"})
        plane.send(*({"n": n % 3} for n in range(70)))
        plane.drain()
        operation = start(plane, "CANCEL", reason="wrong customer")
        plane.send({"n": 1})
        to_its_end(plane, operation)
    assert numbers(plane, operation) == ("finished", 70, 70, 0, 0)
    assert Counter(plane.runs())["cancelled", f"bulk {operation}: wrong customer"] == 70
    assert len(plane.runs()) == 71
    assert scripted.calls == []


def test_replay_matches_each_event_anew(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        one_step(plane, scripted)
        plane.send({"n": 1}, {"n": 2}, kind="order.created")
        plane.send({"n": 3}, kind="order.paid")
        plane.drain()
        operation = start(plane, "REPLAY", wanted={"types": ("order.created",)})
        plane.drain()
    assert numbers(plane, operation) == ("finished", 2, 2, 0, 0)
    assert [call.input["n"] for call in scripted.calls[3:]] == [1, 2]
    assert plane.rows("SELECT count(*) FROM run_log WHERE reason LIKE 'replay of event %%'") == [(2,)]


def test_redrive_takes_dead_jobs_of_one_kind_of_failure(plane: Plane) -> None:
    from automate.kernel.errors import NormalizedError
    from automate.recovery import poison

    with connectors(scripted := Scripted()):
        one_step(plane, scripted)
        plane.send({"n": 1}, {"n": 2})
        for words, job in zip(("Out of memory.", "Out of cheese."), plane.claim(), strict=True):
            with acting_for(plane.tenant):
                poison.dead_letter([job], NormalizedError("INTERNAL", words))
        ((mine,),) = plane.root.rows(
            "SELECT fingerprint FROM public.outbox_job WHERE last_error ->> 'message' = 'Out of cheese.'"
        )
        operation = start(plane, "REDRIVE", wanted={"fingerprint": mine})
        plane.drain()
    assert numbers(plane, operation) == ("finished", 1, 1, 0, 0)
    assert [call.input["n"] for call in scripted.calls] == [2]
    assert plane.root.rows("SELECT state, fingerprint IS NULL FROM public.outbox_job ORDER BY id") == [
        ("dead", False),
        ("done", True),
        *[("done", True)] * 2,
    ]


def test_redrive_of_many_asks_for_the_consent_that_one_asks_for(plane: Plane) -> None:
    from automate.recovery import poison

    with connectors(scripted := Scripted("unsafe")):
        plane.publish("one", [{"key": "charge", "uses": scripted.name}])
        plane.send({})
        plane.start_and_die()
        (held,) = plane.claim_all()
        with acting_for(plane.tenant):
            poison.dead_letter([held], poison.poisoned(held))
        refused = start(plane, "REDRIVE")
        plane.drain()
        assert numbers(plane, refused) == ("finished", 1, 0, 0, 1)
        assert plane.runs() == [("failed", "POISON_JOB")]
        allowed = start(plane, "REDRIVE", retry=RetryRequest(repeat_effects=True))
        plane.drain()
    assert numbers(plane, allowed) == ("finished", 1, 1, 0, 0)
    assert plane.runs() == [("failed", "POISON_JOB"), ("succeeded", "")]
    ((new,),) = plane.rows("SELECT id FROM execution_run WHERE state = 'succeeded'")
    assert plane.rows("SELECT runs ->> 0 FROM bulk_item ORDER BY id") == [(None,), (str(new),)]


def test_redriven_item_names_the_run_that_its_job_took_and_none_for_an_event(plane: Plane) -> None:
    from automate.kernel.errors import NormalizedError
    from automate.recovery import poison

    with connectors(scripted := Scripted()):
        one_step(plane, scripted)
        plane.send({"n": 1})
        plane.start_and_die()
        (running,) = plane.claim_all()
        plane.send({"n": 2})
        (matching,) = plane.claim()
        with acting_for(plane.tenant):
            poison.dead_letter([running], poison.poisoned(running))
            poison.dead_letter([matching], NormalizedError("INTERNAL", "Out of memory."))
        to_its_end(plane, start(plane, "REDRIVE"))
        plane.drain()
    ((retry,),) = plane.rows("SELECT id FROM execution_run WHERE retry_of_id IS NOT NULL")
    assert plane.rows("SELECT item_id, runs ->> 0 FROM bulk_item ORDER BY item_id = %s DESC", matching.id) == [
        (matching.id, None),
        (running.id, str(retry)),
    ]


@pytest.mark.slow
def test_no_second_has_more_items_than_the_rate(plane: Plane) -> None:
    """By PostgreSQL's clock, whose time really passes: a thousand items at 400 a second."""
    with connectors(scripted := Scripted()):
        one_step(plane, scripted)
        plane.root.execute(f'UPDATE "{plane.tenant.schema}".rule_spec SET enabled = false')
        events = plane.send(*({"n": n} for n in range(1_000)))
        plane.root.execute("DELETE FROM public.outbox_job WHERE id = ANY (%s)", events)
        operation = start(plane, "REPLAY", rate=400)

        def has_ended() -> bool:
            plane.work()
            return read(plane, operation).finished_at is not None

        plane.until(has_ended)
    assert numbers(plane, operation) == ("finished", 1_000, 1_000, 0, 0)
    assert len({item for item, _ in outcomes(plane, operation)}) == 1_000
    ((most,),) = plane.rows(
        "SELECT max(n) FROM (SELECT count(*) OVER (ORDER BY at RANGE BETWEEN CURRENT ROW AND '999.999 ms' FOLLOWING) AS n"
        " FROM bulk_item) windows"
    )
    assert 0 < most <= 400


@pytest.mark.parametrize("rate", [1, 7, 50, 51, 120, 999, 1_000])
def test_pace_fills_no_second_beyond_the_rate(rate: int) -> None:
    step = pace(rate)
    assert step.items <= 50
    assert 0.9 * rate <= round(1 / step.seconds) * step.items <= rate


def many(plane: Plane, made: Published, kind: str, count: int) -> dict[str, Any]:
    """So many items of a kind, and the filter that they fit."""
    if kind == "RETRY":
        failed_runs(plane, made, count)
        return {}
    plane.send(*({"n": n} for n in range(count)), kind=f"{kind}.{count}")
    plane.drain()
    return {"types": (f"REPLAY.{count}",)} if kind == "REPLAY" else {}


@pytest.mark.parametrize("kind", ["RETRY", "CANCEL", "REPLAY"])
def test_chunk_costs_the_same_statements_for_two_items_and_for_fifty(plane: Plane, kind: str) -> None:
    plane.root.execute('UPDATE public.budget SET "limit" = 0 WHERE tenant_id = %s', plane.tenant.id)
    costs = []
    with connectors(scripted := Scripted()):
        made = one_step(plane, scripted)
        for count in (1, 2, 50):
            wanted = many(plane, made, kind, count)
            operation = start(plane, kind, wanted=wanted)
            (job,) = [job for job in plane.dispatch() if job.topic == "bulk.advance"]
            with counting() as seen:
                work_off(plane.tenant.id, [job.id], BEGIN["bulk.advance"])
            assert numbers(plane, operation) == ("finished", count, count, 0, 0)
            costs.append([words for words, _ in seen if not words.startswith("SELECT t.id")])
            plane.root.execute("DELETE FROM public.outbox_job WHERE state <> 'pending'")
    # The first one also reads what its process has yet to learn.
    assert costs[1] == costs[2]
    assert len(costs[2]) < 30


def test_refused_items_stop_it_at_its_error_rate(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        made = one_step(plane, scripted)
        failed_runs(plane, made, 120)
        plane.root.execute(f'UPDATE "{plane.tenant.schema}".workflow SET enabled = false')
        operation = start(plane, "RETRY", stop_on_error_rate=10)
        plane.drain()
    assert numbers(plane, operation) == ("stopped", 120, 0, 0, 50)
    assert (read(plane, operation).error or {})["details"] == {"errors": 50, "of": 50, "stopOnErrorRate": 10}
    assert plane.jobs()[-1][0] == "done"


def test_runs_that_fail_again_stop_it_too(plane: Plane) -> None:
    """Nothing was mended: a retry of ten thousand would make ten thousand failures more."""
    with connectors(scripted := Scripted(acts=(REFUSED,))):
        failed_runs(plane, one_step(plane, scripted), 200)
        operation = start(plane, "RETRY", stop_on_error_rate=50, rate=25)
        to_its_end(plane, operation)
    state, _, done, skipped, refused = numbers(plane, operation)
    assert (state, skipped, refused) == ("stopped", 0, 0)
    assert done <= 75
    assert (read(plane, operation).error or {})["message"] == naming("failed")


def test_abort_leaves_the_rest_alone(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        failed_runs(plane, one_step(plane, scripted), 5)
        operation = start(plane, "RETRY", rate=1)
        plane.work()
        abort(plane, operation)
        abort(plane, operation)
        plane.pass_seconds(5)
        plane.drain()
    assert numbers(plane, operation) == ("aborted", 5, 1, 0, 0)
    assert plane.rows("SELECT changes -> 'done' ->> 1, actor_name FROM audit_entry WHERE action = 'bulk.abort'") == [
        ("1", "ada's token")
    ]
    assert [state for state, *_ in plane.jobs()] == ["done"] * 2


def test_item_that_always_fails_the_worker_is_refused_and_the_rest_is_done(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    from automate.recovery.bulk import chunks

    with connectors(scripted := Scripted()):
        runs = failed_runs(plane, one_step(plane, scripted), 3)
        perform = chunks.perform

        def trip(operation: Any, items: list[uuid.UUID]) -> Any:
            assert runs[0] not in items, "poison"
            return perform(operation, items)

        monkeypatch.setattr(chunks, "perform", trip)
        operation = start(plane, "RETRY")
        to_its_end(plane, operation, seconds=60)
    assert outcomes(plane, operation) == [(run, "refused" if run == runs[0] else "done") for run in runs]
    assert numbers(plane, operation) == ("finished", 3, 2, 0, 1)


def test_dead_job_fails_its_operation_and_a_redrive_lets_it_go_on(plane: Plane) -> None:
    from automate.recovery import poison

    with connectors(scripted := Scripted()):
        failed_runs(plane, one_step(plane, scripted), 1)
        operation = start(plane, "RETRY")
        (job,) = plane.claim()
        with acting_for(plane.tenant):
            poison.dead_letter([job], poison.poisoned(job))
        assert numbers(plane, operation)[0] == "failed"
        with acting_for(plane.tenant):
            assert poison.redrive([operation]).jobs == [operation]
        assert numbers(plane, operation)[0] == "running"
        plane.drain()
    assert numbers(plane, operation) == ("finished", 1, 1, 0, 0)


def test_former_operations_go_with_the_chunks_of_new_ones(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        failed_runs(plane, one_step(plane, scripted), 3)
        old = start(plane, "RETRY")
        plane.drain()
        plane.root.execute(
            f"UPDATE \"{plane.tenant.schema}\".bulk_operation SET finished_at = now() - interval '31 days'"
        )
        new = start(plane, "RETRY")
        plane.drain()
    assert plane.rows("SELECT id FROM bulk_operation") == [(new,)]
    assert outcomes(plane, old) == []
