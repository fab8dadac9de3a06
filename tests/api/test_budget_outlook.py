"""What a day's traffic would use of each budget: in the checklist before a publish, and in the preview of a bulk operation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Api
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors, failing

SET = "mutation ($input: SetBudgetInput!) { setBudget(input: $input) { errors { code message path } } }"
SAVE = "mutation ($i: SaveWorkflowInput!) { saveWorkflow(input: $i) { errors { code message path } } }"
CHECKLIST = "query ($w: String!) { publishChecklist(workflow: $w) { publishable items { key state sentence names } } }"
PREVIEW = """
query ($i: BulkInput!) { previewBulkOperation(input: $i) {
  count newRuns budgets { metric window connector limit used wouldUse fits } } }"""
STEPS = [{"key": key, "uses": "log.write", "with": {"message": "x"}} for key in "ab"]


@pytest.fixture
def api(plane: Plane, tenant: Any) -> Api:
    return Api(tenant.token)


def put(api: Api, **values: Any) -> None:
    assert api.data(SET, input=values)["setBudget"]["errors"] == []


def item(api: Api) -> tuple[str, str, list[str]]:
    payload = api.data(CHECKLIST, w="one")["publishChecklist"]
    assert payload["publishable"]
    (found,) = [one for one in payload["items"] if one["key"] == "BUDGETS"]
    return found["state"], found["sentence"], found["names"]


def test_checklist_says_what_a_day_like_the_last_one_uses(plane: Plane, api: Api) -> None:
    plane.publish("one", STEPS)
    assert item(api)[0] == "OK"
    put(api, metric="STEPS", window="DAY", limit=100)
    put(api, metric="CALLS", window="HOUR", limit=100, workflow="one")
    put(api, metric="RUNS", window="MONTH", limit=1000)
    plane.send(*[{}] * 7)
    plane.drain()
    state, sentence, names = item(api)
    assert (state, names) == ("OK", [])
    assert sentence == naming("7", "14", "steps per day", "calls per hour", "210", "runs per month")
    put(api, metric="RUNS", window="MONTH", limit=209)
    state, sentence, names = item(api)
    assert (state, names) == ("WARNING", ["runs per month"])


def test_checklist_counts_no_budget_of_another_workflow(plane: Plane, api: Api) -> None:
    plane.publish("one", STEPS)
    plane.publish("two", STEPS)
    put(api, metric="RUNS", window="DAY", limit=0, workflow="two")
    assert item(api)[0] == "OK"
    put(api, metric="RUNS", window="DAY", limit=0, workflow="one")
    assert item(api)[0] == "WARNING"


def test_preview_of_a_bulk_operation_says_what_its_runs_would_use(plane: Plane, api: Api) -> None:
    put(api, metric="CALLS", window="DAY", limit=9)
    put(api, metric="RUNS", window="DAY", limit=100)
    with connectors(Scripted(acts=(failing("CONNECTOR_REFUSED"),))):
        plane.publish("one", [{"key": "a", "uses": "test.scripted"}])
        plane.send(*[{}] * 5)
        plane.drain()
        shown = api.data(PREVIEW, i={"kind": "RETRY", "runs": {"workflow": "one"}})["previewBulkOperation"]
    assert (shown["count"], shown["newRuns"]) == (5, 5)
    assert {one["metric"]: (one["used"], one["wouldUse"], one["fits"]) for one in shown["budgets"]} == {
        "RUNS": ("5", "5", True),
        "CALLS": ("5", "5", False),
    }
