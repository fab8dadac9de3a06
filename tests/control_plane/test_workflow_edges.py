"""What a step reads of the steps before it is held against what these can give; where a schema is open, nothing is held against it."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from automate.events.records import EventRecord
from automate.kernel.ids import new_id
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.edges import EVENT_NAMES
from automate.workflows.expression_shapes import Located, ShapeReader
from automate.workflows.shapes import NO_PLACE, Shapes
from automate.workflows.templates.allowance import TemplateAllowance
from automate.workflows.templates.expressions import parse_expression
from automate.workflows.validation import check_definition
from tests.support.cost import takes_under
from tests.support.examples import examples
from tests.support.facts import Naming, naming

CLOSED = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "status": {"type": "integer"},
        "json": {},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "rows": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": False, "properties": {"id": {"type": "string"}}},
        },
        "level": {"enum": ["low", "high"]},
        "paid": {
            "anyOf": [{"type": "null"}, {"type": "object", "properties": {"at": {}}, "additionalProperties": False}]
        },
        "choice": {"oneOf": [{"const": 1}, {"type": "string"}]},
    },
}
CONNECTORS = {
    "a.call": ConnectorSpec("a.call", "Call", "keyed", {"type": "object"}, CLOSED),
    "a.open": ConnectorSpec(
        "a.open", "Open", "keyed", {"type": "object"}, {"type": "object", "properties": {"id": {}}}
    ),
    "a.say": ConnectorSpec("a.say", "Say", "idempotent", {"type": "object"}, {}),
}


def problems(*steps: dict[str, Any], **top: Any) -> list[tuple[list[str | int], str]]:
    found = check_definition({"schema": 1, "steps": list(steps), **top}, CONNECTORS, None)
    return [(list(problem.path), problem.message) for problem in found]


def read(expression: str, *more: dict[str, Any]) -> list[str]:
    """What is said of a step that reads an expression behind a step ``call``."""
    steps = [
        {"key": "call", "uses": "a.call"},
        *more,
        {"key": "say", "uses": "a.say", "with": {"x": f"{{{{ {expression} }}}}"}},
    ]
    found = problems(*steps)
    assert all(path == ["steps", len(steps) - 1, "with", "x"] for path, _ in found), found
    return [message for _, message in found]


BROKEN_GRAPHS = {
    "a duplicate key": [{"key": "call", "uses": "a.call"}, {"key": "call", "uses": "a.call"}],
    "a cycle": [{"key": "call", "uses": "a.call", "needs": ["b"]}, {"key": "b", "uses": "a.call", "needs": ["call"]}],
    "an unknown need": [{"key": "call", "uses": "a.call"}, {"key": "b", "uses": "a.call", "needs": ["nobody"]}],
}


@pytest.mark.parametrize("broken", BROKEN_GRAPHS.values(), ids=BROKEN_GRAPHS.keys())
def test_what_does_not_depend_on_the_graph_is_told_beside_its_problems(broken: list[dict[str, Any]]) -> None:
    reads = {
        "a": "{{ event.amount }}",
        "b": "{{ run.nothing }}",
        "c": "{{ workflow.name }}",
        "d": "{{ evnt.payload }}",
        "e": "{{ steps.cal.output }}",
        "f": "{{ steps.call.output.perhaps }}",
    }
    say = {"key": "say", "uses": "a.say", "needs": [], "if": {"var": "event.amount"}, "with": reads}
    each = {"key": "each", "uses": "flow.for_each", "needs": [], "with": {"items": [1], "step": {"uses": "a.say", "with": {"x": "{{ item.nothing }}"}}}}  # fmt: skip
    found = problems(*broken, say, each, concurrency={"key": "{{ event.amount }}", "limit": 1, "strategy": "queue"})
    told = [tuple(path) for path, _ in found if path[:2] not in (["steps", 0], ["steps", 1])]
    assert sorted(map(str, told)) == sorted(
        map(str, [
            ("concurrency", "key"), ("steps", 2, "if", "var"), *(("steps", 2, "with", name) for name in "abcde"),
            ("steps", 3, "with", "step", "with", "x"),
        ])
    )  # fmt: skip
    assert len(found) == len(told) + 1, "the graph's own problem comes too"


HAS = "status, json, headers, rows, level, paid, choice"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("steps.call.output.statuss", naming("steps.call.output.statuss", HAS, '"status"')),
        ("steps.call.output.nowhere.deeper", naming("steps.call.output.nowhere", HAS)),
        ("steps.call.outputs.id", naming("steps.call.outputs", "state, output, error", '"output"')),
        ("steps.call.error.messag", naming("steps.call.error.messag", "code, message, details", '"message"')),
        ("steps.call.output.status.code", naming("steps.call.output.status.code", "steps.call.output.status", "whole number")),
        ("steps.call.output.level.name", naming("steps.call.output.level.name", "steps.call.output.level", "text")),
        ("steps.call.output.rows.id", naming("steps.call.output.rows.id", "steps.call.output.rows", "list")),
        ("steps.call.output.rows[0].ids", naming("steps.call.output.rows[].ids", "steps.call.output.rows[]", '"id"')),
        ("steps.call.output.rows[*].ids", naming("steps.call.output.rows[].ids", "steps.call.output.rows[]", '"id"')),
        ("steps.call.output.rows[?idd == '1'].id", naming("steps.call.output.rows[].idd", "steps.call.output.rows[]", '"id"')),
        ("steps.call.output.rows[].id | [0].x", naming("steps.call.output.rows[].id[].x", "steps.call.output.rows[].id[]", "text")),
        ("steps.call.output.status[0]", naming("steps.call.output.status", "list", "whole number")),
        ("steps.call.output.headers[*]", naming("steps.call.output.headers", "list", "object")),
        ("steps.call.output.headers.accept.x", naming("steps.call.output.headers.accept.x", "steps.call.output.headers.accept", "text")),
        ("steps.call.output.paid.on", naming("steps.call.output.paid.on", "has at")),
        ("length(steps.call.output.row)", naming("steps.call.output.row", HAS, '"rows"')),
        ("steps.call.output.row || 'none'", naming("steps.call.output.row", HAS, '"rows"')),
        ("{a: steps.call.output.row}", naming("steps.call.output.row", HAS, '"rows"')),
        ("{a: steps.call.output.status}.b", naming("at b", "has a")),
        ("steps.call.output | @.row", naming("steps.call.output.row", HAS, '"rows"')),
        ("event.paylod.id", naming("event.paylod", "occurred_at", "received_at", "trace_id", '"payload"')),
        ("run.key", naming("run.key", "id, trace_id")),
        ("workflow.name", naming("workflow.name", "slug, version")),
    ],
)  # fmt: skip
def test_what_no_earlier_step_can_give_is_a_problem(expression: str, message: Naming) -> None:
    assert read(expression) == [message]


@pytest.mark.parametrize(
    "expression",
    [
        "steps.call", "steps.call.output", "steps.call.output.json.anything[3].at_all", "steps.call.output.headers.accept",
        "steps.call.output.rows[-1].id", "steps.call.output.rows[0:2].id", "steps.call.output.rows[].id | [0]",
        "steps.call.output.paid.at.deeper", "steps.call.output.choice", "steps.call.output.*.x", "steps.call.error.details.x",
        "event.payload.a.b[0]", "event.headers.x", "event.trace_id", "run.id", "workflow.version",
        "sort_by(steps.call.output.rows, &whatever)[0].id", "keys(steps.call.output.headers)", "to_array(steps.call.output.status)[0]",
        "(steps.call.output.json || steps.call.output.status).x", "steps.call.output.rows[?id].{name: id}[0].name",
        "map(&nothing, steps.call.output.rows)", "steps.call.output.json[][].x", "[steps.call.output.status][0]",
    ],
)  # fmt: skip
def test_what_can_be_there_is_none(expression: str) -> None:
    assert read(expression) == []


def test_a_condition_is_held_against_the_same() -> None:
    call, say = {"key": "call", "uses": "a.call"}, {"key": "say", "uses": "a.say"}
    wrong = {
        "and": [{"==": [{"var": "steps.call.output.rows.0.ids"}, 1]}, {">": [{"var": "steps.call.output.status"}, 1]}]
    }
    assert problems(call, {**say, "if": wrong}) == [
        (
            ["steps", 1, "if", "and", 0, "==", 0, "var"],
            naming("steps.call.output.rows.0.ids", '"id"'),
        )
    ]
    assert problems(call, {**say, "if": {"==": [{"var": "steps.call.output.rows.0.id"}, 1]}}) == []


def test_open_schemas_and_unknown_connectors_are_taken_at_their_word() -> None:
    steps: list[dict[str, Any]] = [
        {"key": "open", "uses": "a.open"},
        {"key": "say", "uses": "a.say", "with": {"x": "{{ steps.open.output.what.ever }}"}},
    ]
    assert problems(*steps) == []
    unknown = problems({"key": "open", "uses": "a.gone"}, steps[1])
    assert [path for path, _ in unknown] == [["steps", 0, "uses"]]


def test_a_transform_gives_what_it_writes() -> None:
    made = {
        "key": "made",
        "uses": "flow.transform",
        "with": {
            "output": {
                "id": "{{ steps.call.output.rows[0].id }}",
                "n": [1, {"a": 2}],
                "text": "x {{ event.payload.y }}",
            }
        },
    }
    assert read("steps.made.output.id", made) == []
    assert read("steps.made.output.n[1].a", made) == []
    assert read("steps.made.output.idd", made) == [naming("steps.made.output.idd", "id, n, text", '"id"')]
    assert read("steps.made.output.id.x", made) == [naming("steps.made.output.id.x", "steps.made.output.id", "text")]
    assert read("steps.made.output.text.x", made) == [
        naming("steps.made.output.text.x", "steps.made.output.text", "text")
    ]
    whole = {"key": "made", "uses": "flow.transform", "with": {"output": "{{ steps.call.output }}"}}
    assert read("steps.made.output.json.x", whole) == []
    assert read("steps.made.output.jsn", whole)[0] == naming("steps.made.output.jsn")


def test_the_one_who_handles_a_failure_finds_no_output() -> None:
    call = {"key": "call", "uses": "a.call", "on_failure": "mend"}
    mend = {
        "key": "mend",
        "uses": "a.say",
        "with": {"x": "{{ steps.call.output.status }}", "y": "{{ steps.call.error.message }}"},
    }
    assert problems(call, mend) == [
        (
            ["steps", 1, "with", "x"],
            (naming("steps.call.output.status", "mend", "steps.call.error")),
        )
    ]
    other = {"key": "other", "uses": "a.call", "needs": [], "on_failure": "mend"}
    assert problems(call, other, mend) == [], "one of two may have succeeded"
    behind = {"key": "behind", "uses": "a.say", "needs": ["mend"], "with": {"x": "{{ steps.call.output.status }}"}}
    assert problems(call, {**mend, "with": {}}, behind) == [], "call may have succeeded, and mend been skipped"


def test_a_step_that_always_fails_gives_nothing() -> None:
    fail = {"key": "no", "uses": "flow.fail", "with": {"message": "x"}, "on_failure": "continue"}
    assert read("steps.no.output.x", fail) == [naming("steps.no.output.x", "steps.no.error")]


def test_items_are_known_within_their_step_and_behind_it() -> None:
    def each(items: Any, value: str) -> dict[str, Any]:
        step = {"uses": "a.call", "with": {"x": f"{{{{ {value} }}}}"}}
        return {"key": "each", "uses": "flow.for_each", "with": {"items": items, "step": step}}

    call = {"key": "call", "uses": "a.call"}
    rows = "{{ steps.call.output.rows }}"
    assert problems(call, each(rows, "item.value.id")) == []
    assert problems(call, each("{{ event.payload.rows }}", "item.value.any.thing")) == []
    assert problems(call, each([{"a": 1}, {"b": 2}], "item.value.b")) == []
    found = [
        problems(call, each(*given))
        for given in ((rows, "item.value.idd"), (rows, "item.idx"), ([{"a": 1}, {"b": 2}], "item.value.c"))
    ]
    assert [[message for _, message in each_found] for each_found in found] == [
        [naming("item.value.idd", '"id"')],
        [naming("item.idx", "value", '"index"')],
        [naming("item.value.c", "a, b")],
    ]
    assert found[0][0][0] == ["steps", 1, "with", "step", "with", "x"]
    looped = each(rows, "item.value.id")
    assert read("steps.each.output.items[0].output.status", looped) == []
    assert read("steps.each.output.items[*].output.statuss", looped)[0] == naming(
        "steps.each.output.items[].output.statuss"
    )


def test_a_compensation_sees_the_output_of_its_own_step() -> None:
    undo = {"uses": "a.say", "with": {"x": "{{ steps.call.output.stat }}", "y": "{{ steps.call.output.status }}"}}
    (found,) = problems({"key": "call", "uses": "a.call", "compensate": undo})
    assert found[0] == ["steps", 0, "compensate", "with", "x"]


def test_outputs_of_another_workflow_are_open() -> None:
    runs = {"key": "run", "uses": "flow.run_workflow", "with": {"workflow": "child"}}
    assert read("steps.run.output.outputs.label.number", runs) == []
    assert read("steps.run.output.output", runs)[0] == naming('"outputs"')


def test_a_wrong_reference_is_told_once() -> None:
    assert len(read("steps.cal.output.statuss")) == 1
    assert len(read("steps.say.output.statuss")) == 1


def test_names_of_an_event_are_those_that_templates_see() -> None:
    from datetime import datetime, timezone

    now = datetime.now(timezone.utc)
    record = EventRecord(new_id(), "t", "s", "", {}, now, now, "0" * 32, 0, b"{}")
    assert set(record.seen_by_templates()) == set(EVENT_NAMES)


def test_shapes_that_grow_without_end_are_looked_at_for_a_time_only() -> None:
    steps: list[dict[str, Any]] = [{"key": "s0", "uses": "a.call"}]
    for number in range(1, 400):
        before = f"steps.s{number - 1}.output"
        output = "{{ " + " || ".join([before] * 8) + " }}"
        steps.append({"key": f"s{number}", "uses": "flow.transform", "with": {"output": output}})
    steps.append({"key": "say", "uses": "a.say", "with": {str(n): "{{ steps.s399.output.no }}" for n in range(50)}})
    assert takes_under(5, lambda: problems(*steps))


@pytest.mark.slow
def test_a_thousand_steps_that_read_one_another_are_checked_within_a_second_or_two() -> None:
    steps: list[dict[str, Any]] = [{"key": "s0", "uses": "a.call"}]
    steps += [
        {
            "key": f"s{number}",
            "uses": "a.call",
            "with": {"x": f"{{{{ steps.s{number - 1}.output.rows[*].id }}}}"},
            "if": {"var": f"steps.s{number - 1}.output.status"},
        }
        for number in range(1, 1_000)
    ]
    assert takes_under(5, lambda: problems(*steps))
    assert problems(*steps) == []


NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.sampled_from([None, True, 1, "x"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
SCHEMAS = st.recursive(
    st.sampled_from(
        [
            True,
            {},
            {"type": "string"},
            {"type": "null"},
            {"type": ["object", "null"]},
            {"enum": [1, "x"]},
            {"type": "object", "additionalProperties": False},
        ]
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(["object", ["object", "null"], ["object", "array"]]),
                "properties": st.dictionaries(NAMES, inner, max_size=3),
            },
            optional={"additionalProperties": st.booleans() | inner, "patternProperties": st.just({"^c": True})},
        ),
        st.fixed_dictionaries(
            {"type": st.just("array")},
            optional={"items": inner, "prefixItems": st.lists(inner, min_size=1, max_size=1)},
        ),
        st.lists(inner, min_size=1, max_size=2).map(lambda some: {"anyOf": some}),
        st.lists(inner, min_size=1, max_size=2).map(lambda some: {"allOf": some}),
        st.tuples(inner, inner).map(lambda two: {"properties": {"a": two[0]}, "oneOf": [two[1], {"type": "integer"}]}),
    ),
    max_leaves=6,
)
EXPRESSIONS = st.sampled_from(
    ["a", "a.b", "a.b.c", "a[0]", "a[0].b", "a[*].b", "a[].b", "[0].a", "[*]", "a.*.b", "a[?b].c", "{x: a}.x.b", "(a || b).c", "a[*].b | [0].c", "[].a", "a[0:1].b", "[a, b][0].c", "length(a)", "a && b.c"]
)  # fmt: skip


def something_read(expression: str, value: Any) -> bool:
    from automate.workflows.templates.allowance import TemplateFailure

    try:
        found = parse_expression(expression).evaluate(value, TemplateAllowance())
    except TemplateFailure:
        return False
    return found not in (None, [], False)


def says_nothing_can(schema: Any, expression: str) -> bool:
    reader = ShapeReader(Shapes())
    reader.follow(parse_expression(expression).node, Located(schema, ("here",)))
    return bool(reader.messages)


PLAIN = frozenset(
    {"a", "a.b", "a.b.c", "a[0]", "a[0].b", "a[*].b", "a[].b", "[0].a", "[*]", "[].a", "a[0:1].b", "a[*].b | [0].c"}
)
"""Expressions all of whose parts are read for their result: where one part cannot be, neither can the result."""


@pytest.mark.slow
@settings(max_examples=examples(1_500), deadline=None)
@given(SCHEMAS, VALUES, EXPRESSIONS.filter(PLAIN.__contains__))
def test_no_alarm_is_false(schema: Any, value: Any, expression: str) -> None:
    """Whatever a schema allows and an expression finds in it, nobody says that it cannot be there."""
    assume(jsonschema_rs.is_valid(schema, value))
    if something_read(expression, value):
        assert not says_nothing_can(schema, expression), (schema, value, expression)


@settings(max_examples=examples(500), deadline=None)
@given(SCHEMAS, EXPRESSIONS)
def test_any_expression_over_any_schema_is_followed_to_its_end(schema: Any, expression: str) -> None:
    says_nothing_can(schema, expression)


def test_an_open_schema_taken_for_closed_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: without the rule for open objects, the property above has a counterexample."""
    from automate.workflows import shapes

    schema = {"type": "object", "properties": {"a": True}}
    assert not says_nothing_can(schema, "b")
    monkeypatch.setattr(shapes, "_other_member", lambda _shape: False)
    assert says_nothing_can(schema, "b")
    assert Shapes().member(schema, "b") is NO_PLACE


def test_what_a_for_each_keeps_is_all_that_is_read_of_it() -> None:
    def keeping(keep: list[str], reads: str) -> list[tuple[list[str | int], str]]:
        step = {"uses": "a.call"}
        return problems(
            {"key": "each", "uses": "flow.for_each", "with": {"items": [1], "keep": keep, "step": step}},
            {"key": "say", "uses": "a.say", "with": {"x": f"{{{{ steps.each.output.items[0].output.{reads} }}}}"}},
        )

    assert keeping(["status", "json.id"], "json.id") == []
    assert keeping(["json", "json.id"], "json.other") == []
    (((path, message),),) = (keeping(["json.id"], "status"),)
    assert path == ["steps", 1, "with", "x"]
    assert message == naming("steps.each.output.items[].output.status")
    (((path, message),),) = (keeping(["status", "statuss"], "status"),)
    assert path == ["steps", 0, "with", "keep", 1]
    assert message == naming('"statuss"', '"status"', "a.call")
    (((path, message),),) = (keeping(["{{ event.payload.x }}"], "json"),)
    assert path == ["steps", 0, "with", "keep", 0]
