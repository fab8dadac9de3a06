"""The settings of a source. Each member of the stored JSON is optional.

``{rate_limit: {per_second, burst}, max_bytes, idempotency_key: {header | expression, keep_seconds},
event_type: {header | expression}, subject: {header | expression}, keep_deliveries_days}``
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.text import api_name
from automate.triggers.field_selectors import FieldSelector
from automate.triggers.schemes.options import HEADER_NAME
from automate.workflows.templates.allowance import TemplateFailure
from automate.workflows.templates.expressions import parse_expression

DEFAULT_PER_SECOND, DEFAULT_BURST = 50, 100
LEAST_MAX_BYTES = 1_024
KEY_SECONDS, LEAST_KEY_SECONDS, MOST_KEY_SECONDS = 7 * DAY_SECONDS, 60, 90 * DAY_SECONDS
DELIVERIES_DAYS, MOST_DELIVERIES_DAYS = 7, 30
ROOTS = ("payload", "headers")


@dataclass(frozen=True)
class SourceSettings:
    """The settings of a source, with defaults."""

    per_second: int = DEFAULT_PER_SECOND
    """Webhooks a second."""
    burst: int = DEFAULT_BURST
    """Webhooks at once."""
    max_bytes: int = LIMITS.event_bytes
    key: FieldSelector | None = None
    """Where the idempotency key is read. None means the place where senders of this scheme write it. The same holds for
    ``event_type`` and ``subject``.
    """
    key_seconds: int = KEY_SECONDS
    """How long a key is remembered."""
    event_type: FieldSelector | None = None
    subject: FieldSelector | None = None
    deliveries_days: int = DELIVERIES_DAYS


def source_settings_of(stored: Mapping[str, Json]) -> SourceSettings:
    """Read the settings from the column of a source."""
    if not stored:
        return SourceSettings()
    rate, key = stored.get("rate_limit", {}), stored.get("idempotency_key", {})
    return SourceSettings(
        per_second=rate.get("per_second", DEFAULT_PER_SECOND),
        burst=rate.get("burst", DEFAULT_BURST),
        max_bytes=stored.get("max_bytes", LIMITS.event_bytes),
        key=_place(key),
        key_seconds=key.get("keep_seconds", KEY_SECONDS),
        event_type=_place(stored.get("event_type", {})),
        subject=_place(stored.get("subject", {})),
        deliveries_days=stored.get("keep_deliveries_days", DELIVERIES_DAYS),
    )


def _place(stored: Mapping[str, Json]) -> FieldSelector | None:
    if "header" in stored:
        return FieldSelector(header=stored["header"].lower())
    return FieldSelector(expression=stored["expression"]) if "expression" in stored else None


Path = tuple[str, ...]
Check = Callable[[Json, Path], Iterator[NormalizedError]]


def source_settings_problems(given: Json) -> list[NormalizedError]:
    return list(_check_object(given, _PARTS, ()))


def _refuse(message: str, path: Path) -> NormalizedError:
    return NormalizedError("BAD_USER_INPUT", message, path=["intake", *map(api_name, path)])


def _check_object(given: Json, parts: Mapping[str, Check], path: Path) -> Iterator[NormalizedError]:
    if not isinstance(given, dict):
        yield _refuse("This must be a JSON object.", path)
        return
    unknown = sorted(str(name) for name in set(given) - set(parts))
    if unknown:
        yield _refuse(f"{unknown[0][:64]!r} is not known here; this takes {', '.join(parts)}.", path)
    for name, value in given.items():
        if name in parts:
            yield from parts[name](value, (*path, name))


def _whole(least: int, most: int) -> Check:
    def check(value: Json, path: Path) -> Iterator[NormalizedError]:
        if type(value) is not int or not least <= value <= most:
            yield _refuse(f"{api_name(path[-1])} must be a whole number from {least} to {most}.", path)

    return check


def _check_header(value: Json, path: Path) -> Iterator[NormalizedError]:
    if not isinstance(value, str) or not HEADER_NAME.fullmatch(value):
        yield _refuse("header must be the name of a header, such as X-Event-Id.", path)


def _check_expression(value: Json, path: Path) -> Iterator[NormalizedError]:
    if not isinstance(value, str):
        yield _refuse("expression must be JMESPath, such as payload.order.id.", path)
        return
    try:
        references = parse_expression(value).references
    except TemplateFailure as failure:
        yield _refuse(f"The expression is refused: {failure}.", path)
        return
    strange = sorted(reference[0] for reference in references if reference and reference[0] not in ROOTS)
    if strange:
        yield _refuse(f"There is no {strange[0][:64]!r} here; an expression reads {' and '.join(ROOTS)}.", path)


def _in_one_place(**more: Check) -> Check:
    parts = {"header": _check_header, "expression": _check_expression, **more}

    def check(value: Json, path: Path) -> Iterator[NormalizedError]:
        yield from _check_object(value, parts, path)
        if isinstance(value, dict) and {"header", "expression"} <= set(value):
            yield _refuse("Name a header or an expression, not both.", path)
        if value == {} and not more:
            yield _refuse("Name a header or an expression.", path)

    return check


def _check_rate(value: Json, path: Path) -> Iterator[NormalizedError]:
    parts = {"per_second": _whole(1, LIMITS.source_per_second), "burst": _whole(1, LIMITS.source_burst)}
    yield from _check_object(value, parts, path)


_PARTS: Mapping[str, Check] = {
    "rate_limit": _check_rate,
    "max_bytes": _whole(LEAST_MAX_BYTES, LIMITS.event_bytes),
    "idempotency_key": _in_one_place(keep_seconds=_whole(LEAST_KEY_SECONDS, MOST_KEY_SECONDS)),
    "event_type": _in_one_place(),
    "subject": _in_one_place(),
    "keep_deliveries_days": _whole(1, MOST_DELIVERIES_DAYS),
}
