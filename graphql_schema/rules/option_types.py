"""The options of a rule, as output and input."""

from __future__ import annotations

import dataclasses
from typing import Any

import strawberry

from automate.kernel.errors import Json
from automate.rules.windows import options as stored
from graphql_schema.scalars import JSON

KEY = (
    "A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately for each of its values. "
    "Null counts all matches together."
)
STOP = "Whether a match ends the evaluation of rules with lower priority, whatever the outcome of the match."
FIRST = "Give at most one of rateLimit, debounce, count and absence. A throttle can be combined with any of them."


@strawberry.type(
    description="Throttle by skipping: at most `limit` runs start within any `periodSeconds`. Further matches "
    "start no run, and their decisions state the reason."
)
class RuleRateLimit:
    limit: int = strawberry.field(description="The largest number of runs in a period.")
    period_seconds: int = strawberry.field(description="The length of the period, in seconds.")
    key: str | None = strawberry.field(
        description="A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately "
        "for each of its values. Null counts all matches together."
    )


@strawberry.type(
    description="Debounce: one run for a series of matches. It starts for the last event, when no match has "
    "come for `periodSeconds`, or `maxWaitSeconds` after the first match."
)
class RuleDebounce:
    period_seconds: int = strawberry.field(description="After so many seconds without a match, the run starts.")
    max_wait_seconds: int | None = strawberry.field(
        description="At the latest, the run starts so many seconds after the first match. Null: no limit."
    )
    key: str | None = strawberry.field(
        description="A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately "
        "for each of its values. Null counts all matches together."
    )


@strawberry.type(
    description="Throttle by waiting: `limit` runs begin in each `periodSeconds`, evenly spaced. After a pause, "
    "up to `burst` of them begin at once. Other runs are created and wait in order."
)
class RuleThrottle:
    limit: int = strawberry.field(description="The number of runs that begin in a period.")
    period_seconds: int = strawberry.field(description="The length of the period, in seconds.")
    burst: int = strawberry.field(description="The number of runs that may begin at once after a pause.")
    key: str | None = strawberry.field(
        description="A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately "
        "for each of its values. Null counts all matches together."
    )


@strawberry.type(
    description="Count: one run starts when `atLeast` matches were received within `withinSeconds`. The run "
    "also covers further matches for the same time."
)
class RuleCount:
    at_least: int = strawberry.field(description="How many matches start a run.")
    within_seconds: int = strawberry.field(description="The matches must come within this many seconds.")
    key: str | None = strawberry.field(
        description="A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately "
        "for each of its values. Null counts all matches together."
    )


@strawberry.type(
    description="Absence: a run starts for a match, unless an event that fulfils `unless` is received within "
    "`withinSeconds` after the match."
)
class RuleAbsence:
    unless: JSON = strawberry.field(description="The condition in JsonLogic for the event that prevents the run.")
    within_seconds: int = strawberry.field(description="The event must come within this many seconds.")
    key: str | None = strawberry.field(
        description="A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately "
        "for each of its values. Null counts all matches together."
    )
    unless_key: str | None = strawberry.field(
        description="The template that reads the key of the event that ends the wait. Null: the same template as "
        "for the match."
    )


@strawberry.type(description=FIRST)
class RuleOptions:
    stop: bool = strawberry.field(description=STOP)
    rate_limit: RuleRateLimit | None = strawberry.field(description="Limits how many matches start runs.")
    debounce: RuleDebounce | None = strawberry.field(description="Starts one run for a series of matches.")
    throttle: RuleThrottle | None = strawberry.field(description="Spaces the starts of runs.")
    count: RuleCount | None = strawberry.field(description="Starts one run for a number of matches.")
    absence: RuleAbsence | None = strawberry.field(description="Starts a run if no other event follows.")


@strawberry.input
class RuleRateLimitInput:
    limit: int = strawberry.field(description="The largest number of runs in a period.")
    period_seconds: int = strawberry.field(description="The length of the period, in seconds.")
    key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input
class RuleDebounceInput:
    period_seconds: int = strawberry.field(description="After so many seconds without a match, the run starts.")
    max_wait_seconds: int | None = strawberry.field(
        default=None, description="At the latest, the run starts so many seconds after the first match. Null: no limit."
    )
    key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input
class RuleThrottleInput:
    limit: int = strawberry.field(description="The number of runs that begin in a period.")
    period_seconds: int = strawberry.field(description="The length of the period, in seconds.")
    burst: int = strawberry.field(default=1, description="The number of runs that may begin at once after a pause.")
    key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input
class RuleCountInput:
    at_least: int = strawberry.field(description="How many matches start a run.")
    within_seconds: int = strawberry.field(description="The matches must come within this many seconds.")
    key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input
class RuleAbsenceInput:
    unless: JSON = strawberry.field(
        description="The condition in JsonLogic for the event that prevents the run, as for `when`."
    )
    within_seconds: int = strawberry.field(description="The event must come within this many seconds.")
    key: str | None = strawberry.field(default=None, description=KEY)
    unless_key: str | None = strawberry.field(
        default=None,
        description="The template that reads the key of the event that ends the wait. Null: the same template as "
        "for the match.",
    )


@strawberry.input(description=FIRST)
class RuleOptionsInput:
    stop: bool = strawberry.field(default=False, description=STOP)
    rate_limit: RuleRateLimitInput | None = strawberry.field(
        default=None, description="Limits how many matches start runs."
    )
    debounce: RuleDebounceInput | None = strawberry.field(
        default=None, description="Starts one run for a series of matches."
    )
    throttle: RuleThrottleInput | None = strawberry.field(default=None, description="Spaces the starts of runs.")
    count: RuleCountInput | None = strawberry.field(default=None, description="Starts one run for a number of matches.")
    absence: RuleAbsenceInput | None = strawberry.field(
        default=None, description="Starts a run if no other event follows."
    )

    def stored(self) -> dict[str, Json]:
        return {
            field.name: vars(value) if dataclasses.is_dataclass(value) else value
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) is not None
        }


TYPES: dict[str, Any] = {
    "rate_limit": RuleRateLimit,
    "debounce": RuleDebounce,
    "throttle": RuleThrottle,
    "count": RuleCount,
    "absence": RuleAbsence,
}


def options_of(row: Json) -> RuleOptions | None:
    """Convert the options of a stored rule. None without options."""
    if not row:
        return None
    found = stored.options_of(row)
    shown = {
        name: None if (option := getattr(found, name)) is None else kind(**_shown(dataclasses.asdict(option)))
        for name, kind in TYPES.items()
    }
    return RuleOptions(stop=found.stop, **shown)


def _shown(option: dict[str, Json]) -> dict[str, Json]:
    # A field with its default value becomes null.
    without = {"key": "", "unless_key": "", "max_wait_seconds": 0}
    return {name: None if name in without and value == without[name] else value for name, value in option.items()}
