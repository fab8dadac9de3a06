"""A tenant's configuration goes out as it is, comes in whole or not at all, and says beforehand what it would change."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automate.cli.applying.document import parse
from automate.cli.rehearsing.writing import as_yaml
from automate.configuration import services
from automate.configuration.services import apply_configuration, export_configuration
from automate.kernel.canonical import canonical_json
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_objects
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tests.support.api import Api
from tests.support.examples import examples
from tests.support.facts import naming
from tests.support.racing import racers
from tests.support.whole_configuration import say

CHANGES = """fingerprint fingerprintBefore errors { code message path }
  changes { kind slug outcome version places { path before after wasThere isThere } }"""
PLAN = f"query($i: ApplyConfigurationInput!) {{ planConfiguration(input: $i) {{ {CHANGES} }} }}"
APPLY = f"mutation($i: ApplyConfigurationInput!) {{ applyConfiguration(input: $i) {{ {CHANGES} }} }}"
EXPORT = "{ exportConfiguration { configuration fingerprint errors { code } } }"
ANYBODY = Principal(kind="system", name="test")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def whole(message: str = "hello") -> dict[str, Any]:
    return {
        "sources": [
            {"slug": "open", "scheme": "UNSIGNED"},
            {"slug": "shop", "scheme": "STANDARD_WEBHOOKS", "secrets": [SECRET]},
        ],
        "workflows": [
            {"slug": "idea", "name": "Idea", "published": False, "definition": {"schema": 1, "steps": "none yet"}},
            {"slug": "main", "name": "Main", "definition": say(message), "draft": say("not yet")},
        ],
        "rules": [
            {"slug": "big", "name": "Big", "workflow": "main", "when": {">": [{"var": "payload.n"}, 1]}, "priority": 3}
        ],
    }


def apply(api: Api, configuration: Any, **more: Any) -> Any:
    return api.data(APPLY, i={"configuration": configuration, **more})["applyConfiguration"]


def plan(api: Api, configuration: Any, **more: Any) -> Any:
    return api.data(PLAN, i={"configuration": configuration, **more})["planConfiguration"]


def exported(api: Api) -> Any:
    return api.data(EXPORT)["exportConfiguration"]["configuration"]


def told(answer: Any) -> list[tuple[str, str, str]]:
    assert answer["errors"] == []
    return [(change["kind"], change["slug"], change["outcome"]) for change in answer["changes"]]


def rows_of(tenant: Any) -> Any:
    """Everything that an application may write."""
    with acting_for(tenant.ref):
        return [
            fetch(f"SELECT * FROM {table} ORDER BY 1")
            for table in ("source", "workflow", "workflow_version", "rule_spec", "rule_set", "audit_entry")
        ]


def test_what_is_applied_is_exported_and_applying_it_again_changes_nothing(api: Api, tenant: Any) -> None:
    first = apply(api, whole())
    assert {outcome for *_, outcome in told(first)} == {"CREATED"}
    assert [change["version"] for change in first["changes"]] == [None, None, None, 1, None]
    found = exported(api)
    assert found == {
        **whole(),
        "sources": [whole()["sources"][0], {**whole()["sources"][1], "secrets": ["$env:SHOP_SECRET"]}],
    }
    assert SECRET not in json.dumps(found)
    before = rows_of(tenant)
    for again in (whole(), found):
        assert {outcome for *_, outcome in told(apply(api, again))} == {"UNCHANGED"}
    assert rows_of(tenant) == before


def test_export_of_one_tenant_makes_another_the_same(api: Api, tenant_factory: Callable[[], Any]) -> None:
    apply(api, whole())
    other = Api(tenant_factory().token)
    refused = apply(other, exported(api))
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [
        ("BAD_USER_INPUT", ["configuration", "sources", "1", "secrets", "0"])
    ]
    assert refused["errors"][0]["message"] == naming("SHOP_SECRET")
    assert exported(other) == {}
    given = exported(api)
    given["sources"][1]["secrets"] = [SECRET]
    apply(other, given)
    assert as_yaml(exported(other)) == as_yaml(exported(api))


def test_plan_tells_each_place_and_keeps_nothing(api: Api, tenant: Any) -> None:
    apply(api, whole())
    wanted = whole("bye")
    wanted["rules"][0]["priority"] = 4
    wanted["workflows"][1]["definition"]["timeout_seconds"] = 60
    before = rows_of(tenant)
    planned = plan(api, wanted)
    assert rows_of(tenant) == before
    changed = {change["slug"]: change for change in planned["changes"] if change["outcome"] == "CHANGED"}
    assert [(place["path"], place["before"], place["after"]) for place in changed["main"]["places"]] == [
        (["definition", "timeout_seconds"], None, 60),
        (["definition", "steps", "say", "with", "message"], "hello", "bye"),
    ]
    assert changed["main"]["version"] == 2
    assert [(place["path"], place["before"], place["after"]) for place in changed["big"]["places"]] == [
        (["priority"], 3, 4)
    ]
    assert set(changed) == {"main", "big"}
    done = apply(api, wanted, expectedFingerprint=planned["fingerprintBefore"])
    assert done["changes"] == planned["changes"]
    assert planned["fingerprint"] is None
    assert done["fingerprint"] == api.data(EXPORT)["exportConfiguration"]["fingerprint"]
    assert exported(api)["workflows"][1]["draft"] == say("not yet")


def test_all_problems_come_at_once_and_nothing_is_changed(api: Api, tenant: Any) -> None:
    apply(api, whole())
    before = rows_of(tenant)
    wrong = whole("changed")
    wrong["sources"].append({"slug": "hub", "scheme": "GITHUB"})
    wrong["sources"].append({"slug": "api", "scheme": "UNSIGNED"})
    wrong["workflows"].append(
        {"slug": "bad", "name": "Bad", "definition": say("{{ event.n }}", {"key": "x", "uses": "no.such"})}
    )
    wrong["rules"].append({"slug": "lost", "name": "Lost", "workflow": "nowhere", "when": {"==": [1, 1]}})
    for ask in (plan, apply):
        errors = ask(api, wrong)["errors"]
        assert [error["path"][1:] for error in errors] == [
            ["sources", "2", "secrets"], ["sources", "3", "slug"],
            ["workflows", "2", "definition", "steps", "0", "with", "message"], ["workflows", "2", "definition", "steps", "1", "uses"],
            ["rules", "1", "workflow"],
        ]  # fmt: skip
        assert {error["path"][0] for error in errors} == {"configuration"}
    assert rows_of(tenant) == before


def test_a_verb_that_commits_by_itself_would_be_found(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: where the verbs share no commit, what was done before a refusal stays."""
    from contextlib import nullcontext

    wrong: dict[str, Any] = {"workflows": [{"slug": "kept", "name": "Kept", "published": False, "definition": say("x")}], "rules": [{"slug": "r", "name": "R", "workflow": "gone", "when": {"==": [1, 1]}}]}  # fmt: skip

    def slugs() -> list[Any]:
        return fetch("SELECT slug FROM workflow")

    with acting_for(tenant.ref), acting_as(ANYBODY):
        with pytest.raises(NormalizedError):
            apply_configuration(wrong)
        assert slugs() == []
        monkeypatch.setattr(services, "one_commit", lambda **_: nullcontext())
        monkeypatch.setattr(services, "take_turn", lambda: None)
        monkeypatch.setattr(services.audit, "written_together", nullcontext)
        monkeypatch.setattr(services._Making, "lock", lambda *_: None)
        with pytest.raises(NormalizedError):
            apply_configuration(wrong)
        assert slugs() == [("kept",)]


@pytest.mark.parametrize(
    ("configuration", "path"),
    [
        ([], []), ("x", []), ({}, []), ({"workflows": []}, []), ({"workflow": []}, ["workflow"]), ({"rules": {}}, ["rules"]),
        ({"rules": [1]}, ["rules", "0"]), ({"workflows": [{"slug": "A", "name": "x", "definition": {}}]}, ["workflows", "0", "slug"]),
        ({"workflows": [{"slug": "webhook-resend", "name": "x", "definition": say("x")}]}, ["workflows", "0", "slug"]),
        ({"sources": [{"slug": "s", "scheme": "UNSIGNED"}] * 2}, ["sources", "1", "slug"]),
        ({"sources": [{"slug": "s", "scheme": "UNSIGNED", "secrets": [7]}]}, ["sources", "0", "secrets", "0"]),
        ({"sources": [{"slug": f"s{n}", "scheme": "UNSIGNED"} for n in range(1_001)]}, ["sources"]),
        ({"workflows": [{"slug": "w", "name": "w", "published": False, "definition": {}, "draft": {}}]}, ["workflows", "0", "draft"]),
        ({"rules": [{"slug": "r", "name": "r\x07", "workflow": "w", "when": True}]}, ["rules", "0", "name"]),
        ({"rules": [{"slug": "r", "name": "r", "workflow": "w", "when": {"no": 1}}]}, ["rules", "0", "when"]),
    ],
)  # fmt: skip
def test_hostile_configurations_are_refused_with_their_place(api: Api, configuration: Any, path: list[str]) -> None:
    for ask in (plan, apply):
        errors = ask(api, configuration)["errors"]
        assert [error["path"] for error in errors][:1] == [["configuration", *path]]
    assert exported(api) == {}


def test_what_changed_since_it_was_looked_at_is_not_applied_over(api: Api) -> None:
    seen = api.data(EXPORT)["exportConfiguration"]["fingerprint"]
    apply(api, whole())
    refused = apply(api, whole("bye"), expectedFingerprint=seen)
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [("CONFLICT", ["expectedFingerprint"])]
    assert exported(api)["workflows"][1]["definition"] == say("hello")


def test_pruning_takes_out_of_force_and_deletes_nothing(api: Api) -> None:
    apply(api, whole())
    kept = {"workflows": [{"slug": "new", "name": "New", "definition": say("x")}]}
    assert told(apply(api, kept)) == [("WORKFLOW", "new", "CREATED")]
    assert len(exported(api)["workflows"]) == 3
    planned = plan(api, kept, prune=True)
    assert told(planned) == [
        ("WORKFLOW", "new", "UNCHANGED"), ("RULE", "big", "PRUNED"), ("WORKFLOW", "idea", "PRUNED"), ("WORKFLOW", "main", "PRUNED"),
        ("SOURCE", "open", "PRUNED"), ("SOURCE", "shop", "PRUNED"),
    ]  # fmt: skip
    assert told(apply(api, kept, prune=True)) == told(planned)
    left = exported(api)
    assert [workflow["slug"] for workflow in left["workflows"]] == ["new"]
    assert "rules" not in left, "without its workflow it could be applied nowhere"
    assert api.data("{ rules { edges { node { enabled } } } }") == {"rules": {"edges": [{"node": {"enabled": False}}]}}
    assert [source["enabled"] for source in left["sources"]] == [False, False]
    assert told(apply(api, kept, prune=True)) == [("WORKFLOW", "new", "UNCHANGED")]
    back = apply(api, {**whole(), "sources": [{**source, "enabled": True} for source in whole()["sources"]]})
    assert {outcome for *_, outcome in told(back)} == {"CHANGED"}
    assert [workflow["slug"] for workflow in exported(api)["workflows"]] == ["idea", "main", "new"]


def test_published_content_is_published_and_a_draft_is_not(api: Api) -> None:
    apply(api, {"workflows": [{"slug": "w", "name": "W", "definition": say("one")}]})
    apply(api, {"workflows": [{"slug": "w", "name": "W", "definition": say("one"), "draft": {"steps": 7}}]})
    seen = api.data('{ workflow(slug: "w") { draft { valid } versions { totalCount } currentVersion { number } } }')[
        "workflow"
    ]
    assert seen == {"draft": {"valid": False}, "versions": {"totalCount": 1}, "currentVersion": {"number": 1}}
    renamed = {"workflows": [{"slug": "w", "name": "Other", "definition": say("two"), "draft": say("three")}]}
    (change,) = apply(api, renamed)["changes"]
    assert (change["outcome"], change["version"]) == ("CHANGED", 2)
    assert exported(api) == renamed


def test_editor_applies_workflows_and_rules_but_no_sources(tenant: Any, token_for: Callable[..., str]) -> None:
    editor = Api(token_for(tenant.ref, "editor"))
    assert told(apply(editor, {"workflows": whole()["workflows"], "rules": whole()["rules"]}))
    assert editor.code(APPLY, i={"configuration": whole()}) == "FORBIDDEN"
    assert editor.code(PLAN, i={"configuration": {"rules": []}, "prune": True}) == "FORBIDDEN"
    assert exported(editor)["rules"] == whole()["rules"]
    viewer = Api(token_for(tenant.ref, "viewer"))
    assert viewer.code(EXPORT) == "FORBIDDEN"
    assert viewer.code(PLAN, i={"configuration": whole()}) == "FORBIDDEN"


@pytest.mark.slow
def test_two_who_apply_at_once_come_one_after_the_other(tenant: Any) -> None:
    """Each names the same objects, in another order, so that without an order of locks each would wait for the other."""
    flows = [{"slug": slug, "name": "x", "definition": say("first")} for slug in ("a", "b", "c")]
    rules: list[dict[str, Any]] = [
        {"slug": slug, "name": "x", "workflow": "a", "when": {"==": [{"var": "type"}, "x"]}} for slug in ("r", "s")
    ]

    now = [0]

    def act(number: int) -> object:
        order = slice(None, None, -1 if number else 1)
        named: list[Any] = [{**flow, "name": f"{now[0]} {number}"} for flow in flows[order]]
        with acting_for(tenant.ref), acting_as(ANYBODY):
            return apply_configuration(
                {"workflows": named, "rules": [{**one, "name": f"{now[0]} {number}"} for one in rules[order]]}
            )

    with racers(2) as race:
        for turn in range(15):
            now[0] = turn
            outcomes = race(act)
            assert [type(outcome).__name__ for outcome in outcomes] == ["Applied", "Applied"], outcomes
    with acting_for(tenant.ref):
        names = {entry["name"] for section in export_configuration()[0].values() for entry in as_objects(section)}
    assert len(names) == 1, "one of the two is the last, in all objects"


def test_application_is_audited_object_by_object(api: Api, tenant: Any) -> None:
    apply(api, whole())
    with acting_for(tenant.ref):
        found = sorted(row[0] for row in fetch("SELECT action FROM audit_entry"))
    assert found == [
        "rule.create", "source.create", "source.create", "workflow.create", "workflow.create", "workflow.publish", "workflow.update",
    ]  # fmt: skip


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00{}$"), max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["a", "b-2", "c_3"])
DEFINITIONS = st.builds(
    lambda data, timeout: {"schema": 1, "timeout_seconds": timeout, "steps": [{"key": "make", "uses": "flow.transform", "with": {"output": data}}]},
    VALUES,
    st.integers(1, 100) | st.floats(1, 100),
)  # fmt: skip
WORKFLOWS = st.fixed_dictionaries(
    {"name": st.sampled_from(["x", "yes", "1", "a: b", "\u2028#"]), "definition": DEFINITIONS},
    optional={"draft": st.dictionaries(TEXTS, VALUES, max_size=2)},
) | st.fixed_dictionaries(
    {"name": st.just("idea"), "published": st.just(False), "definition": st.dictionaries(TEXTS, VALUES, max_size=2)}
)
RULES = st.fixed_dictionaries(
    {
        "name": st.just("r"),
        "when": st.sampled_from([{"==": [{"var": "type"}, "on"]}, True, {"<": [1, {"var": "payload.n"}]}]),
    },
    optional={"enabled": st.booleans(), "priority": st.integers(-5, 5)},
)
CONFIGURATIONS = st.builds(
    lambda workflows, rules, sources: {
        "sources": [{"slug": slug, "scheme": "UNSIGNED", "enabled": on} for slug, on in sources.items()],
        "workflows": [{"slug": slug, **entry} for slug, entry in workflows.items()],
        "rules": [{"slug": slug, "workflow": next(iter(workflows)), **entry} for slug, entry in rules.items()],
    },
    st.dictionaries(NAMES, WORKFLOWS, min_size=1, max_size=3),
    st.dictionaries(NAMES, RULES, max_size=3),
    st.dictionaries(NAMES, st.booleans(), max_size=2),
)


class UndoneError(Exception):
    """Ends a try, whose rows go with it."""


@pytest.mark.long
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(configuration=CONFIGURATIONS)
def test_round_trip_is_byte_identical(tenant: Any, configuration: Any) -> None:
    """Exported, written, read, applied to an empty tenant and exported again, it is the same, byte for byte."""
    from automate.kernel.transactions import one_commit

    def once(given: Any) -> tuple[str, list[str]]:
        """What is exported after it was applied, and what a second application finds to do."""
        with one_commit(kept=False):
            assert export_configuration()[0] == {}
            sharing_apply(given)
            text = as_yaml(export_configuration()[0])
            return text, [change.outcome for change in sharing_apply(given)]

    with acting_for(tenant.ref), acting_as(ANYBODY):
        first, again = once(configuration)
        assert set(again) <= {"unchanged"}
        read = parse(first.encode()).value
        second, _ = once(read)
    assert second == first
    assert canonical_json(read) == canonical_json(parse(second.encode()).value)


def sharing_apply(configuration: Any) -> Sequence[services.ObjectChange]:
    """``apply_configuration`` in the transaction of its caller."""
    made = services._Making(services._sound(configuration, set()), services._named(configuration))
    made.make()
    assert made.problems == [], made.problems
    return made.changes
