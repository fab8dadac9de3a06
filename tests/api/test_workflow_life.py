"""A workflow is archived, paused and found again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import MAIN_JOB, Api
from tests.support.facts import naming
from tests.support.workflow_calls import (
    ARCHIVE,
    CHECKLIST,
    ERRORS,
    PUBLISH,
    ROLL_BACK,
    UNARCHIVE,
    actions,
    items,
    publish,
    rule,
    save,
    say,
)

PAUSE = f"mutation($i: PauseWorkflowInput!) {{ pauseWorkflow(input: $i) {{ workflow {{ pausedAt pausedEvents }} {ERRORS} }} }}"


def test_archived_workflow_starts_nothing_and_its_runs_end(api: Api, plane: Any, tenant: Any) -> None:
    publish(
        api,
        {"schema": 1, "steps": [{"key": "wait", "uses": "flow.delay", "with": {"seconds": 600}}, *say("x")["steps"]]},
    )
    rule(api)
    plane.send({})
    plane.drain()
    made = api.data(ARCHIVE, i={"workflow": "flow", "reason": "replaced"})["archiveWorkflow"]
    assert (made["errors"], made["rules"]) == ([], [{"slug": "starts"}])
    assert made["workflow"]["archivedAt"] is not None
    again = api.data(ARCHIVE, i={"workflow": "flow", "reason": "replaced"})["archiveWorkflow"]
    assert again["workflow"] == made["workflow"]
    plane.send({})
    plane.drain()
    plane.pass_seconds(600)
    plane.drain()
    assert [state for state, _ in plane.runs()] == ["succeeded"]
    assert plane.rows("SELECT verdict, reason, run_id IS NULL FROM decision ORDER BY id DESC LIMIT 1") == [
        ("matched", naming("archived"), True)
    ]
    assert actions(tenant).count("workflow.archive") == 1


def test_archived_workflow_is_neither_saved_published_run_nor_pointed_at(api: Api) -> None:
    publish(api, say("x"))
    publish(api, say("x"), "other")
    rule(api)
    api.data(ARCHIVE, i={"workflow": "flow", "reason": "replaced"})
    refusals = [
        save(api, say("y")),
        api.data(PUBLISH, i={"workflow": "flow"})["publishWorkflow"],
        api.data(ROLL_BACK, i={"workflow": "flow", "version": 1})["rollBackWorkflow"],
        api.data(MAIN_JOB["RunWorkflow"], input={"workflow": "flow", "payload": {}})["runWorkflow"],
        rule(api, "another"),
    ]
    assert [[(error["code"], error["path"]) for error in refusal["errors"]] for refusal in refusals] == [
        [("CONFLICT", ["slug"])],
        *[[("CONFLICT", ["workflow"])]] * 4,
    ]
    # What points at it already may be switched off, or pointed elsewhere.
    assert rule(api, enabled=False)["errors"] == []
    assert rule(api, workflow="other")["errors"] == []
    assert items(api)["STATE"] == ("BLOCKED", naming("archived"))
    assert api.data(UNARCHIVE, i={"workflow": "flow"})["unarchiveWorkflow"] == {
        "workflow": {"archivedAt": None},
        "errors": [],
    }
    assert save(api, say("y"))["errors"] == []


@pytest.mark.parametrize("revision", [None, 7])
def test_name_of_an_archived_workflow_goes_on_where_it_stopped(api: Api, plane: Any, revision: int | None) -> None:
    """Whoever takes the name for a new one is told how, whatever revision they had in mind."""
    publish(api, say("old"))
    rule(api)
    api.data(ARCHIVE, i={"workflow": "flow", "reason": "replaced"})
    (refusal,) = save(api, say("new"), expectedRevision=revision)["errors"]
    assert (refusal["code"], refusal["path"], refusal["message"]) == (
        "CONFLICT",
        ["slug"],
        naming("archived", "unarchiveWorkflow"),
    )
    api.data(UNARCHIVE, i={"workflow": "flow"})
    assert publish(api, say("new")) == 2
    plane.send({})
    plane.drain()
    assert [state for state, _ in plane.runs()] == ["succeeded"]


def test_lists_tell_archived_workflows_apart(api: Api) -> None:
    for slug in ("kept", "gone"):
        publish(api, say("x"), slug)
    api.data(ARCHIVE, i={"workflow": "gone", "reason": "x"})
    listed = "query($a: Boolean) { workflows(archived: $a) { totalCount edges { node { slug } } } }"
    found = [api.data(listed, a=archived)["workflows"] for archived in (True, False, None)]
    assert [[edge["node"]["slug"] for edge in page["edges"]] for page in found] == [
        ["gone"],
        ["kept"],
        ["gone", "kept"],
    ]
    assert [page["totalCount"] for page in found] == [1, 1, 2]


def test_paused_workflow_may_skip_what_matches(api: Api, plane: Any, tenant: Any) -> None:
    publish(api, say("x"))
    rule(api)
    paused = api.data(PAUSE, i={"workflow": "flow", "reason": "sale", "events": "SKIP"})["pauseWorkflow"]
    assert paused["workflow"]["pausedEvents"] == "SKIP"
    plane.send({})
    plane.drain()
    assert plane.runs() == []
    assert plane.rows("SELECT verdict, reason FROM decision") == [("suppressed", naming("paused", "skips"))]
    waits = api.data(PAUSE, i={"workflow": "flow", "reason": "keep them"})["pauseWorkflow"]
    assert waits["workflow"]["pausedEvents"] == "WAIT"
    plane.send({})
    plane.drain()
    assert [state for state, _ in plane.runs()] == ["queued"]
    api.data('mutation { resumeWorkflow(input: {workflow: "flow"}) { errors { code } } }')
    plane.drain()
    assert [state for state, _ in plane.runs()] == ["succeeded"]
    assert api.data('{ workflow(slug: "flow") { pausedEvents } }') == {"workflow": {"pausedEvents": None}}
    assert actions(tenant)[-3:] == ["workflow.pause", "workflow.pause", "workflow.resume"]


def test_another_tenants_workflow_is_unknown(api: Api, tenant_factory: Callable[[], Any]) -> None:
    publish(api, say("x"))
    stranger = Api(tenant_factory().token)
    assert stranger.code(CHECKLIST, w="flow") == "NOT_FOUND"
    for document, name, given in (
        (ARCHIVE, "archiveWorkflow", {"workflow": "flow", "reason": "x"}),
        (UNARCHIVE, "unarchiveWorkflow", {"workflow": "flow"}),
        (ROLL_BACK, "rollBackWorkflow", {"workflow": "flow", "version": 1}),
    ):
        (error,) = stranger.data(document, i=given)[name]["errors"]
        assert (error["code"], error["path"]) == ("NOT_FOUND", ["workflow"])


@pytest.mark.parametrize(("page", "least"), [("workflows", 4), ("configuration", 2)])
def test_operations_of_the_pages_are_those_of_the_schema(page: str, least: int) -> None:
    import re

    from graphql import parse, validate

    from graphql_schema.schema import tenant_schema
    from tests.support.tree import ROOT

    blocks = re.findall(r"```graphql\n(.*?)```", (ROOT / "docs" / f"{page}.md").read_text(), re.DOTALL)
    assert len(blocks) >= least
    assert [validate(tenant_schema._schema, parse(block)) for block in blocks] == [[]] * len(blocks)
