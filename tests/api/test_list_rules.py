"""The list of rules, narrowed."""

from __future__ import annotations

from typing import Any

from tests.support.api import MAIN_JOB, Api

RULES = """query($f: RuleFilter, $first: Int, $after: String) { rules(filter: $f, first: $first, after: $after) {
  totalCount edges { node { slug } } pageInfo { endCursor } } }"""
TEXT = {"schema": 1, "steps": [{"key": "say", "uses": "log.write", "with": {"message": "x"}}]}


def save(api: Api, slug: str, workflow: str, **more: Any) -> None:
    given = {"slug": slug, "name": slug, "workflow": workflow, "when": {"==": [1, 1]}, **more}
    assert api.data(MAIN_JOB["SaveRule"], input=given)["saveRule"]["errors"] == []


def test_rules_are_told_apart_by_workflow_and_state(api: Api) -> None:
    for slug in ("mail", "bill"):
        given = {"slug": slug, "name": slug, "definition": TEXT}
        assert api.data(MAIN_JOB["SaveWorkflow"], input=given)["saveWorkflow"]["errors"] == []
    save(api, "a", "mail")
    save(api, "b", "mail", enabled=False)
    save(api, "c", "bill")
    api.data('mutation { pauseRule(input: {rule: "c", reason: "x"}) { errors { code } } }')
    asked: list[tuple[Any, list[str]]] = [
        (None, ["c", "b", "a"]),
        ({}, ["c", "b", "a"]),
        ({"workflow": "mail"}, ["b", "a"]),
        ({"enabled": True}, ["c", "a"]),
        ({"enabled": False, "workflow": "mail"}, ["b"]),
        ({"paused": True}, ["c"]),
        ({"paused": False, "enabled": True}, ["a"]),
        ({"paused": True, "workflow": "mail"}, []),
    ]
    pages = [api.data(RULES, f=given)["rules"] for given, _ in asked]
    assert [[edge["node"]["slug"] for edge in page["edges"]] for page in pages] == [slugs for _, slugs in asked]
    assert [page["totalCount"] for page in pages] == [len(slugs) for _, slugs in asked]
    first = api.data(RULES, f={"workflow": "mail"}, first=1)["rules"]["pageInfo"]["endCursor"]
    after = api.data(RULES, f={"workflow": "mail"}, first=1, after=first)["rules"]
    assert [edge["node"]["slug"] for edge in after["edges"]] == ["a"]
    # A cursor belongs to the list that it is of.
    assert api.code(RULES, f={"workflow": "bill"}, after=first) == "INVALID_CURSOR"
    assert api.code(RULES, f={"workflow": "bil"}) == "NOT_FOUND"
