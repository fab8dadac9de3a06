"""Exports a tenant's configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from automate.configuration.kinds import KINDS, ObjectKind, StoredEntry
from automate.configuration.kinds.given_secrets import VariableNames
from automate.configuration.shape import Entry
from automate.kernel.canonical import canonical_json, checksum
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_list, as_text
from automate.kernel.limits import MIB, Limits

T = TypeVar("T")
AT_ONCE = 20
"""Number of objects in memory at a time. An object can be as large as a workflow with its draft."""
MOST_BYTES = Limits().answer_payload_bytes
TRIES = 3


def export_configuration() -> tuple[dict[str, JsonValue], str]:
    """Return the tenant's configuration and its fingerprint. The configuration has references in place of secrets.

    Pauses, archived objects and ended schedules are left out.

    Raises LIMIT_EXCEEDED if the export is too large for one answer. Raises CONFLICT if the configuration changes
    during every attempt to read it.
    """
    for _ in range(TRIES):
        before = fingerprint()
        exported = _exported()
        # The statements see different snapshots, so concurrent changes might not fit together, such as a rule and its workflow.
        if fingerprint() == before:
            return exported, before
    raise NormalizedError("CONFLICT", f"The configuration changed during each of {TRIES} reads. Try again later.")


def fingerprint() -> str:
    """Return a SHA-256 checksum of the tenant's configuration. The checksum changes whenever an exported object changes."""
    marked = {
        kind.section: [list(map(str, row)) for row in kind.rows().order_by("id").values_list(*kind.marks)]
        for kind in KINDS
    }
    return checksum(marked)


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def _exported() -> dict[str, JsonValue]:
    # In the order in which they are applied. Each section is sorted by slug.
    references, left = VariableNames(), MOST_BYTES
    sections: dict[str, JsonValue] = {}
    for kind in KINDS:
        for known in _all(kind):
            entry = _with_references(kind, known, references)
            left -= len(canonical_json(entry))
            if left < 0:
                raise NormalizedError(
                    "LIMIT_EXCEEDED",
                    f"This tenant's configuration has more than {MOST_BYTES // MIB} MiB, the maximum of one answer. Read its "
                    "workflows, rules and other objects separately.",
                    details={"limit": "answer_payload_bytes", "maximum": MOST_BYTES},
                )
            as_list(sections.setdefault(kind.section, [])).append(entry)
    return sections


def _all(kind: ObjectKind) -> Iterator[StoredEntry]:
    for slugs in chunks(list(kind.rows().order_by("slug").values_list("slug", flat=True))):
        found = kind.named(slugs)
        yield from (found[slug] for slug in slugs if slug in found and not found[slug].away)


def _with_references(kind: ObjectKind, known: StoredEntry, references: VariableNames) -> Entry:
    if not known.secrets:
        return known.entry
    named = references.of(kind.secret_stem(as_text(known.entry[kind.key])), known.secrets)
    (first, second), rest = list(known.entry.items())[:2], list(known.entry.items())[2:]
    return {**dict([first, second]), "secrets": [*named], **dict(rest)}
