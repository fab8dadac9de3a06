"""What errors have in common: two have the same fingerprint where only names, numbers and ids tell their words apart.

Pure: the same error has the same fingerprint in every process and release, so that groups outlive both.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping

from automate.kernel.errors import Json

MOST_CHARACTERS = 1_024
"""Of a message that are looked at: what tells failures apart stands in front."""

_QUOTED = re.compile(r"\"[^\"\n]*\"|`[^`\n]*`|«[^»\n]*»|“[^”\n]*”|(?<!\w)'[^'\n]*'(?!\w)")
_WORD = re.compile(r"[\w.:/+@-]+")
"""Whatever may be one name: a number, a time, an id, a path, an address. Each is looked at once, however long."""
_LONG_CHARACTERS = 32
"""A word of so many is a hash or token, also where it happens to have no digit."""
_SPACE = re.compile(r"\s+")


def fingerprint(error: Mapping[str, Json], source: str = "") -> uuid.UUID:
    """Of an error as rows hold it, ``{code, message}``. source: what raised it, such as the connector of the step."""
    words = "\n".join((str(error["code"]), source, normalized(str(error["message"]))))
    return uuid.UUID(bytes=hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()[:16])


def normalized(message: str) -> str:
    """A message without what differs from one time to the next: quoted text, numbers and ids."""
    text = _QUOTED.sub("#", message[:MOST_CHARACTERS].lower())
    return _SPACE.sub(" ", _WORD.sub(_shown, text)).strip()


def _shown(found: re.Match[str]) -> str:
    word = found[0].rstrip(".:")
    if len(word) >= _LONG_CHARACTERS or "@" in word or any(character.isdigit() for character in word):
        return "#" + found[0][len(word) :]
    return found[0]
