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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.problems import Problem
from automate.kernel.shapes import Checked, Says, Spell, Whole, read
from automate.rules.predicate import check_rule
from automate.rules.windows.words import ABSENCE, COUNT, DEBOUNCE, RATE_LIMIT
from automate.workflows.definition import MAX_KEY_CHARACTERS
from automate.workflows.templates import try_compile

ROOT = "event"
"""The only root that a key may read."""


def _key_problems(key: str) -> Iterator[Problem]:
    if len(key) > MAX_KEY_CHARACTERS:
        yield _wrong(f"A key is a text of at most {MAX_KEY_CHARACTERS} characters.")
    if not 0 < len(key) <= MAX_KEY_CHARACTERS:
        return
    template, problems = try_compile(key, ())
    yield from problems
    if template.secret_refs():
        message = "A key cannot contain a secret, because people can see the key. Remove the secret."
        yield Problem("INVALID_TEMPLATE", message, ())
    for where, reference in template.located_references():
        if reference[:1] != (ROOT,):
            message = f"A key can read only its event, as in {{{{ {ROOT}.payload.customer }}}}."
            yield Problem("INVALID_TEMPLATE", message, where)
    if not problems and not template.open_paths() and not template.secret_refs():
        message = "This key is the same for all events. Leave out the key, or read a value of the event with {{ … }}."
        yield Problem("INVALID_TEMPLATE", message, ())


def _wrong(message: str, *path: str | int) -> Problem:
    return Problem("INVALID_RULE", message, path)


_KEY = Checked(f"a text of at most {MAX_KEY_CHARACTERS} characters", _key_problems)
_KEY_SAYS = Says(
    "A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately for each of its "
    "values.",
    null="Null counts all matches together.",
)
_CONDITION = Checked("a condition", lambda condition: check_rule(condition).problems)
_SECONDS, _MATCHES = Whole(1, LIMITS.wait_seconds), Whole(1, LIMITS.window_matches)
_PERIOD, _WITHIN = "The length of the period, in seconds.", "The matches must come within this many seconds."


@dataclass(frozen=True)
class RateLimit:
    """Starts at most ``limit`` runs for one key in any ``period_seconds``. Further matches start no run."""

    limit: Annotated[int, _MATCHES, Says("The largest number of runs in a period.")]
    period_seconds: Annotated[int, _SECONDS, Says(_PERIOD)]
    key: Annotated[str, _KEY, _KEY_SAYS] = ""


@dataclass(frozen=True)
class Debounce:
    """Starts one run for a series of matches, when no further match has arrived for ``period_seconds``.

    Even if matches continue, the run starts ``max_wait_seconds`` after the first match. If
    ``max_wait_seconds`` is 0, there is no such limit.
    """

    period_seconds: Annotated[int, _SECONDS, Says("After so many seconds without a match, the run starts.")]
    max_wait_seconds: Annotated[
        int,
        Whole(0, LIMITS.wait_seconds),
        Says("At the latest, the run starts so many seconds after the first match.", null="Null: no limit."),
    ] = 0
    key: Annotated[str, _KEY, _KEY_SAYS] = ""

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], spell: Spell) -> Iterator[Problem]:
        wait, period = given.get("max_wait_seconds"), given.get("period_seconds")
        if isinstance(wait, int) and isinstance(period, int) and 0 < wait < period:
            names = spell("max_wait_seconds"), spell("period_seconds")
            yield _wrong(f"{names[0]} must not be less than {names[1]}, {period}.", "max_wait_seconds")


@dataclass(frozen=True)
class Throttle:
    """Starts at most ``limit`` runs in each ``period_seconds``, evenly spaced. Other runs wait in a queue.

    After a pause, a burst of runs can start at the same time. ``burst`` is the maximum size of this burst.
    """

    limit: Annotated[int, _MATCHES, Says("The number of runs that begin in a period.")]
    period_seconds: Annotated[int, _SECONDS, Says(_PERIOD)]
    burst: Annotated[int, _MATCHES, Says("The number of runs that can begin at the same time after a pause.")] = 1
    key: Annotated[str, _KEY, _KEY_SAYS] = ""


@dataclass(frozen=True)
class Count:
    """Starts one run when ``at_least`` matches have arrived within ``within_seconds``."""

    at_least: Annotated[int, Whole(2, LIMITS.window_matches), Says("How many matches start a run.")]
    within_seconds: Annotated[int, _SECONDS, Says(_WITHIN)]
    key: Annotated[str, _KEY, _KEY_SAYS] = ""


@dataclass(frozen=True)
class Absence:
    """Starts a run for a match, unless another event prevents the run in time.

    An event prevents the run if the event meets the condition ``unless`` within ``within_seconds`` after the match.
    """

    unless: Annotated[
        JsonValue, _CONDITION, Says("The condition in JsonLogic for the event that prevents the run, as for `when`.")
    ]
    within_seconds: Annotated[int, _SECONDS, Says("The event must come within this many seconds.")]
    key: Annotated[str, _KEY, _KEY_SAYS] = ""
    unless_key: Annotated[
        str,
        _KEY,
        Says(
            "The template that reads the key of the event that ends the wait.",
            null="Null: the same template as for the match.",
        ),
    ] = ""
    """The key of the event that ends the wait, if its template differs from ``key``."""


Windowed = RateLimit | Debounce | Throttle | Count | Absence
FIRST = (RATE_LIMIT, DEBOUNCE, COUNT, ABSENCE)
"""A rule has at most one of these options. It decides whether a match starts a run. A throttle decides when
the run starts."""


@dataclass(frozen=True)
class Options:
    """The options of a rule. A missing option is None."""

    stop: Annotated[
        bool,
        Says("Whether a match ends the evaluation of rules with lower priority, whatever the outcome of the match."),
    ] = False
    rate_limit: Annotated[RateLimit | None, Says("Limits how many matches start runs.")] = None
    debounce: Annotated[Debounce | None, Says("Starts one run for a series of matches.")] = None
    throttle: Annotated[Throttle | None, Says("Spaces the starts of runs.")] = None
    count: Annotated[Count | None, Says("Starts one run for a number of matches.")] = None
    absence: Annotated[Absence | None, Says("Starts a run if no other event follows.")] = None

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], spell: Spell) -> Iterator[Problem]:
        several = [name for name in FIRST if given.get(name) is not None]
        if len(several) > 1:
            named = " and ".join(map(spell, several))
            message = f"A rule has one of {', '.join(map(spell, FIRST))}; this rule has {named}. Write two rules."
            yield _wrong(message, several[1])

    @cached_property
    def first(self) -> tuple[str, Windowed] | None:
        """The option that decides whether a match starts a run."""
        return next(((name, found) for name in FIRST if (found := getattr(self, name)) is not None), None)


def options_of(stored: Mapping[str, JsonValue]) -> Options:
    """Convert stored options to typed options. The stored options must have passed ``check_options``."""
    return read(Options, stored)
