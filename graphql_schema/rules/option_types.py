"""The options of a rule, as output and input: how often, and when, its matches start runs."""

from __future__ import annotations

import dataclasses
from typing import Any

import strawberry

from automate.kernel.errors import Json
from automate.rules.windows import options as stored
from graphql_schema.scalars import JSON

KEY = "A template over `event`, such as {{ event.payload.customer }}. Each value is counted separately. Null: all matches together."
STOP = "Whether a match ends the evaluation of rules with lower priority, whatever the outcome of the match."
FIRST = "At most one of rateLimit, debounce, count and absence; a throttle can be combined with each."


@strawberry.type(
    description="At most `limit` runs within any `periodSeconds`. Further matches start no run, and their decisions state the reason."
)
class RuleRateLimit:
    limit: int = strawberry.field(description="The largest number of runs in a period.")
    period_seconds: int = strawberry.field(description="The length of the period, in seconds.")
    key: str | None = strawberry.field(
        description="A template over `event`, such as {{ event.payload.customer }}. Each value is counted separately. Null: all matches together."
    )


@strawberry.type(
    description="One run, for the last event, when no match has come for `periodSeconds`, or `maxWaitSeconds` after the first match."
)
class RuleDebounce:
    period_seconds: int = strawberry.field(description="Seconds without a match after which the run starts.")
    max_wait_seconds: int | None = strawberry.field(
        description="Seconds after the first match at which the run starts in any case. Null: no bound."
    )
    key: str | None = strawberry.field(
        description="A template over `event`, such as {{ event.payload.customer }}. Each value is counted separately. Null: all matches together."
    )


@strawberry.type(
    description="Runs begin `limit` times in `periodSeconds`, evenly spaced, with up to `burst` of them at once after a pause. Other runs "
    "are created and wait in order."
)
class RuleThrottle:
    limit: int = strawberry.field(description="The number of runs that begin in a period.")
    period_seconds: int = strawberry.field(description="The length of the period, in seconds.")
    burst: int = strawberry.field(description="The number of runs that may begin at once after a pause.")
    key: str | None = strawberry.field(
        description="A template over `event`, such as {{ event.payload.customer }}. Each value is counted separately. Null: all matches together."
    )


@strawberry.type(
    description="One run for `atLeast` matches received within any `withinSeconds`. It covers further matches for the same time."
)
class RuleCount:
    at_least: int = strawberry.field(description="The number of matches that starts a run.")
    within_seconds: int = strawberry.field(description="The time in which the matches must come, in seconds.")
    key: str | None = strawberry.field(
        description="A template over `event`, such as {{ event.payload.customer }}. Each value is counted separately. Null: all matches together."
    )


@strawberry.type(
    description="A run for a match, unless an event that fulfils `unless` is received within `withinSeconds` after the match."
)
class RuleAbsence:
    unless: JSON = strawberry.field(description="JsonLogic over the event that prevents the run.")
    within_seconds: int = strawberry.field(description="The time in which that event must come, in seconds.")
    key: str | None = strawberry.field(
        description="A template over `event`, such as {{ event.payload.customer }}. Each value is counted separately. Null: all matches together."
    )
    unless_key: str | None = strawberry.field(
        description="The template of the key in the event that ends the wait. Null: the same template."
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
    period_seconds: int = strawberry.field(description="Seconds without a match after which the run starts.")
    max_wait_seconds: int | None = strawberry.field(
        default=None, description="Seconds after the first match at which the run starts in any case. Null: no bound."
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
    at_least: int = strawberry.field(description="The number of matches that starts a run.")
    within_seconds: int = strawberry.field(description="The time in which the matches must come, in seconds.")
    key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input
class RuleAbsenceInput:
    unless: JSON = strawberry.field(description="JsonLogic, as for `when`: matches the event that ends the wait.")
    within_seconds: int = strawberry.field(description="The time in which that event must come, in seconds.")
    key: str | None = strawberry.field(default=None, description=KEY)
    unless_key: str | None = strawberry.field(
        default=None, description="The template of the key in the event that ends the wait. Null: the same template."
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
    """The options of a rule's row; None for a rule without options."""
    if not row:
        return None
    found = stored.options_of(row)
    shown = {
        name: None if (option := getattr(found, name)) is None else kind(**_shown(dataclasses.asdict(option)))
        for name, kind in TYPES.items()
    }
    return RuleOptions(stop=found.stop, **shown)


def _shown(option: dict[str, Json]) -> dict[str, Json]:
    """The option of a rule as output; default values are null."""
    without = {"key": "", "unless_key": "", "max_wait_seconds": 0}
    return {name: None if name in without and value == without[name] else value for name, value in option.items()}
