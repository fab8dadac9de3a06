"""A call that the engine asks for, and its result."""

from __future__ import annotations
import hashlib
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from automate.budgets.kinds import Counted
from automate.effects import states as effect_states
from automate.effects.states import NO_ITEM
from automate.effects.tries import is_fault
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.fingerprints import fingerprint
from automate.kernel.large import Large
from automate.runs import states
from automate.runs.changes import Changes
from automate.runs.memory import Memory, call_weight
from automate.runs.step_state import StepState
from automate.runs.storable import encoded, text_of
from automate.runs.work import RunState
from automate.runs.world import WORLD, World



@dataclass(frozen=True)
class StepCall:
    """One attempt that the execution plane makes after its intent has been committed."""

    run: RunState
    step: StepState
    uses: str
    request: Json
    """The rendered ``with``, with unresolved SecretRefs."""
    key: str
    """The effect's Idempotency-Key."""
    timeout_seconds: float
    target: str = ""
    """The host of the request, if the request names it."""
    asks: bool = False
    """Only look up the outcome of an earlier call with this key."""
    probe: bool = False
    """The call tests whether its host is healthy again."""


@dataclass(frozen=True)
class StepResult:
    """The outcome of a call."""

    call: StepCall
    output: Json = None
    """JSON with secrets redacted."""
    error: NormalizedError | None = None
    retry_after_seconds: float | None = None
    arrived: bool = False
    """The failed call may have acted anyway."""
    verdict: str = ""
    """The result of a lookup."""
    resent: int = 0
    """How often the request was resent within this call, see the guard in ``actors``."""
    recorded: Callable[[], None] | None = field(default=None, compare=False, repr=False)
    """Called once the result is written, or once it never will be."""
