"""What a definition says of the time before a run starts: ``concurrency`` and ``queue_timeout_seconds``."""

from __future__ import annotations

import pytest

from tests.support.definitions import check, one, workflow


def keyed(**fields):
    return workflow({"key": "a"}, concurrency={"key": "k"} | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"key": "{{ event.payload.customer }} of {{ workflow.slug }}"},
        {"limit": 1_000, "strategy": "cancel_newest"},
        {"strategy": "cancel_in_progress"},
    ],
)
def test_runs_may_share_a_key(fields):
    assert check(keyed(**fields)) == []


@pytest.mark.parametrize(
    ("key", "code", "message"),
    [
        ("{{ steps.a.output }}", "INVALID_TEMPLATE", '"steps" is not known before a run starts; there are event, workflow.'),
        ("{{ run.id }}", "INVALID_TEMPLATE", '"run" is not known before a run starts; there are event, workflow.'),
        ("{{ item.value }}", "INVALID_TEMPLATE", '"item" exists only within the step of a flow.for_each.'),
        ("{{ evnt.id }}", "INVALID_TEMPLATE", 'There is no "evnt" here; there are event, workflow. Did you mean "event"?'),
        ("{{ @ }}", "INVALID_TEMPLATE", "It takes the whole context; name one of event, workflow."),
        ("{{ event.id", "INVALID_TEMPLATE", "The {{ at character 1 is never closed; to write a literal {{ use {{ '{{' }}."),
        ("$secret:STRIPE_KEY", "INVALID_WORKFLOW", '$secret:… works in "with" only; remove it here.'),
        ("$secret:lower", "INVALID_WORKFLOW", '$secret:… works in "with" only; remove it here.'),
        ("", "INVALID_WORKFLOW", '"key" must not be empty.'),
        ("k" * 1_001, "INVALID_WORKFLOW", '"key" must have at most 1000 characters.'),
        (7, "INVALID_WORKFLOW", '"key" must be text.'),
    ],
)  # fmt: skip
def test_key_is_known_before_the_run_starts(key, code, message):
    assert one(keyed(key=key)) == (code, ["concurrency", "key"], message)


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({"limit": 0}, ["limit"], '"limit" must be at least 1.'),
        ({"limit": 1_001}, ["limit"], '"limit" must be at most 1000.'),
        ({"limit": "{{ event.payload.n }}"}, ["limit"], '"limit" must be a whole number.'),
        ({"strategy": "cancel"}, ["strategy"], '"strategy" must be one of queue, cancel_newest, cancel_in_progress.'),
        ({"strategi": "queue"}, ["strategi"], '"strategi" is not a field here. Did you mean "strategy"?'),
    ],
)
def test_limit_and_strategy_are_of_the_known_ones(fields, path, message):
    assert one(keyed(**fields)) == ("INVALID_WORKFLOW", ["concurrency", *path], message)


def test_concurrency_needs_a_key():
    assert one(workflow({"key": "a"}, concurrency={}))[1:] == (
        ["concurrency", "key"],
        '"key" is missing: what such runs have in common. Text that may hold {{ JMESPath }} over event and workflow.',
    )
    assert one(workflow({"key": "a"}, concurrency=[]))[1:] == (["concurrency"], '"concurrency" must be an object.')


def test_run_waits_to_start_no_longer_than_anything_may_wait():
    longest = 366 * 86_400
    assert check(workflow({"key": "a"}, queue_timeout_seconds=longest)) == []
    assert one(workflow({"key": "a"}, queue_timeout_seconds=longest + 1)) == (
        "LIMIT_EXCEEDED",
        ["queue_timeout_seconds"],
        "A run may wait before it starts at most 31,622,400 seconds (366 days).",
    )
    assert one(workflow({"key": "a"}, queue_timeout_seconds=0))[2] == '"queue_timeout_seconds" must be more than 0.'
