"""A workflow's definition as values: what a published version says, with every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from automate.kernel.errors import Json

SCHEMA_VERSION = 1

RUN_TIMEOUT_SECONDS = 86_400.0
"""A day: a run that nobody gave a time-out ends then."""

STEP_TIMEOUT_SECONDS = 60.0
QUICK_SECONDS: Mapping[str, float] = {"webhook.send": 15.0}
"""Of one attempt, by connector: Standard Webhooks advises receivers to answer within 15 to 30 seconds."""
"""Or the run's time-out, where that is shorter."""

ON_FAILURE_FAIL = "fail"
ON_FAILURE_CONTINUE = "continue"
ON_FAILURE_WORDS = (ON_FAILURE_FAIL, ON_FAILURE_CONTINUE)
"""Never keys of steps, even where a step is called so."""

FLOW_PREFIX = "flow."
"""What the names of the steps begin with that the engine takes itself, calling no connector."""

FOR_EACH = "flow.for_each"

Strategy = Literal["queue", "cancel_newest", "cancel_in_progress"]
"""What becomes of a run whose key is taken: it waits; it is cancelled; it starts in the place of those that run."""

DEFAULT_STRATEGY: Strategy = "queue"

RETRY_MAX_ATTEMPTS = 3
"""Attempts in all, the first included: enough for a hiccup, too few to hammer."""

RETRY_INITIAL_SECONDS = 1.0
RETRY_FACTOR = 2.0
RETRY_MAX_SECONDS = 300.0


@dataclass(frozen=True)
class RetryPolicy:
    """How a step whose error may pass is tried again; the execution plane adds full jitter.

    max_attempts: in all, the first included; 1 means never again. initial_seconds: wait before the second attempt.
    factor: by which each wait outgrows the one before. max_seconds: the longest wait. given: the definition says so; else a
    connector that has waits of its own follows those.
    """

    max_attempts: int = RETRY_MAX_ATTEMPTS
    initial_seconds: float = RETRY_INITIAL_SECONDS
    factor: float = RETRY_FACTOR
    max_seconds: float = RETRY_MAX_SECONDS
    given: bool = field(default=True, compare=False)


@dataclass(frozen=True)
class Compensation:
    """What undoes a step that succeeded, where its run does not. with_: the template of the connector's input."""

    uses: str
    with_: Mapping[str, Json]
    retry: RetryPolicy
    timeout_seconds: float


@dataclass(frozen=True)
class ItemStep:
    """What a flow.for_each does with each item. with_: a template that may read ``item``, too."""

    uses: str
    with_: Mapping[str, Json]
    retry: RetryPolicy
    timeout_seconds: float


@dataclass(frozen=True)
class Concurrency:
    """How many runs of one key may go on at a time. key: a template over ``event`` and ``workflow``."""

    key: str
    limit: int = 1
    strategy: Strategy = DEFAULT_STRATEGY


@dataclass(frozen=True)
class Step:
    """needs: None where the definition gives none, so that the step follows the one above it.

    with_: the template of the connector's input. if_: a JsonLogic condition, None means always.
    timeout_seconds: of one attempt; of the whole wait for a flow step, which by default may take as long as its run.
    on_failure: one of ON_FAILURE_WORDS, or the key of the step that handles the failure.
    """

    key: str
    uses: str
    with_: Mapping[str, Json]
    needs: tuple[str, ...] | None
    if_: Json
    retry: RetryPolicy
    timeout_seconds: float
    on_failure: str = ON_FAILURE_FAIL
    compensate: Compensation | None = None


@dataclass(frozen=True)
class Definition:
    """queue_timeout_seconds: how long a run may wait before it starts; None: as long as it takes."""

    schema: int
    timeout_seconds: float
    steps: tuple[Step, ...]
    queue_timeout_seconds: float | None = None
    concurrency: Concurrency | None = None


def is_flow(uses: str) -> bool:
    return uses.startswith(FLOW_PREFIX)


def parse(definition_json: Mapping[str, Json]) -> Definition:
    """The definition of JSON that ``check_definition`` found no problem in; anything else may raise or mislead."""
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
    """What a step that uses FOR_EACH does with each item; another kind of step has none."""
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
