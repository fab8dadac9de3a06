"""The receiver of the crash matrix: what it does with a call stands in the call's body, and it acts once per key."""

from __future__ import annotations

from collections import Counter

from tests.support.receiver import Call, Receiver

BUSY, REFUSED, DONE = 503, 422, 200


class Judge(Receiver):
    """In a body, ``busy``: how many calls of a key are sent away first; ``refuse``: all are; ``seconds``: what the answer
    takes; ``hold``: it is kept back until the case lets it go.
    """

    def __init__(self) -> None:
        super().__init__()
        self._came: Counter[str] = Counter()
        self._let_go: set[int] = set()
        self.acted: dict[int, set[str]] = {}

    def of(self, case: int) -> list[Call]:
        return [call for call in list(self.calls) if call.number == case]

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

    def status_of(self, call: Call) -> int:
        self._came[call.key] += 1
        if call.body.get("refuse"):
            return REFUSED
        if self._came[call.key] <= int(call.body.get("busy", 0)):
            return BUSY
        self.acted.setdefault(call.number, set()).add(call.key)
        return DONE
