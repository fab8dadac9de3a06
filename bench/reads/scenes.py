"""The reads that are measured: our GraphQL document, the path of the raw SQL app, and the document of PostGraphile."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.reads.client import post

if TYPE_CHECKING:
    from bench.reads.rows import Loaded

RUNS = """query($first: Int, $after: String) { runs(first: $first, after: $after) {
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor node { id state stateReason traceId createdAt startedAt finishedAt
    workflowVersion { id number workflow { id slug } } event { id type } stepCount
    steps(first: 20) { id key state attempt startedAt finishedAt error { code message } } } } } }"""
EVENTS = """query($first: Int, $after: String) { events(first: $first, after: $after) {
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor node { id type source { id slug } subject idempotencyKey traceId receivedAt payloadBytes
    decisions(first: 20) { rule { id slug } verdict } runs(first: 5) { edges { node { id state } } } } } } }"""
RUN = """query($id: ID!) { run(id: $id) { id state stateReason traceId
  timeline(first: 100) { edges { node { at kind step attempt } } }
  steps(first: 100) { id key state attempt input output idempotencyKey startedAt finishedAt error { code message }
    attempts(first: 20) { edges { node { id attempt state startedAt finishedAt error { code message } } } } }
  retryOf { id } retries(first: 20) { edges { node { id } } } } }"""
TYPENAME = "{ __typename }"
PAGE, WANTED_OF_PAGE, WANTED_OF_RUN = 50, 0.4, 0.25
"""The page with a target, and the minimum ratios to raw SQL."""
MOST_FIXED_MS = 0.35
"""The maximum processor time of web for the shortest request."""


@dataclass(frozen=True)
class Scene:
    """One scene."""

    name: str
    document: str
    path: str
    """The path of raw SQL."""
    ours: Sequence[dict[str, Any]] = ({},)
    """Variables."""
    raw: Sequence[dict[str, Any]] = ({},)
    """Bodies for raw SQL, in the same order."""
    wants: float | None = field(default=None)
    most_ms: float | None = field(default=None)
    """The maximum of web's processor time."""

    def requests_of_ours(self, token: str) -> list[bytes]:
        bodies = [json.dumps({"query": self.document, "variables": variables}) for variables in self.ours]
        return [post("/graphql", body.encode(), f"Authorization: Bearer {token}\r\n") for body in bodies]

    def requests_of_raw(self) -> list[bytes]:
        return [post(self.path, json.dumps(body).encode()) for body in self.raw]


def scenes(loaded: Loaded, run_cursor: str, event_cursor: str) -> list[Scene]:
    """All scenes. run_cursor, event_cursor: our cursors of the run and of the event in the middle."""
    found = []
    for first in (10, 50, 100):
        wants = WANTED_OF_PAGE if first == PAGE else None
        found.append(Scene(f"{first} runs first", RUNS, "/runs", [{"first": first}], [{"first": first}], wants))
        deep = {"first": first, "after": run_cursor}
        found.append(Scene(f"{first} runs deep", RUNS, "/runs", [deep], [{**deep, "after": str(loaded.middle)}]))
    for first in (10, 50, 100):
        deep = {"first": first, "after": event_cursor}
        raw = {"first": first, "after": str(loaded.middle_event)}
        found.append(Scene(f"{first} events first", EVENTS, "/events", [{"first": first}], [{"first": first}]))
        found.append(Scene(f"{first} events deep", EVENTS, "/events", [deep], [raw]))
    ids = [{"id": str(run)} for run in loaded.detailed]
    found.extend(
        (
            Scene("one run in detail", RUN, "/run", ids, ids, WANTED_OF_RUN),
            Scene("__typename", TYPENAME, "/typename", most_ms=MOST_FIXED_MS),
        )
    )
    return found


def comparable(answer: bytes) -> Any:
    """An answer without the parts that differ by design: cursors, and its cost."""
    return _without_cursors(json.loads(answer)["data"])


def _without_cursors(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_cursors(one) for one in value]
    if isinstance(value, dict):
        left_out = {"cursor", "startCursor", "endCursor"}
        return {key: _without_cursors(one) for key, one in value.items() if key not in left_out}
    return value
