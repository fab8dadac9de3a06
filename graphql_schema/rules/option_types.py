"""What a rule says beside its condition: how often, and when, its matches start runs; as it is read and as it is given."""

from __future__ import annotations

import dataclasses
from typing import Any

import strawberry

from automate.kernel.errors import Json
from automate.rules.windows import options as stored
from graphql_schema.scalars import JSON

KEY = "A template over `event`, such as {{ event.payload.customer }}: each of its values is counted by itself. Null: all together."
STOP = "Whether a match ends the evaluation of the rules behind it, in the order of priority, whatever becomes of the match."
FIRST = "One of rateLimit, debounce, count and absence; a throttle may stand beside any."


@strawberry.type(
    description="At most `limit` runs within any `periodSeconds`. What comes beyond starts nothing, and says so."
)
class RuleRateLimit:
    limit: int
    period_seconds: int
    key: str | None


@strawberry.type(
    description="One run, of the last event, once no match has come for `periodSeconds`, or `maxWaitSeconds` after the first."
)
class RuleDebounce:
    period_seconds: int
    max_wait_seconds: int | None
    key: str | None


@strawberry.type(
    description="Runs begin `limit` times in `periodSeconds`, evenly spaced, up to `burst` of them at once after a pause. The others "
    "are made at once and wait in order."
)
class RuleThrottle:
    limit: int
    period_seconds: int
    burst: int
    key: str | None


@strawberry.type(
    description="One run for `atLeast` matches received within any `withinSeconds`; it stands for what comes in the same time after it."
)
class RuleCount:
    at_least: int
    within_seconds: int
    key: str | None


@strawberry.type(
    description="A run of a match that no event which fulfils `unless` follows within `withinSeconds`, counted from when it was received."
)
class RuleAbsence:
    unless: JSON
    within_seconds: int
    key: str | None
    unless_key: str | None = strawberry.field(
        description="Where the event that ends it has the key. Null: in the same place."
    )


@strawberry.type(description=FIRST)
class RuleOptions:
    stop: bool = strawberry.field(description=STOP)
    rate_limit: RuleRateLimit | None
    debounce: RuleDebounce | None
    throttle: RuleThrottle | None
    count: RuleCount | None
    absence: RuleAbsence | None


@strawberry.input
class RuleRateLimitInput:
    limit: int
    period_seconds: int
    key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input
class RuleDebounceInput:
    period_seconds: int
    max_wait_seconds: int | None = strawberry.field(
        default=None, description="From the first match on. Null: however long it takes to be quiet."
    )
    key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input
class RuleThrottleInput:
    limit: int
    period_seconds: int
    burst: int = 1
    key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input
class RuleCountInput:
    at_least: int
    within_seconds: int
    key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input
class RuleAbsenceInput:
    unless: JSON = strawberry.field(description="JsonLogic, as `when` is: of an event that ends the wait.")
    within_seconds: int
    key: str | None = strawberry.field(default=None, description=KEY)
    unless_key: str | None = strawberry.field(
        default=None, description="Where the event that ends it has the key. Null: in the same place."
    )


@strawberry.input(description=FIRST)
class RuleOptionsInput:
    stop: bool = strawberry.field(default=False, description=STOP)
    rate_limit: RuleRateLimitInput | None = None
    debounce: RuleDebounceInput | None = None
    throttle: RuleThrottleInput | None = None
    count: RuleCountInput | None = None
    absence: RuleAbsenceInput | None = None

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
    """Null where a rule has none."""
    if not row:
        return None
    found = stored.options_of(row)
    shown = {
        name: None if (option := getattr(found, name)) is None else kind(**_shown(dataclasses.asdict(option)))
        for name, kind in TYPES.items()
    }
    return RuleOptions(stop=found.stop, **shown)


def _shown(option: dict[str, Json]) -> dict[str, Json]:
    """What says nothing is null."""
    without = {"key": "", "unless_key": "", "max_wait_seconds": 0}
    return {name: None if name in without and value == without[name] else value for name, value in option.items()}
