"""Parses mail addresses strictly. An ambiguous address is refused and never repaired."""

from __future__ import annotations

import re
from email.headerregistry import Address

import idna

from actors.connectors.email.schema import MAX_ADDRESS_CHARACTERS
from actors.connectors.inputs import input_problem
from automate.kernel.json_values import JsonValue, as_text, as_texts

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that headers must not contain: a line break would begin another header."""

_NAMED = re.compile(r'(?:"([^"\\]*)"|([^<>"]*))\s*<([^<>]+)>')
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_MAX_LOCAL = 64
_MAX_DOMAIN = 253
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def read_addresses(given: JsonValue, field: str) -> list[Address]:
    # An absent field has no address. Raises BAD_USER_INPUT.
    texts = [] if given is None else as_texts(given) if isinstance(given, list) else [as_text(given)]
    return [read_address(text, field) for text in texts]


def read_address(text: str, field: str) -> Address:
    """Parse ``ada@example.com`` or ``Ada <ada@example.com>``. Raises BAD_USER_INPUT."""
    refuse_controls(text, field)
    named = _NAMED.fullmatch(text.strip())
    name, plain = (named[1] or named[2] or "", named[3]) if named else ("", text)
    local, at, domain = plain.strip().rpartition("@")
    if not at or len(local) > _MAX_LOCAL or not _LOCAL.fullmatch(local):
        raise input_problem(
            field,
            f"{field}: an entry is not a mail address. Write each entry as name@example.com or "
            "Name <name@example.com>. Letters before the @ must be ASCII letters.",
        )
    return Address(display_name=name.strip(), username=local, domain=_ascii_domain(domain, field))


def refuse_controls(text: str, field: str) -> None:
    """Raise BAD_USER_INPUT for text that contains control characters or that cannot be encoded."""
    # A line break in a header would start another header.
    if CONTROL.search(text):
        raise input_problem(field, f"{field} contains a line break or control character. Remove it.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise input_problem(
            field, f"{field} contains half of a surrogate pair, which UTF-8 cannot encode. Remove it."
        ) from None


def _ascii_domain(text: str, field: str) -> str:
    try:
        domain = (text if text.isascii() else idna.encode(text, uts46=True).decode("ascii")).lower()
    except idna.IDNAError:
        domain = ""
    if not 0 < len(domain) <= min(_MAX_DOMAIN, MAX_ADDRESS_CHARACTERS) or not all(
        _LABEL.fullmatch(label) for label in domain.split(".")
    ):
        raise input_problem(field, f"{field}: the text after the @ of an address is not a domain. Check its spelling.")
    return domain
