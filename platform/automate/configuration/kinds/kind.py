"""What applying, planning and exporting ask of each kind of object that a configuration holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, TypeAlias

from django.db import models

from automate.configuration.shape import Entry, key_of
from automate.kernel.errors import Json
from automate.kernel.json_text import MAX_INTEGER_DIGITS
from automate.workflows.diffing import Place, places

Rows: TypeAlias = Any
"""A QuerySet of a kind's model."""


@dataclass(frozen=True)
class Known:
    """One object of the tenant. entry: as an export says it, without secrets. revision: of its row. secrets: how many it has.
    away: put away or over, so that no export says it. ended: switched off by what it met, such as a 410, which is no matter of a
    configuration: it would be switched on again and again.
    """

    entry: Entry
    revision: int
    secrets: int = 0
    away: bool = False
    ended: bool = False


@dataclass(frozen=True)
class Saved:
    """version: the number that a workflow was published as. warnings: ``{message, path}``, path from the entry."""

    version: int | None = None
    warnings: Sequence[dict[str, Json]] = ()


class Kind(ABC):
    """name: as a change says it. locks: whether whoever matches or ticks locks its rows as well; these are locked first, by
    id, as they are there. of_workflow: whether an entry names a workflow, whose row its saving locks.
    """

    name: ClassVar[str]
    section: ClassVar[str]
    model: ClassVar[type[models.Model]]
    locks: ClassVar[bool] = False
    of_workflow: ClassVar[bool] = False
    marks: ClassVar[tuple[str, ...]] = ("id", "revision")
    """Columns of which at least one changes with whatever an export says."""

    def warnings(self, entry: Entry, known: Known | None) -> list[dict[str, Json]]:  # noqa: ARG002 - most kinds warn of nothing
        """What may not be meant so in an entry that can be saved: ``{message, path}``, path from the entry."""
        return []

    @property
    def key(self) -> str:
        return key_of(self.section)

    def rows(self) -> Rows:
        """Those that bear a slug that a configuration may name, or that are left alone by it."""
        return self.model._default_manager.all()  # noqa: SLF001 - Django's name for what every model has

    @abstractmethod
    def known(self, rows: Sequence[Any]) -> list[Known]:
        """In their order."""

    @abstractmethod
    def whole(self, entry: Entry) -> Entry:
        """The entry with what it leaves out, in one spelling."""

    @abstractmethod
    def save(self, entry: Entry, known: Known | None) -> Saved:
        """Raises NormalizedError with a path from the entry."""

    @abstractmethod
    def in_force(self) -> Rows:
        """Those of ``rows`` that are taken out of force where a configuration that prunes does not name them."""

    @abstractmethod
    def put_away(self, known: Known) -> Place:
        """Take one out of force. Says what is different then."""

    def places(self, known: Known, wanted: Entry) -> list[Place]:
        """What differs; empty where it stands as it is wanted. Secrets are told by their number alone."""
        hidden = {"secrets", "enabled"} if known.ended else {"secrets"}
        before, after = (without(self.whole(entry), hidden) for entry in (known.entry, wanted))
        listed = wanted.get("secrets")
        other = listed is not None and len(listed) != known.secrets
        counted = [Place(("secrets",), f"{known.secrets} secrets", f"{len(listed or ())} secrets")] if other else []
        return [*places(before, after, ()), *counted]

    def named(self, slugs: Collection[str]) -> dict[str, Known]:
        """Those of these that there are."""
        return {one.entry[self.key]: one for one in self.known(list(self.rows().filter(slug__in=slugs)))}

    def secret_stem(self, slug: str) -> str:
        """What the variables begin with that stand for secrets."""
        return slug


def without(entry: Mapping[str, Json], hidden: Collection[str]) -> Entry:
    return {name: value for name, value in entry.items() if name not in hidden}


def flagged(entry: Entry, **values: tuple[Json, Json]) -> Entry:
    """The entry with each value, given with its default, that is another one."""
    return {**entry, **{name: value for name, (value, default) in values.items() if value != default}}


_EXACT_BITS = 64
"""Of integers that are read as they are written, everywhere; their signs beside them."""


def as_sent(value: Json) -> Json:
    """What PostgreSQL wrote out: it gives back the double 1e22 as an integer, of more bits than a condition may hold, and 1e308
    as one of more digits than anybody may send. What is no double stays as it is.
    """
    if isinstance(value, dict):
        return {name: as_sent(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_sent(item) for item in value]
    if not isinstance(value, int) or value.bit_length() <= _EXACT_BITS:
        return value
    near = float(value)
    return near if abs(value) >= 10**MAX_INTEGER_DIGITS or Decimal(repr(near)) == value else value
