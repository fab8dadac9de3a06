"""Text and numbers from outside that go into a column: of bounded length, and free of what a database or a log cannot hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS

_REFUSED_CATEGORIES = frozenset({"Cc", "Cs"})
"""Control characters, NUL among them, and halves of surrogate pairs."""

Path = Sequence[str | int]

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
EVENT_TYPE = re.compile(rf"[A-Za-z0-9_.:/-]{{1,{LIMITS.text_characters}}}")
RUN_FAILED = "run.failed"
"""The type of the event by which the platform says that a run has failed; nothing else may make one."""
BUDGET_THRESHOLD = "budget.threshold"
"""The type of the event by which the platform says that a budget has reached a threshold."""
NOTICE_RAISED = "notice.raised"
"""The type of the event by which the platform reports what people are told by mail."""
ABOUT_THE_TENANT = frozenset({RUN_FAILED, BUDGET_THRESHOLD, NOTICE_RAISED})
"""Types that reach only rules whose condition reads the type or source: a rule for anything would start itself again."""
RUN_CALLED = "run.called"
"""The type of the event of a run that a step starts."""
OWN_EVENT_TYPE = (
    f"1 to {LIMITS.text_characters} letters, digits and characters of _ . : / -, other than {RUN_FAILED}, by which the platform says "
    "that a run has failed"
)
TENANT_SLUG = re.compile(r"(?=.{2,63}\Z)[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""A tenant's name in URLs and, in capitals, in the variables of its secrets: see ``automate.vault.backends``."""


def check_text(value: str, *, path: Path, most: int, least: int = 1) -> str:
    """The value, when it has least to most characters and none that is a control character.

    Raises NormalizedError BAD_USER_INPUT with the path.
    """
    name = _named(path)
    if not least <= len(value) <= most:
        raise NormalizedError(
            "BAD_USER_INPUT", f"{name} must have {least} to {most} characters; it has {len(value)}.", path=path
        )
    if not value.isprintable() and any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in value):
        raise NormalizedError("BAD_USER_INPUT", f"{name} holds a control character; remove it.", path=path)
    return value


def _named(path: Path) -> str:
    """The field, in words; of an entry of a list its number, and of which."""
    last = path[-1]
    return last if isinstance(last, str) else f"entry {last + 1} of {path[-2]}"


def check_integer(value: int, *, path: Path, most: int) -> int:
    """The value, when it lies between -most and most. Raises NormalizedError BAD_USER_INPUT with the path."""
    if abs(value) > most:
        message = f"{_named(path)} must be at most {most}, and no less than its negative."
        raise NormalizedError("BAD_USER_INPUT", message, path=path)
    return value


def check_pattern(value: str, pattern: re.Pattern[str], *, path: Path, wanted: str) -> str:
    """The value, when the whole of it matches. wanted: what it may be, in words. Raises BAD_USER_INPUT with the path."""
    if not pattern.fullmatch(value):
        raise NormalizedError("BAD_USER_INPUT", f"{_named(path)} must be {wanted}.", path=path)
    return value


def check_event_type(value: str, *, path: Path) -> str:
    """The type of an event that somebody makes. Raises BAD_USER_INPUT."""
    if value == RUN_FAILED:
        raise NormalizedError("BAD_USER_INPUT", f"{_named(path)} must be {OWN_EVENT_TYPE}.", path=path)
    return check_pattern(value, EVENT_TYPE, path=path, wanted=OWN_EVENT_TYPE)


def api_name(name: str) -> str:
    """A name of ours as the API spells it: ``idHeader`` for ``id_header``."""
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def is_slug(value: str) -> bool:
    return SLUG.fullmatch(value) is not None


def check_slug(value: str, *, path: Path = ("slug",)) -> str:
    """A name within a tenant, fit for a URL. Raises BAD_USER_INPUT."""
    wanted = "1 to 64 lower-case letters, digits, hyphens and underscores, and begin with a letter or digit"
    return check_pattern(value, SLUG, path=path, wanted=wanted)
