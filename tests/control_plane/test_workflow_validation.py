from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from automate.kernel.json_values import as_list
from automate.workflows.definition import parse
from automate.workflows.problems import MAX_SUGGESTED
from automate.workflows.schema import DEFINITION_SCHEMA
from automate.workflows.validation import WorkflowLimits, check_definition
from tests.support.cost import takes_under
from tests.support.definitions import CONNECTORS, check, one, workflow
from tests.support.facts import naming

DESIGN_EXAMPLE: Any = {
    "schema": 1,
    "timeout_seconds": 86400,
    "steps": [
        {
            "key": "charge",
            "uses": "http.request",
            "with": {
                "method": "POST",
                "url": "https://api.example.com",
                "headers": {"Authorization": "Bearer $secret:STRIPE_KEY"},
                "json": {"amount": "{{ event.payload.amount }}"},
            },
            "retry": {"max_attempts": 5, "initial_seconds": 1, "factor": 2, "max_seconds": 300},
            "timeout_seconds": 60,
        },
        {
            "key": "tell",
            "uses": "log.write",
            "needs": ["charge"],
            "if": {">": [{"var": "steps.charge.output.json.amount"}, 100]},
            "with": {"message": "Charged {{ steps.charge.output.json.id }}"},
        },
    ],
}


def test_sound_definition_has_no_problems():
    assert check(DESIGN_EXAMPLE) == []
    assert [step.key for step in parse(DESIGN_EXAMPLE).steps] == ["charge", "tell"]


def test_published_schema_is_valid_and_so_are_its_examples():
    jsonschema_rs.meta.validate(DEFINITION_SCHEMA)
    for example in [*as_list(DEFINITION_SCHEMA["examples"]), DESIGN_EXAMPLE]:
        assert jsonschema_rs.is_valid(DEFINITION_SCHEMA, example)


@pytest.mark.parametrize("raw", [None, True, 1, "x", [], 1.5])
def test_what_is_no_object_is_refused(raw):
    assert one(raw) == ("INVALID_WORKFLOW", [], naming("object"))


@pytest.mark.parametrize(
    ("raw", "path", "message"),
    [
        ({"schema": 1}, ["steps"], naming("steps", "1", "1,000")),
        (workflow({"key": "a"}, schema=2), ["schema"], naming("schema", "1")),
        ({"schema": 1, "steps": []}, ["steps"], naming("steps")),
        ({"schema": 1, "steps": [7]}, ["steps", 0], naming("1", "object")),
        (workflow({"key": "A"}), ["steps", 0, "key"], naming("key")),
        (workflow({}), ["steps", 0, "key"], naming("key")),
        (workflow({"key": "a", "needs": "b"}), ["steps", 0, "needs"], naming("needs")),
        (
            workflow({"key": "a"}, {"key": "b", "needs": ["a", "a"]}),
            ["steps", 1, "needs"],
            naming("needs"),
        ),
        (
            workflow({"key": "a", "tmeout_seconds": 1}),
            ["steps", 0, "tmeout_seconds"],
            naming("timeout_seconds"),
        ),
        (
            workflow({"key": "a", "retry": {"max_attempts": 0}}),
            ["steps", 0, "retry", "max_attempts"],
            naming("max_attempts", "1"),
        ),
        (
            workflow({"key": "a", "timeout_seconds": 0}),
            ["steps", 0, "timeout_seconds"],
            naming("timeout_seconds", "0"),
        ),
        (
            workflow({"key": "a", "uses": "http.reqest"}),
            ["steps", 0, "uses"],
            naming("http.reqest", "http.request"),
        ),
        (
            workflow({"key": "a"}, {"key": "a"}),
            ["steps", 1, "key"],
            naming('"a"', "step 1"),
        ),
        (
            workflow({"key": "charge"}, {"key": "b", "needs": ["chargs"]}),
            ["steps", 1, "needs", 0],
            naming("chargs", "charge"),
        ),
        (
            workflow({"key": "a", "needs": ["b"]}, {"key": "b"}),
            ["steps", 0, "needs"],
            naming("a -> b -> a"),
        ),
        (
            workflow({"key": "a", "timeout_seconds": 11}, timeout_seconds=10),
            ["steps", 0, "timeout_seconds"],
            naming("10"),
        ),
    ],
)
def test_shape_and_graph_problems_say_where_and_how(raw, path, message):
    code, where, text = one(raw)
    assert (code, where) == ("INVALID_WORKFLOW", path)
    assert text == message


@pytest.mark.parametrize(
    ("raw", "options", "path", "message"),
    [
        (
            workflow({"key": "a"}, timeout_seconds=366 * 86_400 + 1),
            {},
            ["timeout_seconds"],
            naming("31,622,400", "366"),
        ),
        (
            workflow(*[{"key": f"s{i}"} for i in range(1_001)]),
            {},
            ["steps"],
            naming("1,000", "1,001"),
        ),
        (
            workflow({"key": "a"}, {"key": "b"}),
            {"limits": WorkflowLimits(steps=1)},
            ["steps"],
            naming("1", "2"),
        ),
    ],
)
def test_limits_are_refused_by_name(raw, options, path, message):
    code, where, text = one(raw, **options)
    assert (code, where) == ("LIMIT_EXCEEDED", path)
    assert text == message


def test_longest_run_is_accepted():
    assert check(workflow({"key": "a", "timeout_seconds": 366 * 86_400}, timeout_seconds=366 * 86_400)) == []


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ evnt.payload }}", naming('"evnt"', "event", "steps", "run", "workflow")),
        ("{{ item.id }}", naming("item", "flow.for_each")),
        ("{{ steps.charg.output }}", naming("charg", "charge")),
        ("{{ steps.tell.output }}", naming("tell")),
        (
            "{{ steps.later.output }}",
            naming("later", "tell"),
        ),
        (
            "{{ steps.aside.output }}",
            naming("aside", "tell"),
        ),
        ("{{ @ }}", naming("event", "steps", "run", "workflow")),
        ("{{ event.payload", naming("{{", "character 1")),
        ("$secret:lower", naming("SecretRef")),
    ],
)
def test_bad_templates_are_named_by_place(template, message):
    raw = workflow(
        {"key": "aside"},
        {"key": "charge", "needs": []},
        {"key": "tell", "with": {"a": [template]}},
        {"key": "later"},
    )
    code, path, text = one(raw)
    assert (code, path) == ("INVALID_TEMPLATE", ["steps", 2, "with", "a", 0])
    assert text == message


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ({"==": [{"var": "steps.b.output"}, 1]}, ["==", 0, "var"]),
        ({"var": ["steps.b.output", 0]}, ["var"]),
        ({"!": {"var": "evnt.type"}}, ["!", "var"]),
        ({"some": [{"var": "steps.zz"}, {"var": "anything"}]}, ["some", 0, "var"]),
        ({"val": ["steps", "zz"]}, ["val"]),
        ({"val": "steps.b"}, ["val"]),
        ({"exists": "steps.zz"}, ["exists"]),
        ({"exists": ["steps", "zz", "output"]}, ["exists"]),
        ({"!": {"missing": ["event.type", "steps.zz.output"]}}, ["!", "missing", 1]),
        ({"!": {"missing": [["steps.b"]]}}, ["!", "missing", 0, 0]),
        ({"!": {"missing_some": [1, ["event.type", "steps.zz"]]}}, ["!", "missing_some", 1, 1]),
        ({"all": [{"var": "event.payload"}, {"==": [{"val": [[2], "steps", "zz"]}, 1]}]}, ["all", 1, "==", 0, "val"]),
        ({"try": [True, {"val": [[2], "steps", "zz"]}]}, ["try", 1, "val"]),
        ({"!!": {"var": ""}}, ["!!", "var"]),
    ],
)
def test_what_conditions_read_must_be_able_to_exist(condition, path):
    assert one(workflow({"key": "a", "if": condition}, {"key": "b"}))[:2] == (
        "INVALID_WORKFLOW",
        ["steps", 0, "if", *path],
    )


@pytest.mark.parametrize(
    "condition",
    [
        {"some": [{"var": "event.payload.rows"}, {">": [{"var": "n"}, 1]}]},
        {
            "some": [
                {"var": "event.payload.rows"},
                {">": [{"val": [[2], "event", "payload", "n"]}, {"val": [[1], "index"]}]},
            ]
        },
        {"try": [{"var": "event.payload.n"}, {"var": "type"}]},
        {"missing": {"merge": ["event.type", {"var": "event.payload.also"}]}},
        {"var": {"cat": ["event.", {"var": "event.type"}]}},
    ],
)
def test_what_conditions_read_elsewhere_or_compute_is_left_alone(condition):
    assert check(workflow({"key": "a", "if": condition})) == []


def test_conditions_are_checked_as_rules_are():
    raw = workflow({"key": "a"}, {"key": "b", "if": {"strts_with": ["a", "b"]}})
    code, path, message = one(raw)
    assert (code, path) == ("INVALID_RULE", ["steps", 1, "if"])
    assert message == naming('"starts_with"')


def test_missing_secret_is_named():
    raw = workflow({"key": "a", "with": {"x": "Bearer $secret:GONE", "y": "$secret:STRIPE_KEY"}})
    assert one(raw) == (
        "SECRET_UNAVAILABLE",
        ["steps", 0, "with", "x"],
        naming("GONE"),
    )
    assert check_definition(raw, CONNECTORS, None) == []


def test_each_secret_is_asked_for_once():
    asked = []
    raw = workflow({"key": "a", "with": {"x": "$secret:A$secret:A"}}, {"key": "b", "with": {"x": "$secret:A"}})
    assert check_definition(raw, CONNECTORS, lambda name: not asked.append(name)) == []
    assert asked == ["A"]


def test_refs_outside_of_with_are_refused():
    raw = workflow({"key": "a", "if": {"==": ["$secret:STRIPE_KEY", 1]}})
    assert one(raw)[:2] == ("INVALID_WORKFLOW", ["steps", 0, "if", "==", 0])


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        ({}, ["url"], naming("url")),
        ({"url": "ftp://x"}, ["url"], naming("url")),
        ({"url": "https://x", "methd": "GET"}, ["methd"], naming("methd", "method")),
        ({"url": "https://x", "method": "PUT"}, ["method"], naming("method", "GET", "POST")),
        ({"url": "https://x", "tries": "a {{ event.payload.n }}"}, ["tries"], naming("tries")),
        (
            {"url": "https://x", "headers": {"a": 1, "b": "{{ event.payload.n }}"}},
            ["headers", "a"],
            naming('"a"'),
        ),
        ({"method": "{{ event.payload.m }}"}, ["url"], naming("url")),
    ],
)
def test_literal_input_must_fit_the_connector(value, path, message):
    raw = workflow({"key": "a", "uses": "http.request", "with": value})
    assert one(raw) == ("INVALID_WORKFLOW", ["steps", 0, "with", *path], message)


@pytest.mark.parametrize(
    "value",
    [
        {"url": "{{ event.payload.url }}"},
        {"url": "$secret:STRIPE_KEY"},
        {"url": "{{ event.payload.scheme }}://x"},
        {
            "url": "https://x",
            "method": "{{ event.payload.m }}",
            "tries": "{{ event.payload.n }}",
            "headers": "{{ event.payload.h }}",
        },
    ],
)
def test_input_that_templates_decide_is_left_to_the_run(value):
    assert check(workflow({"key": "a", "uses": "http.request", "with": value})) == []


def test_all_problems_come_at_once():
    raw = {
        "schema": 1,
        "extra": 1,
        "steps": [
            {"key": "a", "uses": "nope.nope", "with": {"x": "{{"}},
            {
                "key": "a",
                "uses": "http.request",
                "needs": ["zz"],
                "with": {"url": 5, "json": "$secret:GONE {{ steps.q }}"},
            },
        ],
    }
    assert sorted(("/".join(map(str, p.path)), p.code) for p in check(raw)) == [
        ("extra", "INVALID_WORKFLOW"),
        ("steps/0/uses", "INVALID_WORKFLOW"),
        ("steps/0/with/x", "INVALID_TEMPLATE"),
        ("steps/1/key", "INVALID_WORKFLOW"),
        ("steps/1/needs/0", "INVALID_WORKFLOW"),
        ("steps/1/with/json", "INVALID_TEMPLATE"),
        ("steps/1/with/json", "SECRET_UNAVAILABLE"),
        ("steps/1/with/url", "INVALID_WORKFLOW"),
    ]


@pytest.mark.parametrize("template", ["{{ steps.s%d.output.id }}", "{{ steps.gone_%d.output.id }}"])
def test_thousand_steps_are_checked_in_a_second(template):
    raw = workflow(
        *[
            {"key": f"s{i}", "uses": "http.request", "with": {"url": "https://x", "json": template % max(i - 1, 0)}}
            for i in range(1, 1_001)
        ]
    )
    assert takes_under(1, lambda: check(raw))
    assert len(check(raw)) in (1, 1_000)


def test_thousand_handled_items_are_checked_in_a_second():
    call = {"uses": "http.request", "with": {"url": "https://x", "json": "{{ item.value }}"}}
    step = {
        "uses": "flow.for_each",
        "with": {"items": "{{ event.payload.x }}", "step": call},
        "on_failure": "h",
        "compensate": call,
    }
    raw = workflow(*[step | {"key": f"s{i}"} for i in range(999)], {"key": "h"})
    assert takes_under(1, lambda: check(raw))
    assert len(check(raw)) == 999  # of the item in each compensation


@pytest.mark.parametrize("known", [90, 500])
def test_thousands_of_unknown_needs_are_told_in_a_second(known):
    steps = [{"key": f"{'ab' * 29}{number:03}", "needs": []} for number in range(known)]
    raw = workflow(*steps, {"key": "last", "needs": [f"{'ba' * 27}{number:05}" for number in range(5_000)]})
    assert takes_under(1, lambda: check(raw))
    found = [problem for problem in check(raw) if problem.path[2:3] == ("needs",)]
    assert [problem.path[3] for problem in found] == list(range(5_000))


def test_near_names_are_told_of_the_first_problems_alone():
    raw = workflow({"key": "charge"}, {"key": "tell", "needs": [f"charg{letter}" for letter in "abcdfghijklmno"]})
    told = [problem.message == naming('"charge"') for problem in check(raw)]
    assert told == [True] * MAX_SUGGESTED + [False] * 4
