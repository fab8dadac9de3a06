"""The options of a rule: when a match starts a run, and how many runs may start.

Each member of the JSON is optional::

    {"stop": true,
     "rate_limit": {"limit": 3, "period_seconds": 3600, "key": "{{ event.payload.customer }}"},
     "debounce":   {"period_seconds": 30, "max_wait_seconds": 300, "key": …},
     "throttle":   {"limit": 10, "period_seconds": 60, "burst": 1, "key": …},
     "count":      {"at_least": 5, "within_seconds": 60, "key": …},
     "absence":    {"unless": {"==": [{"var": "type"}, "paid"]}, "within_seconds": 259200, "key": …, "unless_key": …}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.problems import Problem
from automate.kernel.text import api_name
from automate.rules.predicate import check_rule
from automate.rules.windows.words import ABSENCE, COUNT, DEBOUNCE, RATE_LIMIT, THROTTLE
from automate.workflows.schema import MAX_KEY_CHARACTERS
from automate.workflows.templates import try_compile

ROOT = "event"
"""The only root that a key may read."""


@dataclass(frozen=True)
class RateLimit:
    """At most ``limit`` runs of one key within any ``period_seconds``. Further matches start no run."""

    limit: int
    period_seconds: int
    key: str = ""


@dataclass(frozen=True)
class Debounce:
    """One run for all matches, once no match has come for ``period_seconds``.

    The run starts at the latest ``max_wait_seconds`` after the first match. 0 means no maximum.
    """

    period_seconds: int
    max_wait_seconds: int = 0
    key: str = ""


@dataclass(frozen=True)
class Throttle:
    """``limit`` runs in each ``period_seconds``, evenly spaced. Other runs wait in a queue.

    After a pause, up to ``burst`` runs start at once.
    """

    limit: int
    period_seconds: int
    burst: int = 1
    key: str = ""


@dataclass(frozen=True)
class Count:
    """One run when ``at_least`` matches came within ``within_seconds``."""

    at_least: int
    within_seconds: int
    key: str = ""


@dataclass(frozen=True)
class Absence:
    """A run for a match, unless an event that meets ``unless`` follows within ``within_seconds``."""

    unless: Json
    within_seconds: int
    key: str = ""
    unless_key: str = ""
    """The key of that event, if its template differs from ``key``."""


Windowed = RateLimit | Debounce | Throttle | Count | Absence

KINDS: Mapping[str, type[Windowed]] = {
    RATE_LIMIT: RateLimit,
    DEBOUNCE: Debounce,
    THROTTLE: Throttle,
    COUNT: Count,
    ABSENCE: Absence,
}
FIRST = (RATE_LIMIT, DEBOUNCE, COUNT, ABSENCE)
"""One of these decides whether a match starts a run. A throttle decides when."""
_SECONDS = (1, LIMITS.wait_seconds)
BOUNDS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    RATE_LIMIT: {"limit": (1, LIMITS.window_matches), "period_seconds": _SECONDS},
    DEBOUNCE: {"period_seconds": _SECONDS, "max_wait_seconds": (0, LIMITS.wait_seconds)},
    THROTTLE: {"limit": (1, LIMITS.window_matches), "period_seconds": _SECONDS, "burst": (1, LIMITS.window_matches)},
    COUNT: {"at_least": (2, LIMITS.window_matches), "within_seconds": _SECONDS},
    ABSENCE: {"within_seconds": _SECONDS},
}
"""The minimum and the maximum of each number."""
REQUIRED: Mapping[str, tuple[str, ...]] = {
    RATE_LIMIT: ("limit", "period_seconds"),
    DEBOUNCE: ("period_seconds",),
    THROTTLE: ("limit", "period_seconds"),
    COUNT: ("at_least", "within_seconds"),
    ABSENCE: ("unless", "within_seconds"),
}
KEYS = ("key", "unless_key")
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Options:
    """The options of a rule. A missing option is None."""

    stop: bool = False
    rate_limit: RateLimit | None = None
    debounce: Debounce | None = None
    throttle: Throttle | None = None
    count: Count | None = None
    absence: Absence | None = None

    @cached_property
    def first(self) -> tuple[str, Windowed] | None:
        """The option that decides whether a match starts a run."""
        return next(((name, found) for name in FIRST if (found := getattr(self, name)) is not None), None)


def options_of(stored: Mapping[str, Json]) -> Options:
    """Return typed options from checked options."""
    typed = {name: kind(**stored[name]) for name, kind in KINDS.items() if name in stored}
    return Options(stop=stored.get("stop", False), **typed)  # type: ignore[arg-type] # each by its own name


def check_options(options: Mapping[str, Json]) -> dict[str, Json]:
    """Check options, and return them without empty members. Raises INVALID_RULE."""
    problems = list(option_problems(options))
    if problems:
        raise refusal(problems)
    return {
        name: value if name == "stop" else {field: found for field, found in value.items() if found not in (None, "")}
        for name, value in options.items()
        if value not in (None, False)
    }


def refusal(problems: Sequence[Problem], path: Path = ()) -> NormalizedError:
    """Return the error for all problems of a rule. ``path`` leads to the rule."""
    first = problems[0]
    more = f" There are {len(problems) - 1} more problems." if len(problems) > 1 else ""
    return NormalizedError(
        "INVALID_RULE",
        f"{first.message}{more}",
        details={
            "problems": [
                {
                    "code": problem.code,
                    "message": problem.message,
                    "path": [str(part) for part in (*path, *problem.path)],
                }
                for problem in problems
            ]
        },
        path=[*path, *first.path],
    )


def option_problems(options: Json) -> Iterator[Problem]:
    """Yield all problems of options. Each has an API path."""
    if not isinstance(options, Mapping):
        yield _wrong("options must be an object.", "options")
        return
    for name, value in options.items():
        if name == "stop":
            if not isinstance(value, bool | None):
                yield _wrong("stop must be true or false.", "options", name)
        elif name not in KINDS:
            yield _wrong(
                f"There is no option {name}; there are stop, {', '.join(map(api_name, KINDS))}.", "options", name
            )
        elif value is not None:
            yield from _problems_of(name, value)
    given = [name for name in FIRST if options.get(name) is not None]
    if len(given) > 1:
        named = " and ".join(map(api_name, given))
        message = f"A rule has one of {', '.join(map(api_name, FIRST))}; this one has {named}. Write two rules."
        yield _wrong(message, "options", api_name(given[1]))


def _problems_of(name: str, option: Json) -> Iterator[Problem]:
    place = ("options", api_name(name))
    if not isinstance(option, Mapping):
        yield _wrong(f"{api_name(name)} must be an object.", *place)
        return
    bounds = BOUNDS[name]
    known = {*bounds, "key", *(("unless", "unless_key") if name == ABSENCE else ())}
    for field in option:
        if field not in known:
            fields = ", ".join(sorted(map(api_name, known)))
            yield _wrong(f"{api_name(name)} has no {field}; it has {fields}.", *place, field)
    for field in REQUIRED[name]:
        if option.get(field) is None:
            yield _wrong(f"{api_name(field)} is missing.", *place, api_name(field))
    for field in KEYS:
        if field in known and option.get(field) not in (None, ""):
            yield from _key_problems(option[field], (*place, api_name(field)))
    if name == ABSENCE and option.get("unless") is not None:
        for problem in check_rule(option["unless"]).problems:
            yield Problem(problem.code, problem.message, (*place, "unless", *problem.path))
    yield from _number_problems(name, option, place)


def _number_problems(name: str, option: Mapping[str, Json], place: Path) -> Iterator[Problem]:
    for field, (least, most) in BOUNDS[name].items():
        value = option.get(field)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most):
            yield _wrong(f"{api_name(field)} must be a whole number from {least} to {most}.", *place, api_name(field))
    wait, period = option.get("max_wait_seconds"), option.get("period_seconds")
    if name == DEBOUNCE and isinstance(wait, int) and isinstance(period, int) and 0 < wait < period:
        yield _wrong(f"maxWaitSeconds must not be less than periodSeconds, {period}.", *place, "maxWaitSeconds")


def _key_problems(key: Json, place: Path) -> Iterator[Problem]:
    if not isinstance(key, str) or len(key) > MAX_KEY_CHARACTERS:
        yield _wrong(f"A key is a text of at most {MAX_KEY_CHARACTERS} characters.", *place)
        return
    template, problems = try_compile(key, place)
    yield from problems
    if template.secret_refs():
        yield Problem(
            "INVALID_TEMPLATE",
            "A key cannot contain a secret, because people can see the key. Remove the secret.",
            place,
        )
    for where, reference in template.located_references():
        if reference[:1] != (ROOT,):
            message = f"A key reads of its event alone, as in {{{{ {ROOT}.payload.customer }}}}."
            yield Problem("INVALID_TEMPLATE", message, where)
    if not problems and not template.open_paths() and not template.secret_refs():
        yield Problem(
            "INVALID_TEMPLATE",
            "This key is the same for all events. Leave out the key, or read a value of the event with {{ … }}.",
            place,
        )


def _wrong(message: str, *path: str | int) -> Problem:
    return Problem("INVALID_RULE", message, path)
