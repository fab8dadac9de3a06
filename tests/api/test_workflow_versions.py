"""Versions of a workflow are published, compared and rolled back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Api
from tests.support.workflow_calls import PUBLISH, ROLL_BACK, actions, publish, save, say

DIFF = """query($i: WorkflowDiffInput!) { workflowDiff(input: $i) { same leftOut from { number } to { number }
  fields { path before after } errors { code path }
  steps { key change renamedFrom needsBefore needsAfter places { path before after wasThere isThere } } } }"""


def test_draft_that_moved_on_is_not_published(api: Api) -> None:
    save(api, say("seen"))
    save(api, say("not seen"))
    refused = api.data(PUBLISH, i={"workflow": "flow", "expectedRevision": 1})["publishWorkflow"]
    assert (refused["workflowVersion"], refused["errors"][0]["code"]) == (None, "CONFLICT")
    assert api.data(PUBLISH, i={"workflow": "flow", "expectedRevision": 2})["publishWorkflow"]["errors"] == []


def test_versions_and_the_draft_are_compared(api: Api) -> None:
    publish(api, say("one"))
    publish(api, say("two"))
    save(api, say("three", key="tell"))
    found = api.data(DIFF, i={"workflow": "flow", "from": 1, "to": 2})["workflowDiff"]
    assert (found["from"], found["to"], found["same"]) == ({"number": 1}, {"number": 2}, False)
    (step,) = found["steps"]
    assert step == {
        "key": "say", "change": "CHANGED", "renamedFrom": None, "needsBefore": [], "needsAfter": [],
        "places": [{"path": ["with", "message"], "before": "one", "after": "two", "wasThere": True, "isThere": True}],
    }  # fmt: skip
    draft = api.data(DIFF, i={"workflow": "flow"})["workflowDiff"]
    assert (draft["from"], draft["to"]) == ({"number": 2}, None)
    assert [(step["key"], step["change"]) for step in draft["steps"]] == [("tell", "ADDED"), ("say", "REMOVED")]
    assert api.data(DIFF, i={"workflow": "flow", "from": 2, "to": 2})["workflowDiff"]["same"] is True


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"workflow": "nothing"}, ["workflow"]),
        ({"workflow": "flow", "from": 9}, ["from"]),
        ({"workflow": "flow", "to": 9}, ["to"]),
    ],
)
def test_what_is_unknown_is_named(api: Api, given: Any, path: list[str]) -> None:
    publish(api, say("x"))
    (error,) = api.answer(DIFF, i=given)["errors"]
    assert (error["extensions"]["code"], error["extensions"]["path"]) == ("NOT_FOUND", path)


def test_rolling_back_publishes_old_content_as_a_new_version(api: Api, tenant: Any) -> None:
    publish(api, say("good"))
    publish(api, say("bad"))
    made = api.data(ROLL_BACK, i={"workflow": "flow", "version": 1})["rollBackWorkflow"]
    assert (made["errors"], made["draftKept"]) == ([], False)
    version = made["workflowVersion"]
    assert (version["number"], version["restores"], version["definition"]) == (3, 1, say("good"))
    assert version["workflow"]["draft"] == {"definition": say("good"), "valid": True}
    again = api.data(ROLL_BACK, i={"workflow": "flow", "version": 1})["rollBackWorkflow"]["workflowVersion"]
    assert again["number"] == 3
    listed = api.data(
        '{ workflow(slug: "flow") { versions { edges { node { number restores } } } currentVersion { number } } }'
    )
    assert [edge["node"] for edge in listed["workflow"]["versions"]["edges"]] == [
        {"number": 3, "restores": 1}, {"number": 2, "restores": None}, {"number": 1, "restores": None},
    ]  # fmt: skip
    assert listed["workflow"]["currentVersion"] == {"number": 3}
    assert actions(tenant).count("workflow.roll_back") == 1


def test_rolling_back_to_what_is_current_takes_the_draft_back_too(api: Api, tenant: Any) -> None:
    publish(api, say("good"))
    publish(api, say("bad"))
    roll_back = {"workflow": "flow", "version": 1}
    api.data(ROLL_BACK, i=roll_back)
    save(api, say("bad"))
    made = api.data(ROLL_BACK, i=roll_back)["rollBackWorkflow"]
    assert (made["draftKept"], made["workflowVersion"]["number"]) == (False, 3)
    assert made["workflowVersion"]["workflow"]["draft"] == {"definition": say("good"), "valid": True}
    save(api, say("not yet"))
    made = api.data(ROLL_BACK, i=roll_back)["rollBackWorkflow"]
    assert (made["draftKept"], made["workflowVersion"]["number"]) == (True, 3)
    assert made["workflowVersion"]["workflow"]["draft"]["definition"] == say("not yet")
    assert actions(tenant).count("workflow.roll_back") == 2


def test_draft_that_moved_on_is_not_rolled_back(api: Api) -> None:
    publish(api, say("good"))
    publish(api, say("bad"))
    roll_back = {"workflow": "flow", "version": 1}
    refused = api.data(ROLL_BACK, i={**roll_back, "expectedRevision": 1})["rollBackWorkflow"]
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [("CONFLICT", ["expectedRevision"])]
    made = api.data(ROLL_BACK, i={**roll_back, "expectedRevision": 2})["rollBackWorkflow"]
    assert (made["errors"], made["workflowVersion"]["number"]) == ([], 3)


def test_rolling_back_keeps_a_draft_that_stands_nowhere_else(api: Api) -> None:
    publish(api, say("good"))
    publish(api, say("bad"))
    save(api, say("not yet"))
    made = api.data(ROLL_BACK, i={"workflow": "flow", "version": 1})["rollBackWorkflow"]
    assert made["draftKept"] is True
    assert made["workflowVersion"]["workflow"]["draft"]["definition"] == say("not yet")


def test_rolling_back_to_what_is_valid_no_more_is_refused_with_all_problems(api: Api, plane: Any) -> None:
    plane.publish(
        "flow",
        [{"key": "a", "uses": "gone.away"}, {"key": "b", "uses": "log.write", "with": {"message": "{{ steps.c }}"}}],
    )
    publish(api, say("now"))
    refused = api.data(ROLL_BACK, i={"workflow": "flow", "version": 1})["rollBackWorkflow"]
    assert refused["workflowVersion"] is None
    assert [error["path"] for error in refused["errors"]] == [["steps", "0", "uses"], ["steps", "1", "with", "message"]]
    assert api.data('{ workflow(slug: "flow") { currentVersion { number } } }')["workflow"]["currentVersion"] == {
        "number": 2
    }


@pytest.mark.parametrize(("version", "path"), [(7, ["version"]), (0, ["version"]), (-1, ["version"])])
def test_rolling_back_to_nothing_is_not_found(api: Api, version: int, path: list[str]) -> None:
    publish(api, say("x"))
    (error,) = api.data(ROLL_BACK, i={"workflow": "flow", "version": version})["rollBackWorkflow"]["errors"]
    assert (error["code"], error["path"]) == ("NOT_FOUND", path)
