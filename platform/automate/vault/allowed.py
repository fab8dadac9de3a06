"""Checks the lists that limit the use of a secret to certain hosts, connectors and workflows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from django.conf import settings
from django.utils.module_loading import import_string

from automate.kernel.errors import NormalizedError
from automate.kernel.problems import refusal_of
from automate.kernel.text import check_slug
from automate.vault.hosts import read_pattern

MOST_ALLOWED = 100
"""Maximum number of entries in one list."""
MOST_SHOWN_CHARACTERS = 64
"""Maximum number of characters of a refused entry in a message."""

Reader = Callable[[str, list[str | int]], str]
"""Returns the canonical form of an entry at a path. Raises ValueError or NormalizedError for an invalid entry."""


def read_lists(allowed: Mapping[str, Sequence[str] | None]) -> dict[str, list[str] | None]:
    """Return the canonical lists of a secret's rules. Raises one error with all problems."""
    wrong: list[NormalizedError] = []
    read = {name: READERS[name](given, wrong) for name, given in allowed.items()}
    if wrong:
        raise refusal_of(wrong)
    return read


def _hosts(given: Sequence[str] | None, wrong: list[NormalizedError]) -> list[str] | None:
    return _read(given, wrong, "allowedHosts", lambda text, _path: read_pattern(text))


def _connectors(given: Sequence[str] | None, wrong: list[NormalizedError]) -> list[str] | None:
    known: Collection[str] = import_string(settings.AUTOMATE_CONNECTOR_SPECS)() if given else ()

    def read(text: str, _path: list[str | int]) -> str:
        if text not in known:
            raise ValueError(f"there is no connector of this name; use one of {', '.join(sorted(known))}")
        return text

    return _read(given, wrong, "allowedConnectors", read)


def _workflows(given: Sequence[str] | None, wrong: list[NormalizedError]) -> list[str] | None:
    # A workflow need not exist yet, because its secret is often created first.
    return _read(given, wrong, "allowedWorkflows", lambda text, path: check_slug(text, path=path))


READERS: Mapping[str, Callable[[Sequence[str] | None, list[NormalizedError]], list[str] | None]] = {
    "allowed_hosts": _hosts,
    "allowed_connectors": _connectors,
    "allowed_workflows": _workflows,
}


def _read(given: Sequence[str] | None, wrong: list[NormalizedError], field: str, read: Reader) -> list[str] | None:
    if given is None:
        return None
    if len(given) > MOST_ALLOWED:
        message = f"`{field}` has {len(given)} entries; the maximum is {MOST_ALLOWED}. Leave some entries out."
        wrong.append(NormalizedError("LIMIT_EXCEEDED", message, path=[field]))
        return None
    found: dict[str, None] = {}
    for place, text in enumerate(given):
        try:
            found[read(text, [field, place])] = None
        except ValueError as error:
            message = f"{field} holds {text[:MOST_SHOWN_CHARACTERS]!r}: {error}."
            wrong.append(NormalizedError("BAD_USER_INPUT", message, path=[field, place]))
        except NormalizedError as error:
            wrong.append(error)
    return list(found)
