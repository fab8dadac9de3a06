"""From a draft to its last version: looked at, published, compared, rolled back, put away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.runs.checklist import checklist
from tests.support.api import MAIN_JOB, Api
from tests.support.cost import takes_under
from tests.support.facts import naming
from tests.support.held_secrets import hold_secret

ERRORS = "errors { code message path details }"
VALIDATE = (
    f"query($d: JSON!) {{ validateWorkflow(definition: $d) {{ valid problems {{ code message path }} {ERRORS} }} }}"
)
CHECKLIST = """query($w: String!) { publishChecklist(workflow: $w) { publishable
  items { key state sentence names problems { path } } errors { code path } } }"""
DIFF = """query($i: WorkflowDiffInput!) { workflowDiff(input: $i) { same leftOut from { number } to { number }
  fields { path before after } errors { code path }
  steps { key change renamedFrom needsBefore needsAfter places { path before after wasThere isThere } } } }"""
ROLL_BACK = f"""mutation($i: RollBackWorkflowInput!) {{ rollBackWorkflow(input: $i) {{
  workflowVersion {{ number checksum restores definition workflow {{ revision draft {{ definition valid }} }} }} draftKept {ERRORS} }} }}"""
ARCHIVE = f"mutation($i: ArchiveWorkflowInput!) {{ archiveWorkflow(input: $i) {{ workflow {{ archivedAt }} rules {{ slug }} {ERRORS} }} }}"
UNARCHIVE = (
    f"mutation($i: UnarchiveWorkflowInput!) {{ unarchiveWorkflow(input: $i) {{ workflow {{ archivedAt }} {ERRORS} }} }}"
)
PUBLISH = (
    f"mutation($i: PublishWorkflowInput!) {{ publishWorkflow(input: $i) {{ workflowVersion {{ number }} {ERRORS} }} }}"
)
PAUSE = f"mutation($i: PauseWorkflowInput!) {{ pauseWorkflow(input: $i) {{ workflow {{ pausedAt pausedEvents }} {ERRORS} }} }}"


def say(message: str, key: str = "say") -> dict[str, Any]:
    return {"schema": 1, "steps": [{"key": key, "uses": "log.write", "with": {"message": message}}]}


def save(api: Api, definition: Any, slug: str = "flow", **more: Any) -> Any:
    return api.data(MAIN_JOB["SaveWorkflow"], input={"slug": slug, "name": "Flow", "definition": definition, **more})[
        "saveWorkflow"
    ]


def publish(api: Api, definition: Any, slug: str = "flow") -> int:
    assert save(api, definition, slug)["errors"] == []
    number: int = api.data(PUBLISH, i={"workflow": slug})["publishWorkflow"]["workflowVersion"]["number"]
    return number


def rule(api: Api, slug: str = "starts", workflow: str = "flow", **more: Any) -> Any:
    given = {"slug": slug, "name": slug, "workflow": workflow, "when": {"==": [1, 1]}, **more}
    return api.data(MAIN_JOB["SaveRule"], input=given)["saveRule"]


def items(api: Api, slug: str = "flow") -> dict[str, tuple[str, str]]:
    found = api.data(CHECKLIST, w=slug)["publishChecklist"]
    assert found["errors"] == []
    return {item["key"]: (item["state"], item["sentence"]) for item in found["items"]}


def actions(tenant: Any) -> list[str]:
    with acting_for(tenant.ref):
        return [row[0] for row in fetch("SELECT action FROM audit_entry ORDER BY at, id")]


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
    found = api.data(VALIDATE, d=definition)["validateWorkflow"]
    assert (found["valid"], found["problems"], found["errors"][0]["code"]) == (False, [], code)


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
    assert api.data(DIFF, i=given)["workflowDiff"]["errors"] == [{"code": "NOT_FOUND", "path": path}]


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
    assert stranger.data(CHECKLIST, w="flow")["publishChecklist"]["errors"] == [
        {"code": "NOT_FOUND", "path": ["workflow"]}
    ]
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


@pytest.mark.slow
def test_checklist_of_thousands_of_problems_takes_seconds_at_most(api: Api, tenant: Any) -> None:
    unknown = [[f"$secret:A{n}", f"{{{{ x{n} }}}}"] for n in range(5_000)]
    call = {"key": "call", "uses": "http.request", "with": {"url": "https://x.example/", "json": unknown}}
    save(api, {"schema": 1, "steps": [call]})
    with acting_for(tenant.ref):
        assert takes_under(3, lambda: checklist("flow"))
        found = {item.key: len(item.problems) for item in checklist("flow")}
    assert found["definition"] == found["secrets"] == 5_000
