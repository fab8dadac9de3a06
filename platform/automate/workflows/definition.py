"""A parsed workflow definition. All defaults are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from automate.kernel.errors import Json

SCHEMA_VERSION = 1

RUN_TIMEOUT_SECONDS = 86_400.0
"""A day: the time-out of a run without one."""

STEP_TIMEOUT_SECONDS = 60.0
QUICK_SECONDS: Mapping[str, float] = {"webhook.send": 15.0}
"""Of one attempt, by connector: Standard Webhooks advises receivers to answer within 15 to 30 seconds."""
"""The time-out of the run applies if it is shorter."""

ON_FAILURE_FAIL = "fail"
ON_FAILURE_CONTINUE = "continue"
ON_FAILURE_WORDS = (ON_FAILURE_FAIL, ON_FAILURE_CONTINUE)
"""Never keys of steps, even if a step has such a key."""

FLOW_PREFIX = "flow."
"""Prefix of the names of flow steps, which the engine executes without a connector."""

FOR_EACH = "flow.for_each"

Strategy = Literal["queue", "cancel_newest", "cancel_in_progress"]
"""A run whose key is in use waits, is cancelled, or replaces the runs that hold the key."""

DEFAULT_STRATEGY: Strategy = "queue"

RETRY_MAX_ATTEMPTS = 3
"""Attempts in all, including the first: enough for a short outage, too few to overload a receiver."""

RETRY_INITIAL_SECONDS = 1.0
RETRY_FACTOR = 2.0
RETRY_MAX_SECONDS = 300.0


@dataclass(frozen=True)
class RetryPolicy:
    """The retries of a step after temporary errors. The wait before each retry is random (full jitter)."""

    max_attempts: int = RETRY_MAX_ATTEMPTS
    """Including the first; 1 means no retry."""
    initial_seconds: float = RETRY_INITIAL_SECONDS
    """Wait before the second attempt."""
    factor: float = RETRY_FACTOR
    """Factor from one wait to the next."""
    max_seconds: float = RETRY_MAX_SECONDS
    """The longest wait."""
    given: bool = field(default=True, compare=False)
    """False if the definition has no ``retry``; then a connector's own waits apply."""


@dataclass(frozen=True)
class Compensation:
    """The call that reverses a succeeded step after its run failed."""

    uses: str
    with_: Mapping[str, Json]
    """The template of the connector's input."""
    retry: RetryPolicy
    timeout_seconds: float


@dataclass(frozen=True)
class ItemStep:
    """The call that ``flow.for_each`` makes for each item."""

    uses: str
    with_: Mapping[str, Json]
    """A template that may also read ``item``."""
    retry: RetryPolicy
    timeout_seconds: float


@dataclass(frozen=True)
class Concurrency:
    """The maximum number of open runs with the same key."""

    key: str
    """A template that may read ``event`` and ``workflow``."""
    limit: int = 1
    strategy: Strategy = DEFAULT_STRATEGY


@dataclass(frozen=True)
class Step:
    key: str
    uses: str
    with_: Mapping[str, Json]
    """The template of the input."""
    needs: tuple[str, ...] | None
    """None if the definition has none, so that the step follows the one above it."""
    if_: Json
    """A JsonLogic condition; None means always."""
    retry: RetryPolicy
    timeout_seconds: float
    """Of one attempt. For a flow step, of the whole wait, by default as long as its run."""
    on_failure: str = ON_FAILURE_FAIL
    """One of ON_FAILURE_WORDS, or the key of the step that handles the failure."""
    compensate: Compensation | None = None


@dataclass(frozen=True)
class Definition:
    schema: int
    timeout_seconds: float
    steps: tuple[Step, ...]
    queue_timeout_seconds: float | None = None
    """How long a run may wait before it starts; None for no limit."""
    concurrency: Concurrency | None = None


def is_flow(uses: str) -> bool:
    return uses.startswith(FLOW_PREFIX)


def parse(definition_json: Mapping[str, Json]) -> Definition:
    """Parse a definition that has no problems."""
    timeout_seconds = float(definition_json.get("timeout_seconds", RUN_TIMEOUT_SECONDS))
    queue_timeout = definition_json.get("queue_timeout_seconds")
    return Definition(
        schema=definition_json["schema"],
        timeout_seconds=timeout_seconds,
        steps=tuple(_step(step, timeout_seconds) for step in definition_json["steps"]),
        queue_timeout_seconds=None if queue_timeout is None else float(queue_timeout),
        concurrency=_concurrency(definition_json.get("concurrency")),
    )


def item_step(step: Step) -> ItemStep:
    """Return the call of a ``flow.for_each`` step."""
    raw = step.with_["step"]
    return ItemStep(raw["uses"], raw.get("with", {}), _retry(raw), _timeout(raw, step.timeout_seconds))


def _step(raw: Mapping[str, Json], run_timeout_seconds: float) -> Step:
    needs = raw.get("needs")
    flow = is_flow(raw["uses"])
    return Step(
        key=raw["key"],
        uses=raw["uses"],
        with_=raw.get("with", {}),
        needs=None if needs is None else tuple(needs),
        if_=raw.get("if"),
        retry=_retry(raw),
        timeout_seconds=_timeout(raw, run_timeout_seconds, run_timeout_seconds if flow else STEP_TIMEOUT_SECONDS),
        on_failure=raw.get("on_failure", ON_FAILURE_FAIL),
        compensate=_compensation(raw.get("compensate"), run_timeout_seconds),
    )


def _compensation(raw: Mapping[str, Json] | None, run_timeout_seconds: float) -> Compensation | None:
    if raw is None:
        return None
    return Compensation(raw["uses"], raw.get("with", {}), _retry(raw), _timeout(raw, run_timeout_seconds))


def _concurrency(raw: Mapping[str, Json] | None) -> Concurrency | None:
    if raw is None:
        return None
    strategy = cast("Strategy", raw.get("strategy", DEFAULT_STRATEGY))
    return Concurrency(raw["key"], int(raw.get("limit", 1)), strategy)


def _timeout(raw: Mapping[str, Json], most: float, default: float = STEP_TIMEOUT_SECONDS) -> float:
    usual = QUICK_SECONDS.get(raw["uses"], default)
    return float(raw.get("timeout_seconds", min(usual, most)))


def _retry(step: Mapping[str, Json]) -> RetryPolicy:
    raw = step.get("retry", {})
    return RetryPolicy(
        max_attempts=int(raw.get("max_attempts", RETRY_MAX_ATTEMPTS)),
        initial_seconds=float(raw.get("initial_seconds", RETRY_INITIAL_SECONDS)),
        factor=float(raw.get("factor", RETRY_FACTOR)),
        max_seconds=float(raw.get("max_seconds", RETRY_MAX_SECONDS)),
        given="retry" in step,
    )
