"""The catalogue of the sentences about a workflow's definition: each kind once. Other tests assert codes, paths and facts."""

from __future__ import annotations

from typing import Any

import pytest

from automate.workflows.connectors import ConnectorSpec
from automate.workflows.templates.scanner import TemplateFailure, scan
from automate.workflows.validation import check_definition
from tests.support.definitions import HTTP, LOG, one, workflow

CALL = {"uses": "http.request", "with": {"url": "https://x"}}
FORM = {"type": "object"}
ROWS = {"type": "object", "additionalProperties": False, "properties": {"id": {"type": "string"}}}
CLOSED: Any = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"status": {"type": "integer"}, "rows": {"type": "array", "items": ROWS}},
}
CALLED = ConnectorSpec("a.call", "Call", "keyed", {"type": "object"}, CLOSED)
CONNECTORS = {"http.request": HTTP, "log.write": LOG, "a.call": CALLED}


def flow(name: str, given: Any, **fields: Any) -> Any:
    return workflow({"key": "before"}, {"key": "a", "uses": f"flow.{name}", "with": given, **fields})


def called(given: Any) -> Any:
    return workflow({"key": "a", "uses": "http.request", "with": given})


SCHEMA = [
    (7, "The definition must be an object."),
    (workflow({"key": "a"}, schema=2), '"schema" must be 1.'),
    ({"schema": 1, "steps": []}, '"steps" must not be empty.'),
    ({"schema": 1, "steps": [7]}, "Entry 1 of steps must be an object."),
    (workflow({}), '"key" is missing: the step\'s name within the workflow: small letters, digits and _, starting with a letter, at most 64 characters.'),
    (workflow({"key": "a", "tmeout_seconds": 1}), '"tmeout_seconds" is not a field here. Did you mean "timeout_seconds"?'),
    (workflow({"key": "a", "needs": "b"}), '"needs" must be a list.'),
    (workflow({"key": "a"}, {"key": "b", "needs": ["a", "a"]}), '"needs" must not name anything twice.'),
    (workflow({"key": "a", "timeout_seconds": 0}), '"timeout_seconds" must be more than 0.'),
    (workflow({"key": "a", "retry": {"max_attempts": 0}}), '"max_attempts" must be at least 1.'),
    (workflow({"key": "a"}, concurrency={"key": 7}), '"key" must be text.'),
    (workflow({"key": "a"}, concurrency={"key": "k" * 1_001}), '"key" must have at most 1000 characters.'),
    (workflow({"key": "a"}, concurrency={"key": "k", "limit": 1_001}), '"limit" must be at most 1000.'),
    (called({"url": "x"}), '"url" does not have the expected form: an http or https address.'),
    (called({"url": "https://x", "method": "GOT"}), '"method" must be one of GET, POST.'),
    (called({"url": "https://x", "tries": "x"}), '"tries" must be a whole number.'),
    (flow("delay", {}), '"with" must have exactly one of seconds, until.'),
    (flow("wait_for_event", {"type": "x", "correlation": {"event": "payload", "equals": None}}), '"equals" must be true or false or a number or text.'),
    (flow("emit_event", {"type": "run.failed"}), '"type" must not be run.failed: 1 to 255 letters, digits and characters of _ . : / -, except run.failed, with which the platform reports a failed run.'),
    (flow("for_each", {"items": [0] * 10_001, "step": CALL}), '"items" must have at most 10000 entries.'),
]  # fmt: skip
GRAPH = [
    (workflow({"key": "a"}, {"key": "a"}), 'The key "a" is already used by step 1. Give this step another key.'),
    (workflow({"key": "a"}, {"key": "b", "needs": ["z"]}), 'There is no step "z".'),
    (workflow({"key": "a", "needs": ["b"]}, {"key": "b"}), "These steps wait for one another, so none can start: a -> b -> a."),
    (workflow({"key": "a", "on_failure": "tel"}, {"key": "tell"}), 'There is no step "tel". Write fail, continue, or the key of a step. Did you mean "tell"?'),
    (workflow({"key": "a", "on_failure": "a"}), 'Step "a" cannot handle its own failure. Name another step, or write continue.'),
    (workflow({"key": "h"}, {"key": "a", "on_failure": "h"}), 'These steps wait for one another, so none can start: h -> a -> h. "h" handles the failure of "a" and so comes after it.'),
    (workflow({"key": "a", "timeout_seconds": 11}, timeout_seconds=10), "A step's time-out cannot be longer than its run's, which is 10 seconds."),
    (workflow({"key": "a", "retry": {"initial_seconds": 9, "max_seconds": 3}}), "The first wait (9 s) cannot be longer than the longest (3 s)."),
    (workflow({"key": "a"}, timeout_seconds=366 * 86_400 + 1), "A run may take at most 31,622,400 seconds (366 days)."),
    (workflow({"key": "a"}, queue_timeout_seconds=366 * 86_400 + 1), "A run may wait before it starts at most 31,622,400 seconds (366 days)."),
    (workflow(*[{"key": f"s{number}"} for number in range(1_001)]), "This workflow has 1,001 steps; the maximum is 1,000. Split it with flow.run_workflow."),
]  # fmt: skip
CALLS = [
    (workflow({"key": "a", "uses": "http.reqest"}), 'There is no connector "http.reqest". Did you mean "http.request"?'),
    (workflow({"key": "a", "uses": "flow.dely"}), 'There is no flow step "flow.dely". Did you mean "flow.delay"?'),
    (flow("for_each", {"items": [], "step": {"uses": "flow.delay", "with": {"seconds": 1}}}), 'Only a connector can be called here, and "flow.delay" is a flow step.'),
    (flow("fail", {"message": "x"}, retry={}), 'flow.fail is not retried; remove "retry".'),
    (flow("fail", {"message": "x"}, timeout_seconds=5), 'flow.fail takes no time-out, because it ends at once; remove "timeout_seconds".'),
    (flow("delay", {"seconds": 1}, timeout_seconds=5), 'flow.delay takes no time-out, because its "with" says how long it waits; remove "timeout_seconds".'),
    (flow("delay", {"seconds": 86_401}), 'The run ends before that, after 86,400 seconds. Wait less, or raise "timeout_seconds" of the run.'),
    (flow("delay", {"until": "tomorrow"}), '"until" must be a date and time with an offset from UTC, such as 2026-11-25T10:00:00Z.'),
    (flow("transform", {"output": ["$secret:STRIPE_KEY"]}), "flow.transform shows its input to people, so the input may not contain a secret. Remove $secret:STRIPE_KEY."),
    (flow("approval", {"title": "x", "form": FORM | {"$ref": "#"}}), "A form must not use $ref to refer to another schema. Copy the other schema into the form."),
    (called({"url": "https://x", "json": "$secret:GONE"}), "There is no secret GONE. Set it, or correct the name."),
    (workflow({"key": "a"}, concurrency={"key": "$secret:STRIPE_KEY"}), 'A secret ($secret:…) can be used only in "with". Remove it here.'),
]  # fmt: skip


PROBLEMS = [*SCHEMA, *GRAPH, *CALLS]


@pytest.mark.parametrize(("raw", "sentence"), PROBLEMS, ids=range(len(PROBLEMS)))
def test_problem_of_a_definition_says_how_to_mend_it(raw: Any, sentence: str) -> None:
    assert one(raw)[2] == sentence


READS = [
    ("{{ evnt.payload }}", 'There is no "evnt" here. Use one of event, steps, run, workflow. Did you mean "event"?'),
    ("{{ item.id }}", '"item" exists only within the step of a flow.for_each.'),
    ("{{ @ }}", "This reference reads the whole context. Name one of event, steps, run, workflow."),
    ("{{ steps.say.output }}", 'Step "say" cannot refer to its own output.'),
    ("{{ steps.late.output }}", 'Step "late" may not have ended when "say" starts. Add "late" to the needs of "say".'),
    ("{{ steps.call.output.statuss }}", 'Nothing can stand at steps.call.output.statuss: steps.call.output has status, rows. Did you mean "status"?'),
    ("{{ steps.call.output.status.code }}", "Nothing can stand at steps.call.output.status.code: steps.call.output.status is a whole number."),
    ("{{ steps.call.output.status[0] }}", "steps.call.output.status is not a list: it is a whole number."),
    ("{{ {a: steps.call.output.status}.b }}", "Nothing can stand at b: the result of the expression has a."),
    ("{{ steps.fix.error.code.x }}", "Nothing can stand at steps.fix.error.code.x: steps.fix.error.code is text."),
]  # fmt: skip


@pytest.mark.parametrize(("template", "sentence"), READS, ids=range(len(READS)))
def test_problem_of_what_a_step_reads_says_what_is_there(template: str, sentence: str) -> None:
    steps: list[Any] = [
        {"key": "call", "uses": "a.call"},
        {"key": "fix", "uses": "a.call"},
        {"key": "say", "uses": "log.write", "with": {"x": template}},
        {"key": "late", "uses": "log.write"},
    ]
    (problem,) = check_definition({"schema": 1, "steps": steps}, CONNECTORS, None)
    assert (problem.path, problem.message) == (("steps", 2, "with", "x"), sentence)


def test_output_that_can_never_be_read_is_told_with_what_can() -> None:
    steps: list[Any] = [
        {"key": "call", "uses": "a.call", "on_failure": "fix"},
        {"key": "fix", "uses": "log.write", "with": {"x": "{{ steps.call.output.status }}"}},
    ]
    (problem,) = check_definition({"schema": 1, "steps": steps}, CONNECTORS, None)
    assert problem.message == (
        "Nothing can stand at steps.call.output.status: fix runs only after call has failed, and then call has no output. "
        "Read steps.call.error."
    )


def test_key_reads_what_is_known_before_a_run_starts() -> None:
    assert one(workflow({"key": "a"}, concurrency={"key": "{{ run.id }}"}))[2] == (
        '"run" is not known before a run starts. Use one of event, workflow.'
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ab {{ x", "the {{ at character 4 is never closed; to write a literal {{ use {{ '{{' }}"),
        ("{{ {a: b }}", "the } at character 11 closes nothing"),
        ("{{ 'a }}", "the quote ' at character 4 is never closed"),
    ],
    ids=["open", "closed", "quote"],
)
def test_template_that_does_not_end_is_told_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(TemplateFailure) as refused:
        scan(text)
    assert str(refused.value).startswith(sentence)
