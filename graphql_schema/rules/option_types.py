"""The GraphQL types for the options of a rule: one type for output and one for input."""

from __future__ import annotations

from automate.kernel.json_values import JsonValue, as_object
from automate.rules.windows import options as declared
from graphql_schema.shaped import ShapeInput, input_of, output_of, shown

FIRST = "Give at most one of rateLimit, debounce, count and absence. A throttle can be combined with any of them."


@output_of(
    declared.RateLimit,
    "Throttle by skipping: at most `limit` runs start within any `periodSeconds`. Further matches start no run, and "
    "their decisions state the reason.",
)
class RuleRateLimit:
    pass


@output_of(
    declared.Debounce,
    "Debounce: one run for a series of matches. It starts for the last event, after `periodSeconds` without a match, "
    "or `maxWaitSeconds` after the first match.",
)
class RuleDebounce:
    pass


@output_of(
    declared.Throttle,
    "Throttle by waiting: `limit` runs begin in each `periodSeconds`, evenly spaced. After a pause, up to `burst` "
    "runs begin at the same time. Other runs are created and wait in order.",
)
class RuleThrottle:
    pass


@output_of(
    declared.Count,
    "Count: one run starts when `atLeast` matches were received within `withinSeconds`. The run also covers further "
    "matches for the same time.",
)
class RuleCount:
    pass


@output_of(
    declared.Absence,
    "Absence: a run starts for a match, unless an event that fulfils `unless` is received within `withinSeconds` "
    "after the match.",
)
class RuleAbsence:
    pass


@output_of(declared.Options, FIRST)
class RuleOptions:
    pass


@input_of(declared.RateLimit)
class RuleRateLimitInput(ShapeInput):
    pass


@input_of(declared.Debounce)
class RuleDebounceInput(ShapeInput):
    pass


@input_of(declared.Throttle)
class RuleThrottleInput(ShapeInput):
    pass


@input_of(declared.Count)
class RuleCountInput(ShapeInput):
    pass


@input_of(declared.Absence)
class RuleAbsenceInput(ShapeInput):
    pass


@input_of(declared.Options, FIRST)
class RuleOptionsInput(ShapeInput):
    pass


def options_of(row: JsonValue) -> RuleOptions | None:
    """Convert the options of a stored rule; None for a rule without options."""
    return shown(declared.options_of(as_object(row))) if row else None
