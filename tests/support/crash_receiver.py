"""The receiver of the crash matrix: what it does with a call stands in the call's body, and it acts once per key."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.support.receiver import Call, Receiver

BUSY, REFUSED, DONE = 503, 422, 200


class Judge(Receiver):
    """In a body, ``busy``: how many calls of a key are sent away first; ``refuse``: all are; ``seconds``: what the answer
    takes; ``hold``: it is kept back until the case lets it go; ``refuse_until``: it is refused until then;
    ``lookup``: it is only asked whether it acted.
    """

    def __init__(self) -> None:
        super().__init__()
        self._came: Counter[str] = Counter()
        self._let_go: set[int] = set()
        self.acted: dict[int, set[str]] = {}

    def of(self, case: int) -> list[Call]:
        """Its calls, those that only ask aside."""
        return [call for call in list(self.calls) if call.number == case and "lookup" not in call.body]

    def held_of(self, case: int) -> bool:
        return any(call.held for call in self.of(case))

    def let_go(self, case: int) -> None:
        """Answer a case's calls, those that are held and those that come later."""
        self._let_go.add(case)
        self.release(self.of(case))

    def holds(self, call: Call) -> bool:
        return bool(call.body.get("hold")) and call.number not in self._let_go

    def delay_of(self, call: Call) -> float:
        return float(call.body.get("seconds", 0))

    def answer_to(self, call: Call) -> dict[str, Any]:
        acted = call.key in self.acted.get(call.number, ())
        return {"serial": call.serial, **({"acted": acted} if "lookup" in call.body else {})}

    def status_of(self, call: Call) -> int:
        if "lookup" in call.body:
            return DONE
        self._came[call.key] += 1
        if call.body.get("refuse") or (call.body.get("refuse_until") and call.number not in self._let_go):
            return REFUSED
        if self._came[call.key] <= int(call.body.get("busy", 0)):
            return BUSY
        self.acted.setdefault(call.number, set()).add(call.key)
        return DONE
