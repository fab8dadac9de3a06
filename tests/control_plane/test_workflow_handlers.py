"""What a definition says of failures (``on_failure``) and of undoing (``compensate``)."""

from __future__ import annotations

import pytest

from tests.support.definitions import check, one, workflow
from tests.support.facts import naming


def undo(**fields):
    return workflow({"key": "book"}, {"key": "a", "compensate": {"uses": "http.request"} | fields}, {"key": "b"})


@pytest.mark.parametrize(
    "steps",
    [
        [{"key": "a", "on_failure": "fail"}],
        [{"key": "a", "on_failure": "continue"}],
        [{"key": "a", "on_failure": "h"}, {"key": "h"}],
        [{"key": "a"}, {"key": "b", "on_failure": "h"}, {"key": "c"}, {"key": "h", "on_failure": "h2"}, {"key": "h2"}],
        [{"key": "h", "needs": []}, {"key": "a", "on_failure": "h", "needs": []}],
        [{"key": "fail"}, {"key": "a", "on_failure": "fail"}],
    ],
)
def test_failures_may_be_handled(steps):
    assert check(workflow(*steps)) == []


@pytest.mark.parametrize(
    ("steps", "path", "message"),
    [
        (
            [{"key": "a", "on_failure": "tel"}, {"key": "tell"}],
            ["steps", 0, "on_failure"],
            naming('"tel"', "fail", "continue", '"tell"'),
        ),
        (
            [{"key": "a", "on_failure": "Continue"}],
            ["steps", 0, "on_failure"],
            naming('"Continue"', '"continue"'),
        ),
        (
            [{"key": "a", "on_failure": "a"}],
            ["steps", 0, "on_failure"],
            naming('"a"', "own"),
        ),
        ([{"key": "a", "on_failure": 1}], ["steps", 0, "on_failure"], naming("on_failure")),
        (
            [{"key": "h"}, {"key": "a", "on_failure": "h"}],
            ["steps", 1, "on_failure"],
            naming("h -> a -> h", '"h"', '"a"'),
        ),
        (
            [{"key": "a", "on_failure": "b"}, {"key": "b", "on_failure": "a"}],
            ["steps", 1, "on_failure"],
            naming("a -> b -> a", '"a"', '"b"'),
        ),
    ],
)
def test_handlers_must_exist_and_come_after(steps, path, message):
    assert one(workflow(*steps)) == ("INVALID_WORKFLOW", path, message)


def test_handler_may_read_those_that_name_it_and_no_other():
    read = {"x": "{{ steps.a.error.message }} {{ steps.b.state }}"}
    steps = [{"key": "a", "on_failure": "h"}, {"key": "b", "needs": []}, {"key": "h", "with": read}]
    assert one(workflow(*steps)) == (
        "INVALID_TEMPLATE",
        ["steps", 2, "with", "x"],
        naming('"b"', '"h"'),
    )
    assert check(workflow(steps[0], {"key": "b", "needs": [], "on_failure": "h"}, steps[2])) == []


def test_step_after_a_handler_may_read_both():
    read = {"x": "{{ steps.a.output }}", "y": "{{ steps.h.output }}"}
    assert check(workflow({"key": "a", "on_failure": "h"}, {"key": "h"}, {"key": "b", "with": read})) == []


def test_compensation_may_read_its_own_step_and_what_came_before():
    json = [
        "{{ steps.a.output.id }}",
        "{{ steps.book.output }}",
        "{{ event.id }}",
        "{{ run.id }}",
        "{{ workflow.slug }}",
    ]
    given = {"url": "https://x", "json": json, "headers": {"Authorization": "Bearer $secret:STRIPE_KEY"}}
    assert check(undo(**{"with": given}, retry={"max_attempts": 9}, timeout_seconds=5)) == []


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ("{{ steps.b.output }}", "INVALID_TEMPLATE", naming('"b"', '"a"')),
        ("{{ item.value }}", "INVALID_TEMPLATE", naming("item", "flow.for_each")),
        ("{{ steps.zz }}", "INVALID_TEMPLATE", naming("zz")),
        ("{{", "INVALID_TEMPLATE", naming("{{", "character 1")),
        ("$secret:GONE", "SECRET_UNAVAILABLE", naming("GONE")),
    ],
)
def test_input_of_a_compensation_is_checked_as_a_steps(given, code, message):
    found = one(undo(**{"with": {"url": "https://x", "json": {"n": given}}}))
    assert found[:2] == (code, ["steps", 1, "compensate", "with", "json", "n"])
    assert found[2] == message


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({"with": {}}, ["with", "url"], naming("url")),
        ({"uses": "x.y"}, ["uses"], naming("x.y")),
        ({"uses": "flow.emit_event"}, ["uses"], naming("flow.emit_event")),
        ({"uses": "log.write", "timeout_seconds": 11}, ["timeout_seconds"], naming("10 seconds")),
        ({"uses": "log.write", "retry": {"initial_seconds": 9, "max_seconds": 3}}, ["retry", "initial_seconds"], naming("9 s", "3 s")),
        ({"uses": "log.write", "if": True}, ["if"], naming('"if"', "uses", "with", "retry", "timeout_seconds")),
        ({"uses": "$secret:A"}, None, None),
    ],
)  # fmt: skip
def test_compensation_is_a_call_of_a_connector(fields, path, message):
    raw = undo(**fields) | {"timeout_seconds": 10}
    if path is None:
        assert ("INVALID_WORKFLOW", naming("$secret:", '"with"')) in [
            (problem.code, problem.message) for problem in check(raw)
        ]
    else:
        assert one(raw) == ("INVALID_WORKFLOW", ["steps", 1, "compensate", *path], message)


def test_compensation_needs_to_say_whom_it_calls():
    assert one(workflow({"key": "a", "compensate": {}})) == (
        "INVALID_WORKFLOW",
        ["steps", 0, "compensate", "uses"],
        naming("uses", "http.request"),
    )
