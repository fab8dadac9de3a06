"""The values that columns of decisions, windows and backtests can have.

The GraphQL schema shows the labels as descriptions.
"""

from __future__ import annotations

from django.db.models import TextChoices

from automate.rules.backtests import states
from automate.rules.windows import words


class Verdict(TextChoices):
    """The verdict of a rule about an event."""

    MATCHED = "matched", "The condition is true."
    UNMATCHED = "unmatched", "The condition is false."
    TYPE_ERROR = "type_error", "The condition compares values that cannot be compared."
    TOO_EXPENSIVE = "too_expensive", "The condition takes more steps than allowed."
    DISABLED = "disabled", "The rule or its workflow is disabled, so the match starts no run."
    SUPPRESSED = (
        "suppressed",
        "The condition is true, and an option of the rule lets the match start no run of its own. Or the rule was not evaluated, because a rule of higher priority matched and stops.",
    )


class RuleWindowOption(TextChoices):
    """An option of a rule. Each window belongs to one option."""

    RATE_LIMIT = words.RATE_LIMIT, "Matches above a rate start no run."
    DEBOUNCE = words.DEBOUNCE, "The last match of a series starts one run."
    THROTTLE = words.THROTTLE, "Matches above a rate start their runs later."
    COUNT = words.COUNT, "A number of matches starts one run."
    ABSENCE = words.ABSENCE, "A match starts a run unless another event follows."


class RuleWindowOutcome(TextChoices):
    """The outcome of a window."""

    FIRED = words.FIRED, "The window started its run."
    ENDED = words.ENDED, "The event that an absence waited for came."
    SUPERSEDED = words.SUPERSEDED, "The rule was changed."
    DISABLED = words.DISABLED, "The rule or the workflow was disabled or deleted."


class BacktestState(TextChoices):
    """The state of a backtest."""

    RUNNING = states.RUNNING, "Workers test events."
    FINISHED = states.FINISHED, "All events are tested. Final."
    ABORTED = states.ABORTED, "A person aborted the backtest. Final."
    FAILED = states.FAILED, "The backtest's own job died. `redriveJobs` continues it."


class BacktestDifference(TextChoices):
    """The effect of a draft on one event. Without a live rule, every match of the draft is a new match."""

    NEWLY_MATCHED = states.NEWLY_MATCHED, "The draft matches; the live rule does not."
    NO_LONGER_MATCHED = states.NO_LONGER_MATCHED, "The live rule matches; the draft does not."
    STILL_MATCHED = states.STILL_MATCHED, "Both match."
    STILL_UNMATCHED = states.STILL_UNMATCHED, "Neither matches."
