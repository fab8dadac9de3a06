"""A file names no rule that starts nothing for its workflow is archived, and is told of calls of an archived workflow."""

from __future__ import annotations

from typing import Any

from tests.api.test_configuration import apply, exported, plan, rows_of, told
from tests.api.test_configuration_attacks import call, flow, rule
from tests.support.api import Api
from tests.support.facts import naming

PLACE = ["configuration", "rules", "0", "workflow"]


def test_rule_whose_workflow_would_be_pruned_is_refused(api: Api, tenant: Any) -> None:
    apply(api, {"workflows": [flow("w")], "rules": [rule("r")]})
    before = rows_of(tenant)
    for ask in (plan, apply):
        (error,) = ask(api, {"rules": [rule("r")]}, prune=True)["errors"]
        assert (error["code"], error["path"]) == ("CONFLICT", PLACE)
        assert error["message"] == naming("w", "archived")
    assert rows_of(tenant) == before
    both = {"workflows": [flow("w")], "rules": [rule("r")]}
    assert {outcome for *_, outcome in told(apply(api, both, prune=True))} == {"UNCHANGED"}


def test_rule_whose_workflow_somebody_archived_is_refused_unless_it_is_off(api: Api) -> None:
    apply(api, {"workflows": [flow("w")], "rules": [rule("r")]})
    api.data('mutation { archiveWorkflow(input: {workflow: "w", reason: "x"}) { errors { code } } }')
    for ask in (plan, apply):
        (error,) = ask(api, {"rules": [rule("r")]})["errors"]
        assert (error["code"], error["path"]) == ("CONFLICT", PLACE)
    off = {"rules": [rule("r", enabled=False)]}
    assert told(apply(api, off)) == [("RULE", "r", "CHANGED")]
    assert told(apply(api, off)) == [("RULE", "r", "UNCHANGED")]
    new = {"rules": [rule("s")]}
    assert [error["path"] for error in apply(api, new)["errors"]] == [PLACE], "told once"
    taken_out = {"workflows": [flow("w")], "rules": [rule("r")]}
    assert told(apply(api, taken_out)) == [("WORKFLOW", "w", "CHANGED"), ("RULE", "r", "CHANGED")]


def test_call_of_an_archived_workflow_is_warned_of(api: Api) -> None:
    parent = {"slug": "parent", "name": "Parent", "definition": call("child")}
    first = apply(api, {"workflows": [flow("child"), parent]})
    assert first["errors"] == []
    assert warnings(api, {"workflows": [parent]}, prune=False) == []
    for _ in range(2):
        ((message, path),) = warnings(api, {"workflows": [parent]}, prune=True)
        assert message == naming("child", "archived")
        assert path == ["definition", "steps", "0", "with", "workflow"]
        apply(api, {"workflows": [parent]}, prune=True)
    assert exported(api) == {"workflows": [parent]}
    assert warnings(api, {"workflows": [flow("child"), parent]}, prune=True) == []


def warnings(api: Api, configuration: Any, *, prune: bool) -> list[tuple[str, list[str]]]:
    document = (
        "query($i: ApplyConfigurationInput!) { planConfiguration(input: $i) "
        "{ errors { code } changes { warnings { message path } } } }"
    )
    answer = api.data(document, i={"configuration": configuration, "prune": prune})["planConfiguration"]
    assert answer["errors"] == []
    return [(one["message"], one["path"]) for change in answer["changes"] for one in change["warnings"]]
