"""Say what a secret may be used for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from django.conf import settings
from django.utils.module_loading import import_string

from automate.audit import services as audit
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.problems import refusal_of
from automate.kernel.revisions import check_revision, write_revision
from automate.kernel.text import check_pattern, check_slug
from automate.kernel.transactions import in_transaction
from automate.vault.hosts import read_pattern
from automate.vault.models import Secret
from automate.vault.queries import count_secrets
from automate.vault.rules import NAME, WANTED_NAME

MOST_SECRETS = 1_000
"""Of one tenant, so that they are one plain list."""
MOST_ALLOWED = 100
"""Entries of one list."""
MOST_SHOWN_CHARACTERS = 64
"""Of an entry that is refused."""

Reader = Callable[[str, list[str | int]], str]
"""The one spelling of an entry that stands at a path. Raises ValueError or NormalizedError."""


def save_secret(*, name: str, allowed: Mapping[str, Sequence[str] | None], expected_revision: int | None) -> None:
    """Say what a secret may be used for; what is so already stays untouched. Its value is not touched.

    allowed: of ``allowed_hosts``, ``allowed_connectors`` and ``allowed_workflows`` those that are to change; None allows all,
    an empty list nothing. expected_revision: None does not ask. Raises NormalizedError BAD_USER_INPUT or LIMIT_EXCEEDED with
    all problems of the lists, CONFLICT for a revision that has moved on.
    """
    check_pattern(name, NAME, path=["name"], wanted=WANTED_NAME)
    wrong: list[NormalizedError] = []
    read: dict[str, Json] = {field: _READERS[field](given, wrong) for field, given in allowed.items()}
    if wrong:
        raise refusal_of(wrong)
    with in_transaction():
        found = Secret.objects.filter(slug=name).first()
        check_revision(found, expected_revision)
        values = {field: getattr(found, field) if found else None for field in _READERS} | read
        before = {field: getattr(found, field) for field in _READERS} if found else {}
        if found and before == values:
            return
        if found is None and count_secrets() >= MOST_SECRETS:
            raise NormalizedError(
                "LIMIT_EXCEEDED",
                f"A tenant has at most {MOST_SECRETS:,} secrets.",
                details={"limit": "secrets", "maximum": MOST_SECRETS},
            )
        secret_id = found.id if found else new_id()
        write_revision(Secret, found, secret_id, name, values)
        changes = audit.differences(before, values)
        audit.record("secret.update" if found else "secret.create", "secret", secret_id, name, changes)


def _hosts(given: Sequence[str] | None, wrong: list[NormalizedError]) -> list[str] | None:
    return _read(given, wrong, "allowedHosts", lambda text, _path: read_pattern(text))


def _connectors(given: Sequence[str] | None, wrong: list[NormalizedError]) -> list[str] | None:
    known: Collection[str] = import_string(settings.AUTOMATE_CONNECTOR_SPECS)() if given else ()

    def read(text: str, _path: list[str | int]) -> str:
        if text not in known:
            raise ValueError(f"there is no connector of this name; there are {', '.join(sorted(known))}")
        return text

    return _read(given, wrong, "allowedConnectors", read)


def _workflows(given: Sequence[str] | None, wrong: list[NormalizedError]) -> list[str] | None:
    """One that is not there yet may be named: its secret is often there first."""
    return _read(given, wrong, "allowedWorkflows", lambda text, path: check_slug(text, path=path))


_READERS = {"allowed_hosts": _hosts, "allowed_connectors": _connectors, "allowed_workflows": _workflows}


def _read(given: Sequence[str] | None, wrong: list[NormalizedError], field: str, read: Reader) -> list[str] | None:
    """Each once, in the order given. wrong: takes what is refused."""
    if given is None:
        return None
    if len(given) > MOST_ALLOWED:
        message = f"{field} has at most {MOST_ALLOWED} entries; these are {len(given)}."
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
