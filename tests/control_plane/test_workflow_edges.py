"""A step can read only what the steps before it can give. An open schema allows everything."""

from __future__ import annotations

from typing import Any

import pytest

from automate.events.records import EventRecord
from automate.kernel.ids import new_id
from automate.workflows.edges import EVENT_NAMES
from tests.support.cost import takes_under
from tests.support.edges import problems, read
from tests.support.facts import Naming, naming

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
