"""The checklist names everything that forbids to publish a draft, and what a publication changes."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.runs.checklist import checklist
from tests.support.api import Api
from tests.support.cost import takes_under
from tests.support.facts import naming
from tests.support.held_secrets import hold_secret
from tests.support.workflow_calls import ARCHIVE, CHECKLIST, ERRORS, PUBLISH, actions, items, publish, rule, save, say

VALIDATE = (
    f"query($d: JSON!) {{ validateWorkflow(definition: $d) {{ valid problems {{ code message path }} {ERRORS} }} }}"
)


def test_validation_tells_all_problems_and_saves_nothing(api: Api, tenant: Any) -> None:
    wrong = {"schema": 2, "steps": [{"key": "a", "uses": "no.such", "needs": ["b"]}]}
    found = api.data(VALIDATE, d=wrong)["validateWorkflow"]
    assert (found["valid"], found["errors"]) == (False, [])
    assert [problem["path"] for problem in found["problems"]] == [
        ["schema"], ["steps", "0", "needs", "0"], ["steps", "0", "uses"],
    ]  # fmt: skip
    assert api.data(VALIDATE, d=say("x"))["validateWorkflow"] == {"valid": True, "problems": [], "errors": []}
    assert api.data("{ workflows { totalCount } }") == {"workflows": {"totalCount": 0}}
    assert actions(tenant) == []


@pytest.mark.parametrize(
    ("definition", "code"),
    [([], "INVALID_WORKFLOW"), ("x", "INVALID_WORKFLOW"), ({"a": "x" * 300_000}, "PAYLOAD_TOO_LARGE")],
)
def test_what_cannot_be_looked_at_is_an_error(api: Api, definition: Any, code: str) -> None:
    assert api.code(VALIDATE, d=definition) == code


def test_checklist_of_a_first_draft_is_well(api: Api) -> None:
    save(api, say("x"))
    assert items(api) == {
        "STATE": ("OK", naming("workflow")),
        "DEFINITION": ("OK", naming("definition")),
        "CONNECTORS": ("OK", naming("steps")),
        "SECRETS": ("OK", naming("secrets")),
        "CHANGES": ("OK", naming("first")),
        "EFFECTS": ("OK", naming("no", "step")),
        "RULES": ("NOTE", naming("no", "rule")),
        "CALLERS": ("OK", naming("no", "workflow")),
        "CALLEES": ("OK", naming("no", "step", "workflow")),
        "RUNS": ("OK", naming("runs")),
        "BUDGETS": ("OK", naming("budget")),
    }


def test_checklist_says_what_forbids_to_publish_and_publishing_agrees(api: Api) -> None:
    url = "https://example.com/$secret:NO_SUCH_KEY"
    save(
        api,
        {
            "schema": 1,
            "steps": [{"key": "a", "uses": "http.request", "with": {"url": url}}, {"key": "b", "uses": "no.such"}],
        },
    )
    found = items(api)
    assert found["SECRETS"] == ("BLOCKED", naming("NO_SUCH_KEY"))
    assert found["CONNECTORS"][0] == "BLOCKED"
    assert found["DEFINITION"][0] == "OK"
    assert api.data(CHECKLIST, w="flow")["publishChecklist"]["publishable"] is False
    errors = api.data(PUBLISH, i={"workflow": "flow"})["publishWorkflow"]["errors"]
    assert {error["code"] for error in errors} == {"SECRET_UNAVAILABLE", "INVALID_WORKFLOW"}


def test_checklist_warns_of_secrets_that_may_go_anywhere(
    api: Api, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ONE", "TWO"):
        hold_secret(monkeypatch, tenant.ref, name, "s3cret-value")
    asking = {"uses": "http.request", "with": {"url": "https://x.example/$secret:ONE"}}
    save(api, {"schema": 1, "steps": [{"key": "a", **asking}]})
    assert items(api)["SECRETS"] == ("WARNING", naming("ONE", "x.example"))
    assert api.data(CHECKLIST, w="flow")["publishChecklist"]["publishable"] is True
    both = {"uses": "http.request", "with": {"url": "https://x.example/$secret:ONE", "headers": {"X": "$secret:TWO"}}}
    save(api, {"schema": 1, "steps": [{"key": "a", **both}, {"key": "b", "uses": 7, "with": "$secret:ONE"}]})
    assert items(api)["SECRETS"] == ("WARNING", naming("ONE", "TWO", "saveSecret"))


def test_checklist_names_rules_callers_runs_and_changed_effects(api: Api, plane: Any) -> None:
    call = {"key": "call", "uses": "http.request", "with": {"method": "POST", "url": "https://example.com"}}
    wait = {"key": "wait", "uses": "flow.delay", "with": {"seconds": 600}}
    publish(api, {"schema": 1, "steps": [wait, call]})
    publish(
        api,
        {"schema": 1, "steps": [{"key": "run", "uses": "flow.run_workflow", "with": {"workflow": "flow"}}]},
        "caller",
    )
    rule(api)
    rule(api, "off", enabled=False)
    plane.send({})
    plane.drain()
    save(api, {"schema": 1, "steps": [wait, {**call, "with": {"method": "DELETE", "url": "https://example.com"}}]})
    found = items(api)
    assert found["RULES"] == ("OK", naming("starts", "off"))
    assert found["CALLERS"] == ("NOTE", naming("caller"))
    assert found["RUNS"] == ("OK", naming("1", "version 1"))
    assert found["CHANGES"] == ("OK", naming("version 1", "1"))
    assert found["EFFECTS"] == (
        "NOTE",
        naming("call", "http.request", "keyed"),
    )
    rule(api, enabled=False)
    assert items(api)["RULES"] == ("WARNING", naming("starts", "off"))


def test_checklist_warns_of_workflows_that_its_steps_cannot_run(api: Api) -> None:
    def running(*wanted: Any) -> Any:
        steps = [{"key": f"s{at}", "uses": "flow.run_workflow", "with": given} for at, given in enumerate(wanted)]
        return {"schema": 1, "steps": steps}

    save(api, say("x"), "drafted")
    for slug in ("old", "there"):
        publish(api, say("x"), slug)
    assert api.data(ARCHIVE, i={"workflow": "old", "reason": "gone"})["archiveWorkflow"]["errors"] == []
    well = [{"workflow": "there"}, {"workflow": "flow"}, {"workflow": "{{ event.payload.next }}"}]
    ill = [{"workflow": "nobody"}, {"workflow": "drafted"}, {"workflow": "old"}, {"workflow": "there", "version": 9}]
    save(api, running(*well))
    assert items(api)["CALLEES"] == ("OK", naming("all"))
    save(api, running(*well, *ill))
    found = api.data(CHECKLIST, w="flow")["publishChecklist"]
    (item,) = [one for one in found["items"] if one["key"] == "CALLEES"]
    assert (item["state"], found["publishable"]) == ("WARNING", True), "it may be published next"
    assert item["names"] == ["nobody", "drafted", "old", "there"]
    assert item["sentence"] == naming("nobody", "drafted", "old", "there", "9")
    save(
        api,
        running(
            {"workflow": "nobody", "version": 2**40}, {"workflow": 7}, *({"workflow": f"w{at}"} for at in range(12))
        ),
    )
    assert items(api)["CALLEES"][1] == naming("2")


def test_checklist_knows_a_draft_that_changes_nothing(api: Api) -> None:
    publish(api, say("x"))
    assert items(api)["CHANGES"] == ("NOTE", naming("version 1"))


@pytest.mark.slow
def test_checklist_of_thousands_of_problems_takes_seconds_at_most(api: Api, tenant: Any) -> None:
    unknown = [[f"$secret:A{n}", f"{{{{ x{n} }}}}"] for n in range(5_000)]
    call = {"key": "call", "uses": "http.request", "with": {"url": "https://x.example/", "json": unknown}}
    save(api, {"schema": 1, "steps": [call]})
    with acting_for(tenant.ref):
        assert takes_under(3, lambda: checklist("flow"))
        found = {item.key: len(item.problems) for item in checklist("flow")}
    assert found["definition"] == found["secrets"] == 5_000
