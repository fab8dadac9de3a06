"""recipes and installRecipe: what comes with the platform, whole or not at all, and told where it cannot be."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from automate.cli.applying.document import parse
from automate.kernel.json_values import as_object, as_objects
from automate.recipes.services import CATALOGUE, filled, recipes
from automate.rules.predicate import compile_rule, verdict
from tests.support.api import Api
from tests.support.command import Command, command_of, let_ask
from tests.support.console import matches, told
from tests.support.facts import naming
from tests.support.held_secrets import hold_secret
from tests.support.tree import ROOT

ALL = list(recipes())
RECIPES = """
{ recipes { slug title description parameters creates { kind slug } secrets { name exists }
  samples { title type source subject headers payload } } }"""
INSTALL = """
mutation($input: InstallRecipeInput!) { installRecipe(input: $input) {
  changes { kind slug outcome version } errors { code message path } } }"""
STANDING = """
{ workflows(first: 10) { edges { node { slug currentVersion { number } } } }
  rules(first: 10) { edges { node { slug enabled } } }
  sources(first: 20) { edges { node { slug enabled builtIn } } } schedules(first: 10) { edges { node { slug } } } }"""
TEST = """
mutation($input: TestWorkflowInput!) { testWorkflow(input: $input) {
  test { state error { message } steps { key state error { message } } } errors { code message path } } }"""
RESUME = "mutation($input: ResumeScheduleInput!) { resumeSchedule(input: $input) { errors { code message } } }"
PAGE = ROOT / "docs" / "recipes.md"


@pytest.fixture(autouse=True)
def secrets(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_TOKEN", "ERP_TOKEN"):
        hold_secret(monkeypatch, tenant.ref, name, "very-secret")


def installed(api: Api, recipe: str, **given: Any) -> dict[str, Any]:
    parameters = {**recipes()[recipe].example, **given.pop("parameters", {})}
    answer: dict[str, Any] = api.data(INSTALL, input={"recipe": recipe, "parameters": parameters, **given})[
        "installRecipe"
    ]
    return answer


def standing(api: Api) -> dict[str, list[dict[str, Any]]]:
    found = {name: [edge["node"] for edge in part["edges"]] for name, part in api.data(STANDING).items()}
    found["sources"] = [source for source in found["sources"] if not source.pop("builtIn")]
    return found


@pytest.mark.parametrize("slug", ALL)
def test_file_is_read_alike_by_the_reader_of_apply(slug: str) -> None:
    text = (CATALOGUE / f"{slug}.yaml").read_bytes()
    assert parse(text).value == yaml.safe_load(text)


@pytest.mark.parametrize("slug", ALL)
def test_form_can_be_made_and_its_example_is_what_it_takes(slug: str) -> None:
    recipe = recipes()[slug]
    jsonschema_rs.meta.validate(recipe.parameters)
    properties: dict[str, Any] = as_object(recipe.parameters["properties"])
    for name, part in properties.items():
        assert part["title"], name
        for value in (*part.get("examples", ()), *([part["default"]] if "default" in part else [])):
            assert jsonschema_rs.validator_for(part).is_valid(value), (name, value)
    assert recipe.checked(recipe.example) == recipe.example


@pytest.mark.parametrize("slug", ALL)
def test_each_recipe_is_installed_whole_and_once(api: Api, slug: str) -> None:
    first, again = installed(api, slug), installed(api, slug)
    assert first["errors"] == again["errors"] == []
    assert [change["outcome"] for change in first["changes"]] == ["CREATED"] * len(first["changes"])
    assert {change["outcome"] for change in again["changes"]} == {"UNCHANGED"}
    (listed,) = [one for one in api.data(RECIPES)["recipes"] if one["slug"] == slug]
    assert {(one["kind"], one["slug"]) for one in listed["creates"]} == {
        (change["kind"], change["slug"]) for change in first["changes"]
    }
    found = standing(api)
    assert [workflow["currentVersion"] for workflow in found["workflows"]] == [{"number": 1}]
    assert all(one["enabled"] for one in [*found["rules"], *found["sources"]])


@pytest.mark.parametrize("slug", ALL)
def test_secrets_of_each_recipe_are_those_that_its_steps_use(api: Api, slug: str) -> None:
    (listed,) = [one for one in api.data(RECIPES)["recipes"] if one["slug"] == slug]
    steps = json.dumps(as_object(filled(recipes()[slug].template, recipes()[slug].example))["workflows"])
    assert [one["name"] for one in listed["secrets"]] == sorted({*re.findall(r"\$secret:([A-Z0-9_]+)", steps)})


@pytest.mark.parametrize("slug", ALL)
def test_sample_of_each_recipe_matches_its_rule_and_goes_through(api: Api, slug: str) -> None:
    (made,) = [change for change in installed(api, slug)["changes"] if change["kind"] == "WORKFLOW"]
    (recipe,) = [one for one in api.data(RECIPES)["recipes"] if one["slug"] == slug]
    (rule,) = as_objects(as_object(filled(recipes()[slug].template, recipes()[slug].example))["rules"])
    for sample in recipe["samples"]:
        data = {**sample, "source": sample["source"] or made["slug"], "subject": sample["subject"] or ""}
        assert verdict(compile_rule(rule["when"]), data).verdict == "matched"
        given = {name: sample[name] for name in ("type", "payload", "headers", "subject")}
        answer = api.data(TEST, input={"workflow": made["slug"], "sample": given})["testWorkflow"]
        assert (answer["errors"], answer["test"]["error"], answer["test"]["state"]) == ([], None, "SUCCEEDED")


def test_draft_starts_nothing(api: Api) -> None:
    assert installed(api, "github-issue-to-slack", state="DRAFT")["errors"] == []
    found = standing(api)
    assert found["workflows"] == [{"slug": "github-issues", "currentVersion": None}]
    assert (found["rules"], found["sources"]) == ([{"slug": "github-issues", "enabled": False}],) * 2


def test_nightly_report_comes_by_a_name_of_cron(api: Api) -> None:
    assert installed(api, "nightly-report", parameters={"cron": "@daily"})["errors"] == []
    refused = installed(api, "nightly-report", parameters={"name": "other", "cron": "@nightly"})
    assert [error["code"] for error in refused["errors"]] == ["INVALID_SCHEDULE"]


def test_draft_does_not_tick_until_somebody_resumes_it(api: Api) -> None:
    paused = "{ schedules(first: 9) { edges { node { slug state pausedAt pausedNote } } } }"
    assert installed(api, "nightly-report", state="DRAFT")["errors"] == []
    (made,) = [edge["node"] for edge in api.data(paused)["schedules"]["edges"]]
    assert made["state"] == "PAUSED"
    assert made["pausedNote"] == naming("nightly-report")
    api.data(RESUME, input={"schedule": made["slug"]})
    assert {change["outcome"] for change in installed(api, "nightly-report", state="DRAFT")["changes"]} == {"UNCHANGED"}
    (resumed,) = [edge["node"] for edge in api.data(paused)["schedules"]["edges"]]
    assert resumed["pausedAt"] is None
    assert installed(api, "nightly-report", parameters={"name": "live"})["errors"] == []
    assert {edge["node"]["slug"]: edge["node"]["pausedAt"] for edge in api.data(paused)["schedules"]["edges"]}[
        "live"
    ] is None


def test_plan_makes_nothing(api: Api) -> None:
    before = standing(api)
    answer = installed(api, "order-approval", planOnly=True)
    assert [change["outcome"] for change in answer["changes"]] == ["CREATED"] * 3
    assert standing(api) == before


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ({"channel": None}, [["parameters"]]),
        ({"channel": "", "name": "Not A Name"}, [["parameters", "channel"], ["parameters", "name"]]),
        ({"chanel": "C1"}, [["parameters"]]),
        ({"repositories": "octocat/hello"}, [["parameters", "repositories"]]),
    ],
)
def test_parameters_that_cannot_be_are_told_each_with_its_place(
    api: Api, given: dict[str, Any], paths: list[Any]
) -> None:
    answer = installed(api, "github-issue-to-slack", parameters=given)
    assert answer["changes"] == []
    assert sorted(error["path"][:2] for error in answer["errors"]) in (paths, [[*path, *given][:2] for path in paths])
    assert {error["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}


def test_secret_that_is_not_there_keeps_all_of_it_from_being_made(api: Api) -> None:
    before = standing(api)
    answer = installed(api, "github-issue-to-slack", parameters={"slack_token": "NO_SUCH_TOKEN"})
    (error,) = answer["errors"]
    assert "NO_SUCH_TOKEN" in error["message"]
    assert error["path"][:4] == ["configuration", "workflows", "0", "definition"]
    assert standing(api) == before


def test_what_stands_there_and_says_something_else_is_left_alone(api: Api) -> None:
    installed(api, "github-issue-to-slack")
    before = standing(api)
    (error,) = installed(api, "github-issue-to-slack", parameters={"channel": "C000000G1"})["errors"]
    assert (error["code"], error["path"]) == ("CONFLICT", ["parameters", "name"])
    assert "workflow github-issues" in error["message"]
    assert standing(api) == before
    other = installed(api, "github-issue-to-slack", parameters={"channel": "C000000G1", "name": "other"})
    assert other["errors"] == []


def test_parameter_that_is_left_out_leaves_out_what_it_stands_in() -> None:
    template: dict[str, Any] = {
        "with": {"auth": {"bearer": "$secret:${token}"}, "url": "${url}/x", "n": "${limit}"},
        "list": ["${token}", 1],
    }
    assert filled(template, {"url": "https://a.example", "limit": 5}) == {
        "with": {"url": "https://a.example/x", "n": 5},
        "list": [1],
    }


def test_unknown_recipe_is_told_with_those_that_there_are(api: Api) -> None:
    (error,) = api.data(INSTALL, input={"recipe": "nothing"})["installRecipe"]["errors"]
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["recipe"])
    assert all(slug in error["message"] for slug in ALL)


def test_each_section_asks_for_its_permission(api: Api, tenant: Any, token_for: Any) -> None:
    editor = Api(token_for(tenant.ref, "editor"))
    given = {"recipe": "github-issue-to-slack", "parameters": recipes()["github-issue-to-slack"].example}
    (error,) = editor.data(INSTALL, input=given)["installRecipe"]["errors"]
    assert error["code"] == "FORBIDDEN"  # its source is an admin's
    assert "manage_sources" in error["message"]
    assert installed(editor, "nightly-report")["errors"] == []


def test_viewer_is_not_told_which_secrets_there_are(tenant: Any, token_for: Any) -> None:
    viewer = Api(token_for(tenant.ref, "viewer"))
    assert {one["exists"] for recipe in viewer.data(RECIPES)["recipes"] for one in recipe["secrets"]} == {None}


@pytest.fixture
def automate(api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    from automate.cli import recipe

    let_ask(monkeypatch, api, recipe)
    monkeypatch.chdir(tmp_path)
    return command_of(monkeypatch, capsys)


def test_page_says_what_the_command_line_does(automate: Command) -> None:
    page = PAGE.read_text()
    commands = told(page)
    assert len(commands) >= 4
    for one in commands:
        program, *arguments = shlex.split(one.command)
        assert program == "automate"
        done = automate(*arguments)
        assert done.status == 0, (one.command, done)
        assert matches(done.out.splitlines(), one.lines), (one.command, done.out)


def test_page_lists_all_recipes() -> None:
    page = PAGE.read_text()
    for recipe in recipes().values():
        assert f"`{recipe.slug}`" in page
        assert f"| {recipe.title}" in page


def test_request_of_the_page_is_what_it_says(api: Api) -> None:
    page = PAGE.read_text()
    (document,) = re.findall(r"```graphql\n(.*?)```", page, re.DOTALL)
    (variables,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    answer = api.data(document, input=json.loads(variables))["installRecipe"]
    assert answer["errors"] == []
    assert [change["outcome"] for change in answer["changes"]] == ["CREATED"] * 3
