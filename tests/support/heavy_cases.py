"""Workflows that validation admits and that hold as much as they can, and payloads that are large once they are parsed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

PAYLOAD_BYTES = 900_000
MOST_AT_ONCE = 20
"""For_each steps of one workflow; each has up to 100 calls in flight."""
Step = dict[str, Any]


def _filled(part: Any) -> list[Any]:
    return [part] * (PAYLOAD_BYTES // (len(orjson.dumps(part)) + 1))


SHAPES: Mapping[str, Callable[[], Any]] = {
    "text": lambda: {"list": [{"n": n} for n in range(3)], "text": "x" * PAYLOAD_BYTES},
    "objects": lambda: {"list": _filled({})},
    "members": lambda: {"list": _filled({"a": 1})},
    "lists": lambda: {"list": _filled([])},
    "texts": lambda: {"list": _filled("aé")},
    "wide-text": lambda: {"list": [{"n": n} for n in range(3)], "text": "x" * (PAYLOAD_BYTES - 8) + "\U0001f600"},
    "numbers": lambda: {"list": _filled(0.5)},
    "few": lambda: {"list": ["x" * 90] * 9_000},
    "small": lambda: {"list": [{"n": n} for n in range(3)], "text": "x" * 500},
}
"""Payloads of about PAYLOAD_BYTES by name. Each has a ``list``."""


def _transform(key: str, output: Any) -> Step:
    return {"key": key, "uses": "flow.transform", "with": {"output": output}}


def _payload(n: int, _url: str) -> Step:
    return _transform(f"t{n}", "{{ event.payload }}")


def _previous(n: int, url: str) -> Step:
    """The output before it, once more."""
    return _transform(f"t{n}", f"{{{{ steps.t{n - 1}.output }}}}") if n else _payload(n, url)


def _multiplied(n: int, _url: str) -> Step:
    """Much of little."""
    tenfold = "[" + ", ".join(["event.payload.list[:9000]"] * 9) + "]"
    return _transform(f"t{n}", f"{{{{ {tenfold} }}}}")


def _gathered(n: int, _url: str) -> Step:
    """Something of each of the last outputs, each in an expression of its own."""
    return _transform(f"t{n}", [f"{{{{ steps.t{before}.output.list[0] }}}}" for before in range(max(0, n - 30), n)])


def _whole(n: int, _url: str) -> Step:
    """All outputs in one expression."""
    return _transform(f"t{n}", "{{ length(steps.*.output) }}")


def _judged(n: int, url: str) -> Step:
    condition = {"!=": [{"var": "event.payload.text"}, {"var": f"steps.t{max(n - 1, 0)}.output.text"}]}
    return {**_transform(f"t{n}", 1), "if": condition} if n else _payload(n, url)


def _failing(n: int, _url: str) -> Step:
    given = {"message": "no", "details": {"all": "{{ event.payload }}"}}
    return {"key": f"t{n}", "uses": "flow.fail", "with": given, "on_failure": "continue"}


def _emitting(n: int, _url: str) -> Step:
    """A large event, which steps of kind ``waiting`` wait for."""
    given = {"type": "large.came", "payload": "{{ event.payload }}"}
    return {"key": f"t{n}", "uses": "flow.emit_event", "with": given}


def _waiting(n: int, _url: str) -> Step:
    given = {"type": "large.came", "timeout_seconds": 5, "on_timeout": "continue"}
    return {"key": f"t{n}", "uses": "flow.wait_for_event", "with": given, "needs": []}


def _calling(n: int, url: str) -> Step:
    """A call with a large request and a large answer."""
    given = {"method": "POST", "url": url, "json": "{{ event.payload }}"}
    return {"key": f"t{n}", "uses": "http.request", "with": given, "on_failure": "continue"}


def _listing(n: int, url: str) -> Step:
    """A hundred calls at once with large requests and answers, of which little is kept."""
    call = {"uses": "http.request", "with": {"method": "POST", "url": url, "json": "{{ event.payload }}"}}
    given = {
        "items": "{{ event.payload.list[:100] }}",
        "parallel": 100,
        "tolerate": "100%",
        "keep": ["status"],
        "step": call,
    }
    return {"key": f"t{n}", "uses": "flow.for_each", "with": given, "on_failure": "continue"}


def _long_list(n: int, _url: str) -> Step:
    """A large list, whose first item fails."""
    call = {"uses": "http.request", "with": {"method": "POST", "url": "http://192.0.2.1/", "json": "{{ item.value }}"}}
    given = {"items": "{{ event.payload.list[:9000] }}", "parallel": 2, "step": {**call, "retry": {"max_attempts": 1}}}
    return {"key": f"t{n}", "uses": "flow.for_each", "with": given, "on_failure": "continue"}


KINDS: Mapping[str, Callable[[int, str], Step]] = {
    "payload": _payload,
    "previous": _previous,
    "multiplied": _multiplied,
    "gathered": _gathered,
    "whole": _whole,
    "judged": _judged,
    "failing": _failing,
    "emitting": _emitting,
    "waiting": _waiting,
    "calling": _calling,
    "listing": _listing,
    "long_list": _long_list,
}
AFTER_OTHERS = frozenset({"previous", "gathered", "whole", "judged"})
"""Kinds that read earlier steps, and so need them."""


@dataclass(frozen=True)
class HeavyCase:
    """kinds: of the steps, again and again until there are ``count``. at_once: steps that read no others need none. runs:
    events that come at once.
    """

    kinds: tuple[str, ...]
    count: int
    shape: str
    runs: int = 1
    at_once: bool = False

    def workflow(self, url: str) -> list[Step]:
        steps = []
        for n in range(self.count):
            kind = self.kinds[n % len(self.kinds)]
            step = KINDS[kind](n, url)
            if self.at_once and kind not in AFTER_OTHERS:
                step["needs"] = []
            elif n:
                step.setdefault("needs", [f"t{before}" for before in range(max(0, n - 30), n)])
            steps.append(step)
        return steps

    def payloads(self) -> Sequence[Any]:
        return [SHAPES[self.shape]()] * self.runs
