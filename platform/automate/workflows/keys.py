"""Keys of events: a template that comes to a short text, by which runs are told apart."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.redaction import REDACTED, redact_text
from automate.kernel.sensitive_names import is_sensitive
from automate.kernel.strict_json import check_value
from automate.workflows.problems import short

MAX_CHARACTERS = 255
"""Of a key as it comes out of its template: as wide as what else names things."""
MOST_EXACT = 2**53
"""Up to here a double holds every integer."""
SHOWN_CHARACTERS = 120
"""Of a key in a reason, which has 255 in all."""


def key_text(source: str, value: Json, *, called: str, path: Sequence[str | int]) -> str:
    """What a key is known by. source: its template, which came to value. called: what it is a key of. Raises NormalizedError."""
    if value is None or isinstance(value, (dict, list)):
        came = "nothing" if value is None else "an object" if isinstance(value, dict) else "a list"
        raise NormalizedError(
            "INVALID_TEMPLATE",
            f"The {called} key {short(source, SHOWN_CHARACTERS)} came to {came} for this event; it has to be text, a number or "
            "a boolean. Name a member that every such event has, or a default: {{ event.payload.customer || 'none' }}.",
            path=path,
        )
    text = value if isinstance(value, str) else _scalar_text(value)
    if len(text) > MAX_CHARACTERS:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The {called} key {short(source, SHOWN_CHARACTERS)} came to {len(text)} characters for this event; at most "
            f"{MAX_CHARACTERS} are taken. Name something shorter, such as an id.",
            details={"characters": len(text), "max_characters": MAX_CHARACTERS},
            path=path,
        )
    check_value(text)
    return text


def _scalar_text(value: Json) -> str:
    """JSON has one kind of number: 1.0 is the 1 that an integer or a text says."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= MOST_EXACT:
        value = int(value)
    return json.dumps(value)


def shown_key(source: str, text: str) -> str:
    """A key is data of an event: it is shown as such data is."""
    if any(is_sensitive(word) for word in re.findall(r"\w+", source)):
        return REDACTED
    return short(redact_text(text), SHOWN_CHARACTERS)
