"""A tenant's event types, compiled and cached.

Each tenant has a counter, the mark. Each change of an event type increases the mark. The statement that
inserts events contains the mark. If this mark is out of date, the statement inserts no event.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from automate.events.event_types import queries
from automate.events.event_types.models import REJECT
from automate.events.event_types.schemas import EventSchema, Problem, compile_schema
from automate.events.event_types.search_keys import SearchKey, digests_of
from automate.kernel.bounded import BoundedCache
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.limits import KIB, MIB
from automate.kernel.strict_json import loads

KEPT_BYTES = 16 * MIB
"""The maximum size of the cached declarations of all tenants in one process. The sizes are estimates."""
TYPE_BYTES = KIB
"""The weight of a declaration without its schema."""
COMPILED_FACTOR = 20
"""A compiled schema takes up to this many times its JSON."""


@dataclass(frozen=True)
class Reading:
    """The result of checking one event against its declared type: the event's search keys and faults."""

    digests: frozenset[uuid.UUID] = frozenset()
    """The digests of the values of its search keys."""
    problems: Sequence[Problem] = ()
    """Why the event does not match the schema."""
    rejected: bool = False
    """Whether the declaration rejects the event if its sender waits for an answer."""


NOTHING = Reading()


@dataclass
class DeclaredType:
    """One declared event type. Its JSON Schema is compiled when the first event is checked."""

    schema: JsonObject | None
    rejects: bool
    keys: Sequence[SearchKey]
    _compiled: EventSchema | None = None

    @property
    def is_read(self) -> bool:
        """Whether this declaration needs the parsed event."""
        return self.schema is not None or bool(self.keys)

    def read(self, body: bytes, headers: Mapping[str, JsonValue]) -> Reading:
        payload = loads(body)
        problems = self._schema_problems(payload, body)
        return Reading(frozenset(digests_of(self.keys, payload, headers)), problems, self.rejects and bool(problems))

    def _schema_problems(self, payload: JsonValue, body: bytes) -> Sequence[Problem]:
        if self.schema is None:
            return ()
        if self._compiled is None:
            self._compiled = compile_schema(self.schema)
        return self._compiled.problems(payload, body)


@dataclass(frozen=True)
class DeclaredTypes:
    """The declared event types of a tenant."""

    mark: int = 0
    """The version number of these types. Each change of a type increases it, from 0."""
    by_name: Mapping[str, DeclaredType] = field(default_factory=dict)
    """The declaration of each type."""

    def read(self, event_type: str, body: bytes, headers: Mapping[str, JsonValue]) -> Reading:
        declared = self.by_name.get(event_type)
        return NOTHING if declared is None else declared.read(body, headers)


UNDECLARED = DeclaredTypes()
_cached: BoundedCache[uuid.UUID, DeclaredTypes] = BoundedCache(KEPT_BYTES)


def cached_types(tenant_id: uuid.UUID) -> DeclaredTypes:
    # Executes no statement.
    return _cached.get(tenant_id) or UNDECLARED


def read_types(tenant_id: uuid.UUID) -> DeclaredTypes:
    mark, rows = queries.declared_types()
    found = DeclaredTypes(mark, dict(_declared(rows)))
    weight = sum(TYPE_BYTES + COMPILED_FACTOR * len(row.schema or "") for row in rows)
    _cached.put(tenant_id, found, TYPE_BYTES + weight)
    return found


def _declared(rows: Iterable[queries.DeclaredRow]) -> Iterable[tuple[str, DeclaredType]]:
    for row in rows:
        schema = None if row.schema is None else orjson.loads(row.schema)
        keys = [SearchKey(key["name"], key["expression"]) for key in orjson.loads(row.search_keys)]
        declared = DeclaredType(schema, row.on_mismatch == REJECT, keys)
        if declared.is_read:
            yield row.name, declared
