"""The settings of a source. The column ``intake`` stores them as JSON.

The JSON contains only settings that differ from their defaults.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated

from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.problems import Problem
from automate.kernel.shapes import Says, Spell, Whole, read
from automate.triggers.field_selectors import FieldSelector

LEAST_MAX_BYTES = 1_024
KEY_SECONDS, LEAST_KEY_SECONDS, MOST_KEY_SECONDS = 7 * DAY_SECONDS, 60, 90 * DAY_SECONDS
DELIVERIES_DAYS, MOST_DELIVERIES_DAYS = 7, 30


@dataclass(frozen=True)
class SourceRate:
    """The rate at which webhooks are accepted."""

    per_second: Annotated[int, Whole(1, LIMITS.source_per_second), Says("The sustained rate: webhooks per second.")] = (
        50
    )
    burst: Annotated[
        int,
        Whole(1, LIMITS.source_burst),
        Says("The burst: how many webhooks are accepted at the same time after a pause."),
    ] = 100


@dataclass(frozen=True)
class KeySelector(FieldSelector):
    """The place of the idempotency key, and how long a key is remembered."""

    keep_seconds: Annotated[
        int,
        Whole(LEAST_KEY_SECONDS, MOST_KEY_SECONDS),
        Says("How long a key is remembered, in seconds.", null=f"Null: {KEY_SECONDS // DAY_SECONDS} days."),
    ] = KEY_SECONDS

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], spell: Spell) -> Iterator[Problem]:
        # A place may be missing. Then the place that is usual for the scheme is read.
        if given.get("header") is not None and given.get("expression") is not None:
            yield from FieldSelector.wrong(given, spell)


_FALLBACK = "If nothing is found there, or if this is null, the usual place of the scheme is read."


@dataclass(frozen=True)
class SourceSettings:
    """The settings of a source."""

    rate_limit: Annotated[SourceRate, Says("The rate at which webhooks are accepted.", null="Null: the default.")] = (
        SourceRate()
    )
    max_bytes: Annotated[
        int, Whole(LEAST_MAX_BYTES, LIMITS.event_bytes), Says("The largest body, in bytes.", null="Null: the default.")
    ] = LIMITS.event_bytes
    idempotency_key: Annotated[
        KeySelector,
        Says(
            "Where the idempotency key is read first. If nothing is found there, the usual place of the scheme is read.",
            null="Null: only the usual place.",
        ),
    ] = KeySelector()
    event_type: Annotated[FieldSelector | None, Says(f"Where the type of an event is read first. {_FALLBACK}")] = None
    subject: Annotated[FieldSelector | None, Says(f"Where the subject of an event is read first. {_FALLBACK}")] = None
    keep_deliveries_days: Annotated[
        int,
        Whole(1, MOST_DELIVERIES_DAYS),
        Says("The days for which `deliveries` are stored.", null=f"Null: {DELIVERIES_DAYS} days."),
    ] = DELIVERIES_DAYS

    @cached_property
    def key(self) -> FieldSelector | None:
        """The place of the idempotency key in a request. None means the default place that the source's scheme defines."""
        place = self.idempotency_key
        return place if place.header is not None or place.expression is not None else None


_DEFAULTS = SourceSettings()


def source_settings_of(stored: Mapping[str, JsonValue]) -> SourceSettings:
    """Parse the stored settings of a source. If nothing is stored, return the default settings."""
    return read(SourceSettings, stored) if stored else _DEFAULTS


@lru_cache(maxsize=1_024)
def source_settings_in(text: str) -> SourceSettings:
    """Parse the settings of a source from ``text``, the stored JSON. A cache keeps the result for each text."""
    return source_settings_of(json.loads(text))
