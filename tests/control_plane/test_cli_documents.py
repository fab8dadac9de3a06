"""``automate apply`` reads YAML as JSON with lines, and finds all that is wrong before it sends anything."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest

from actors.connectors.registry import OURS
from automate.cli.applying.document import DocumentProblem, DocumentRefusedError, parse
from automate.configuration.shape import shape_problems

RULE = "rules:\n  - {slug: r, name: R, workflow: w, when: %s}\n"


def value_of(text: str) -> Any:
    return parse(text.encode()).value


def refusals(text: str) -> list[DocumentProblem]:
    with pytest.raises(DocumentRefusedError) as refused:
        parse(text.encode())
    return list(refused.value.problems)


def found(text: str) -> list[tuple[int, str, str]]:
    """Line, dotted path and message of each problem of the shape."""
    document = parse(text.encode())
    problems = [document.problem(message, path) for message, path in shape_problems(document.value)]
    return [(problem.line, ".".join(map(str, problem.path)), problem.message) for problem in problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: yes", {"a": "yes"}),
        ("on: off", {"on": "off"}),
        ("a: 2026-11-25", {"a": "2026-11-25"}),
        ("a: 12:30:00", {"a": "12:30:00"}),
        ("a: 010", {"a": 10}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: [true, ~, null, 0x10, 0o10, -1, 1.5, 1e3, .5, '1']", {"a": [True, None, None, 16, 8, -1, 1.5, 1000.0, 0.5, "1"]}),
        ("1: x", {"1": "x"}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a:", {"a": None}),
    ],
)  # fmt: skip
def test_words_mean_what_they_mean_in_json(text: str, value: Any) -> None:
    read = value_of(text)
    assert read == value
    assert repr(read) == repr(value)


def test_values_know_their_lines() -> None:
    document = parse(b"a:\n  - b: 1\n    c: [2,\n        3]\n")
    assert document.problem("x", ["a", 0, "c", 1]).line == 4
    assert document.problem("x", ["a", 0, "c", 7, "deeper"]).line == 3


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a: [1", 1, "this is not YAML"),
        ("a: 1\n  b: 2", 2, "this is not YAML"),
        ("", 0, "the file is empty"),
        ("a: !!python/object/apply:os.system ['true']", 1, "is not JSON; remove it"),
        ("a: !!binary aGk=", 1, "is not JSON; remove it"),
        ("a: 1\nb: 2\na: 3", 3, "occurs twice"),
        ("? [1]\n: 2", 1, "a key must be a string"),
        ("a: !!int x", 1, "'x' is not a int"),
        ("a: 1e999", 1, "'1e999' is not a float"),
        ("a: 1\n---\na: 2", 2, "this is not YAML"),
        ("a: &x [*x]", 1, "too many values or too many levels"),
        ("[" * 5000, 0, "nested too deep"),
        ("a: *nobody", 1, "this is not YAML"),
        ("\x00", 1, "the character U+0000 is not allowed in YAML; remove it"),
        ("a: é\nb: x\x00y\nc: 1", 2, "the character U+0000 is not allowed in YAML; remove it"),
        ("a: 1\nb: \x07", 2, "the character U+0007 is not allowed in YAML; remove it"),
    ],
)
def test_what_is_no_json_is_refused_with_its_line(text: str, line: int, part: str) -> None:
    (problem,) = refusals(text)
    assert problem.line == line
    assert part in problem.message


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ('a:\n  b: "x\\0y"', ("a", "b"), "contains a NUL character (\\0), which cannot be stored; remove it"),
        ('a:\n  "x\\0y": 1', ("a",), "a key here contains a NUL character (\\0), which cannot be stored; remove it"),
        ('a:\n  b: "\\ud83d"', ("a", "b"), "contains half of a surrogate pair; write whole characters"),
        (
            "a:\n  b: 1" + "0" * 308,
            ("a", "b"),
            "is an integer of more than 308 digits; write it as a string, in quotes",
        ),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_line_and_path(text: str, path: tuple[str, ...], words: str) -> None:
    (problem,) = refusals(text)
    assert (problem.line, problem.path) == (2, path)
    assert words in problem.message


def test_aliases_count_as_often_as_they_are_used() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 8)
    )
    (problem,) = refusals(bomb)
    assert "too many values" in problem.message


def test_all_problems_are_found_at_once() -> None:
    text = """\
sources:
  - slug: shop
    schema: GITHUB
workflows:
  - slug: w
    name: 7
    definition: []
  - slug: w
    name: W
    definition: {}
rules:
  - slug: r
    name: R
    workflow: w
    when: {"and": [{"=": [1, 1]}]}
    priority: true
workflow: []
"""
    assert sorted((line, path) for line, path, _ in found(text)) == [
        (2, "sources.0"),
        (3, "sources.0.schema"),
        (6, "workflows.0.name"),
        (7, "workflows.0.definition"),
        (8, "workflows.1.slug"),
        (15, "rules.0.when.and.0"),
        (16, "rules.0.priority"),
        (17, "workflow"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[]",
            "this must be a mapping with secrets, eventTypes, sources, webhookEndpoints, workflows, rules, schedules and noticePolicies.",
        ),
        (
            "rules: {}",
            "rules must be a list, each a mapping with slug, name, workflow, when, enabled, priority and options.",
        ),
        (
            "rules: [x]",
            "entry 1 of rules must be a mapping with slug, name, workflow, when, enabled, priority and options.",
        ),
        (
            "rules:",
            "There is nothing to apply. A file has secrets, eventTypes, sources, webhookEndpoints, workflows, rules, schedules and noticePolicies.",
        ),
        (RULE % "~", "when is missing; it must be a condition."),
        (
            "sources: [{slug: s, scheme: GITHUB, secrets: [12345]}]",
            "entry 1 of secrets must be a text; put it in quotes.",
        ),
    ],
)
def test_each_shape_says_what_it_should_be(text: str, message: str) -> None:
    assert [message for _, _, message in found(text)] == [message]


@pytest.mark.parametrize(
    ("entry", "path", "message"),
    [
        ("rules: [{slug: Big, name: R, workflow: w, when: true}]", "rules.0.slug", "slug must be 1 to 64 lower-case"),
        ("rules: [{slug: b, name: '', workflow: w, when: true}]", "rules.0.name", "name must have 1 to 200 characters"),
        ('rules: [{slug: b, name: "\\a", workflow: w, when: true}]', "rules.0.name", "name contains a control character"),
        (f"rules: [{{slug: b, name: R, workflow: w, when: true, priority: {2**31}}}]", "rules.0.priority", "at most 2147483647"),
        (f"rules: [{{slug: b, name: R, workflow: w, when: true, priority: -{2**31}}}]", "rules.0.priority", "at most 2147483647"),
        ("workflows: [{slug: a/b, name: W, definition: {}}]", "workflows.0.slug", "slug must be 1 to 64 lower-case"),
        (f"workflows: [{{slug: w, name: {'x' * 201}, definition: {{}}}}]", "workflows.0.name", "it has 201"),
        ("sources: [{slug: '', scheme: GITHUB}]", "sources.0.slug", "slug must be 1 to 64 lower-case"),
    ],
)  # fmt: skip
def test_what_the_api_would_refuse_is_refused_before_it_is_asked(entry: str, path: str, message: str) -> None:
    ((_, where, said),) = found(entry)
    assert where == path
    assert message in said


def test_example_has_no_problem() -> None:
    example = resources.files("automate.cli").joinpath("first.yaml").read_text()
    assert found(example) == []
    assert max(map(len, example.splitlines())) <= 120


def test_example_names_every_connector() -> None:
    example = resources.files("automate.cli").joinpath("first.yaml").read_text()
    (listed,) = [line for line in example.splitlines() if line.strip().startswith("# the connector:")]
    assert {name.strip() for part in listed.split(":")[1].split(",") for name in part.split(" or ")} == {
        one.spec.name for one in OURS
    }
