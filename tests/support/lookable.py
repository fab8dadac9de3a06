"""A connector that does as it is told, also when it is asked what became of its calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from actors.connectors.base import Call, LookedUp
from tests.support.plane import Scripted

HAPPENED, DID_NOT, UNKNOWN = LookedUp("happened", {"id": "x-1"}), LookedUp("did_not_happen"), LookedUp("unknown")


@dataclass
class Asked(Scripted):
    """asked: the lookups that came. says: what each is answered with, the last one for ever, as ``acts``."""

    says: Sequence[Any] = (UNKNOWN,)
    asked: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.spec = replace(self.spec, lookup=True, external_id=("id",))
        self._to_say = deque(self.says)

    async def lookup(self, call: Call) -> LookedUp:
        self.asked.append(call)
        said = self._to_say.popleft() if len(self._to_say) > 1 else self._to_say[0]
        if isinstance(said, BaseException):
            raise said
        answer: LookedUp = said
        return answer
