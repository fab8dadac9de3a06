"""A tenant's configuration as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from automate.configuration.kinds import KINDS, Kind, Known
from automate.configuration.kinds.given_secrets import References
from automate.configuration.shape import Entry
from automate.kernel.canonical import canonical_json, checksum
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.limits import MIB, Limits

T = TypeVar("T")
AT_ONCE = 20
"""Objects that are held in memory: each may be as large as a workflow and its draft."""
MOST_BYTES = Limits().answer_payload_bytes
TRIES = 3


def export_configuration() -> tuple[dict[str, Json], str]:
    """The configuration that, applied to an empty tenant, makes it what this one is; and its fingerprint.

    Left out is what is archived or over, what people let wait for the moment, and each secret: a reference stands for it.
    Raises NormalizedError LIMIT_EXCEEDED where it is too large for one answer, CONFLICT where it does not stand still.
    """
    for _ in range(TRIES):
        before = fingerprint()
        exported = _exported()
        # Read statement by statement: what changed meanwhile, such as a rule and its workflow, might not fit together.
        if fingerprint() == before:
            return exported, before
    raise NormalizedError("CONFLICT", "The configuration is being changed all the time. Try again.")


def fingerprint() -> str:
    """sha256 hex that is another one once anything has changed that an export says. Reads no contents."""
    marked = {
        kind.section: [list(map(str, row)) for row in kind.rows().order_by("id").values_list(*kind.marks)]
        for kind in KINDS
    }
    return checksum(marked)


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def _exported() -> dict[str, Json]:
    """Sections in the order in which they are applied, each by slug; those that are empty left out."""
    references, left = References(), MOST_BYTES
    sections: dict[str, Json] = {}
    for kind in KINDS:
        for known in _all(kind):
            entry = _with_references(kind, known, references)
            left -= len(canonical_json(entry))
            if left < 0:
                raise NormalizedError(
                    "LIMIT_EXCEEDED",
                    f"This tenant's configuration has more than the {MOST_BYTES // MIB} MiB of one answer. Read it by its "
                    "workflows, rules and the like.",
                    details={"limit": "answer_payload_bytes", "maximum": MOST_BYTES},
                )
            sections.setdefault(kind.section, []).append(entry)
    return sections


def _all(kind: Kind) -> Iterator[Known]:
    for slugs in chunks(list(kind.rows().order_by("slug").values_list("slug", flat=True))):
        found = kind.named(slugs)
        yield from (found[slug] for slug in slugs if slug in found and not found[slug].away)


def _with_references(kind: Kind, known: Known, references: References) -> Entry:
    """What stands for its secrets comes after what it is."""
    if not known.secrets:
        return known.entry
    named = references.of(kind.secret_stem(known.entry[kind.key]), known.secrets)
    (first, second), rest = list(known.entry.items())[:2], list(known.entry.items())[2:]
    return dict([first, second, ("secrets", named), *rest])
