"""Checks texts and numbers that clients and other systems send."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS

_REFUSED_CATEGORIES = frozenset({"Cc", "Cs"})
"""Control characters, including NUL, and halves of surrogate pairs."""

Path = Sequence[str | int]

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
EVENT_TYPE = re.compile(rf"[A-Za-z0-9_.:/-]{{1,{LIMITS.text_characters}}}")
RUN_FAILED = "run.failed"
"""The type of the event that reports a failed run. Only the platform creates such events."""
BUDGET_THRESHOLD = "budget.threshold"
"""The type of the event that reports a budget's threshold. Only the platform creates such events."""
NOTICE_RAISED = "notice.raised"
"""The type of the event that reports a notice. Only the platform creates such events."""
ABOUT_THE_TENANT = frozenset({RUN_FAILED, BUDGET_THRESHOLD, NOTICE_RAISED})
"""Events of these types reach only rules whose condition reads the type or source: a rule for all events would start
itself again."""
RUN_CALLED = "run.called"
"""The type of the event of a run that a step started."""
OWN_EVENT_TYPE = (
    f"1 to {LIMITS.text_characters} letters, digits and characters of _ . : / -, except {RUN_FAILED}, with which the platform reports "
    "a failed run"
)
TENANT_SLUG = re.compile(r"(?=.{2,63}\Z)[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""A tenant's name in URLs and, in capitals, in the variables of its secrets: see ``automate.vault.backends``."""


def check_text(value: str, *, path: Path, most: int, least: int = 1) -> str:
    """Refuse control characters, a text shorter than ``least``, and a text longer than ``most``. Raises BAD_USER_INPUT."""
    name = named(path)
    if not least <= len(value) <= most:
        raise NormalizedError(
            "BAD_USER_INPUT", f"{name} must have {least} to {most} characters; it has {len(value)}.", path=path
        )
    if not value.isprintable() and any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in value):
        raise NormalizedError("BAD_USER_INPUT", f"{name} contains a control character; remove it.", path=path)
    return value


def named(path: Path) -> str:
    """Return the name by which error messages call a field. An entry of a list is called, for example, `entry 2 of secrets`."""
    if not path:
        return "this"
    last = path[-1]
    return last if isinstance(last, str) else f"entry {last + 1} of {path[-2]}"


def check_integer(value: int, *, path: Path, most: int) -> int:
    """Check that a number is between ``-most`` and ``most``. Raises BAD_USER_INPUT."""
    if abs(value) > most:
        message = f"{named(path)} must be at most {most}, positive or negative."
        raise NormalizedError("BAD_USER_INPUT", message, path=path)
    return value


def check_pattern(value: str, pattern: re.Pattern[str], *, path: Path, wanted: str) -> str:
    """Raise BAD_USER_INPUT if a text does not match a pattern. The message contains ``wanted``, which describes a valid text."""
    if not pattern.fullmatch(value):
        raise NormalizedError("BAD_USER_INPUT", f"{named(path)} must be {wanted}.", path=path)
    return value


def check_event_type(value: str, *, path: Path) -> str:
    """Return an event type if callers are allowed to use it. Only the platform uses ``run.failed``.

    Raises BAD_USER_INPUT for ``run.failed``, and for an invalid event type.
    """
    if value == RUN_FAILED:
        raise NormalizedError("BAD_USER_INPUT", f"{named(path)} must be {OWN_EVENT_TYPE}.", path=path)
    return check_pattern(value, EVENT_TYPE, path=path, wanted=OWN_EVENT_TYPE)


def api_name(name: str) -> str:
    """Return the API's spelling of a field, such as ``idHeader`` for ``id_header``."""
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def sentence(message: str) -> str:
    """Return the message as a sentence: with a capital letter at the start and a full stop at the end."""
    return f"{message[:1].upper()}{message[1:]}{'' if message.endswith(('?', '.')) else '.'}"


def is_slug(value: str) -> bool:
    return SLUG.fullmatch(value) is not None


def check_slug(value: str, *, path: Path = ("slug",)) -> str:
    """Require a name that is valid in a URL. Raises BAD_USER_INPUT."""
    wanted = "1 to 64 lower-case letters, digits, hyphens and underscores, beginning with a letter or digit"
    return check_pattern(value, SLUG, path=path, wanted=wanted)
