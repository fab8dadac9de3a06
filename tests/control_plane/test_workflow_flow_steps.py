"""What is refused of each flow step before it is ever taken."""

from __future__ import annotations

import pytest

from tests.support.definitions import check, one, workflow

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
    ("approval", {"title": "x", "roles": ["viewer"], "quorum": 20, "data": [1], "on_expiry": "approve"}),
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
    ("transform", {}, ["output"], '"output" is missing: any JSON;'),
    ("transform", {"output": 1, "x": 1}, ["x"], '"x" is not a field here.'),
    ("fail", {}, ["message"], '"message" is missing: what people read as the reason.'),
    ("fail", {"message": ""}, ["message"], '"message" must not be empty.'),
    ("fail", {"message": "x" * 1_001}, ["message"], '"message" must have at most 1000 characters.'),
    ("fail", {"message": "x", "details": []}, ["details"], '"details" must be an object.'),
    ("delay", {}, [], '"with" must have exactly one of seconds, until.'),
    ("delay", {"seconds": 1, "until": "{{ event.payload.x }}"}, [], '"with" must have exactly one of seconds, until.'),
    ("delay", {"seconds": 0}, ["seconds"], '"seconds" must be more than 0.'),
    ("delay", {"seconds": 31_622_401}, ["seconds"], '"seconds" must be at most 31622400.'),
    ("delay", {"seconds": 86_401}, ["seconds"], "The run ends before that, after 86,400 seconds; wait less, or raise"),
    ("delay", {"until": 5}, ["until"], '"until" must be text.'),
    ("delay", {"until": "tomorrow"}, ["until"], '"until" must be a moment with its offset, such as 2026-'),
    ("delay", {"until": "2026-02-30T10:00:00Z"}, ["until"], '"until" must be a moment with its offset'),
    ("delay", {"until": "2026-11-25T10:00:00"}, ["until"], '"until" must be a moment with its offset'),
    ("wait_for_event", {}, ["type"], '"type" is missing: the type of the event'),
    ("wait_for_event", {"type": "a b"}, ["type"], '"type" is not of the form that is expected: the type of the event'),
    ("wait_for_event", {"type": "x", "match": "y"}, ["match"], '"match" must be an object.'),
    ("wait_for_event", {"type": "x", "match": {}}, ["match"], '"match" must not be empty.'),
    ("wait_for_event", {"type": "x", "timeout_seconds": 0}, ["timeout_seconds"], '"timeout_seconds" must be more'),
    ("wait_for_event", {"type": "x", "timeout_seconds": 86_401}, ["timeout_seconds"], "The run ends before that"),
    ("wait_for_event", {"type": "x", "on_timeout": "stop"}, ["on_timeout"], '"on_timeout" must be one of fail, continue.'),
    ("wait_for_event", {"type": "x", "correlation": {"event": "subject"}}, ["correlation", "equals"], '"equals" is missing'),
    (
        "wait_for_event",
        {"type": "x", "correlation": {"event": "payload", "equals": None}},
        ["correlation", "equals"],
        '"equals" must be true or false or a number or text.',
    ),
    (
        "wait_for_event",
        {"type": "x", "correlation": {"event": "payload.{{ event.id }}", "equals": 1}},
        ["correlation", "event"],
        '"event" is a path and is written out, such as payload.order.id;',
    ),
    (
        "wait_for_event",
        {"type": "x", "correlation": {"event": "body.id", "equals": 1}},
        ["correlation", "event"],
        '"event" is not of the form that is expected: names with dots between them, the first of type, source,',
    ),
    ("approval", {}, ["title"], '"title" is missing: what is to be decided'),
    ("approval", {"title": "x", "roles": ["boss"]}, ["roles", 0], "Entry 1 of roles must be one of owner, admin, editor,"),
    ("approval", {"title": "x", "roles": ["platform"]}, ["roles", 0], "Entry 1 of roles must be one of owner, admin,"),
    ("approval", {"title": "x", "roles": []}, ["roles"], '"roles" must not be empty.'),
    ("approval", {"title": "x", "roles": ["owner", "owner"]}, ["roles"], '"roles" must not name anything twice.'),
    ("approval", {"title": "x", "quorum": 21}, ["quorum"], '"quorum" must be at most 20.'),
    ("approval", {"title": "x", "expires_seconds": 86_401}, ["expires_seconds"], "The run ends before that"),
    ("approval", {"title": "x", "on_expiry": "wait"}, ["on_expiry"], '"on_expiry" must be one of reject, approve.'),
    ("approval", {"title": "x", "form": "{{ event.payload.form }}"}, ["form"], '"form" must be an object.'),
    ("approval", {"title": "x", "form": {}}, ["form", "type"], '"type" is missing: a form is an object.'),
    ("approval", {"title": "x", "form": {"type": "array"}}, ["form", "type"], '"type" must be object.'),
    (
        "approval",
        {"title": "x", "form": FORM | {"properties": {"a": {"type": "txt"}}}},
        ["form", "properties", "a", "type"],
        "The form is no JSON Schema (2020-12): ",
    ),
    (
        "approval",
        {"title": "x", "form": FORM | {"properties": {"a": {"pattern": "(?=a)"}}}},
        ["form", "properties", "a", "pattern"],
        "The form is no JSON Schema (2020-12): ",
    ),
    ("run_workflow", {}, ["workflow"], '"workflow" is missing: its slug'),
    ("run_workflow", {"workflow": "Ship"}, ["workflow"], '"workflow" is not of the form that is expected: its slug'),
    ("run_workflow", {"workflow": "a", "wait": "no"}, ["wait"], '"wait" must be true or false.'),
    ("run_workflow", {"workflow": "a", "version": 0}, ["version"], '"version" must be at least 1.'),
    ("emit_event", {}, ["type"], '"type" is missing: 1 to 255 letters'),
    ("emit_event", {"type": "x\n"}, ["type"], '"type" is not of the form that is expected: 1 to 255 letters'),
    ("emit_event", {"type": "run.failed"}, ["type"], '"type" must not be run.failed: 1 to 255 letters'),
    ("emit_event", {"type": "x", "subject": "y" * 256}, ["subject"], '"subject" must have at most 255 characters.'),
    ("for_each", {"step": CALL}, ["items"], '"items" is missing: a list of at most 10,000 items'),
    ("for_each", {"items": 5, "step": CALL}, ["items"], '"items" must be a list.'),
    ("for_each", {"items": "a {{ event.payload.x }}", "step": CALL}, ["items"], '"items" must be a list.'),
    ("for_each", {"items": [0] * 10_001, "step": CALL}, ["items"], '"items" must have at most 10000 entries.'),
    ("for_each", {"items": [], "parallel": 101, "step": CALL}, ["parallel"], '"parallel" must be at most 100.'),
    ("for_each", {"items": [], "tolerate": -1, "step": CALL}, ["tolerate"], '"tolerate" must be at least 0.'),
    ("for_each", {"items": [], "tolerate": "101%", "step": CALL}, ["tolerate"], '"tolerate" is not of the form that is'),
    ("for_each", {"items": [], "tolerate": 1.5, "step": CALL}, ["tolerate"], '"tolerate" must be a whole number or text.'),
    ("for_each", {"items": []}, ["step"], '"step" is missing: the call that is made for each item.'),
    ("for_each", {"items": [], "step": "{{ event.payload.x }}"}, ["step"], '"step" must be an object.'),
    ("for_each", {"items": [], "step": {}}, ["step", "uses"], '"uses" is missing: the connector to call'),
    (
        "for_each",
        {"items": [], "step": {"uses": "flow.delay", "with": {"seconds": 1}}},
        ["step", "uses"],
        'Only a connector can be called here, and "flow.delay" is a flow step.',
    ),
    ("for_each", {"items": [], "step": {"uses": "htp.request"}}, ["step", "uses"], 'There is no connector "htp.request". Did'),
    ("for_each", {"items": [], "step": CALL | {"key": "b"}}, ["step", "key"], '"key" is not a field here.'),
    ("for_each", {"items": [], "step": {"uses": "http.request"}}, ["step", "with", "url"], '"url" is missing: an http'),
    ("for_each", {"items": [], "step": CALL | {"timeout_seconds": 86_401}}, ["step", "timeout_seconds"], "A step's time-out"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "path", "message"), REFUSED)
def test_what_cannot_be_taken_is_refused_with_its_place(name, given, path, message):
    code, where, text = one(flow(name, given))
    assert (code, where) == ("INVALID_WORKFLOW", ["steps", 1, "with", *path])
    assert text.startswith(message)


def test_form_is_bounded_and_written_out_whole():
    large = {"title": "x", "form": FORM | {"description": "y" * 9_000}}
    code, path, message = one(flow("approval", large))
    assert (code, path) == ("LIMIT_EXCEEDED", ["steps", 1, "with", "form"])
    assert message.endswith("the limit is 8,192; ask for less.")
    for form in ({"$ref": "https://elsewhere.invalid/x"}, {"properties": {"a": {"$ref": "#"}}}):
        code, path, message = one(flow("approval", {"title": "x", "form": FORM | form}))
        assert (code, path[-1]) == ("INVALID_WORKFLOW", "$ref")
        assert message == "A form is written out whole; put what $ref leads to in its place."
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
        'There is no "steps" here; there are type, source, subject, payload, headers, occurred_at.'
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
    assert message.startswith(f"flow.{name} shows what it is given; remove $secret:")


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
    assert one(flow("for_each", {"items": "{{ item.value }}", "step": CALL}))[2] == (
        '"item" exists only within the step of a flow.for_each.'
    )


@pytest.mark.parametrize(
    ("name", "given", "timed"),
    [
        ("transform", {"output": 1}, "because it ends at once"),
        ("fail", {"message": "x"}, "because it ends at once"),
        ("emit_event", {"type": "x"}, "because it ends at once"),
        ("delay", {"seconds": 1}, 'because its "with" says how long it waits'),
        ("wait_for_event", {"type": "x"}, 'because its "with" says how long it waits'),
        ("approval", {"title": "x"}, 'because its "with" says how long it waits'),
        ("run_workflow", {"workflow": "x"}, None),
        ("for_each", {"items": [], "step": CALL}, None),
    ],
)
def test_settings_that_would_say_nothing_are_refused(name, given, timed):
    code, path, message = one(flow(name, given, retry={}))
    assert (code, path) == ("INVALID_WORKFLOW", ["steps", 1, "retry"])
    assert message.startswith(f"flow.{name} is not tried again; ")
    problems = check(flow(name, given, timeout_seconds=5))
    if timed is None:
        assert problems == []
    else:
        (problem,) = problems
        assert problem.path == ("steps", 1, "timeout_seconds")
        assert problem.message == f'flow.{name} takes no time-out, {timed}; remove "timeout_seconds".'


def test_unknown_flow_step_is_named():
    assert one(workflow({"key": "a", "uses": "flow.dely"})) == (
        "INVALID_WORKFLOW",
        ["steps", 0, "uses"],
        'There is no flow step "flow.dely". Did you mean "flow.delay"?',
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
