"""The kinds of work: each has a workflow and the effects that the receiver must record.

Every POST states its tenant and number (``tenant``, ``n``) and its effect (``label``). So the receiver's record
alone shows the outcome of an event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from soak.connectors import DEADLY, IDEMPOTENT, UNSAFE

N, TENANT = "{{ event.payload.n }}", "{{ event.payload.tenant }}"
PATIENT: Mapping[str, Any] = {"max_attempts": 50, "initial_seconds": 0.2, "factor": 2, "max_seconds": 2}
"""A receiver that resets connections for seconds must not fail a run."""

ITEMS = 5
PAYMENT = "payment"
"""An event that starts no run. A run of kind ``waits`` waits for it."""

ASKED, MENDED, MANY, AGAIN, PARKED, POISON = "asked", "mended", "many", "again", "parked", "poison"
"""Kinds that people decide, retry, retry in bulk, replay, cancel in bulk, and redrive."""
QUORUM = 2

JsonValue = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of work."""

    name: str
    steps: Sequence[JsonValue]
    labels: frozenset[str]
    """The effects of one event. Each must be made once."""
    ends: frozenset[str] = frozenset({"succeeded"})
    """The possible final states of its run."""
    whole: str = "succeeded"
    """The final state in which all effects must have been made. Empty if their number is unknown in each state."""
    weight: int = 2
    """Its share of the load."""
    definition: Mapping[str, Any] = field(default_factory=dict)
    called: bool = False
    """Another run calls the workflow; it has no rule."""


def post(
    label: str, *, key: str = "", uses: str = "http.request", of: Mapping[str, Any] | None = None, **step: Any
) -> JsonValue:
    """of: instructions for the receiver, see ``soak.receiver``."""
    body = {"tenant": TENANT, "n": N, "label": label, "policy": uses, **(of or {})}
    call = {"method": "POST", "url": "{{ event.payload.url }}", "json": body}
    return {"key": key or label, "uses": uses, "with": call, "retry": PATIENT, **step}


def _call(step: JsonValue) -> JsonValue:
    return {name: value for name, value in step.items() if name != "key"}


def _kinds() -> Sequence[Kind]:
    note = {"key": "note", "uses": "log.write", "with": {"message": "told"}}
    both = {"key": "both", "uses": "flow.transform", "needs": ["left", "right"], "with": {"output": 1}}
    wait = {"type": f"soak.{PAYMENT}", "correlation": {"event": "payload.order", "equals": N}, "timeout_seconds": 3600}
    item = _call(post("item-{{ item.index }}", of={"busy": "{{ item.value }}"}))
    passed_on = {"n": N, "tenant": TENANT, "url": "{{ event.payload.url }}"}
    emitted = {"type": "soak.heard", "payload": passed_on}
    child = {"workflow": "child", "payload": passed_on}
    slow, once = {"seconds": 0.2}, {"refuse_first": 1}
    asked = {"title": "Ship {{ event.payload.n }}?", "roles": ["owner"], "quorum": QUORUM, "expires_seconds": 86_400}
    return (
        Kind("keyed", [post("tell"), note], frozenset({"tell"}), weight=4),
        Kind("idempotent", [post("set", uses=IDEMPOTENT)], frozenset({"set"})),
        Kind("unsafe", [post("pay", uses=UNSAFE)], frozenset({"pay"}), frozenset({"succeeded", "cancelled"}), weight=3),
        Kind("busy", [post("tried", of={"busy": 2})], frozenset({"tried"}), weight=3),
        Kind("sequence", [post("one"), post("two"), post("three")], frozenset({"one", "two", "three"})),
        Kind("branches", [post("left", needs=[]), post("right", needs=[]), both], frozenset({"left", "right"})),
        Kind(
            "delay",
            [{"key": "rest", "uses": "flow.delay", "with": {"seconds": 1}}, post("later")],
            frozenset({"later"}),
        ),
        Kind(
            "waits", [{"key": "paid", "uses": "flow.wait_for_event", "with": wait}, post("ship")], frozenset({"ship"})
        ),
        Kind(
            "each",
            [
                {
                    "key": "each",
                    "uses": "flow.for_each",
                    "with": {"items": [0, 1, 0, 0, 1], "parallel": 2, "step": item},
                }
            ],
            frozenset(f"item-{index}" for index in range(ITEMS)),
            weight=1,
        ),
        Kind(
            "parent",
            [{"key": "call", "uses": "flow.run_workflow", "with": child}, post("after")],
            frozenset({"inner", "after"}),
        ),
        Kind("child", [post("inner")], frozenset(), weight=0, called=True),
        Kind("emits", [{"key": "emit", "uses": "flow.emit_event", "with": emitted}], frozenset({"heard"}), weight=1),
        Kind("heard", [post("heard")], frozenset(), weight=0),
        Kind(
            "refused",
            [post("book", compensate=_call(post("undo"))), post("refuse", of={"refuse": True})],
            frozenset({"book", "undo"}),
            frozenset({"failed"}),
            "failed",
            weight=1,
        ),
        Kind(
            "one_by_one",
            [post("turn", of=slow)],
            frozenset({"turn"}),
            definition={"concurrency": {"key": "{{ event.payload.customer }}", "limit": 1, "strategy": "queue"}},
        ),
        # For operations of people: see ``soak.people``.
        Kind(
            ASKED,
            [{"key": "ask", "uses": "flow.approval", "with": asked}, post("shipped")],
            frozenset({"shipped"}),
            frozenset({"succeeded", "failed"}),
        ),
        Kind(MENDED, [post("before"), post("mended", of=once)], frozenset({"before", "mended"})),
        Kind(MANY, [post("shared", of=once)], frozenset({"shared"})),
        Kind(AGAIN, [post("again")], frozenset({"again"})),
        Kind(
            PARKED,
            [post("parked"), {"key": "rest", "uses": "flow.delay", "with": {"seconds": 3600}}],
            frozenset({"parked"}),
            frozenset({"cancelled"}),
            whole="",
            weight=1,
        ),
        Kind(POISON, [post("first"), post("deadly", uses=DEADLY)], frozenset({"first", "deadly"}), weight=0),
        # Started manually. An operation follows while the run is open.
        Kind("told", [post("first", of=slow), post("second", of=slow)], frozenset({"first", "second"}), weight=3),
    )


KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _kinds()}
