"""Finds references to secrets in text: ``$secret:NAME`` and ``$secret:NAME@version``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from automate.workflows.templates.allowance import TemplateFailure

MARK = "$secret:"
MAX_NAME_CHARACTERS = 64

# A version is digits that end there: in https://user:$secret:PASSWORD@10.0.0.1/ the @ belongs to the URL.
_REF = re.compile(r"\$secret:(?P<name>\w*)(?:@(?P<version>[0-9]{1,9})(?!\w|\.\w))?", re.ASCII)
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class SecretRef:
    """A reference to a secret."""

    name: str
    version: int | None
    """None means the current one."""
    path: tuple[str | int, ...] = ()
    """Its place in the ``with``."""


def split_refs(text: str, path: tuple[str | int, ...] = ()) -> list[str | SecretRef]:
    """Split a text into plain texts and references to secrets. Raises TemplateFailure for a misspelt reference."""
    pieces: list[str | SecretRef] = []
    at = 0
    for match in _REF.finditer(text):
        name = match["name"]
        if len(name) > MAX_NAME_CHARACTERS or not _NAME.fullmatch(name):
            raise TemplateFailure(
                f'"{MARK}{name[:MAX_NAME_CHARACTERS]}" is not a SecretRef: a name consists of capital letters, '
                f"digits and _, starts with a letter, and has at most {MAX_NAME_CHARACTERS} characters. "
                f"To write the text itself, use {{{{ '{MARK}…' }}}}"
            )
        if match.start() > at:
            pieces.append(text[at : match.start()])
        version = match["version"]
        pieces.append(SecretRef(name, None if version is None else int(version), path))
        at = match.end()
    if at < len(text):
        pieces.append(text[at:])
    return pieces
