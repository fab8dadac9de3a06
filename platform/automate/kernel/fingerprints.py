"""Fingerprints of errors. Errors that differ only in names, numbers and ids have the same fingerprint.

A fingerprint is the same in every process and release. This module imports no Django.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping

from automate.kernel.errors import Json

MOST_CHARACTERS = 1_024
"""The part of a message that counts: the differences of failures are at the beginning."""

_QUOTED = re.compile(r"\"[^\"\n]*\"|`[^`\n]*`|«[^»\n]*»|“[^”\n]*”|(?<!\w)'[^'\n]*'(?!\w)")
_WORD = re.compile(r"[\w.:/+@-]+")
"""One word that may be a name: a number, a time, an id, a path, an address. Each is scanned once, for any length."""
_LONG_CHARACTERS = 32
"""A word of this length is a hash or a token, even without a digit."""
_SPACE = re.compile(r"\s+")


def fingerprint(error: Mapping[str, Json], source: str = "") -> uuid.UUID:
    """Return the fingerprint of an error. The error is ``{code, message}``."""
    words = "\n".join((str(error["code"]), source, normalized(str(error["message"]))))
    return uuid.UUID(bytes=hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()[:16])


def normalized(message: str) -> str:
    """Return a message without quoted text, numbers and ids."""
    text = _QUOTED.sub("#", message[:MOST_CHARACTERS].lower())
    return _SPACE.sub(" ", _WORD.sub(_shown, text)).strip()


def _shown(found: re.Match[str]) -> str:
    word = found[0].rstrip(".:")
    if len(word) >= _LONG_CHARACTERS or "@" in word or any(character.isdigit() for character in word):
        return "#" + found[0][len(word) :]
    return found[0]
