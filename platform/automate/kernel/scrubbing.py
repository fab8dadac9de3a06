"""Removing values that are known to be secret from what leaves the call frame which held them, in any common encoding."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator, Sequence
from urllib.parse import quote, quote_plus

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.sensitive_shapes import REDACTED

MIN_SECRET_CHARACTERS = 4
MAX_DEPTH = 100
MIN_FORM_CHARACTERS = 4
_SEPARATOR = "\0"
_MAX_INTEGER_BITS = 4_096


class Scrubber:
    """Replaces each secret value, and each of its forms, by ``[redacted]``.

    Forms: as it is and without the white space around it; base64, standard and URL-safe, padded or not, alone or inside
    a longer base64 text; URL-encoded; JSON-escaped; HTML-escaped; hex. Not found: a base64 text that is broken into lines.
    A value of fewer than 4 characters is refused (BAD_USER_INPUT): scrubbing it would mangle every text, and not
    scrubbing it would leak it, so a secret that short must not be stored.
    """

    def __init__(self, values: Sequence[str]) -> None:
        forms: set[str] = set()
        for value in values:
            if len(value.strip()) < MIN_SECRET_CHARACTERS:
                raise NormalizedError(
                    "BAD_USER_INPUT",
                    f"a secret is shorter than {MIN_SECRET_CHARACTERS} characters and could not be removed from what a "
                    "step writes; store a longer one",
                )
            forms.update(_forms(value))
            forms.update(_forms(value.strip()))
        self._forms = sorted(forms, key=len, reverse=True)

    def scrub_text(self, text: str) -> str:
        """The text without the secrets; the same object where there was none."""
        return _without(text, [form for form in self._forms if form in text])

    def scrub(self, value: Json) -> Json:
        """The value without the secrets, in texts, numbers and keys; the same object where there was none.

        Containers deeper than 100 levels are replaced whole. Keys that become equal collapse into one.
        """
        if not self._forms:
            return value
        everything = _SEPARATOR.join(_texts(value, 0))
        present = [form for form in self._forms if form in everything]
        deep = _TOO_DEEP in everything
        return _scrubbed(value, present, 0) if present or deep else value


_TOO_DEEP = f"{_SEPARATOR}deep{_SEPARATOR}"


def _texts(value: Json, depth: int) -> Iterator[str]:
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


def _number_text(value: Json) -> str:
    """A number as JSON writes it, since a secret may be all digits; nothing for true, false and null."""
    if value is None or isinstance(value, bool) or (isinstance(value, int) and value.bit_length() > _MAX_INTEGER_BITS):
        return ""
    return str(value)


def _scrubbed(value: Json, forms: Sequence[str], depth: int) -> Json:
    if isinstance(value, (dict, list)) and depth >= MAX_DEPTH:
        return REDACTED
    if isinstance(value, str):
        return _without(value, forms)
    if isinstance(value, dict):
        return {_without(name, forms): _scrubbed(member, forms, depth + 1) for name, member in value.items()}
    if isinstance(value, list):
        return [_scrubbed(item, forms, depth + 1) for item in value]
    number = _number_text(value)
    return REDACTED if any(form in number for form in forms) else value


def _without(text: str, forms: Sequence[str]) -> str:
    """Finds all forms first and cuts then, so that forms which overlap leave nothing of each other."""
    spans = []
    for form in forms:
        at = text.find(form)
        while at >= 0:
            spans.append((at, at + len(form)))
            at = text.find(form, at + len(form))
    if not spans:
        return text
    spans.sort()
    kept, done = [], -1
    for start, end in spans:
        if start > done:
            kept += [text[max(done, 0) : start], REDACTED]
        done = max(done, end)
    return "".join([*kept, text[done:]])


def _forms(value: str) -> Iterator[str]:
    raw = value.encode(errors="surrogatepass")
    yield value
    yield from _base64_forms(raw)
    yield raw.hex()
    yield raw.hex().upper()
    for encoded in (
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
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


def _base64_forms(raw: bytes) -> Iterator[str]:
    """Alone (with its padding), and the characters that the value alone decides at each place modulo 3."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw).decode()
        yield encode(raw).decode().rstrip("=")
        for before in range(3):
            bits = 8 * (before + len(raw))
            inside = encode(b"\0" * before + raw).decode()[-(-8 * before // 6) : bits // 6]
            if len(inside) >= MIN_FORM_CHARACTERS:
                yield inside


def _lower_escapes(text: str) -> str:
    """``%2F`` written as ``%2f``; the other characters as they are."""
    first, *rest = text.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])
