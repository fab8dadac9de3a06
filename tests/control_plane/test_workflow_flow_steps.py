"""What is refused of each flow step before it is ever taken."""

from __future__ import annotations

import pytest

from tests.support.definitions import check, one, workflow
from tests.support.facts import naming

CALL = {"uses": "http.request", "with": {"url": "https://x"}}
FORM = {"type": "object"}


def flow(name, given, **fields):
    return workflow({"key": "before"}, {"key": "a", "uses": f"flow.{name}", "with": given, **fields})


ACCEPTED = [
    ("transform", {"output": None}),
    ("transform", {"output": "{{ steps.before.output }}"}),
    ("fail", {"message": "{{ event.payload.why }}"}),
    ("fail", {"message": "x", "details": {"n": "{{ event.id }}"}}),
    ("delay", {"seconds": 0.5}),
    ("delay", {"seconds": "{{ event.payload.n }}"}),
    ("delay", {"until": "2026-11-25T10:00:00.123+01:00"}),
    ("delay", {"until": "{{ event.payload.day }}T10:00:00Z"}),
    ("wait_for_event", {"type": "a.b/{{ event.payload.id }}"}),
    ("wait_for_event", {"type": "x", "match": {"==": [{"var": "payload.n"}, {"val": ["headers", "x-n"]}]}}),
    ("wait_for_event", {"type": "x", "match": {"==": [{"var": ""}, 1]}}),
    ("wait_for_event", {"type": "x", "correlation": {"event": "headers.x-id", "equals": True}}),
    ("wait_for_event", {"type": "x", "correlation": {"event": "subject", "equals": "{{ steps.before.output.id }}"}}),
    ("approval", {"title": "x", "roles": ["viewer"], "quorum": 20, "data": [1], "on_expiry": "approved"}),
    ("approval", {"title": "x", "form": {"type": "object", "description": "{{ as it is }}"}}),
    ("run_workflow", {"workflow": "ship", "wait": False, "version": 3}),
    ("run_workflow", {"workflow": "{{ event.payload.next }}", "payload": None}),
    ("emit_event", {"type": "a.b", "payload": [], "subject": "{{ event.subject }}"}),
    ("for_each", {"items": "{{ event.payload.rows }}", "step": CALL}),
    ("for_each", {"items": [1], "parallel": 100, "tolerate": "100%", "step": CALL | {"timeout_seconds": 5}}),
    ("for_each", {"items": [{"n": "{{ event.id }}"}], "tolerate": 3, "step": CALL | {"retry": {"max_attempts": 9}}}),
]


@pytest.mark.parametrize(("name", "given"), ACCEPTED)
def test_what_can_be_taken_is_accepted(name, given):
    assert check(flow(name, given)) == []


REFUSED = [
    ("transform", {}, ["output"], naming("output", "JSON")),
    ("transform", {"output": 1, "x": 1}, ["x"], naming("x")),
    ("fail", {}, ["message"], naming("message")),
    ("fail", {"message": ""}, ["message"], naming("message")),
    ("fail", {"message": "x" * 1_001}, ["message"], naming("message", "1000")),
    ("fail", {"message": "x", "details": []}, ["details"], naming("details")),
    ("delay", {}, [], naming('"with"', "seconds", "until")),
    ("delay", {"seconds": 1, "until": "{{ event.payload.x }}"}, [], naming('"with"', "seconds", "until")),
    ("delay", {"seconds": 0}, ["seconds"], naming("seconds", "0")),
    ("delay", {"seconds": 31_622_401}, ["seconds"], naming("seconds", "31622400")),
    ("delay", {"seconds": 86_401}, ["seconds"], naming("86,400")),
    ("delay", {"until": 5}, ["until"], naming("until")),
    ("delay", {"until": "tomorrow"}, ["until"], naming("until", "2026-")),
    ("delay", {"until": "2026-02-30T10:00:00Z"}, ["until"], naming("until")),
    ("delay", {"until": "2026-11-25T10:00:00"}, ["until"], naming("until")),
    ("wait_for_event", {}, ["type"], naming("type")),
    ("wait_for_event", {"type": "a b"}, ["type"], naming("type")),
    ("wait_for_event", {"type": "x", "match": "y"}, ["match"], naming("match")),
    ("wait_for_event", {"type": "x", "match": {}}, ["match"], naming("match")),
    ("wait_for_event", {"type": "x", "timeout_seconds": 0}, ["timeout_seconds"], naming("timeout_seconds")),
    ("wait_for_event", {"type": "x", "timeout_seconds": 86_401}, ["timeout_seconds"], naming("86,400")),
    ("wait_for_event", {"type": "x", "on_timeout": "stop"}, ["on_timeout"], naming("on_timeout", "fail", "continue")),
    ("wait_for_event", {"type": "x", "correlation": {"event": "subject"}}, ["correlation", "equals"], naming("equals")),
    (
        "wait_for_event",
        {"type": "x", "correlation": {"event": "payload", "equals": None}},
        ["correlation", "equals"],
        naming("equals", "number"),
    ),
    (
        "wait_for_event",
        {"type": "x", "correlation": {"event": "payload.{{ event.id }}", "equals": 1}},
        ["correlation", "event"],
        naming("event", "payload.order.id"),
    ),
    (
        "wait_for_event",
        {"type": "x", "correlation": {"event": "body.id", "equals": 1}},
        ["correlation", "event"],
        naming("event", "type", "source"),
    ),
    ("approval", {}, ["title"], naming("title")),
    ("approval", {"title": "x", "roles": ["boss"]}, ["roles", 0], naming("1", "owner", "admin", "editor")),
    ("approval", {"title": "x", "roles": ["platform"]}, ["roles", 0], naming("1", "owner", "admin")),
    ("approval", {"title": "x", "roles": []}, ["roles"], naming("roles")),
    ("approval", {"title": "x", "roles": ["owner", "owner"]}, ["roles"], naming("roles")),
    ("approval", {"title": "x", "quorum": 21}, ["quorum"], naming("quorum", "20")),
    ("approval", {"title": "x", "expires_seconds": 86_401}, ["expires_seconds"], naming("86,400")),
    ("approval", {"title": "x", "on_expiry": "wait"}, ["on_expiry"], naming("on_expiry", "approved", "rejected")),
    ("approval", {"title": "x", "form": "{{ event.payload.form }}"}, ["form"], naming("form")),
    ("approval", {"title": "x", "form": {}}, ["form", "type"], naming("type", "object")),
    ("approval", {"title": "x", "form": {"type": "array"}}, ["form", "type"], naming("type")),
    (
        "approval",
        {"title": "x", "form": FORM | {"properties": {"a": {"type": "txt"}}}},
        ["form", "properties", "a", "type"],
        naming("JSON Schema"),
    ),
    (
        "approval",
        {"title": "x", "form": FORM | {"properties": {"a": {"pattern": "(?=a)"}}}},
        ["form", "properties", "a", "pattern"],
        naming("JSON Schema"),
    ),
    ("run_workflow", {}, ["workflow"], naming("workflow")),
    ("run_workflow", {"workflow": "Ship"}, ["workflow"], naming("workflow")),
    ("run_workflow", {"workflow": "a", "wait": "no"}, ["wait"], naming("wait")),
    ("run_workflow", {"workflow": "a", "version": 0}, ["version"], naming("version", "1")),
    ("emit_event", {}, ["type"], naming("type", "1", "255")),
    ("emit_event", {"type": "x\n"}, ["type"], naming("type", "1", "255")),
    ("emit_event", {"type": "run.failed"}, ["type"], naming("type", "run.failed", "1", "255")),
    ("emit_event", {"type": "x", "subject": "y" * 256}, ["subject"], naming("subject", "255")),
    ("for_each", {"step": CALL}, ["items"], naming("items", "10,000")),
    ("for_each", {"items": 5, "step": CALL}, ["items"], naming("items")),
    ("for_each", {"items": "a {{ event.payload.x }}", "step": CALL}, ["items"], naming("items")),
    ("for_each", {"items": [0] * 10_001, "step": CALL}, ["items"], naming("items", "10000")),
    ("for_each", {"items": [], "parallel": 101, "step": CALL}, ["parallel"], naming("parallel", "100")),
    ("for_each", {"items": [], "tolerate": -1, "step": CALL}, ["tolerate"], naming("tolerate", "0")),
    ("for_each", {"items": [], "tolerate": "101%", "step": CALL}, ["tolerate"], naming("tolerate")),
    ("for_each", {"items": [], "tolerate": 1.5, "step": CALL}, ["tolerate"], naming("tolerate")),
    ("for_each", {"items": []}, ["step"], naming("step")),
    ("for_each", {"items": [], "step": "{{ event.payload.x }}"}, ["step"], naming("step")),
    ("for_each", {"items": [], "step": {}}, ["step", "uses"], naming("uses")),
    (
        "for_each",
        {"items": [], "step": {"uses": "flow.delay", "with": {"seconds": 1}}},
        ["step", "uses"],
        naming("flow.delay"),
    ),
    ("for_each", {"items": [], "step": {"uses": "htp.request"}}, ["step", "uses"], naming("htp.request")),
    ("for_each", {"items": [], "step": CALL | {"key": "b"}}, ["step", "key"], naming("key")),
    ("for_each", {"items": [], "step": {"uses": "http.request"}}, ["step", "with", "url"], naming("url")),
    ("for_each", {"items": [], "step": CALL | {"timeout_seconds": 86_401}}, ["step", "timeout_seconds"], naming("step")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "path", "message"), REFUSED)
def test_what_cannot_be_taken_is_refused_with_its_place(name, given, path, message):
    code, where, text = one(flow(name, given))
    assert (code, where) == ("INVALID_WORKFLOW", ["steps", 1, "with", *path])
    assert text == message


def test_form_is_bounded_and_written_out_whole():
    large = {"title": "x", "form": FORM | {"description": "y" * 9_000}}
    code, path, message = one(flow("approval", large))
    assert (code, path) == ("LIMIT_EXCEEDED", ["steps", 1, "with", "form"])
    assert message == naming("8,192")
    for form in ({"$ref": "https://elsewhere.invalid/x"}, {"properties": {"a": {"$ref": "#"}}}):
        code, path, message = one(flow("approval", {"title": "x", "form": FORM | form}))
        assert (code, path[-1]) == ("INVALID_WORKFLOW", "$ref")
        assert message == naming("$ref")
    named = {"title": "x", "form": FORM | {"properties": {"$ref": {"type": "string"}}}}
    assert check(flow("approval", named)) == []


def test_match_is_checked_as_a_rule_is_and_all_at_once():
    match = {
        "and": [{"strts_with": ["a", "b"]}, {"==": [{"var": "evnt.x"}, "$secret:A"]}, {"var": ["payload.x", 1, 2]}]
    }
    raw = flow("wait_for_event", {"type": "x", "match": match})
    assert sorted((problem.code, problem.path[4:]) for problem in check(raw)) == [
        ("INVALID_RULE", ("and", 0)),
        ("INVALID_RULE", ("and", 2)),
        ("INVALID_WORKFLOW", ("and", 1, "==", 0, "var")),
        ("INVALID_WORKFLOW", ("and", 1, "==", 1)),
    ]
    assert one(flow("wait_for_event", {"type": "x", "match": {"!": {"var": "steps.before"}}}))[2] == (
        naming('"steps"', "type", "source", "subject", "payload", "headers", "occurred_at")
    )


@pytest.mark.parametrize(
    ("name", "given", "path"),
    [
        ("transform", {"output": ["$secret:STRIPE_KEY"]}, ["output", 0]),
        ("emit_event", {"type": "x", "payload": "a $secret:GONE"}, ["payload"]),
        ("approval", {"title": "x", "form": FORM | {"description": "$secret:A"}}, ["form", "description"]),
        ("wait_for_event", {"type": "x", "match": {"==": ["$secret:A", 1]}}, ["match", "==", 0]),
        ("for_each", {"items": ["$secret:A"], "step": CALL}, ["items", 0]),
    ],
)
def test_flow_steps_take_no_secrets_because_they_show_what_they_are_given(name, given, path):
    code, where, message = one(flow(name, given))
    assert (code, where) == ("INVALID_WORKFLOW", ["steps", 1, "with", *path])
    assert message == naming(f"flow.{name}", "$secret:")


def test_calls_for_items_may_read_their_item_and_secrets():
    given = {
        "url": "https://x",
        "headers": {"a": "$secret:STRIPE_KEY"},
        "json": ["{{ item.value }}", "{{ steps.before }}"],
    }
    assert check(flow("for_each", {"items": [1], "step": {"uses": "http.request", "with": given}})) == []


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"json": "{{ steps.a.output }}"}, "INVALID_TEMPLATE", ["json"]),
        ({"json": "{{ itm.value }}"}, "INVALID_TEMPLATE", ["json"]),
        ({"json": "{{"}, "INVALID_TEMPLATE", ["json"]),
        ({"json": "$secret:GONE"}, "SECRET_UNAVAILABLE", ["json"]),
        ({"tries": 0}, "INVALID_WORKFLOW", ["tries"]),
    ],
)
def test_calls_for_items_are_checked_as_steps_are(given, code, path):
    step = {"uses": "http.request", "with": {"url": "https://x"} | given}
    found = one(flow("for_each", {"items": [], "step": step}))
    assert found[:2] == (code, ["steps", 1, "with", "step", "with", *path])


def test_items_themselves_are_not_read_item_by_item():
    assert one(flow("for_each", {"items": "{{ item.value }}", "step": CALL}))[2] == naming("item", "flow.for_each")


@pytest.mark.parametrize(
    ("name", "given", "timed"),
    [
        ("transform", {"output": 1}, naming("at once")),
        ("fail", {"message": "x"}, naming("at once")),
        ("emit_event", {"type": "x"}, naming("at once")),
        ("delay", {"seconds": 1}, naming('"with"')),
        ("wait_for_event", {"type": "x"}, naming('"with"')),
        ("approval", {"title": "x"}, naming('"with"')),
        ("run_workflow", {"workflow": "x"}, None),
        ("for_each", {"items": [], "step": CALL}, None),
    ],
)
def test_settings_that_would_say_nothing_are_refused(name, given, timed):
    code, path, message = one(flow(name, given, retry={}))
    assert (code, path) == ("INVALID_WORKFLOW", ["steps", 1, "retry"])
    assert message == naming(f"flow.{name}")
    problems = check(flow(name, given, timeout_seconds=5))
    if timed is None:
        assert problems == []
    else:
        (problem,) = problems
        assert problem.path == ("steps", 1, "timeout_seconds")
        assert problem.message == naming(f"flow.{name}", '"timeout_seconds"')
        assert problem.message == timed


def test_unknown_flow_step_is_named():
    assert one(workflow({"key": "a", "uses": "flow.dely"})) == (
        "INVALID_WORKFLOW",
        ["steps", 0, "uses"],
        naming("flow.dely", "flow.delay"),
    )


def test_flow_steps_have_conditions_needs_handlers_and_compensations_as_others_do():
    step = {
        "key": "b",
        "uses": "flow.run_workflow",
        "with": {"workflow": "x"},
        "needs": ["a"],
        "if": {"var": "event.id"},
    }
    step |= {"on_failure": "h", "compensate": {"uses": "log.write", "with": {"run": "{{ steps.b.output.run }}"}}}
    assert check(workflow({"key": "a"}, step, {"key": "h"})) == []
