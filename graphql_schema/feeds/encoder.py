"""Encodes the items of a feed. Subscribers with the same sharing key share the encoded form of each item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from graphql import ExecutionResult

from automate.runs.feed_queries import Position
from graphql_schema.completion import Builder, Compiler, Uncommon
from graphql_schema.context import Caller
from graphql_schema.encoding import encoded
from graphql_schema.execution import ApiOperation, executed_item
from graphql_schema.feeds.batches import FeedBatch
from graphql_schema.feeds.logs import FeedRequest, FeedView, PositionedRow
from graphql_schema.feeds.sharing import SharingKey, viewer_of
from graphql_schema.planning import Selected


class Encoder:
    """Encodes each item of a feed once for all subscribers that have the same sharing key. Thread-safe."""

    def __init__(self, key: SharingKey, operation: ApiOperation, request: FeedRequest, caller: Caller) -> None:
        # In a thread and in the tenant's scope. `caller`: any subscriber with this key.
        principal = viewer_of(key)
        plan = replace(request.field.plan, principal=principal)
        self._caller = replace(caller, principal=principal, standing=None, proof="", depth=0, feed=None)
        self._operation = operation
        self._key = request.key
        field: Selected = replace(request.field, plan=plan)
        self.view: FeedView = request.feed.view(field)
        self._build = _compiled(field)

    def rows(self, rows: Sequence[PositionedRow], near: Callable[[], object], end: Position) -> FeedBatch | None:
        """Encode the rows that match the filter. Return None if no row matches. Executes SQL."""
        kept = self.view.wanted(rows)
        if not kept:
            return None
        items = self.view.items(kept, near())
        return FeedBatch([self.encode(item) for item in items], [row.position for row in kept], end)

    def checkpoint(self, position: Position) -> FeedBatch:
        return FeedBatch([self.encode(self.view.checkpoint(position))], [position], position, checkpoint=True)

    def encode(self, item: object) -> bytes:
        return encoded(self._executed(item), self._operation.values).content

    def _executed(self, item: object) -> ExecutionResult:
        if self._build is not None:
            try:
                return ExecutionResult({self._key: self._build(item)}, None)
            except Uncommon:
                pass
        return executed_item(self._operation, self._caller, item)


def _compiled(field: Selected) -> Builder | None:
    # None if graphql-core must execute each item.
    try:
        return Compiler(field.plan).value(field.returns, field.nodes)
    except Uncommon:
        return None
