"""Files that are huge, half broken, made by two at once or meant for somebody else: nothing of them is applied by halves."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automate.configuration import services
from automate.configuration.kinds.rules import Rules
from automate.configuration.services import MOST_PROBLEMS, apply_configuration
from automate.configuration.shape import MOST_OBJECTS
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import acting_as
from automate.kernel.problems import problems_of
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from automate.rules.services import save_rule
from tests.api.test_configuration import ANYBODY, apply, exported, plan, rows_of, told
from tests.support.api import Api
from tests.support.racing import racers
from tests.support.whole_configuration import say

ALWAYS: Any = {"==": [{"var": "type"}, "x"]}


def call(workflow: str) -> dict[str, Any]:
    return {"schema": 1, "steps": [{"key": "call", "uses": "flow.run_workflow", "with": {"workflow": workflow}}]}


def rule(slug: str, workflow: str = "w", **more: Any) -> dict[str, Any]:
    return {"slug": slug, "name": slug, "workflow": workflow, "when": ALWAYS, **more}


def flow(slug: str, message: str = "x") -> dict[str, Any]:
    return {"slug": slug, "name": slug, "definition": say(message)}


def test_workflows_that_call_one_another_come_in_any_order(api: Api) -> None:
    ring = [
        {"slug": one, "name": one, "definition": call(other)} for one, other in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    assert [outcome for *_, outcome in told(apply(api, {"workflows": ring}))] == ["CREATED"] * 3
    assert exported(api) == {"workflows": ring}


def test_renamed_workflow_takes_its_rules_along(api: Api) -> None:
    apply(api, {"workflows": [flow("old")], "rules": [rule("r", "old")]})
    done = apply(api, {"workflows": [flow("new")], "rules": [rule("r", "new")]}, prune=True)
    assert told(done) == [("WORKFLOW", "new", "CREATED"), ("RULE", "r", "CHANGED"), ("WORKFLOW", "old", "PRUNED")]
    assert exported(api) == {"workflows": [flow("new")], "rules": [rule("r", "new")]}


def test_rule_of_an_archived_workflow_is_refused_with_its_place(api: Api, tenant: Any) -> None:
    apply(api, {"workflows": [flow("w"), flow("gone")]})
    api.data('mutation { archiveWorkflow(input: {workflow: "gone", reason: "x"}) { errors { code } } }')
    before = rows_of(tenant)
    refused = apply(api, {"workflows": [flow("w", "bye")], "rules": [rule("r", "gone")]})
    assert [(error["code"], error["path"][1:]) for error in refused["errors"]] == [
        ("CONFLICT", ["rules", "0", "workflow"])
    ]
    assert rows_of(tenant) == before


def test_rule_of_a_workflow_that_is_wrong_itself_is_no_second_problem(api: Api) -> None:
    wrong = {"slug": "w", "name": "w", "definition": {"schema": 1, "steps": [{"key": "a", "uses": "no.such"}]}}
    shapeless = {"slug": "v", "name": "v"}
    refused = apply(api, {"workflows": [wrong, shapeless], "rules": [rule("r"), rule("s", "v")]})
    assert sorted(error["path"][1:3] for error in refused["errors"]) == [["workflows", "0"], ["workflows", "1"]]


def test_what_is_published_is_never_unpublished_by_a_file(api: Api) -> None:
    apply(api, {"workflows": [flow("w")]})
    wanted = {"workflows": [{**flow("w", "later"), "published": False}]}
    for expected in ("CHANGED", "UNCHANGED"):
        assert told(apply(api, wanted)) == [("WORKFLOW", "w", expected)]
    assert exported(api)["workflows"] == [{**flow("w"), "draft": say("later")}]


@pytest.mark.parametrize(
    "configuration",
    [
        {"rules": [1] * MOST_OBJECTS},
        {"rules": [{str(n): n for n in range(5_000)}]},
        {"workflows": [{"slug": "w", "name": "w", "definition": {"schema": 1, "steps": [7] * 1_000}}]},
    ],
)
def test_a_file_that_is_wrong_everywhere_is_told_up_to_a_bound(api: Api, configuration: Any) -> None:
    assert 0 < len(apply(api, configuration)["errors"]) <= MOST_PROBLEMS


def test_a_plan_shows_no_more_than_one_answer_holds(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(api, {"workflows": [flow("a", "x" * 9_000), flow("b", "x" * 9_000)]})
    monkeypatch.setattr(services._Making, "__init__", _with_little(services._Making.__init__))
    first, second = plan(api, {"workflows": [flow("a"), flow("b")]})["changes"]
    assert (len(first["places"]), len(second["places"]), second["outcome"]) == (1, 0, "CHANGED")


def _with_little(init: Any) -> Any:
    def made(self: Any, *given: Any) -> None:
        init(self, *given)
        self.left = 10_000

    return made


def test_what_stands_as_it_is_wanted_costs_two_statements_for_twenty_objects(tenant: Any) -> None:
    """One to see what to lock, one to see what to save; contents of others are not read."""

    def statements(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            done = apply_configuration({"rules": [rule(f"r{n}") for n in range(count)]}, plan_only=True)
        assert {change.outcome for change in done.changes} == {"unchanged"}
        return len(captured)

    with acting_for(tenant.ref), acting_as(ANYBODY):
        apply_configuration({"workflows": [flow("w")], "rules": [rule(f"r{n}") for n in range(60)]})
        assert [statements(count) - statements(20) for count in (1, 40, 60)] == [0, 2, 4]


def test_what_is_new_costs_eleven_statements_for_a_workflow_and_its_rule(tenant: Any) -> None:
    """Nothing is asked once per object that is so for all of them."""

    def statements(count: int) -> int:
        flows: list[Any] = [flow(f"w{n}") for n in range(count)]
        rules: list[Any] = [rule(f"r{n}", f"w{n}") for n in range(count)]
        with CaptureQueriesContext(connection) as captured:
            done = apply_configuration({"workflows": flows, "rules": rules}, plan_only=True)
        assert {change.outcome for change in done.changes} == {"created"}
        return len(captured)

    with acting_for(tenant.ref), acting_as(ANYBODY):
        assert statements(12) - statements(2) == 10 * 11


def test_somebody_who_saves_meanwhile_is_not_overwritten(
    api: Api, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the reading of a rule and its saving, as by a person whose save came in before the lock."""
    apply(api, {"workflows": [flow("w")], "rules": [rule("r")]})
    save = Rules.save

    def late(self: Rules, entry: Any, known: Any) -> Any:
        execute("UPDATE rule_spec SET revision = revision + 1, name = 'theirs'")
        return save(self, entry, known)

    monkeypatch.setattr(Rules, "save", late)
    refused = apply(api, {"workflows": [flow("w", "bye")], "rules": [rule("r", priority=2)]})
    assert [(error["code"], error["path"][1:3]) for error in refused["errors"]] == [("CONFLICT", ["rules", "0"])]
    monkeypatch.undo()
    assert exported(api) == {"workflows": [flow("w")], "rules": [rule("r")]}


@pytest.mark.slow
def test_appliers_editors_and_pruners_at_once_end_in_one_of_their_states(tenant: Any) -> None:
    """Each of the three is whole in the end, or was refused; no deadlock is told to anybody."""
    first: dict[str, Any] = {"workflows": [flow("w"), flow("v")], "rules": [rule("r"), rule("s", "v")], "schedules": [{"slug": "n", "name": "n", "plan": {"interval": {"everySeconds": 900}}}]}  # fmt: skip
    second: dict[str, Any] = {
        "workflows": [flow("v", "two"), flow("w", "two")],
        "rules": [rule("s", "v", priority=2), rule("r", priority=2)],
    }

    def act(number: int) -> object:
        with acting_for(tenant.ref), acting_as(ANYBODY):
            if number == 0:
                return apply_configuration(first)
            if number == 1:
                return apply_configuration(second, prune=True)
            return save_rule(slug="r", name="mine", workflow="v", when=ALWAYS, expected_revision=None)

    with acting_for(tenant.ref), acting_as(ANYBODY):
        apply_configuration(first)
    with racers(3) as race:
        for _ in range(12):
            for outcome in race(act):
                assert not isinstance(outcome, Exception) or (
                    isinstance(outcome, NormalizedError)
                    and {problem.code for problem in problems_of(outcome)} == {"CONFLICT"}
                ), outcome
    with acting_for(tenant.ref):
        messages = {row[0] for row in fetch("SELECT definition #>> '{steps,0,with,message}' FROM workflow")}
    assert len(messages) == 1, "both workflows are of the same file"


def test_file_of_another_tenant_makes_nothing_of_the_other_known(api: Api, tenant_factory: Any) -> None:
    other = Api(tenant_factory().token)
    apply(other, {"workflows": [flow("theirs")], "rules": [rule("r", "theirs")]})
    refused = apply(api, {"rules": [rule("r", "theirs")]})
    unknown = apply(api, {"rules": [rule("r", "nobodys")]})
    assert refused["errors"][0]["message"] == unknown["errors"][0]["message"]
    assert exported(api) == {}


def test_rule_of_an_archived_workflow_is_put_away_with_it(api: Api, tenant_factory: Any) -> None:
    apply(api, {"workflows": [flow("w"), flow("gone")], "rules": [rule("r", "gone"), rule("s")]})
    api.data('mutation { archiveWorkflow(input: {workflow: "gone", reason: "x"}) { errors { code } } }')
    found = exported(api)
    assert found == {"workflows": [flow("w")], "rules": [rule("s")]}
    assert told(apply(api, found, prune=True)) == [("WORKFLOW", "w", "UNCHANGED"), ("RULE", "s", "UNCHANGED")]
    other = Api(tenant_factory().token)
    apply(other, found)
    assert exported(other) == found
    brought = {"workflows": [flow("gone")], "rules": [rule("r", "gone")]}
    assert told(apply(api, brought)) == [("WORKFLOW", "gone", "CHANGED"), ("RULE", "r", "UNCHANGED")]
    assert exported(api)["rules"] == [rule("r", "gone"), rule("s")]
