"""The rules of secrets in a configuration. Values of secrets are never part of a configuration."""

from __future__ import annotations

from collections.abc import Sequence

from automate.configuration.kinds.kind import ObjectKind, Saved, StoredEntry, flagged
from automate.configuration.shape import Entry
from automate.kernel.json_values import as_text, as_texts
from automate.vault.hosts import read_pattern
from automate.vault.models import Secret
from automate.vault.services import save_secret
from automate.workflows.diffing import ChangedValue

LISTS = {
    "allowedHosts": "allowed_hosts",
    "allowedConnectors": "allowed_connectors",
    "allowedWorkflows": "allowed_workflows",
}


class Secrets(ObjectKind):
    name, section, model = "secret", "secrets", Secret
    # A secret without a rule may go anywhere.
    enabled = None

    def known(self, rows: Sequence[Secret]) -> list[StoredEntry]:
        return [StoredEntry(_entry(row), row.revision) for row in rows]

    def whole(self, entry: Entry) -> Entry:
        lists = {name: dict.fromkeys(as_texts(entry[name])) for name in LISTS if name in entry}
        if "allowedHosts" in lists:
            lists["allowedHosts"] = dict.fromkeys(map(_host, lists["allowedHosts"]))
        return {**entry, **{name: [*listed] for name, listed in lists.items()}}

    def save(self, entry: Entry, known: StoredEntry | None) -> Saved:
        allowed = {field: as_texts(entry[name]) if name in entry else None for name, field in LISTS.items()}
        save_secret(name=as_text(entry["name"]), allowed=allowed, expected_revision=known.revision if known else None)
        return Saved()

    def archive_or_delete(self, known: StoredEntry) -> ChangedValue:
        raise AssertionError(f"{known.entry['name']}: no secret is pruned")


def _entry(secret: Secret) -> Entry:
    return flagged({"name": secret.slug}, **{name: (getattr(secret, field), None) for name, field in LISTS.items()})


def _host(text: str) -> str:
    try:
        return read_pattern(text)
    except ValueError:
        return text
