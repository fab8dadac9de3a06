"""Usage of COST: counted with each attempt, for the owner's bill, and the same as a recount of the rows themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

import pytest

from automate.recovery.plans import RetryRequest
from automate.recovery.retrying import retry_runs
from automate.runs.meter import BudgetMeter
from automate.usage import queries
from tenants import directory
from tenants.usage_hours import close_hours
from tests.execution.test_budgets_metered import price, put
from tests.execution.test_usage import forget, pass_hours, used
from tests.support.api import Api
from tests.support.people import CREATE_TOKEN, MemberApi, new_member
from tests.support.plane import Plane, Root, Scripted, connectors, failing

PRICES = {"test_scripted": "0.002", "flow_for_each": "0.5", "log_write": "0.000001"}
MILLIONTHS = {"test.scripted": 2_000, "flow.for_each": 500_000, "log.write": 1}
# A retried run has copies of the steps that it keeps, with their times.
FLOWS = """
SELECT d ->> 'uses', count(*) FROM step_run s JOIN execution_run r ON r.id = s.run_id JOIN workflow_version v ON v.id = r.workflow_version_id,
       jsonb_array_elements(v.definition -> 'steps') d
WHERE d ->> 'key' = s.key AND s.item < 0 AND s.started_at >= r.created_at AND d ->> 'uses' ~ '^flow[.]' GROUP BY 1
"""
CALLS = "SELECT connector, sum(tries)::bigint FROM effect GROUP BY connector"
USAGE = """
query ($metric: UsageMetric!, $group: UsageGroup) {
  usage(metric: $metric, from: "2020-01-01T00:00:00Z", to: "2020-01-02T00:00:00Z", groupBy: $group) { name total cost } }
"""
SECRETS: Mapping[str, tuple[str, Mapping[str, str] | None, str]] = {
    "usage": (USAGE, {"metric": "COST"}, '"usage"'),
    "records": ("{ usageRecords { text } }", {}, "cost"),
    "budgets": ("{ budgets { metric } }", {}, "COST"),
    "node": ("query ($id: ID!) { node(id: $id) { ... on Budget { costUsed } } }", None, "costUsed"),
}
"""What only owners see, by a document, its variables, and a text of the answer that shows it."""
SET = "mutation ($input: SetBudgetInput!) { setBudget(input: $input) { errors { code } } }"
REMOVE = "mutation ($input: DeleteBudgetInput!) { deleteBudget(input: $input) { errors { code } } }"
CHANGES: Sequence[tuple[str, Mapping[str, str]]] = (
    (SET, {"metric": "COST", "window": "MONTH", "costLimit": "1000"}),
    (REMOVE, {}),
)
PREVIEW = "query ($i: BulkInput!) { previewBulkOperation(input: $i) { budgets { metric } } }"


@pytest.fixture(autouse=True)
def nothing_used(root: Root) -> Iterator[None]:
    forget(root)
    yield
    forget(root)


def a_day(plane: Plane) -> None:
    """Calls, items, flow steps; of runs that succeed, repeat steps, fail and are retried."""
    price(plane, **PRICES)
    directory.forget(plane.tenant.id, plane.tenant.slug)
    transient = failing("CONNECTOR_TRANSIENT", retry_after_seconds=0)
    with connectors(Scripted(acts=({}, {}, transient, {}, {}, failing("CONNECTOR_REFUSED"), {}))):
        each = {"items": [1, 2, 3], "step": {"uses": "test.scripted", "with": {}}}
        plane.publish(
            "bill",
            [
                {"key": "each", "uses": "flow.for_each", "with": each},
                {"key": "note", "uses": "log.write", "needs": ["each"], "with": {"message": "x"}},
                {"key": "call", "uses": "test.scripted", "needs": ["note"]},
            ],
        )
        plane.send({}, {})
        for _ in range(3):
            plane.drain()
            plane.pass_seconds(60)
        failed = [run for (run,) in plane.rows("SELECT id FROM execution_run WHERE state = 'failed'")]
        assert failed
        plane.by_ada(lambda: retry_runs(failed, RetryRequest()))
        plane.drain()


def recounted(plane: Plane) -> int:
    counted = [*plane.rows(CALLS), *plane.rows(FLOWS)]
    assert {uses for uses, _ in counted} == set(MILLIONTHS)
    return sum(MILLIONTHS[uses] * times for uses, times in counted)


def billed(plane: Plane) -> int:
    return sum(row.normal + row.retry + row.test + row.replay for row in used(plane, "cost"))


def test_day_costs_what_a_recount_of_its_rows_costs(plane: Plane) -> None:
    a_day(plane)
    assert billed(plane) == recounted(plane) > 1_000_000
    (row,) = used(plane, "cost")
    assert row.retry > 0
    assert {row.name for row in used(plane, "cost", group=queries.CONNECTOR)} == set(MILLIONTHS)


def test_budget_of_cost_has_used_what_is_billed(plane: Plane, tenant: Any) -> None:
    put(Api(tenant.token), metric="COST", window="MONTH", costLimit="100")
    a_day(plane)
    spent = plane.root.value("SELECT used FROM public.budget WHERE metric = 'cost' AND tenant_id = %s", plane.tenant.id)
    assert spent == billed(plane) == recounted(plane)


def test_twin_that_takes_no_price_differs_from_the_rows(plane: Plane) -> None:
    with mock.patch.object(BudgetMeter, "take"):
        a_day(plane)
    assert billed(plane) != recounted(plane)


def test_tenant_without_prices_writes_no_cost(plane: Plane) -> None:
    with connectors(Scripted()):
        plane.publish("one", [{"key": "a", "uses": "test.scripted"}])
        plane.send({})
        plane.drain()
    assert plane.root.value("SELECT count(*) FROM public.usage_entry WHERE metric = 'calls'") == 1
    assert plane.root.value("SELECT count(*) FROM public.usage_entry WHERE metric = 'cost'") == 0


def test_worker_that_is_lost_is_billed_for_its_repeat(plane: Plane) -> None:
    price(plane, test_scripted="1")
    directory.forget(plane.tenant.id, plane.tenant.slug)
    with connectors(Scripted()):
        plane.publish(
            "one", [{"key": "a", "uses": "test.scripted"}, {"key": "b", "uses": "test.scripted", "needs": ["a"]}]
        )
        plane.send({})
        plane.work()
        plane.root.expire_leases()
        plane.drain()
    assert billed(plane) == 1_000_000 * plane.rows("SELECT sum(tries) FROM effect")[0][0]


def sees(caller: Api | MemberApi, budget: str) -> set[str]:
    """Which of SECRETS a caller is shown."""
    found = set()
    for name, (document, values, sign) in SECRETS.items():
        answer = caller.answer(document, **({"id": budget} if values is None else values))
        if sign in json.dumps(answer.get("data") or {}):
            found.add(name)
    return found


@pytest.mark.parametrize("role", ["viewer", "operator", "editor", "admin"])
def test_only_owners_see_what_is_billed(plane: Plane, tenant: Any, role: str) -> None:
    owner = Api(tenant.token)
    made = put(owner, metric="COST", window="MONTH", costLimit="0.002", action="ALERT")
    put(owner, metric="CALLS", window="MONTH", limit="100")
    a_day(plane)
    with connectors(Scripted(acts=(failing("CONNECTOR_REFUSED"),))):
        plane.send({})
        plane.drain()
    pass_hours(plane, 3)
    plane.root.execute("UPDATE public.usage_closed SET hour = date_trunc('hour', now(), 'UTC') - interval '4 hours'")
    close_hours()
    answer = owner.data(CREATE_TOKEN, input={"name": role, "role": role})["createToken"]
    member = MemberApi(None, plane.tenant, new_member(plane.tenant, "owner"))
    for seeing in (owner, member):
        assert sees(seeing, made["id"]) == set(SECRETS)
    for other in (Api(answer["value"]), MemberApi(None, plane.tenant, new_member(plane.tenant, role))):
        assert sees(other, made["id"]) == set()
        for document, values in CHANGES:
            given = {"id": made["id"]} if document == REMOVE else values
            assert '"FORBIDDEN"' in json.dumps(other.answer(document, input=given))
        assert other.data(USAGE, metric="CALLS") == {"usage": []}
        assert '"calls"' in other.data("{ usageRecords { text } }")["usageRecords"]["text"]
        assert {"metric": "CALLS"} in other.data("{ budgets { metric } }")["budgets"]
        if role != "viewer":
            shown = other.data(PREVIEW, i={"kind": "RETRY", "runs": {"workflow": "bill"}})["previewBulkOperation"]
            assert {budget["metric"] for budget in shown["budgets"]} == {"CALLS"}
    for payload in plane.rows(
        "SELECT convert_from(p.body, 'UTF8') FROM event e JOIN event_payload p ON p.event_id = e.id WHERE e.type = 'budget.threshold'"
    ):
        about = json.loads(payload[0])
        assert (about["used"], about["limit"]) == (None, None) or about["metric"] != "cost"
