"""Turns changes of a Django model into events.

Declare a source once, for example in ``ready`` of an app::

    event_source(Order, on=(CREATED, CHANGED), fields=("status", "total"))

The event is written in the transaction of the change. Changes without a Django signal make no event:
``bulk_create``, ``bulk_update``, ``QuerySet.update`` and raw SQL.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.options import Options
from django.db.models.signals import ModelSignal, post_delete, post_save, pre_delete, pre_save

from automate.events.bodies import event_body
from automate.events.models import SIGNALS_SOURCE
from automate.events.queries import source_id_of
from automate.events.services import NewEvent, record_events
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.strict_json import check_value
from automate.kernel.tenancy import TenantRef, acting_for
from automate.kernel.text import EVENT_TYPE, check_pattern, check_text
from automate.kernel.trace import current_trace
from automate.kernel.transactions import require_transaction

__all__ = ["CHANGED", "CREATED", "DELETED", "EventSource", "RowChange", "event_source"]

CREATED, CHANGED, DELETED = "created", "changed", "deleted"
CHANGES = (CREATED, CHANGED, DELETED)
_Row = dict[str, object]
RowOfTenant: TypeAlias = Any
"""A row of the declared model. Django's signals pass it as a Model, and the function takes the model's own class."""
TenantOfRow = Callable[[RowOfTenant], TenantRef]


@dataclass(frozen=True)
class RowChange:
    """The creation, change or deletion of one row of a Django model."""

    kind: str
    """CREATED, CHANGED or DELETED."""
    instance: models.Model
    changed: Mapping[str, tuple[JsonValue, JsonValue]]
    """Watched field -> (before, after) as JSON values. before is None for a new row, after is None for a deleted row."""


def event_source(
    model: type[models.Model],
    *,
    on: Collection[str] = CHANGES,
    fields: Sequence[str] | None = None,
    type: str | None = None,  # noqa: A002 - the event's word
    key: Callable[[RowChange], str] | None = None,
    payload: Callable[[RowChange], JsonValue] | None = None,
    tenant: TenantOfRow | None = None,
) -> EventSource:
    """Create an event for each change of a model's rows. Changes must happen within a transaction.

    - ``on``: the kinds of change.
    - ``fields``: the watched fields, by default all concrete fields.
    - ``type``: by default the model's label, such as ``shop.order``.
    - ``key``: computes the idempotency key.
    - ``payload``: computes the payload, by default ``{model pk kind changed}``.
    - ``tenant``: computes the event's tenant, by default the current tenant.

    Raises ValueError for an unknown kind of change or field.
    """
    if unknown := set(on) - set(CHANGES):
        raise ValueError(f"`on` has the unknown changes {', '.join(sorted(unknown))}. Use only {', '.join(CHANGES)}.")
    known = _columns(model)
    if fields is not None and (strange := [name for name in fields if name not in known]):
        raise ValueError(f"{_options(model).label} has no field {', '.join(strange)}")
    watched = tuple(dict.fromkeys(known[name] for name in (fields if fields is not None else known)))
    source = EventSource(model, frozenset(on), watched, type or _options(model).label_lower, key, payload, tenant)
    source.connect()
    return source


@dataclass(frozen=True)
class EventSource:
    """A declared source of events. The method ``disconnect`` ends the declaration."""

    model: type[models.Model]
    on: frozenset[str]
    fields: tuple[str, ...]
    type: str
    key: Callable[[RowChange], str] | None = None
    payload: Callable[[RowChange], JsonValue] | None = None
    tenant: TenantOfRow | None = None
    _slot: str = field(init=False, default="")

    def __post_init__(self) -> None:
        # The attribute that keeps earlier rows between the two signals of a save, innermost save last. Each declaration has
        # its own attribute.
        object.__setattr__(self, "_slot", f"automate_before_{id(self):x}")

    def connect(self) -> None:
        for signal, receiver in self._receivers():
            signal.connect(receiver, sender=self.model, weak=False, dispatch_uid=(self._slot, receiver.__name__))

    def disconnect(self) -> None:
        for signal, receiver in self._receivers():
            signal.disconnect(sender=self.model, dispatch_uid=(self._slot, receiver.__name__))

    def _receivers(self) -> tuple[tuple[ModelSignal, Callable[..., None]], ...]:
        return (
            (pre_save, self.before_save),
            (post_save, self.after_save),
            (pre_delete, self.before_delete),
            (post_delete, self.after_delete),
        )

    def before_save(self, instance: models.Model, using: str, *, raw: bool = False, **_rest: object) -> None:
        """Remember the row as it is before the save. Raises an error if no transaction is open."""
        if raw:
            return
        self._check_transaction(using)
        known = CHANGED in self.on and instance.pk is not None
        self._begin(instance, self._stored(instance, locked=True) if known else None)

    def after_save(self, instance: models.Model, *, created: bool, raw: bool = False, **_rest: object) -> None:
        if raw:
            return
        before, around = self._end(instance)
        if created and CREATED in self.on:
            self._record(RowChange(CREATED, instance, self._compared(None, self._stored(instance))))
        elif not created and before is not None:
            after = self._stored(instance)
            if around is not None and after is not None:
                # A receiver saved the row within another save. The outer save must not report these changes again.
                around |= {name: after[name] for name, value in before.items() if around[name] == value}
            if changed := self._compared(before, after):
                self._record(RowChange(CHANGED, instance, changed))

    def before_delete(self, instance: models.Model, using: str, **_rest: object) -> None:
        if DELETED in self.on:
            self._check_transaction(using)
            self._begin(instance, self._stored(instance, locked=True))

    def after_delete(self, instance: models.Model, **_rest: object) -> None:
        if DELETED in self.on and (before := self._end(instance)[0]) is not None:
            self._record(RowChange(DELETED, instance, self._compared(before, None)))

    def _begin(self, instance: models.Model, before: _Row | None) -> None:
        instance.__dict__.setdefault(self._slot, []).append((tuple(connection.savepoint_ids), before))

    def _end(self, instance: models.Model) -> tuple[_Row | None, _Row | None]:
        # Returns the row before this save, and the row before the enclosing save.
        begun = instance.__dict__.get(self._slot, [])
        # Drop what a failed save within a savepoint left behind.
        while begun and begun[-1][0] != tuple(connection.savepoint_ids):
            begun.pop()
        before = begun.pop()[1] if begun else None
        around = begun[-1][1] if begun else None
        if not begun:
            instance.__dict__.pop(self._slot, None)
        return before, around

    def _stored(self, instance: models.Model, *, locked: bool = False) -> _Row | None:
        # The instance may hold expressions, or values that are not saved.
        rows = self.model._base_manager.filter(pk=instance.pk)  # noqa: SLF001 - Django's name for what every model has
        found: _Row | None = (rows.select_for_update(no_key=True) if locked else rows).values(*self.fields).first()
        return found

    def _check_transaction(self, using: str) -> None:
        if using != DEFAULT_DB_ALIAS:
            raise ValueError(
                f"{_options(self.model).label} is saved in the database {using!r}, but its events in {DEFAULT_DB_ALIAS!r}. The two "
                "share no transaction. Declare sources only for models of the default database."
            )
        require_transaction()

    def _compared(
        self, before: Mapping[str, object] | None, after: Mapping[str, object] | None
    ) -> dict[str, tuple[JsonValue, JsonValue]]:
        sides = {name: (_as_json((before or {}).get(name)), _as_json((after or {}).get(name))) for name in self.fields}
        return {name: both for name, both in sides.items() if both[0] != both[1] or before is None or after is None}

    def _record(self, change: RowChange) -> None:
        pk = str(change.instance.pk)
        payload = self.payload(change) if self.payload is not None else _payload(self.model, pk, change)
        check_value(payload, max_bytes=LIMITS.event_bytes)
        kind = f"{self.type}.{change.kind}"
        check_pattern(kind, EVENT_TYPE, path=["type"], wanted="letters, digits and characters of _ . : / -")
        with self._scope(change.instance):
            key = self.key(change) if self.key is not None else _key(self.model, pk, change)
            event = NewEvent(
                source_id=source_id_of(SIGNALS_SOURCE),
                type=kind,
                subject=pk[: LIMITS.text_characters],
                body=event_body(payload),
                trace_id=current_trace().trace_id,
                idempotency_key=check_text(key, path=["key"], most=LIMITS.idempotency_key_characters),
            )
            record_events([event], audited=False)

    def _scope(self, instance: models.Model) -> AbstractContextManager[object]:
        return acting_for(self.tenant(instance)) if self.tenant is not None else nullcontext()


def _payload(model: type[models.Model], pk: str, change: RowChange) -> JsonValue:
    changed: JsonObject = {name: list(both) for name, both in change.changed.items()}
    return {"model": _options(model).label_lower, "pk": pk, "kind": change.kind, "changed": changed}


def _key(model: type[models.Model], pk: str, change: RowChange) -> str:
    # A unique id at the end, because a row can have the same change more than once.
    said = json.dumps([_options(model).label_lower, pk, change.kind, change.changed], sort_keys=True)
    return f"{hashlib.sha256(said.encode()).hexdigest()}:{new_id()}"


def _columns(model: type[models.Model]) -> dict[str, str]:
    # A foreign key has two names: `customer` and `customer_id`.
    concrete = _options(model).concrete_fields
    return {name: one.attname for one in concrete for name in (one.attname, one.name)}


def _options(model: type[models.Model]) -> Options[models.Model]:
    return model._meta  # noqa: SLF001 - Django's name for a model's metadata


def _as_json(value: object) -> JsonValue:
    # Bytes become base64. Numbers that JSON lacks become text.
    plain: JsonValue = json.loads(json.dumps(value, cls=_Encoder), parse_constant=str)
    return plain


class _Encoder(DjangoJSONEncoder):
    def default(self, o: object) -> object:
        return base64.b64encode(o).decode() if isinstance(o, bytes | bytearray | memoryview) else super().default(o)
