"""``plans`` and ``savePlan``: the budgets of a tenant follow from its plan, its own may only be lower, and a change wakes what fits."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.facts import naming
from tests.support.plane import Plane, counting

FIELDS = "{ id slug name weight revision tenantCount budgets { metric window limit action } }"
SAVE = f"mutation ($input: SavePlanInput!) {{ savePlan(input: $input) {{ plan {FIELDS} errors {{ code message path details }} }} }}"
UPSERT = """
mutation ($input: UpsertTenantsInput!) { upsertTenants(input: $input) {
  tenants { slug plan { slug weight } } errors { code message path } } }
"""
SET = """
mutation ($input: SetBudgetInput!) { setBudget(input: $input) { budget { limit ceiling action } errors { code message path details } } }
"""
DELETE = "mutation ($input: DeleteBudgetInput!) { deleteBudget(input: $input) { deletedId errors { code } } }"
REMOVE = "mutation ($input: DeletePlanInput!) { deletePlan(input: $input) { deletedId errors { code path message } } }"
LIST = "{ budgets { id metric window limit ceiling used action } }"
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
RUNS = {"metric": "RUNS", "window": "DAY", "limit": "3"}
SLOTS = {"metric": "CONCURRENT_RUNS", "window": "ALWAYS", "limit": "100"}


class Operator:
    """The platform, with a plan of its own. Other tests share the database."""

    def __init__(self, platform: Api, plane: Plane) -> None:
        self.api, self.slug = platform, f"plan-{uuid.uuid4().hex[:12]}"
        self._tenant = plane.root.rows(
            "SELECT external_id, slug, name FROM public.tenant WHERE id = %s", plane.tenant.id
        )[0]

    def save(self, *budgets: dict[str, Any], **values: Any) -> Any:
        answer = self.answer(*budgets, **values)
        assert answer["errors"] == []
        return answer["plan"]

    def answer(self, *budgets: dict[str, Any], **values: Any) -> Any:
        return self.api.data(SAVE, input={"slug": self.slug, "budgets": list(budgets), **values})["savePlan"]

    def move(self, plan: str = "") -> Any:
        external_id, slug, name = self._tenant
        known = {"externalId": external_id, "slug": slug, "name": name, "plan": plan or self.slug}
        answer = self.api.data(UPSERT, input={"tenants": [known]})["upsertTenants"]
        return answer["errors"] or answer["tenants"][0]["plan"]


@pytest.fixture
def operator(plane: Plane, platform: Api) -> Operator:
    return Operator(platform, plane)


def put(api: Api, **values: Any) -> Any:
    return api.data(SET, input=values)["setBudget"]


def limits(api: Api) -> list[tuple[Any, ...]]:
    return [(one["metric"], one["limit"], one["ceiling"], one["action"]) for one in api.data(LIST)["budgets"]]


def test_plan_is_made_listed_and_changed(operator: Operator) -> None:
    made = operator.save({**RUNS, "action": "REJECT"}, name="Gold", weight=3)
    assert made == {
        "id": made["id"], "slug": operator.slug, "name": "Gold", "weight": 3, "revision": 1, "tenantCount": 0,
        "budgets": [{**RUNS, "action": "REJECT"}, {**SLOTS, "action": "THROTTLE"}],
    }  # fmt: skip
    assert operator.save({**RUNS, "limit": 7})["revision"] == 2
    assert operator.save({**RUNS, "limit": 7})["revision"] == 2, "nothing changed"
    listed = operator.api.data(f"{{ plans {FIELDS} }}")["plans"]
    assert {"free", "standard", "business", "enterprise", operator.slug} <= {plan["slug"] for plan in listed}
    node = operator.api.data("query ($id: ID!) { node(id: $id) { id } }", id=made["id"])["node"]
    assert node == {"id": made["id"]}
    conflict = operator.answer(RUNS, expectedRevision=1)["errors"][0]
    assert (conflict["code"], conflict["details"]["actual"]) == ("CONFLICT", 2)


@pytest.mark.parametrize(
    ("budgets", "values", "path"),
    [
        ([{**RUNS, "window": "ALWAYS"}], {}, ["budgets", "0", "window"]),
        ([RUNS, {**SLOTS, "action": "ALERT"}], {}, ["budgets", "1", "action"]),
        ([RUNS, {**RUNS, "limit": 5}], {}, ["budgets", "1"]),
        ([{**RUNS, "limit": -1}], {}, ["budgets", "0", "limit"]),
        ([], {"weight": 0}, ["weight"]),
        ([], {"slug": "Not A Slug"}, ["slug"]),
        ([], {"prices": [{"uses": "log.write", "price": "1"}, {"uses": "log.wirte", "price": "1"}]}, ["prices", "1", "uses"]),
        ([], {"prices": [{"uses": "flow.aproval", "price": "1"}]}, ["prices", "0", "uses"]),
    ],
)  # fmt: skip
def test_plan_that_cannot_be_is_refused_by_field(
    operator: Operator, budgets: list[dict[str, Any]], values: dict[str, Any], path: list[str]
) -> None:
    (error,) = operator.answer(*budgets, **values)["errors"]
    assert (error["code"], error["path"][-len(path) :]) == ("BAD_USER_INPUT", path)


def test_refused_price_names_what_can_have_a_price(operator: Operator) -> None:
    (error,) = operator.answer(prices=[{"uses": "log.wirte", "price": "1"}])["errors"]
    assert error["message"] == naming("log.wirte", "log.write", "flow.approval")


def test_plan_without_tenants_is_deleted(operator: Operator) -> None:
    made = operator.save(RUNS)
    operator.move()

    def remove(**values: Any) -> Any:
        return operator.api.data(REMOVE, input={"slug": operator.slug, **values})["deletePlan"]

    (error,) = remove()["errors"]
    assert (error["code"], error["path"], error["message"]) == ("CONFLICT", ["slug"], naming("1", operator.slug))
    operator.move("standard")
    assert [error["path"] for error in remove(expectedRevision=9)["errors"]] == [["expectedRevision"]]
    assert [error["code"] for error in remove(slug="standard")["errors"]] == ["CONFLICT"]
    assert remove(expectedRevision=1) == {"deletedId": made["id"], "errors": []}
    assert [error["code"] for error in remove()["errors"]] == ["NOT_FOUND"]
    assert operator.slug not in {plan["slug"] for plan in operator.api.data("{ plans { slug } }")["plans"]}


def test_admins_read_no_prices_in_the_audit_record(operator: Operator, plane: Plane) -> None:
    operator.save()
    operator.move()
    operator.save(prices=[{"uses": "http.request", "price": "0.123456"}])
    texts = plane.root.rows(
        "SELECT tenant_id IS NULL, changes::text FROM public.platform_audit_entry"
        " WHERE action = 'plan.save' AND object_label = %s", operator.slug,
    )  # fmt: skip
    assert {platform for platform, text in texts if "123456" in text} == {True}
    assert any("prices" in text for platform, text in texts if not platform), "the tenant reads that they changed"


def test_budgets_follow_from_the_plan_and_leave_with_it(operator: Operator, api: Api) -> None:
    operator.save({**RUNS, "action": "REJECT"}, {**SLOTS, "limit": 5}, weight=4)
    assert operator.move() == {"slug": operator.slug, "weight": 4}
    assert limits(api) == [("RUNS", "3", "3", "REJECT"), ("CONCURRENT_RUNS", "5", "5", "THROTTLE")]
    operator.save({**RUNS, "limit": 9, "action": "THROTTLE"})
    assert limits(api) == [("RUNS", "9", "9", "THROTTLE"), ("CONCURRENT_RUNS", "100", "100", "THROTTLE")]
    operator.move("standard")
    assert limits(api) == [("CONCURRENT_RUNS", "100", "100", "THROTTLE")]


def test_unknown_plan_of_a_tenant_is_refused(operator: Operator) -> None:
    (error,) = operator.move("no-such-plan")
    assert (error["path"], error["message"]) == (["tenants", "0", "plan"], naming("no-such-plan", "standard"))


def test_own_limit_may_only_be_lower_and_outlives_changes_of_the_plan(operator: Operator, api: Api) -> None:
    operator.save({**RUNS, "limit": 100, "action": "REJECT"})
    operator.move()
    (error,) = put(api, **{**RUNS, "limit": 101})["errors"]
    assert (error["code"], error["details"], error["path"]) == ("LIMIT_EXCEEDED", {"ceiling": 100}, ["limit"])
    (error,) = put(api, **{**RUNS, "limit": 50, "action": "ALERT"})["errors"]
    assert (error["code"], error["path"]) == ("LIMIT_EXCEEDED", ["action"]), (
        "ALERT would let work pass the plan's limit"
    )
    assert put(api, **{**RUNS, "limit": 50})["budget"] == {"limit": "50", "ceiling": "100", "action": "THROTTLE"}
    for ceiling, enforced in ((20, "20"), (200, "50"), (50, "50")):
        operator.save({**RUNS, "limit": ceiling, "action": "REJECT"})
        assert limits(api)[0] == ("RUNS", enforced, str(ceiling), "THROTTLE")
    operator.save()
    assert limits(api)[0] == ("RUNS", "50", None, "THROTTLE"), "the tenant's own stays without the plan's"
    operator.save({**RUNS, "limit": 200, "action": "REJECT"})
    api.data(DELETE, input={"id": api.data(LIST)["budgets"][0]["id"]})
    assert limits(api)[0] == ("RUNS", "200", "200", "REJECT")


def test_own_limit_equal_to_the_plans_follows_the_plan(operator: Operator, api: Api) -> None:
    operator.save({**RUNS, "limit": 100})
    operator.move()
    put(api, **{**RUNS, "limit": 100})
    operator.save({**RUNS, "limit": 300})
    assert limits(api)[0] == ("RUNS", "300", "300", "THROTTLE")


def test_own_alert_does_not_let_work_pass_a_later_plan(operator: Operator, api: Api) -> None:
    operator.save()
    operator.move()
    put(api, **{**RUNS, "limit": 2, "action": "ALERT"})
    operator.save({**RUNS, "limit": 5, "action": "REJECT"})
    assert limits(api)[0] == ("RUNS", "5", "5", "REJECT")
    operator.save()
    assert limits(api)[0] == ("RUNS", "2", None, "ALERT")


@pytest.mark.parametrize("metric", ["RUNS", "EVENTS"])
def test_raised_plan_wakes_what_fits_within_a_second(operator: Operator, plane: Plane, api: Api, metric: str) -> None:
    budget = {**RUNS, "metric": metric}
    operator.save({**budget, "limit": 1})
    operator.move()
    plane.publish("one", NOTE)
    plane.send(*[{}] * 5)
    plane.drain()
    assert plane.runs().count(("succeeded", "")) == 1
    began = time.monotonic()
    operator.save({**budget, "limit": 3})
    due = "SELECT count(*) FROM public.outbox_job WHERE open AND due_at <= now() AND tenant_id = %s"
    assert plane.root.value(due, plane.tenant.id) == 2
    assert time.monotonic() - began < 1
    plane.drain()
    assert plane.runs().count(("succeeded", "")) == 3
    assert api.data(LIST)["budgets"][0]["used"] == "3", "what the window has used stays counted"
    operator.save()
    plane.drain()
    assert plane.runs() == [("succeeded", "")] * 5


def test_raised_slots_of_a_plan_are_handed_over(operator: Operator, plane: Plane) -> None:
    operator.save({**SLOTS, "limit": 0})
    operator.move()
    plane.publish("one", NOTE)
    plane.send(*[{}] * 3)
    plane.drain()
    assert {state for state, _ in plane.runs()} == {"queued"}
    operator.save({**SLOTS, "limit": 2})
    plane.drain()
    assert plane.runs() == [("succeeded", "")] * 3


def test_lowered_plan_holds_the_next_run(operator: Operator, plane: Plane) -> None:
    operator.save({**RUNS, "limit": 9, "action": "REJECT"})
    operator.move()
    plane.publish("one", NOTE)
    plane.send({})
    plane.drain()
    operator.save({**RUNS, "limit": 1, "action": "REJECT"})
    plane.send({})
    plane.drain()
    assert sorted(plane.runs()) == [("failed", "BUDGET_EXCEEDED"), ("succeeded", "")]


def test_change_takes_the_same_statements_for_many_tenants(
    operator: Operator, plane: Plane, tenant_factory: Callable[[], Any]
) -> None:
    from automate.budgets.planned.services import derive_budgets
    from automate.budgets.settings import PlannedBudget
    from automate.kernel.tenancy import acting_for_platform
    from automate.kernel.transactions import in_transaction

    def statements(tenants: list[uuid.UUID], limit: int) -> int:
        with acting_for_platform("a test"), counting() as seen, in_transaction():
            derive_budgets(tenants, [PlannedBudget("concurrent_runs", "always", limit, "throttle")])
        return len(seen)

    mine = [plane.tenant.id]
    assert statements(mine, 90) == statements([*mine, *(tenant_factory().ref.id for _ in range(3))], 80)


def test_save_is_an_entry_of_the_platforms_record(operator: Operator, plane: Plane) -> None:
    operator.save(RUNS)
    operator.move()
    operator.save({**RUNS, "limit": 4})
    entries = plane.root.rows(
        "SELECT tenant_id, changes -> 'tenants' ->> 1 FROM public.platform_audit_entry WHERE object_label = %s ORDER BY id",
        operator.slug,
    )
    assert entries == [(None, "0"), (None, "1"), (plane.tenant.id, "1")]


def test_tenants_callers_neither_see_nor_save_plans(api: Api, plane: Plane) -> None:
    assert api.answer("{ plans { slug } }").get("data") is None
    from automate.kernel.sql import fetch
    from automate.kernel.tenancy import acting_for

    with acting_for(plane.tenant):
        assert fetch("SELECT slug FROM public.plan") == [("standard",)]
