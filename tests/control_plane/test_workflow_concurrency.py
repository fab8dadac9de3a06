"""What a definition says of the time before a run starts: ``concurrency`` and ``queue_timeout_seconds``."""

from __future__ import annotations

import pytest

from tests.support.definitions import check, one, workflow
from tests.support.facts import naming


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
        ("{{ steps.a.output }}", "INVALID_TEMPLATE", naming('"steps"', "event", "workflow")),
        ("{{ run.id }}", "INVALID_TEMPLATE", naming('"run"', "event", "workflow")),
        ("{{ item.value }}", "INVALID_TEMPLATE", naming("item", "flow.for_each")),
        ("{{ evnt.id }}", "INVALID_TEMPLATE", naming("evnt", "event")),
        ("{{ @ }}", "INVALID_TEMPLATE", naming("event", "workflow")),
        ("{{ event.id", "INVALID_TEMPLATE", naming("{{", "character 1")),
        ("$secret:STRIPE_KEY", "INVALID_WORKFLOW", naming("$secret:", '"with"')),
        ("$secret:lower", "INVALID_WORKFLOW", naming("$secret:", '"with"')),
        ("", "INVALID_WORKFLOW", naming("key")),
        ("k" * 1_001, "INVALID_WORKFLOW", naming("key", "1000")),
        (7, "INVALID_WORKFLOW", naming("key")),
    ],
)  # fmt: skip
def test_key_is_known_before_the_run_starts(key, code, message):
    assert one(keyed(key=key)) == (code, ["concurrency", "key"], message)


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({"limit": 0}, ["limit"], naming("limit", "1")),
        ({"limit": 1_001}, ["limit"], naming("limit", "1000")),
        ({"limit": "{{ event.payload.n }}"}, ["limit"], naming("limit")),
        ({"strategy": "cancel"}, ["strategy"], naming("strategy", "queue", "cancel_newest", "cancel_in_progress")),
        ({"strategi": "queue"}, ["strategi"], naming("strategi", "strategy")),
    ],
)
def test_limit_and_strategy_are_of_the_known_ones(fields, path, message):
    assert one(keyed(**fields)) == ("INVALID_WORKFLOW", ["concurrency", *path], message)


def test_concurrency_needs_a_key():
    assert one(workflow({"key": "a"}, concurrency={}))[1:] == (
        ["concurrency", "key"],
        naming("key"),
    )
    assert one(workflow({"key": "a"}, concurrency=[]))[1:] == (["concurrency"], naming("concurrency"))


def test_run_waits_to_start_no_longer_than_anything_may_wait():
    longest = 366 * 86_400
    assert check(workflow({"key": "a"}, queue_timeout_seconds=longest)) == []
    assert one(workflow({"key": "a"}, queue_timeout_seconds=longest + 1)) == (
        "LIMIT_EXCEEDED",
        ["queue_timeout_seconds"],
        naming("31,622,400", "366"),
    )
    assert one(workflow({"key": "a"}, queue_timeout_seconds=0))[2] == naming("queue_timeout_seconds", "0")
