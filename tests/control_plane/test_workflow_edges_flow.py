"""Flow steps, handlers and compensations read only what can exist at their place."""

from __future__ import annotations

from typing import Any

from tests.support.edges import problems, read
from tests.support.facts import naming


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
