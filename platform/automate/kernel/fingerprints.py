"""Fingerprints of errors. Errors that differ only in names, numbers and ids have the same fingerprint.

A fingerprint is the same in every process and release. This module imports no Django.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping

from automate.kernel.json_values import JsonValue

MOST_CHARACTERS = 1_024
"""Only this many characters of a message count, because messages of different failures differ at the beginning."""

_QUOTED = re.compile(r"\"[^\"\n]*\"|`[^`\n]*`|«[^»\n]*»|“[^”\n]*”|(?<!\w)'[^'\n]*'(?!\w)")
_WORD = re.compile(r"[\w.:/+@-]+")
"""A word that can be a name: a number, a time, an id, a path or an address. A word of any length is scanned only
once."""
_LONG_CHARACTERS = 32
"""A word of this length is a hash or a token, even without a digit."""
_SPACE = re.compile(r"\s+")


def fingerprint(error: Mapping[str, JsonValue], source: str = "") -> uuid.UUID:
    """Return the fingerprint of an error. The error is ``{code, message}``."""
    words = "\n".join((str(error["code"]), source, normalized(str(error["message"]))))
    return uuid.UUID(bytes=hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()[:16])


def normalized(message: str) -> str:
    """Return a message in which ``#`` replaces ids, numbers and quoted text."""
    text = _QUOTED.sub("#", message[:MOST_CHARACTERS].lower())
    return _SPACE.sub(" ", _WORD.sub(_shown, text)).strip()


def _shown(found: re.Match[str]) -> str:
    word = found[0].rstrip(".:")
    if len(word) >= _LONG_CHARACTERS or "@" in word or any(character.isdigit() for character in word):
        return "#" + found[0][len(word) :]
    return found[0]
