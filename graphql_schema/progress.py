"""Work that jobs do bit by bit, as it moves on, until it has ended."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from automate.kernel.errors import NormalizedError
from automate.outbox.progress import channel
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.payloads import PayloadBytes
from graphql_schema.permissions import require
from graphql_schema.planning import Selected, selected
from graphql_schema.streams import in_scope, require_active, rest
from graphql_schema.wakes import wakes

SHORTEST_SECONDS = 0.1
"""Between two items: work may move on twenty times a second, and nobody reads that fast."""


class Work(Protocol):
    @property
    def finished_at(self) -> datetime | None: ...


W = TypeVar("W", bound=Work)


@dataclass(frozen=True)
class Watch(Generic[W]):
    """A kind of work: the type of its node, the permission that watching it needs, and the words for where there is none."""

    kind: str
    permission: str
    read: Callable[[uuid.UUID], W | None]
    show: Callable[[W], Any]
    unknown: NormalizedError


async def watched(info: Info, of: Watch[W], given_id: str) -> AsyncGenerator[Any, None]:
    """Work as it is now, and whenever it has moved on; ends once that has. Raises NormalizedError where there is none of this id."""
    caller = info.context
    tenant = caller.tenant
    if tenant is None:
        raise LookupError("the platform's schema has no work of tenants")
    require(caller.principal, of.permission)
    row_id, field = row_id_of(given_id, of.kind), selected(info)
    if row_id is None:
        raise of.unknown
    shown = None
    with wakes.of(channel(row_id)) as waiter:
        while True:
            waiter.event.clear()
            row = await in_scope(tenant, lambda: of.read(row_id))
            if row is None:
                raise of.unknown
            if row != shown:
                shown = row
                yield await in_scope(tenant, lambda: _filled(of.show(row), field))  # noqa: B023 - awaited before it changes
            if row.finished_at is not None:
                return
            await require_active(caller, tenant)
            await asyncio.sleep(SHORTEST_SECONDS)
            await rest(caller, tenant, waiter.event, waiter.poll_seconds())


def _filled(made: Any, field: Selected) -> Any:
    # What one answer may show of payloads, each item of a subscription may.
    replace(field.plan, payload_bytes=PayloadBytes()).fill(field.type, [made], field.nodes)
    return made
