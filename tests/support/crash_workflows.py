"""The workflows of the crash scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from tests.support.crash_points import UNSAFE
from tests.support.crash_world import CASE, CASE_HEADER, ENDPOINT
from tests.support.slack import CHANNEL

N = "{{ event.payload.n }}"
SAYS_CASE = CASE.format(N)
SOON: dict[str, Any] = {"retry": {"max_attempts": 3, "initial_seconds": 0.05, "max_seconds": 0.05}}
ONCE: dict[str, Any] = {"retry": {"max_attempts": 1}}
NEVER = {"==": [1, 2]}
Steps = Sequence[dict[str, Any]]


def post(
    url: str, key: str = "tell", *, uses: str = "http.request", of: Mapping[str, Any] | None = None, **step: Any
) -> Any:
    """A step that tells the receiver. of: what the receiver is to do."""
    body = {"n": N, "step": key, **(of or {})}
    return {"key": key, "uses": uses, "with": {"method": "POST", "url": url, "json": body}, **step}


def workflow(slug: str, steps: Steps, **definition: Any) -> dict[str, Any]:
    return {"slug": slug, "steps": steps, "when": {"==": [{"var": "payload.scenario"}, slug]}, **definition}


def log(_url: str) -> Steps:
    step = {"key": "note", "uses": "log.write", "with": {"message": "noted", "data": {"n": N}}}
    return [workflow("log", [step])]


def mail(url: str) -> Steps:
    server = {"host": "127.0.0.1", "port": urlsplit(url).port, "security": "none"}
    message = {"from": "robot@host.example", "to": "ada@host.example", "subject": SAYS_CASE, "text": "It is."}
    return [workflow("mail", [{"key": "tell", "uses": "email.send", "with": {**server, **message}}])]


def slack(_url: str) -> Steps:
    given = {"token": "$secret:SLACK_TOKEN", "channel": CHANNEL, "text": SAYS_CASE}
    return [workflow("slack", [{"key": "tell", "uses": "slack.post_message", "with": given}])]


def webhook(_url: str) -> Steps:
    given = {"endpoint": ENDPOINT, "type": "order.seen", "data": {"n": SAYS_CASE}}
    return [workflow("webhook", [{"key": "tell", "uses": "webhook.send", "with": given}])]


def graphql(url: str) -> Steps:
    given = {
        "url": url,
        "query": "mutation ($id: ID!) { closeOrder(id: $id) { state } }",
        "variables": {"id": "17"},
        "headers": {CASE_HEADER: SAYS_CASE},
    }
    return [workflow("graphql", [{"key": "tell", "uses": "graphql.request", "with": given}])]


def branches(url: str) -> Steps:
    """One answers after the other, so that the order of the commits is the same each time."""
    last = {"key": "both", "uses": "flow.transform", "needs": ["left", "right"], "with": {"output": 1}}
    left = post(url, "left", needs=[], of={"seconds": 0.2})
    right = post(url, "right", needs=[], of={"hold": True})
    return [workflow("branches", [left, right, last])]


def on_failure(url: str) -> Steps:
    broken = post(url, "broken", of={"refuse": True}, on_failure="mend", **ONCE)
    return [workflow("on_failure", [broken, post(url, "mend")])]


def compensation(url: str) -> Steps:
    undo = {"uses": "http.request", "with": post(url, "undo")["with"]}
    return [
        workflow("compensation", [post(url, "book", compensate=undo), post(url, "pay", of={"refuse": True}, **ONCE)])
    ]


def emit(url: str) -> Steps:
    doubled = {"key": "doubled", "uses": "flow.transform", "with": {"output": {"n": N}}}
    payload = {"n": "{{ steps.doubled.output.n }}", "scenario": "heard"}
    emit = {"key": "emit", "uses": "flow.emit_event", "with": {"type": "order.seen", "payload": payload}}
    return [workflow("emit", [doubled, emit]), workflow("heard", [post(url, "heard")])]


def delay(url: str) -> Steps:
    return [workflow("delay", [{"key": "rest", "uses": "flow.delay", "with": {"seconds": 0.3}}, post(url)])]


def waits(slug: str, url: str) -> Steps:
    correlation = {"event": "payload.n", "equals": N}
    wait = {"type": "payment.settled", "correlation": correlation, "timeout_seconds": 600}
    return [workflow(slug, [{"key": "paid", "uses": "flow.wait_for_event", "with": wait}, post(url)])]


def ask(*, on_failure: str = "fail", **given: Any) -> Any:
    """A step that asks the owners."""
    asked = {"title": "Refund {{ event.payload.n }}?", "roles": ["owner"], **given}
    return {"key": "ask", "uses": "flow.approval", "with": asked, "on_failure": on_failure}


def child(url: str) -> Steps:
    call = {"key": "call", "uses": "flow.run_workflow", "with": {"workflow": "child", "payload": {"n": N}}}
    return [workflow("parent", [call, post(url)]), {**workflow("child", [post(url, "inner")]), "when": NEVER}]


def for_each(slug: str, url: str, of: Mapping[str, Any], **step: Any) -> Steps:
    """One item at a time, so that the order of the commits is the same each time."""
    inner = {"uses": "http.request", "with": post(url, "{{ item.value }}", of=of)["with"], **step}
    given = {"items": ["a", "b"], "parallel": 1, "step": inner}
    return [workflow(slug, [{"key": "each", "uses": "flow.for_each", "with": given}])]


def detached(url: str) -> Steps:
    given = {"workflow": "detached_child", "payload": {"n": N}, "wait": False}
    call = {"key": "call", "uses": "flow.run_workflow", "with": given}
    return [workflow("detached", [call]), {**workflow("detached_child", [post(url, "inner")]), "when": NEVER}]


def fail(url: str) -> Steps:
    broken = {"key": "broken", "uses": "flow.fail", "with": {"message": "On purpose."}, "on_failure": "mend"}
    return [workflow("fail", [broken, post(url, "mend")])]


def held(slug: str, url: str, **definition: Any) -> Steps:
    return [workflow(slug, [post(url, of={"hold": True})], **definition)]


def late(url: str) -> Steps:
    """A call whose answer is not waited for, and that cannot be repeated by itself."""
    late = post(url, uses=UNSAFE, of={"seconds": 0.4}, timeout_seconds=0.1)
    return [workflow("resolved", [late, {"key": "then", "uses": "flow.transform", "with": {"output": 1}}])]


def ticks(url: str) -> Steps:
    mine = {"n": "{{ event.payload.data.n }}", "step": "tell"}
    when = {"==": [{"var": "payload.data.scenario"}, "tick"]}
    return [{**workflow("tick", [post(url, of=mine)]), "when": when}]


def debounced(url: str) -> Steps:
    """For longer than any case takes, so that only its story ends it."""
    return [workflow("debounce", [post(url)], options={"debounce": {"period_seconds": 600, "key": N}})]
