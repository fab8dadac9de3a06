"""Checks and displays two kinds of keys: keys of runs, and keys of the windows of rules.

A template renders each key from an event.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.redaction import REDACTED, redact_text
from automate.kernel.sensitive_names import is_sensitive
from automate.kernel.strict_json import check_value
from automate.workflows.problems import short

MAX_CHARACTERS = 255
"""Maximum characters of a rendered key. Other names have the same maximum."""
MOST_EXACT = 2**53
"""Doubles are exact for integers up to here."""
SHOWN_CHARACTERS = 120
"""Characters of a key that a reason shows. A reason has at most 255 characters."""


def key_text(source: str, value: JsonValue, *, called: str, path: Sequence[str | int]) -> str:
    """Convert a key from a template to text.

    Raises INVALID_TEMPLATE for null, a list or an object. Raises BAD_USER_INPUT if the text is too long.
    """
    if value is None or isinstance(value, (dict, list)):
        came = "nothing" if value is None else "an object" if isinstance(value, dict) else "a list"
        raise NormalizedError(
            "INVALID_TEMPLATE",
            f"The {called} key {short(source, SHOWN_CHARACTERS)} evaluated to {came} for this event. It must be text, a number or "
            "a boolean. Use a field that every such event has, or give a default: {{ event.payload.customer || 'none' }}.",
            path=path,
        )
    text = value if isinstance(value, str) else _scalar_text(value)
    if len(text) > MAX_CHARACTERS:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The {called} key {short(source, SHOWN_CHARACTERS)} has {len(text)} characters for this event; the maximum is "
            f"{MAX_CHARACTERS}. Use a shorter value, such as an id.",
            details={"characters": len(text), "max_characters": MAX_CHARACTERS},
            path=path,
        )
    check_value(text)
    return text


def _scalar_text(value: JsonValue) -> str:
    # JSON has one kind of number, so 1.0 is written as 1.
    if isinstance(value, float) and value.is_integer() and abs(value) <= MOST_EXACT:
        value = int(value)
    return json.dumps(value)


def shown_key(source: str, text: str) -> str:
    """Return a key for display. Sensitive values in the key are redacted."""
    if any(is_sensitive(word) for word in re.findall(r"\w+", source)):
        return REDACTED
    return short(redact_text(text), SHOWN_CHARACTERS)
