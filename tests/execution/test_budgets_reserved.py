"""Calls reserve budgets of calls and cost with their intent. The result settles what happened, and releases what did not."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from automate.budgets.reservations import ends_of
from automate.cli.checkup.queries import UNRESERVED
from automate.effects import transitions as effect_rows
from automate.kernel.tenancy import acting_for
from automate.outbox.claims import RUN_ADVANCE
from automate.recovery.controlling import cancel_runs
from automate.runs import meter, transitions
from automate.runs.matching import match_events
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepResult
from automate.runs.transitions import StaleRunError
from tests.execution.test_budgets_metered import CALL, price, put, turn
from tests.execution.test_budgets_runs import unbalanced
from tests.execution.test_ledger_resolved import say
from tests.support.api import Api
from tests.support.plane import Plane, Scripted, connectors, failing

CALLS = {"metric": "CALLS", "window": "DAY", "limit": 10}
LATE = failing("CONNECTOR_TIMEOUT", arrived=True)
SHOWN = "{ budgets { metric used reserved costUsed } }"
BALANCES = """
SELECT b.metric, b.used - h.reserved, h.reserved FROM public.budget b CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.reserved), 0)::int AS reserved FROM public.budget_entry e
    WHERE e.budget_id = b.id AND e.window_start = b.window_start) h
WHERE b.tenant_id = %s AND b.metric IN ('calls', 'cost')
"""
ENTRIES = """
SELECT e.kind, sum(e.amount)::int, sum(e.reserved)::int FROM public.budget_entry e JOIN public.budget b ON b.id = e.budget_id
WHERE e.tenant_id = %s AND b.metric = 'calls' GROUP BY 1
"""


@pytest.fixture
def api(tenant: Any) -> Api:
    return Api(tenant.token)


def balances(plane: Plane) -> dict[str, tuple[int, int]]:
    """By metric: what is used, and what is reserved. Both agree with the ledger and with the calls."""
    assert (unbalanced(plane), unreserved(plane)) == ([], [])
    return {metric: (used, reserved) for metric, used, reserved in plane.root.rows(BALANCES, plane.tenant.id)}


def unreserved(plane: Plane) -> list[tuple[Any, ...]]:
    return plane.rows(UNRESERVED.replace("b.tenant_id = %s", f"b.tenant_id = '{plane.tenant.id}'"))


def entries(plane: Plane) -> dict[str, tuple[int, int]]:
    return {kind: (amount, reserved) for kind, amount, reserved in plane.root.rows(ENTRIES, plane.tenant.id)}


def billed(plane: Plane, metric: str = "calls") -> int:
    statement = "SELECT coalesce(sum(amount), 0)::int FROM public.usage_entry WHERE tenant_id = %s AND metric = %s"
    return int(plane.root.value(statement, plane.tenant.id, metric))


def lose(plane: Plane) -> None:
    """A worker commits the intent of a call and is lost."""
    plane.publish("one", [CALL])
    plane.send({})
    assert len(plane.start_and_die()) == 1


def test_call_reserves_with_its_intent_and_settles_with_its_result(plane: Plane, api: Api) -> None:
    price(plane, test_scripted="0.1")
    put(api, **CALLS)
    put(api, metric="COST", window="MONTH", costLimit="1")
    with connectors(Scripted()):
        lose(plane)
        assert balances(plane) == {"calls": (0, 1), "cost": (0, 100_000)}
        shown = {one["metric"]: one for one in api.data(SHOWN)["budgets"]}
        assert (shown["CALLS"]["used"], shown["CALLS"]["reserved"]) == ("0", "1")
        assert (shown["COST"]["costUsed"], shown["COST"]["reserved"]) == ("0", "100000")
        plane.drain()
    assert balances(plane) == {"calls": (1, 0), "cost": (100_000, 0)}
    assert entries(plane) == {"reserve": (0, 1), "settle": (1, -1)}
    assert (billed(plane), billed(plane, "cost")) == (1, 100_000)


def test_reserved_amounts_count_towards_the_limit(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 1, "action": "REJECT"})
    with connectors(scripted := Scripted()):
        lose(plane)
        plane.root.execute("UPDATE public.outbox_job SET due_at = now() + interval '1 hour' WHERE state = 'claimed'")
        plane.root.execute(
            "UPDATE public.outbox_job SET lease_until = now() + interval '1 hour' WHERE state = 'claimed'"
        )
        plane.send({})
        plane.drain()
        assert Counter(plane.runs()) == Counter({("failed", "BUDGET_EXCEEDED"): 1, ("running", ""): 1})
        assert (scripted.calls, balances(plane)) == ([], {"calls": (0, 1)})


def test_repeat_after_a_lost_worker_uses_its_reservation_though_the_budget_is_full(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 1, "action": "REJECT"})
    with connectors(scripted := Scripted()):
        lose(plane)
        plane.drain()
    assert (len(scripted.calls), plane.run_states(), balances(plane)) == (1, ["succeeded"], {"calls": (1, 0)})
    assert billed(plane) == 1


def unsent() -> Exception:
    error = failing("CONNECTOR_BLOCKED")
    error.unsent = True
    return error


def test_call_that_was_never_sent_is_released_and_not_billed(plane: Plane, api: Api) -> None:
    price(plane, test_scripted="0.1")
    put(api, **CALLS)
    put(api, metric="COST", window="MONTH", costLimit="1")
    with connectors(Scripted(acts=(unsent(),))):
        plane.publish("one", [CALL])
        plane.send({})
        plane.drain()
    assert (plane.run_states(), balances(plane)) == (["failed"], {"calls": (0, 0), "cost": (0, 0)})
    assert entries(plane) == {"reserve": (0, 1), "release": (0, -1)}
    assert (billed(plane), billed(plane, "cost")) == (0, 0)


def test_call_without_its_secret_is_not_billed_without_a_budget_either(plane: Plane, api: Api) -> None:
    with connectors(scripted := Scripted()):
        plane.publish("one", [{**CALL, "with": {"key": "$secret:NO_SUCH"}}])
        plane.send({})
        plane.drain()
    assert (plane.run_states(), scripted.calls, billed(plane)) == (["failed"], [], 0)


def test_call_that_the_receiver_refused_is_settled(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    with connectors(Scripted(acts=(failing("CONNECTOR_REFUSED"),))):
        plane.publish("one", [CALL])
        plane.send({})
        plane.drain()
    assert (balances(plane), billed(plane)) == ({"calls": (1, 0)}, 1)


@pytest.mark.parametrize(
    ("how", "expected", "bill"),
    [("happened", (1, 0), 1), ("did_not_happen", (0, 0), 0), ("repeat", (1, 0), 1)],
)
def test_call_of_a_lost_worker_is_reserved_until_an_operator_decides(
    plane: Plane, api: Api, how: str, expected: tuple[int, int], bill: int
) -> None:
    put(api, **{**CALLS, "limit": 1})
    with connectors(Scripted("unsafe")):
        lose(plane)
        plane.drain()
        assert balances(plane) == {"calls": (0, 1)}
        resolve(plane, how)
        plane.drain()
    assert (balances(plane), billed(plane)) == ({"calls": expected}, bill)


def resolve(plane: Plane, how: str) -> None:
    from tests.execution.test_ledger_resolved import effect_of

    output: dict[str, Any] = {"output": {}} if how == "happened" else {}
    assert not isinstance(say(plane, effect_of(plane).id, how, **output), str)


def test_call_with_an_unknown_outcome_that_is_repeated_counts_twice(plane: Plane, api: Api) -> None:
    """It may have happened, and the second one happened."""
    put(api, **CALLS)
    with connectors(scripted := Scripted("unsafe", acts=(LATE, {}))):
        plane.publish("one", [CALL])
        plane.send({})
        plane.drain()
        assert balances(plane) == {"calls": (0, 1)}
        resolve(plane, "repeat")
        plane.drain()
    assert (len(scripted.calls), balances(plane), billed(plane)) == (2, {"calls": (2, 0)}, 2)


def test_retried_timeout_is_settled_at_once(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    retry = {"max_attempts": 2, "backoff_seconds": 60}
    with connectors(Scripted(acts=(LATE, {}))):
        plane.publish("one", [{**CALL, "retry": retry}])
        plane.send({})
        plane.drain()
        assert balances(plane) == {"calls": (1, 0)}
        plane.pass_seconds(3600)
        plane.drain()
    assert (plane.run_states(), balances(plane)) == (["succeeded"], {"calls": (2, 0)})


def test_cancelled_run_settles_what_may_have_happened(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    with connectors(Scripted("unsafe")):
        lose(plane)
        plane.drain()
        runs = [run for (run,) in plane.rows("SELECT id FROM execution_run")]
        plane.by_ada(lambda: cancel_runs(runs, "wrong customer"))
        plane.drain()
    assert (plane.run_states(), balances(plane)) == (["cancelled"], {"calls": (1, 0)})


def die(plane: Plane) -> None:
    """A run whose workers are lost, until its job is dead."""
    lose(plane)
    for _ in range(4):
        assert len(plane.start_and_die(RUN_ADVANCE)) == 1
    plane.drain()
    assert plane.runs() == [("failed", "POISON_JOB")]


def test_dead_job_settles_what_may_have_happened(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    with connectors(Scripted()):
        die(plane)
    assert balances(plane) == {"calls": (1, 0)}
    assert entries(plane) == {"reserve": (0, 1), "settle": (1, -1)}


def test_dead_job_leaks_without_it(plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin, and doctor finds what it leaks."""
    monkeypatch.setattr(effect_rows, "take_reservations", lambda _: [])
    put(api, **CALLS)
    with connectors(Scripted()):
        die(plane)
    assert (unbalanced(plane), unreserved(plane)) == ([], [("calls", "day", 1, 0)])


def test_release_that_is_forgotten_leaks(plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: the call gives up its reservation, and the budget does not."""
    monkeypatch.setattr(meter, "ends_of", lambda _: {})
    put(api, **CALLS)
    with connectors(Scripted(acts=(unsent(),))):
        plane.publish("one", [CALL])
        plane.send({})
        plane.drain()
    assert (unbalanced(plane), unreserved(plane)) == ([], [("calls", "day", 1, 0)])


@pytest.fixture
def settling_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mischief: each reservation is settled a second time."""
    monkeypatch.setattr(meter, "ends_of", lambda ended: ends_of([*ended] * 2))


def call_once(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    with connectors(Scripted()):
        plane.publish("one", [CALL])
        plane.send({})
        plane.work()
        plane.work()


@pytest.mark.usefixtures("settling_twice")
def test_result_that_settles_twice_is_found_out(plane: Plane, api: Api) -> None:
    """The sabotaged twin, and doctor finds what it settles too much."""
    call_once(plane, api)
    assert plane.run_states() == ["succeeded"]
    assert (unbalanced(plane), unreserved(plane)) == ([], [("calls", "day", -1, 0)])


def settle_what_another_settled(plane: Plane, api: Api) -> RunSet:
    """A worker records a result whose reservation another process has ended, as no fence would allow."""
    put(api, **CALLS)
    plane.publish("one", [CALL])
    plane.send({})
    jobs, run_set = plane.claim(), plane.run_set()
    with acting_for(plane.tenant):
        (call,) = match_events(run_set, jobs)
        effect_rows.take_reservations([call.run.id])
        run_set.commit([run_set.settle(call.run, [StepResult(call, {})])])
    return run_set


def test_reservation_ends_once(plane: Plane, api: Api) -> None:
    with connectors(Scripted()), pytest.raises(StaleRunError):
        settle_what_another_settled(plane, api)
    assert (plane.run_states(), entries(plane)) == (["running"], {"reserve": (0, 1)})


def test_reservation_ends_twice_without_the_guard(plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    guard = "AND (NOT m.ends OR t.reserved IS NOT NULL)"
    assert guard in transitions.UPDATE_EFFECTS
    monkeypatch.setattr(transitions, "UPDATE_EFFECTS", transitions.UPDATE_EFFECTS.replace(guard, ""))
    with connectors(Scripted()):
        settle_what_another_settled(plane, api)
    assert (plane.run_states(), entries(plane)) == (["succeeded"], {"reserve": (0, 1), "settle": (1, -1)})


def test_late_result_of_a_lost_worker_settles_nothing(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    with connectors(Scripted()):
        plane.publish("one", [CALL])
        plane.send({})
        jobs, run_set = plane.claim(), plane.run_set()
        with acting_for(plane.tenant):
            (call,) = match_events(run_set, jobs)
        plane.root.expire_leases()
        plane.drain()
        assert balances(plane) == {"calls": (1, 0)}
        with acting_for(plane.tenant):
            assert run_set.commit([run_set.settle(call.run, [StepResult(call, {})])]) == []
    assert balances(plane) == {"calls": (1, 0)}
    assert entries(plane) == {"reserve": (0, 1), "settle": (1, -1)}


def end_window(plane: Plane) -> None:
    """The windows end: what was used and reserved belongs to those before."""
    turn(plane)
    plane.root.execute(
        f"UPDATE \"{plane.tenant.schema}\".effect SET reserved = jsonb_set(reserved, '{{budgets,0,1}}',"
        " to_jsonb(((reserved #>> '{budgets,0,1}')::timestamptz - interval '31 days')::text))"
    )


def test_reservation_is_settled_in_its_window(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 2})
    with connectors(Scripted()):
        lose(plane)
        end_window(plane)
        shown = {one["metric"]: one for one in api.data(SHOWN)["budgets"]}
        assert (shown["CALLS"]["used"], shown["CALLS"]["reserved"]) == ("0", "0")
        plane.drain()
    assert balances(plane) == {"calls": (1, 0)}, "the row still has the window that is over"
    shown = {one["metric"]: one for one in api.data(SHOWN)["budgets"]}
    assert (shown["CALLS"]["used"], shown["CALLS"]["reserved"]) == ("0", "0")


def test_reservation_of_a_past_window_leaves_the_open_one_alone(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 1, "action": "REJECT"})
    with connectors(Scripted()):
        lose(plane)
        end_window(plane)
        plane.root.execute(
            "UPDATE public.outbox_job SET lease_until = now() + interval '1 hour' WHERE state = 'claimed'"
        )
        plane.send({})
        plane.drain()
        assert balances(plane) == {"calls": (1, 0)}
        plane.root.expire_leases()
        plane.drain()
    assert plane.run_states() == ["succeeded"] * 2
    assert balances(plane) == {"calls": (1, 0)}
    assert entries(plane) == {"reserve": (0, 2), "settle": (2, -2)}


def test_deleted_budget_settles_nothing_and_a_new_one_neither(plane: Plane, api: Api) -> None:
    made = put(api, **CALLS)
    with connectors(Scripted()):
        lose(plane)
        answer = api.data("mutation ($id: ID!) { deleteBudget(input: {id: $id}) { errors { code } } }", id=made["id"])
        assert answer["deleteBudget"]["errors"] == []
        put(api, **CALLS)
        plane.drain()
    assert (plane.run_states(), balances(plane)) == (["succeeded"], {"calls": (0, 0)})


def test_changed_limit_and_action_keep_what_is_reserved(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    with connectors(Scripted()):
        lose(plane)
        put(api, **{**CALLS, "limit": 0, "action": "REJECT"})
        assert balances(plane) == {"calls": (0, 1)}
        plane.drain()
    assert (plane.run_states(), balances(plane)) == (["succeeded"], {"calls": (1, 0)})


def test_intent_of_a_former_release_settles_nothing(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    with connectors(Scripted()):
        lose(plane)
        # As that release writes it: it counts with the intent, and knows no reservation.
        plane.root.execute(f'UPDATE "{plane.tenant.schema}".effect SET reserved = NULL')
        plane.root.execute(
            "UPDATE public.budget_entry SET kind = 'settle', amount = 1, reserved = 0 WHERE kind = 'reserve' AND tenant_id = %s",
            plane.tenant.id,
        )
        plane.drain()
    assert (plane.run_states(), balances(plane)) == (["succeeded"], {"calls": (1, 0)})


def test_former_release_that_moves_the_window_leaves_no_reservation_behind(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    with connectors(Scripted()):
        lose(plane)
        # It moves the window, and knows no column for what is reserved.
        plane.root.execute(
            "UPDATE public.budget SET window_start = window_start + interval '1 second', used = 0 WHERE metric = 'calls' AND tenant_id = %s",
            plane.tenant.id,
        )
        assert balances(plane) == {"calls": (0, 0)}
        plane.drain()
        assert balances(plane) == {"calls": (0, 0)}
        plane.send({})
        plane.drain()
    assert balances(plane) == {"calls": (1, 0)}


def test_one_transaction_writes_one_entry_for_each_kind_and_budget(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 1000})
    plane.publish("one", [{"key": key, "uses": "log.write", "with": {"message": "x"}} for key in "ab"])
    plane.send(*[{}] * 5)
    plane.drain()
    kinds = plane.root.rows(
        "SELECT e.kind, count(*)::int FROM public.budget_entry e WHERE e.tenant_id = %s GROUP BY 1", plane.tenant.id
    )
    assert dict(kinds) == {"reserve": 2, "settle": 2}
    assert balances(plane) == {"calls": (10, 0)}
