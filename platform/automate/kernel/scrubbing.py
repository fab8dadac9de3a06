"""Removes known secret values, in every common encoding, from the texts of a call."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import overload
from urllib.parse import quote, quote_plus

from automate.kernel.backslashes import Backslashed, backslashed_in
from automate.kernel.errors import NormalizedError
from automate.kernel.escapes import Escapes, Unescaped
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.sensitive_shapes import REDACTED
from automate.kernel.targets import TargetError, read_host
from automate.kernel.url_escapes import Escapable, escaped_in

MIN_SECRET_CHARACTERS = 4
MAX_DEPTH = 100
MIN_FORM_CHARACTERS = 4
MIN_CUT_CHARACTERS = 512
"""A text of this length may have been truncated inside a secret: no connector truncates to less."""
MAX_CUT_LOOKS = 64
_SEPARATOR = "\0"
_MAX_INTEGER_BITS = 4_096


class Scrubber:
    """Replaces secret values by ``[redacted]``. Finds each secret value in every common encoding."""

    def __init__(self, values: Sequence[str]) -> None:
        forms: set[str] = set()
        for value in values:
            if len(value.strip()) < MIN_SECRET_CHARACTERS:
                raise NormalizedError(
                    "BAD_USER_INPUT",
                    f"A secret has fewer than {MIN_SECRET_CHARACTERS} characters. The platform cannot remove such a short secret "
                    "from the outputs of steps. Store a longer secret.",
                )
            for shown in {value, value.strip()}:
                forms.update(_forms(shown))
        self._forms = sorted(forms, key=len, reverse=True)
        bare = {value.strip() for value in values}
        self._escapable = [Escapable(value) for value in bare]
        self._backslashed = [found for found in map(Backslashed, bare) if found.bare]
        self._escapes = Escapes(bare)
        unescaped = {self._escapes.unescaped(form) for form in forms}
        self._unescaped = [value for value in unescaped if len(value.bare.strip()) >= MIN_SECRET_CHARACTERS]

    def scrub_text(self, text: str) -> str:
        """Return the text without the secrets."""
        return _without(text, self._present_in(text), self._forms)

    @overload
    def scrub(self, value: JsonObject) -> JsonObject: ...
    @overload
    def scrub(self, value: JsonValue) -> JsonValue: ...
    def scrub(self, value: JsonValue) -> JsonValue:
        """Return the value without secrets. Texts, numbers and the keys of objects can contain secrets."""
        if not self._forms:
            return value
        texts = list(_texts(value, 0))
        everything = _SEPARATOR.join(texts)
        present = self._present_in(everything)
        changes = (
            present.any or _TOO_DEEP in everything or any(_cut_at(text, self._forms) < len(text) for text in texts)
        )
        return _scrubbed(value, present, self._forms, 0) if changes else value

    def _present_in(self, text: str) -> _Present:
        patterns = [*escaped_in(text, self._escapable), *backslashed_in(text, self._backslashed)]
        decoded = self._escapes.decoded(text)
        hidden = [value for value in self._unescaped if value.bare in decoded] if decoded is not text else []
        return _Present([form for form in self._forms if form in text], patterns, self._escapes, hidden)


@dataclass(frozen=True)
class _Present:
    forms: Sequence[str]
    escaped: Sequence[re.Pattern[str]]
    escapes: Escapes
    hidden: Sequence[Unescaped]
    """Values that the text contains after its escapes were decoded."""

    @property
    def any(self) -> bool:
        return bool(self.forms or self.escaped or self.hidden)


_TOO_DEEP = f"{_SEPARATOR}deep{_SEPARATOR}"


def _texts(value: JsonValue, depth: int) -> Iterator[str]:
    if isinstance(value, (dict, list)) and depth >= MAX_DEPTH:
        yield _TOO_DEEP
    elif isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from _texts(member, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, depth + 1)
    else:
        yield _number_text(value)


def _number_text(value: JsonValue) -> str:
    # A secret may consist of digits. Empty for true, false, null and very large integers.
    if value is None or isinstance(value, bool) or (isinstance(value, int) and value.bit_length() > _MAX_INTEGER_BITS):
        return ""
    return str(value)


def _scrubbed(value: JsonValue, present: _Present, all_forms: Sequence[str], depth: int) -> JsonValue:
    if isinstance(value, (dict, list)) and depth >= MAX_DEPTH:
        return REDACTED
    if isinstance(value, str):
        return _without(value, present, all_forms)
    if isinstance(value, dict):
        return {
            _without(name, present, all_forms): _scrubbed(member, present, all_forms, depth + 1)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [_scrubbed(item, present, all_forms, depth + 1) for item in value]
    number = _number_text(value)
    return REDACTED if any(form in number for form in present.forms) else value


def _without(text: str, present: _Present, all_forms: Sequence[str]) -> str:
    # All forms are found before any is removed. Otherwise a part would remain where two forms overlap.
    spans = [match.span() for pattern in present.escaped for match in pattern.finditer(text)]
    for form in present.forms:
        at = text.find(form)
        while at >= 0:
            spans.append((at, at + len(form)))
            at = text.find(form, at + len(form))
    if present.hidden:
        spans += present.escapes.spans(text, present.hidden)
    begun_at = _cut_at(text, all_forms)
    if begun_at < len(text):
        spans.append((begun_at, len(text)))
    if not spans:
        return text
    spans.sort()
    kept, done = [], -1
    for start, end in spans:
        if start > done:
            kept += [text[max(done, 0) : start], REDACTED]
        done = max(done, end)
    return "".join([*kept, text[done:]])


def _cut_at(text: str, forms: Sequence[str]) -> int:
    # The length of the text if it does not end with a truncated secret.
    found = len(text)
    if found < MIN_CUT_CHARACTERS:
        return found
    for form in forms:
        head = form[:MIN_FORM_CHARACTERS]
        first = at = text.find(head, max(0, len(text) - len(form) + 1), found + len(head))
        looks = 0
        while 0 <= at < found and not form.startswith(text[at:]):
            looks += 1
            if looks == MAX_CUT_LOOKS:  # the text is built to cost time: a possible start counts as one
                at = first
                break
            at = text.find(head, at + 1, found + len(head))
        found = at if 0 <= at < found else found
    return found


def _forms(value: str) -> Iterator[str]:
    raw = value.encode(errors="surrogatepass")
    yield value
    yield from _spellings(value)
    yield from _base64_forms(raw)
    if quote_plus(raw) != value:
        yield from _base64_forms(quote_plus(raw).encode())
    yield raw.hex()
    yield raw.hex().upper()
    for encoded in (
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
        quote_plus(raw, safe="*").replace("~", "%7E"),
        quote(raw, safe="!*'()").replace("%20", "+"),
        quote(raw, safe="!*'()"),
        quote(raw, safe="!*'():/?@$,;&=+"),
    ):
        yield encoded
        yield _lower_escapes(encoded)
    for escaped in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield escaped
        yield escaped.replace("/", "\\/")
    for escaped in (
        html.escape(value),
        html.escape(value, quote=False),
        html.escape(value, quote=False).replace('"', "&quot;"),
    ):
        yield escaped
        yield escaped.replace("&#x27;", "&#39;")
        yield escaped.replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def _spellings(value: str) -> Iterator[str]:
    # Another case, a normalised host name, or wrongly decoded bytes.
    yield value.lower()
    yield value.upper()
    with suppress(TargetError):
        yield read_host(value)[0]
    if not value.isascii():
        raw = value.encode(errors="surrogatepass")
        yield raw.decode("latin-1")
        yield raw.decode("cp1252", errors="replace")


def _base64_forms(raw: bytes) -> Iterator[str]:
    # Alone, and within a longer text at each of the three possible offsets.
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        yield encode(raw).decode().rstrip("=")
        for before in range(3):
            bits = 8 * (before + len(raw))
            inside = encode(b"\0" * before + raw).decode()[-(-8 * before // 6) : bits // 6]
            if len(inside) >= MIN_FORM_CHARACTERS:
                yield inside


def _lower_escapes(text: str) -> str:
    # Such as `%2F` to `%2f`.
    first, *rest = text.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])
