"""The columns of admin pages. Each column shows a value as harmless text."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from automate.kernel.json_values import JsonValue
from automate.kernel.redaction import redact, redact_text
from tenants.staff.rows import AdminRow

Column = Callable[[AdminRow], object]
"""A function from a row to the content of a cell."""

MOST_CHARACTERS = 200
"""The maximum length of a text in a cell."""
MOST_JSON_CHARACTERS = 64 * 1024
EMPTY = "-"
_WORD = re.compile(r"[a-z_]{1,32}")
_KEPT = frozenset("\n\t")


def inert(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return a short text without control characters and invisible characters."""
    shown = text if len(text) <= most else text[: most - 1] + "…"
    if shown.isprintable():
        return shown
    return "".join(one if one in _KEPT or unicodedata.category(one)[0] != "C" else _escaped(one) for one in shown)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"


def column(name: str, show: Column, label: str = "") -> Column:
    """Return a column of the admin. ``name`` also becomes a class for CSS."""

    def shown(row: object) -> object:
        return show(row)

    shown.__name__ = name
    shown.short_description = label or name.replace("_", " ")  # type: ignore[attr-defined] # Django reads it
    return shown


def text(name: str, label: str = "", most: int = MOST_CHARACTERS) -> Column:
    """Return a column that shows a text of the row. Sensitive values in the text are redacted."""
    return column(name, lambda row: inert(redact_text(str(getattr(row, name) or "")), most) or EMPTY, label)


def actor() -> Column:
    """Return a column that shows who acted."""
    return column("actor", lambda row: inert(f"{row.actor_name} ({row.actor_kind})"))


def reference(name: str, label: str = "") -> Column:
    """Return a column. Each cell shows a number, or the id of another row."""
    return column(name, lambda row: EMPTY if getattr(row, name) is None else inert(str(getattr(row, name))), label)


def timestamp(name: str, label: str = "") -> Column:
    return column(name, lambda row: written(getattr(row, name)), label)


def flag(name: str, label: str = "") -> Column:
    found = column(name, lambda row: bool(getattr(row, name)), label)
    found.boolean = True  # type: ignore[attr-defined] # Django reads it
    return found


def state(name: str, label: str = "") -> Column:
    return column(name, lambda row: pill(str(getattr(row, name))), label)


def document(name: str, read: Callable[[AdminRow], JsonValue], label: str = "") -> Column:
    """Return a column with JSON of the row, without secrets."""
    return column(name, lambda row: json_shown(redact(read(row))), label)


def written(at: datetime | None) -> str:
    return EMPTY if at is None else at.strftime("%Y-%m-%d %H:%M:%S UTC")


def pill(word: str) -> SafeString:
    known = word if _WORD.fullmatch(word) else "unknown"
    return format_html('<span class="state state-{}">{}</span>', known, inert(word.replace("_", " ")))


def json_shown(value: JsonValue) -> SafeString:
    # The caller must have removed secrets.
    return preformatted(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def preformatted(body: str) -> SafeString:
    return format_html('<pre class="document">{}</pre>', inert(body, MOST_JSON_CHARACTERS))


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> SafeString:
    """Return a table for the page of a row. Each heading also becomes a class for CSS."""
    if not rows:
        return SafeString(EMPTY)
    head = format_html_join("", "<th scope='col'>{}</th>", ((one,) for one in heads))
    cells = (format_html_join("", "<td class='of-{}'>{}</td>", zip(heads, row, strict=True)) for row in rows)
    body = format_html_join("", "<tr>{}</tr>", ((one,) for one in cells))
    return format_html(
        "<div class='results'><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>", head, body
    )


def message_of(error: Mapping[str, JsonValue] | None) -> str:
    """Return the code and the message of a stored error."""
    if not error:
        return EMPTY
    return inert(redact_text(f"{error.get('code', '')}: {error.get('message', '')}"), 1_000)
