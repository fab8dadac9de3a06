"""The interface that each kind of object in a configuration implements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, TypeAlias

from django.db import models

from automate.configuration.shape import Entry, key_of
from automate.kernel.json_text import MAX_INTEGER_DIGITS
from automate.kernel.json_values import JsonValue, as_list, as_text
from automate.workflows.diffing import ChangedValue, places

StoredRow: TypeAlias = Any
"""A row of a kind's model. django-stubs does not know the columns that a kind annotates to its rows."""
Rows: TypeAlias = Any
"""A QuerySet of a kind's model. django-stubs types the default manager of ``type[Model]`` as Any."""


@dataclass(frozen=True)
class StoredEntry:
    """An existing object, in the form of an entry of a configuration."""

    entry: Entry
    """The object as an export contains it, without secrets."""
    revision: int
    """The revision of the object's row."""
    secrets: int = 0
    """Number of its secrets."""
    away: bool = False
    """Whether the object is archived or finished. An export does not contain such objects."""
    ended: bool = False
    """Whether an event, such as an answer 410, has disabled the object. A configuration ignores this. Otherwise the
    object would be enabled each time a configuration is applied.
    """


@dataclass(frozen=True)
class Saved:
    """The result of saving an entry."""

    version: int | None = None
    """The number of the published version of a workflow."""
    warnings: Sequence[dict[str, JsonValue]] = ()
    """``{message, path}``, with paths from the entry."""


class ObjectKind(ABC):
    """A kind of objects, such as rules."""

    name: ClassVar[str]
    """As in an ObjectChange."""
    section: ClassVar[str]
    model: ClassVar[type[models.Model]]
    locks: ClassVar[bool] = False
    """Whether matching or ticking also locks rows of this kind. Such rows are locked first, sorted by id."""
    of_workflow: ClassVar[bool] = False
    """Whether an entry names a workflow. The row of this workflow is locked when the entry is saved."""
    listed: ClassVar[models.Q] = models.Q()
    """Selects the objects of this kind, without deleted and built-in objects."""
    enabled: ClassVar[models.Q | None] = None
    """Selects the enabled objects. If None, a configuration never removes an object of this kind."""
    marks: ClassVar[tuple[str, ...]] = ("id", "revision")
    """Whenever an export of the object would change, at least one of these columns changes."""

    def warnings(self, entry: Entry, known: StoredEntry | None) -> list[dict[str, JsonValue]]:  # noqa: ARG002 - most kinds have no warnings
        """Return warnings about a valid entry. Each warning has the form ``{message, path}``."""
        return []

    @property
    def key(self) -> str:
        return key_of(self.section)

    def rows(self) -> Rows:
        """Return all objects of this kind, except deleted and built-in objects."""
        return self.model._default_manager.filter(self.listed)  # noqa: SLF001 - Django's name for the manager of every model

    @abstractmethod
    def known(self, rows: Sequence[StoredRow]) -> list[StoredEntry]:
        """Convert rows to entries, in the same order."""

    @abstractmethod
    def whole(self, entry: Entry) -> Entry:
        """Return the entry in canonical form. Fields that the entry omits have their default values."""

    @abstractmethod
    def save(self, entry: Entry, known: StoredEntry | None) -> Saved:
        """Save an entry. Raises NormalizedError. The path of this error begins at the entry."""

    def in_force(self) -> Rows:
        """Return the objects that are removed if the applied configuration omits them."""
        return self.rows().none() if self.enabled is None else self.rows().filter(self.enabled)

    @abstractmethod
    def archive_or_delete(self, known: StoredEntry) -> ChangedValue:
        """Disable, archive or delete an object. The kind determines which. Returns the change of the object."""

    def places(self, known: StoredEntry, wanted: Entry) -> list[ChangedValue]:
        """Return the differences between an existing object and an entry.

        The values of secrets are not compared. Only the number of secrets is compared.
        """
        hidden = {"secrets", "enabled"} if known.ended else {"secrets"}
        before, after = (without(self.whole(entry), hidden) for entry in (known.entry, wanted))
        given = wanted.get("secrets")
        listed = as_list(given or [])
        other = given is not None and len(listed) != known.secrets
        counted = [ChangedValue(("secrets",), f"{known.secrets} secrets", f"{len(listed)} secrets")] if other else []
        return [*places(before, after, ()), *counted]

    def named(self, slugs: Collection[str]) -> dict[str, StoredEntry]:
        """Return the existing objects with these slugs."""
        return {as_text(one.entry[self.key]): one for one in self.known(list(self.rows().filter(slug__in=slugs)))}

    def secret_stem(self, slug: str) -> str:
        """Return a prefix. The names of the variables for an object's secrets start with this prefix."""
        return slug


def without(entry: Mapping[str, JsonValue], hidden: Collection[str]) -> Entry:
    return {name: value for name, value in entry.items() if name not in hidden}


def flagged(entry: Entry, **values: tuple[JsonValue, JsonValue]) -> Entry:
    return {**entry, **{name: value for name, (value, default) in values.items() if value != default}}


_EXACT_BITS = 64
"""Integers of at most this many bits, with either sign, are exact everywhere."""


def as_sent(value: JsonValue) -> JsonValue:
    # PostgreSQL returns the double 1e22 as an integer, and 1e308 with more digits than a request may have.
    if isinstance(value, dict):
        return {name: as_sent(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_sent(item) for item in value]
    if not isinstance(value, int) or value.bit_length() <= _EXACT_BITS:
        return value
    near = float(value)
    return near if abs(value) >= 10**MAX_INTEGER_DIGITS or Decimal(repr(near)) == value else value
