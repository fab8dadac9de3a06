"""A call that a worker makes for a step of a run, and the result of the call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from automate.kernel.errors import NormalizedError
from automate.kernel.large import HeldJson
from automate.runs.step_state import LatestAttempt
from automate.runs.work import HeldRun


@dataclass(frozen=True)
class StepCall:
    """One call that a worker makes. The row for the effect of the call is already committed."""

    run: HeldRun
    step: LatestAttempt
    uses: str
    request: HeldJson
    """The rendered ``with``, with unresolved SecretRefs."""
    key: str
    """The effect's Idempotency-Key."""
    timeout_seconds: float
    target: str = ""
    """The host of the request, if the request names it."""
    asks: bool = False
    """True if the call only looks up the outcome of an earlier call with this key."""
    probe: bool = False
    """The call tests whether its host is healthy again."""
    repeats: bool = False
    """The call is sent again because its worker was lost. Its usage was counted before."""


@dataclass(frozen=True)
class StepResult:
    """The result of one call."""

    call: StepCall
    output: HeldJson = None
    """JSON with secrets redacted."""
    error: NormalizedError | None = None
    retry_after_seconds: float | None = None
    arrived: bool = False
    """True if the failed call may have had an effect anyway."""
    unsent: bool = False
    """True if it is certain that nothing of the call was sent."""
    verdict: str = ""
    """The result of a lookup."""
    resent: int = 0
    """The number of times that the request was resent within this call: see the guard in ``actors``."""
    recorded: Callable[[], None] | None = field(default=None, compare=False, repr=False)
    """Called when the result is written, or when it is certain that the result will never be written."""
