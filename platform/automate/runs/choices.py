"""The values that columns of runs, steps and related rows can have.

The GraphQL schema shows the labels as descriptions.
"""

from __future__ import annotations

from django.db.models import TextChoices

from automate.effects import states as effect_states
from automate.runs import states
from automate.workflows.flow_steps import outcomes


class RunState(TextChoices):
    """The state of a run."""

    QUEUED = states.QUEUED, "The run waits to begin."
    RUNNING = states.RUNNING, "A worker executes the run."
    WAITING = states.WAITING, "The run waits for a time, an event, another run or a person."
    PAUSED = states.PAUSED, "A person has paused the run or its workflow."
    CANCELLING = states.CANCELLING, "The run is being cancelled; compensations run."
    SUCCEEDED = states.SUCCEEDED, "All steps that had to run succeeded. Final."
    FAILED = states.FAILED, "The run ended with an error. Final."
    CANCELLED = states.CANCELLED, "The run was cancelled. Final."
    TIMED_OUT = states.TIMED_OUT, "The run exceeded its timeout. Final."


class StepState(TextChoices):
    """The state of one attempt at a step."""

    PENDING = states.PENDING, "The attempt has not started."
    RUNNING = states.RUNNING, "A worker executes the attempt."
    WAITING = states.WAITING, "The attempt waits for a time, an event, another run or a person."
    RETRYING = states.RETRYING, "The attempt failed. The next attempt starts at `nextAttemptAt`."
    UNCERTAIN = states.UNCERTAIN, "The call may have had its effect. A lookup, a repeat or a person decides."
    SUCCEEDED = states.SUCCEEDED, "The attempt succeeded. Final."
    FAILED = states.FAILED, "The attempt failed. Final."
    SKIPPED = states.SKIPPED, "The step did not have to run. Final."
    CANCELLED = states.CANCELLED, "The run was cancelled before the attempt ended. Final."


class ApprovalState(TextChoices):
    """The state of an approval."""

    PENDING = states.PENDING, "People can decide."
    APPROVED = states.APPROVED, "Enough people approved. Final."
    REJECTED = states.REJECTED, "One person rejected. Final."
    EXPIRED = states.EXPIRED, "The time ended without a decision. Final."
    CANCELLED = states.CANCELLED, "The run ended before a decision. Final."


class ApprovalOutcome(TextChoices):
    """The outcome of an approval, and the decision of one person."""

    APPROVED = outcomes.APPROVED, "The run continues."
    REJECTED = outcomes.REJECTED, "The step is rejected."
    APPROVE = outcomes.APPROVE, "The run continues. Answers never contain this value."
    REJECT = outcomes.REJECT, "The step is rejected. Answers never contain this value."


class EffectState(TextChoices):
    """The outcome of all tries of one external call."""

    INTENT = effect_states.EFFECT_INTENT, "The call is recorded and has not left."
    SENT = (
        effect_states.EFFECT_SENT,
        "The call may have arrived. It is looked up, or sent again under the same key, automatically.",
    )
    CONFIRMED = effect_states.EFFECT_CONFIRMED, "The call had its effect."
    FAILED = (
        effect_states.EFFECT_FAILED,
        "Each try never left, was refused, or was answered with a fault. A fault does not prove that nothing was done: `mostSent` counts these tries.",
    )
    UNCERTAIN = effect_states.EFFECT_UNCERTAIN, "Only a person can say whether the call had its effect."


class EffectClass(TextChoices):
    """States what happens if an external call is repeated."""

    IDEMPOTENT = "idempotent", "A repeat changes nothing."
    KEYED = "keyed", "A repeat under the same key changes nothing."
    UNSAFE = "unsafe", "A repeat does the same thing again."


class BreakerState(TextChoices):
    """The state of a host's circuit breaker. The state decides whether calls to the host are sent."""

    CLOSED = effect_states.BREAKER_CLOSED, "Calls leave."
    OPEN = effect_states.BREAKER_OPEN, "The host is unhealthy, and runs wait."
    HALF_OPEN = effect_states.BREAKER_HALF_OPEN, "One probe is in flight. Its outcome decides."
