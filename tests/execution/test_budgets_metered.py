"""Budgets of steps, calls and cost: reserved with the intent, exactly; a step waits or fails before its intent."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.runs import starting
from automate.runs.matching import match_events
from automate.runs.meter import BudgetMeter
from automate.runs.step_call import StepResult
from tests.execution.test_budgets_runs import unbalanced
from tests.support.api import Api
from tests.support.budgets import setters, setting
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors, counting, failing

FIELDS = "{ id metric window workflow connector limit costLimit used costUsed action }"
put, refused = setters(setting(FIELDS))
LIST = f"{{ budgets {FIELDS} }}"
CALL = {"key": "a", "uses": "test.scripted"}
THREE = [{"key": key, "uses": "test.scripted"} for key in "abc"]
CALLS = {"metric": "CALLS", "window": "DAY", "limit": "2"}


@pytest.fixture
def api(tenant: Any) -> Api:
    return Api(tenant.token)


def used(plane: Plane) -> dict[str, int]:
    rows = plane.root.rows(
        "SELECT metric || coalesce(nullif(':' || scope_label, ':'), ''), used FROM public.budget WHERE tenant_id = %s"
        " AND metric <> 'concurrent_runs'",
        plane.tenant.id,
    )
    assert unbalanced(plane) == []
    return dict(rows)


def turn(plane: Plane) -> None:
    """The windows end: what was spent was spent in those before."""
    plane.root.execute(
        "UPDATE public.budget SET window_start = window_start - interval '31 days', resets_at = resets_at - interval '31 days'"
        " WHERE tenant_id = %s",
        plane.tenant.id,
    )
    plane.root.execute(
        "UPDATE public.budget_entry SET window_start = window_start - interval '31 days' WHERE tenant_id = %s",
        plane.tenant.id,
    )


def price(plane: Plane, **prices: str) -> None:
    """Give the tenant a plan of its own with these prices, in the currency. Names have _ for their dot."""
    slug = f"priced-{uuid.uuid4().hex[:12]}"
    table = ", ".join(
        f"'{uses.replace('_', '.', 1)}', {int(Decimal(amount) * 1_000_000)}" for uses, amount in prices.items()
    )
    plane.root.execute(
        "INSERT INTO public.plan (id, slug, name, weight, budgets, prices, revision, created_at, updated_at)"
        f" VALUES (gen_random_uuid(), %s, %s, 1, '[]', jsonb_build_object({table}), 1, now(), now())", slug, slug,
    )  # fmt: skip
    plane.root.execute("UPDATE public.tenant SET plan = %s WHERE id = %s", slug, plane.tenant.id)


def test_calls_beyond_the_budget_fail_the_step_before_its_intent(plane: Plane, api: Api) -> None:
    put(api, **CALLS, action="REJECT")
    with connectors(scripted := Scripted()):
        plane.publish("one", THREE)
        plane.send({})
        plane.drain()
    assert len(scripted.calls) == 2
    assert plane.runs() == [("failed", "BUDGET_EXCEEDED")]
    assert plane.steps() == [
        ("a", 1, "succeeded", ""),
        ("b", 1, "succeeded", ""),
        ("c", 1, "failed", "BUDGET_EXCEEDED"),
    ]
    assert [key for key, _, _ in plane.effects()] == ["a", "b"], "no intent of the refused call"
    assert used(plane) == {"calls": 2}
    message = plane.rows("SELECT error ->> 'message' FROM execution_run")[0][0]
    assert message == naming("calls per day", "setBudget")


def test_throttled_call_parks_its_run_and_names_the_budget(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    with connectors(scripted := Scripted()):
        plane.publish("one", THREE)
        plane.send({})
        plane.drain()
        plane.send({})
        plane.drain()
        assert len(scripted.calls) == 2
        runs = api.data("{ runs { edges { node { state waitingFor { cause position until sentence } } } } }")["runs"]
        waits = [edge["node"]["waitingFor"] for edge in runs["edges"]]
        assert {(one["cause"], one["position"]) for one in waits} == {("BUDGET", 1), ("BUDGET", 2)}
        assert api.data("{ runs(filter: { waitsForBudget: true }) { totalCount } }")["runs"]["totalCount"] == 2
        assert waits[0]["sentence"] == naming("calls per day", "2", "UTC", "number")
        assert waits[0]["until"] is not None
        assert (
            plane.root.value(
                "SELECT count(*) FROM public.budget_slot WHERE tenant_id = %s AND working", plane.tenant.id
            )
            == 0
        )
        turn(plane)
        plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE parked = 'calls'")
        plane.drain()
        assert len(scripted.calls) == 4
        put(api, **{**CALLS, "limit": 10})
        plane.drain()
    assert plane.runs() == [("succeeded", "")] * 2
    assert (len(scripted.calls), used(plane)) == (6, {"calls": 4})


def test_changed_limit_wakes_at_once_and_lets_no_more_than_it_says(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 0})
    with connectors(scripted := Scripted()):
        plane.publish("one", [CALL])
        plane.send(*[{}] * 5)
        plane.drain()
        put(api, **{**CALLS, "limit": 3})
        plane.drain()
        assert (len(scripted.calls), used(plane)) == (3, {"calls": 3})
    assert sorted(plane.run_states()) == ["succeeded"] * 3 + ["waiting"] * 2


def test_each_try_counts_and_alert_refuses_none(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 1, "action": "ALERT"})
    put(api, metric="STEPS", window="DAY", limit=100)
    retry = {"max_attempts": 3, "backoff_seconds": 0}
    with connectors(scripted := Scripted(acts=(failing("CONNECTOR_TRANSIENT"), failing("CONNECTOR_TRANSIENT"), {}))):
        plane.publish("one", [{**CALL, "retry": retry}], when={"==": [{"var": "type"}, "order.created"]})
        plane.send({})
        for _ in range(5):
            plane.pass_seconds(3600)
            plane.drain()
    assert (len(scripted.calls), plane.run_states()) == (3, ["succeeded"])
    assert used(plane) == {"calls": 3, "steps": 3}
    assert plane.rows("SELECT count(*) FROM event WHERE type = 'budget.threshold'") == [(2,)]


def test_call_that_is_sent_again_after_a_lost_worker_counts_once(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 10})
    put(api, metric="STEPS", window="DAY", limit=10)
    with connectors(Scripted()):
        plane.publish("one", [CALL])
        plane.send({})
        assert len(plane.start_and_die()) == 1
        assert used(plane) == {"calls": 1, "steps": 1}
        plane.drain()
    assert plane.effects() == [("a", "confirmed", 2)]
    assert used(plane) == {"calls": 1, "steps": 1}


def test_flow_steps_and_items_are_steps_and_only_calls_are_calls(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 10})
    put(api, metric="STEPS", window="DAY", limit=10)
    each = {"key": "each", "uses": "flow.for_each", "with": {"items": [1, 2, 3], "step": {"uses": "test.scripted"}}}
    with connectors(Scripted()):
        plane.publish("one", [each, {"key": "wait", "uses": "flow.delay", "with": {"seconds": 1}}])
        plane.send({})
        plane.drain()
    assert used(plane) == {"calls": 3, "steps": 5}


def test_rejected_flow_step_fails(plane: Plane, api: Api) -> None:
    put(api, metric="STEPS", window="DAY", limit=0, action="REJECT")
    plane.publish("one", [{"key": "wait", "uses": "flow.delay", "with": {"seconds": 1}}])
    plane.send({})
    plane.drain()
    assert plane.steps() == [("wait", 1, "failed", "BUDGET_EXCEEDED")]


def test_budget_of_a_workflow_and_of_a_connector_hold_no_other(plane: Plane, api: Api) -> None:
    with connectors(one := Scripted(), other := Scripted(name="test.other")):
        plane.publish("one", [CALL])
        plane.publish("two", [CALL])
        plane.publish("three", [{"key": "a", "uses": "test.other"}])
        made = put(api, **{**CALLS, "limit": 2, "action": "REJECT"}, connector="test.scripted")
        assert (made["connector"], made["workflow"]) == ("test.scripted", None)
        put(api, **{**CALLS, "limit": 1, "action": "REJECT"}, workflow="one")
        for _ in range(2):
            plane.send({})
            plane.drain()
    assert (len(one.calls), len(other.calls)) == (2, 2)
    assert used(plane) == {"calls:test.scripted": 2, "calls:one": 1}


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ({"metric": "STEPS", "window": "DAY", "limit": 1, "connector": "log.write"}, ["connector"]),
        ({"metric": "CALLS", "window": "DAY", "limit": 1, "connector": "no.such"}, ["connector"]),
        ({"metric": "CALLS", "window": "ALWAYS", "limit": 1}, ["window"]),
        ({"metric": "CALLS", "window": "DAY", "costLimit": "1"}, ["costLimit"]),
        ({"metric": "COST", "window": "DAY"}, ["limit"]),
        ({"metric": "COST", "window": "DAY", "costLimit": "0.0000001"}, ["costLimit"]),
        ({"metric": "COST", "window": "DAY", "costLimit": "-1"}, ["costLimit"]),
        ({"metric": "COST", "window": "DAY", "costLimit": "1e40"}, ["costLimit"]),
    ],
)
def test_refusal_names_the_field(api: Api, wanted: dict[str, Any], path: list[str]) -> None:
    assert refused(api, **wanted)["path"][-1:] == path


def test_cost_is_exact_and_shown_in_the_currency_and_in_millionths(plane: Plane, api: Api) -> None:
    price(plane, test_scripted="0.1", flow_delay="0.000001")
    made = put(api, metric="COST", window="MONTH", costLimit="0.3", action="REJECT")
    assert (made["limit"], made["costLimit"]) == ("300000", "0.3")
    with connectors(scripted := Scripted()):
        plane.publish("one", [CALL])
        plane.send(*[{}] * 4)
        plane.drain()
        assert len(scripted.calls) == 3, "three times 0.1 is 0.3, which binary fractions are not"
        assert sorted(plane.run_states()) == ["failed", "succeeded", "succeeded", "succeeded"]
    budget = api.data(LIST)["budgets"][-1]
    assert (budget["used"], budget["costUsed"], budget["metric"]) == ("300000", "0.3", "COST")
    put(api, metric="COST", window="MONTH", costLimit="0.300001", action="REJECT")
    plane.publish(
        "two", [{"key": "wait", "uses": "flow.delay", "with": {"seconds": 1}}], when={"==": [{"var": "type"}, "two"]}
    )
    plane.send({}, kind="two")
    plane.drain()
    assert used(plane) == {"cost": 300_001}


def test_throttled_cost_waits_though_some_of_it_is_left(plane: Plane, api: Api) -> None:
    price(plane, test_scripted="0.2")
    put(api, metric="COST", window="DAY", costLimit="0.5")
    with connectors(scripted := Scripted()):
        plane.publish("one", THREE)
        plane.send({})
        plane.drain()
        assert len(scripted.calls) == 2
        (edge,) = api.data("{ runs { edges { node { waitingFor { cause sentence } } } } }")["runs"]["edges"]
        assert edge["node"]["waitingFor"]["sentence"] == naming("cost per day")
        put(api, metric="COST", window="DAY", costLimit="0.6")
        plane.drain()
    assert (plane.run_states(), used(plane)) == (["succeeded"], {"cost": 600_000})


def test_what_costs_nothing_is_never_refused(plane: Plane, api: Api) -> None:
    put(api, metric="COST", window="DAY", costLimit="0", action="REJECT")
    with connectors(Scripted()):
        plane.publish("one", [CALL])
        plane.send({})
        plane.drain()
    assert (plane.run_states(), used(plane)) == (["succeeded"], {"cost": 0})


def test_step_takes_from_all_budgets_or_from_none(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 1, "action": "REJECT"})
    put(api, metric="STEPS", window="DAY", limit=100)
    with connectors(Scripted()):
        plane.publish("one", THREE)
        plane.send({})
        plane.drain()
    assert used(plane) == {"calls": 1, "steps": 1}


def test_retry_with_more_budget_sends_only_what_was_refused(plane: Plane, api: Api) -> None:
    put(api, **CALLS, action="REJECT")
    with connectors(scripted := Scripted()):
        plane.publish("one", THREE)
        plane.send({})
        plane.drain()
        put(api, **{**CALLS, "limit": 3, "action": "REJECT"})
        run = api.data("{ runs { edges { node { id } } } }")["runs"]["edges"][0]["node"]["id"]
        document = (
            "mutation ($input: RetryRunsInput!) { retryRuns(input: $input) { runs { id } errors { code message } } }"
        )
        answer = api.data(document, input={"runs": [run]})["retryRuns"]
        assert answer["errors"] == []
        plane.drain()
    assert (len(scripted.calls), used(plane)) == (3, {"calls": 3})


def test_compensation_waits_for_the_budget(plane: Plane, api: Api) -> None:
    put(api, **{**CALLS, "limit": 2})
    undo = {"uses": "test.scripted", "with": {}}
    with connectors(scripted := Scripted(acts=({}, failing("CONNECTOR_REFUSED"), {}))):
        plane.publish("one", [{**CALL, "compensate": undo}, {"key": "b", "uses": "test.scripted", "needs": ["a"]}])
        plane.send({})
        plane.drain()
        assert len(scripted.calls) == 2
        assert plane.run_states() != ["failed"]
        put(api, **{**CALLS, "limit": 3})
        plane.drain()
    assert (len(scripted.calls), plane.run_states()) == (3, ["failed"])


SPENDS, SETTLES = "WITH held AS", "INSERT INTO budget_entry"
"""The statements that change rows of budgets, and that only write entries."""


def statements(plane: Plane, count: int) -> list[str]:
    plane.send(*[{}] * count)
    with counting() as seen:
        plane.work(count)
    plane.drain()
    return [words for words, _ in seen]


def test_tenant_without_such_budgets_executes_no_statement_more(plane: Plane, api: Api) -> None:
    plane.publish("one", [{"key": key, "uses": "log.write", "with": {"message": "x"}} for key in "ab"])
    statements(plane, 3)
    without = statements(plane, 10)
    assert not [words for words in without if "held" in words or words.startswith("SELECT b.id, b.metric")]
    put(api, metric="STEPS", window="DAY", limit=1000)
    put(api, **{**CALLS, "limit": 1000})
    statements(plane, 3)
    with_budgets = statements(plane, 10)
    spent = [words for words in with_budgets if words in {SPENDS, SETTLES}]
    print(f"{len(without)} statements without budgets, {len(with_budgets)} with two, {len(spent)} of them spend")
    assert len(with_budgets) - len(without) <= len(spent) + 1
    assert spent == [SPENDS, SPENDS, SETTLES], "the first steps of the set, the second ones, and the last results"


def raised_meanwhile(plane: Plane, api: Api) -> list[str]:
    """The limit is raised after a step was refused, while another call of its run is under way: nobody could wake the run."""
    put(api, **{**CALLS, "limit": 1})
    with connectors(scripted := Scripted()):
        plane.publish("one", [{**CALL, "needs": []}, {"key": "b", "uses": "test.scripted", "needs": []}])
        plane.send({})
        jobs = plane.claim()
        run_set = plane.run_set()
        with acting_for(plane.tenant):
            (call,) = match_events(run_set, jobs)
        put(api, **{**CALLS, "limit": 5})
        with acting_for(plane.tenant):
            made = run_set.settle(call.run, [StepResult(call, {})])
            assert run_set.commit([made]) == []
        plane.drain()
    assert len(scripted.calls) <= 1, "the other call was answered by the test"
    return plane.run_states()


def test_run_parks_only_after_asking_under_the_lock(plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "RECHECK_SECONDS", 600.0)
    assert raised_meanwhile(plane, api) == ["succeeded"]
    assert used(plane) == {"calls": 2}


def test_run_that_parks_by_what_it_asked_before_is_forgotten(
    plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin."""
    monkeypatch.setattr(starting, "RECHECK_SECONDS", 600.0)
    monkeypatch.setattr(BudgetMeter, "check_parks", lambda *_: None)
    assert raised_meanwhile(plane, api) == ["waiting"]
