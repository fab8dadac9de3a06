"""The workflows of a release's database. Each is started by events of the type that bears its slug."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.support.release_receiver import HOST, PORT

LATER_SECONDS = 600
URL = f"http://{HOST}:{PORT}"
SECRET, ENDPOINT = "RECEIVER_KEY", "billing"
N = "{{ event.payload.n }}"
LATER = {"key": "rest", "uses": "flow.delay", "with": {"seconds": LATER_SECONDS}}
ONCE: Mapping[str, Any] = {"retry": {"max_attempts": 1}}
AGAIN_LATER: Mapping[str, Any] = {
    "retry": {"max_attempts": 3, "initial_seconds": LATER_SECONDS, "max_seconds": LATER_SECONDS}
}


def post(key: str = "tell", *, of: Mapping[str, Any] | None = None, **step: Any) -> dict[str, Any]:
    """A call of the receiver. of: what the receiver is to do while it is unkind."""
    given = {"method": "POST", "url": f"{URL}/{key}", "json": {"n": N, "step": key, **(of or {})}}
    return {"key": key, "uses": "http.request", "with": given, **step}


def with_secret() -> dict[str, Any]:
    step = post("told")
    return {**step, "with": {**step["with"], "auth": {"bearer": f"$secret:{SECRET}"}}}


NOTE = {"key": "note", "uses": "log.write", "with": {"message": "told {{ steps.tell.output.json.serial }}"}}
ASK = {"key": "ask", "uses": "flow.approval", "with": {"title": f"Refund {N}?", "roles": ["owner"]}}
PAID = {
    "key": "paid",
    "uses": "flow.wait_for_event",
    "with": {
        "type": "payment.settled",
        "correlation": {"event": "payload.n", "equals": N},
        "timeout_seconds": 86_400,
    },
}
CALL = {"key": "call", "uses": "flow.run_workflow", "with": {"workflow": "child", "payload": {"n": N}}}
MAIL = {
    "key": "mail",
    "uses": "email.send",
    "with": {
        "host": HOST,
        "port": PORT,
        "security": "none",
        "from": "robot@host.example",
        "to": "ada@host.example",
        "subject": "An order",
        "text": "It is.",
    },
}
ITEM = {
    "uses": "http.request",
    "with": post("item", of={"item": "{{ item.value.name }}", "busy": "{{ item.value.busy }}"})["with"],
    **AGAIN_LATER,
}
EACH = {
    "key": "each",
    "uses": "flow.for_each",
    "with": {
        "items": [{"name": "a", "busy": False}, {"name": "b", "busy": True}, {"name": "c", "busy": False}],
        "parallel": 1,
        "step": ITEM,
    },
}
SEND = {"key": "send", "uses": "webhook.send", "with": {"endpoint": ENDPOINT, "type": "order.seen", "data": {"n": N}}}
LOG = {"key": "log", "uses": "log.write", "with": {"message": "x"}}
NEVER = {**LOG, "key": "never", "if": {"==": [1, 2]}}

FLOWS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "order": [post(), NOTE, NEVER],
    "refused": [post(of={"refuse": True}, **ONCE)],
    "late": [LATER, post()],
    "ask": [ASK, with_secret()],
    "paid": [PAID, post()],
    "busy": [post(of={"busy": True}, **AGAIN_LATER)],
    "slow": [post(of={"seconds": 8}, timeout_seconds=5, **AGAIN_LATER)],
    "each": [EACH],
    "parent": [CALL, post()],
    "child": [LATER, post("inner")],
    "mail": [MAIL, post()],
    "webhook": [LATER, SEND],
    "lost": [post()],
    "debounced": [post()],
    "tick": [LOG],
    "rest": [LATER, LOG],
    "keyed": [post(of={"busy": True}, **AGAIN_LATER)],
    "limited": [LATER, post()],
}
DEFINITIONS: Mapping[str, Mapping[str, Any]] = {
    "keyed": {"concurrency": {"key": "one", "limit": 1, "strategy": "queue"}},
    "limited": {"timeout_seconds": LATER_SECONDS},
}
OPTIONS: Mapping[str, Mapping[str, Any]] = {"debounced": {"debounce": {"periodSeconds": LATER_SECONDS}}}
