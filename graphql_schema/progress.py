"""Subscriptions that report the progress of long work."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from automate.kernel.errors import NormalizedError
from automate.outbox.progress import channel
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.loaded import Shown
from graphql_schema.payloads import PayloadBytes
from graphql_schema.planning import Selected, selected
from graphql_schema.streams import in_scope, require_active, rest
from graphql_schema.wakes import wakes

SHORTEST_SECONDS = 0.1
"""The minimum time between two items. Work can progress twenty times a second, which is too fast to read."""


class WatchedWork(Protocol):
    @property
    def finished_at(self) -> datetime | None: ...


W = TypeVar("W", bound=WatchedWork)


@dataclass(frozen=True)
class WatchedKind(Generic[W]):
    """A kind of work whose progress can be watched."""

    kind: str
    """The GraphQL type of the work."""
    read: Callable[[uuid.UUID], W | None]
    show: Callable[[W], object]
    unknown: NormalizedError
    """The error that an unknown id causes."""


async def watched(info: Info, of: WatchedKind[W], given_id: str) -> AsyncGenerator[Shown, None]:
    """Yield the progress now and after each change. Raises NormalizedError for an unknown id."""
    caller = info.context
    tenant = caller.tenant
    if tenant is None:
        raise LookupError("the platform's schema has no work of tenants")
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


def _filled(made: object, field: Selected) -> object:
    # Each item of a subscription may show as many payloads as one answer.
    replace(field.plan, payload_bytes=PayloadBytes()).fill(field.type, [made], field.nodes)
    return made
