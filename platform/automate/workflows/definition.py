"""A workflow's definition as values: what a published version says, with every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automate.kernel.errors import Json

SCHEMA_VERSION = 1

RUN_TIMEOUT_SECONDS = 86_400.0
"""A day: a run that nobody gave a time-out ends then."""

STEP_TIMEOUT_SECONDS = 60.0
"""Or the run's time-out, where that is shorter."""

RETRY_MAX_ATTEMPTS = 3
"""Attempts in all, the first included: enough for a hiccup, too few to hammer."""

RETRY_INITIAL_SECONDS = 1.0
RETRY_FACTOR = 2.0
RETRY_MAX_SECONDS = 300.0


@dataclass(frozen=True)
class RetryPolicy:
    """How a step whose error may pass is tried again; the execution plane adds full jitter.

    max_attempts: in all, the first included; 1 means never again. initial_seconds: wait before the second attempt.
    factor: by which each wait outgrows the one before. max_seconds: the longest wait.
    """

    max_attempts: int = RETRY_MAX_ATTEMPTS
    initial_seconds: float = RETRY_INITIAL_SECONDS
    factor: float = RETRY_FACTOR
    max_seconds: float = RETRY_MAX_SECONDS


@dataclass(frozen=True)
class Step:
    """needs: None where the definition gives none, so that the step follows the one above it.

    with_: the template of the connector's input. if_: a JsonLogic condition, None means always.
    """

    key: str
    uses: str
    with_: Mapping[str, Json]
    needs: tuple[str, ...] | None
    if_: Json
    retry: RetryPolicy
    timeout_seconds: float


@dataclass(frozen=True)
class Definition:
    schema: int
    timeout_seconds: float
    steps: tuple[Step, ...]


def parse(definition_json: Mapping[str, Json]) -> Definition:
    """The definition of JSON that ``check_definition`` found no problem in; anything else may raise or mislead."""
    timeout_seconds = float(definition_json.get("timeout_seconds", RUN_TIMEOUT_SECONDS))
    return Definition(
        schema=definition_json["schema"],
        timeout_seconds=timeout_seconds,
        steps=tuple(_step(step, timeout_seconds) for step in definition_json["steps"]),
    )


def _step(raw: Mapping[str, Json], run_timeout_seconds: float) -> Step:
    needs = raw.get("needs")
    return Step(
        key=raw["key"],
        uses=raw["uses"],
        with_=raw.get("with", {}),
        needs=None if needs is None else tuple(needs),
        if_=raw.get("if"),
        retry=_retry(raw.get("retry", {})),
        timeout_seconds=float(raw.get("timeout_seconds", min(STEP_TIMEOUT_SECONDS, run_timeout_seconds))),
    )


def _retry(raw: Mapping[str, Json]) -> RetryPolicy:
    return RetryPolicy(
        max_attempts=int(raw.get("max_attempts", RETRY_MAX_ATTEMPTS)),
        initial_seconds=float(raw.get("initial_seconds", RETRY_INITIAL_SECONDS)),
        factor=float(raw.get("factor", RETRY_FACTOR)),
        max_seconds=float(raw.get("max_seconds", RETRY_MAX_SECONDS)),
    )
