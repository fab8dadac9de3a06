"""PostGraphile 5 over the same tables, if it is installed: ``python -m bench.reads.graphile`` installs it with npm.

The tables have no foreign keys, so comments on the tables name the relations. Its answers have other ids, cursors
and names, so only the number of rows is compared.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from automate.devserver import ports
from bench.node import FLAGS, node, npm_install
from bench.reads import client
from bench.reads.scenes import Scene

HERE = Path(__file__).parent
PATIENCE_SECONDS = 60.0
INSTALL = "run `python -m bench.reads.graphile`"
KEYS = {
    "execution_run": (
        ("workflow_version_id", "workflow_version"),
        ("event_id", "event"),
    ),
    "workflow_version": (("workflow_id", "workflow"),),
    "step_run": (("run_id", "execution_run"),),
    "event": (("source_id", "source"),),
    "decision": (("event_id", "event"), ("rule_id", "rule_spec")),
    "run_log": (("run_id", "execution_run"),),
}
RUNS = """query($first: Int, $after: Cursor) { page: allExecutionRuns(first: $first, after: $after, orderBy: [PRIMARY_KEY_DESC]) {
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor node { rowId state stateReason traceId createdAt startedAt finishedAt stepCount
    workflowVersionByWorkflowVersionId { rowId number workflowByWorkflowId { rowId slug } } eventByEventId { rowId type }
    stepRunsByRunId(first: 20, condition: {item: -1}) { nodes { rowId key state attempt startedAt finishedAt error } } } } } }"""
EVENTS = """query($first: Int, $after: Cursor) { page: allEvents(first: $first, after: $after, orderBy: [PRIMARY_KEY_DESC]) {
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor node { rowId type sourceBySourceId { rowId slug } subject idempotencyKey traceId receivedAt payloadBytes
    decisionsByEventId(first: 20) { nodes { ruleSpecByRuleId { rowId slug } verdict } }
    executionRunsByEventId(first: 5) { edges { node { rowId state } } } } } } }"""
RUN = """query($id: UUID!) { executionRunByRowId(rowId: $id) { rowId state stateReason traceId
  runLogsByRunId(first: 100) { nodes { occurredAt toState stepKey attempt } }
  stepRunsByRunId(first: 100) { nodes { rowId key state attempt output startedAt finishedAt error } } } }"""
CURSOR = """query($id: UUID!) { page: %s(first: 1, condition: {rowId: $id}, orderBy: [PRIMARY_KEY_DESC]) {
  edges { cursor } } }"""
PAGES = {"/runs": ("allExecutionRuns", RUNS), "/events": ("allEvents", EVENTS)}
"""By path of raw SQL: the list of PostGraphile, and the document of a page."""


@dataclass(frozen=True)
class Graphile:
    process: subprocess.Popen[bytes]
    port: int

    def requests(self, scene: Scene) -> list[bytes]:
        """The requests of a scene. Empty where PostGraphile gives no cursor of the row after which a page begins."""
        if scene.name == "__typename":
            bodies: list[dict[str, Any]] = [{"query": "{ __typename }"}]
        elif scene.path == "/run":
            bodies = [{"query": RUN, "variables": variables} for variables in scene.raw]
        else:
            name, document = PAGES[scene.path]
            try:
                bodies = [{"query": document, "variables": self._with_cursor(name, one)} for one in scene.raw]
            except (ValueError, LookupError, TypeError) as error:
                print(f"PostGraphile is not measured on {scene.name}: it gives no cursor ({error!r:.200}).", flush=True)
                return []
        return [client.post("/graphql", json.dumps(body).encode()) for body in bodies]

    def _with_cursor(self, name: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """The variables with PostGraphile's cursor of the row ``after``, if there is one."""
        if "after" not in variables:
            return variables
        asked = {"query": CURSOR % name, "variables": {"id": variables["after"]}}
        answer = client.one(self.port, client.post("/graphql", json.dumps(asked).encode()))
        return {**variables, "after": json.loads(answer)["data"]["page"]["edges"][0]["cursor"]}


def rows_in(answer: bytes) -> int:
    """The number of rows of a page, in an answer of ours or of PostGraphile; 1 for one object or value, 0 for errors."""
    (found,) = (json.loads(answer).get("data") or {"nothing": None}).values()
    return len(found["edges"]) if isinstance(found, dict) and "edges" in found else int(found is not None)


def start(database: str, schema: str) -> Graphile | None:
    """Start PostGraphile. Prints a message and returns None if it is not installed."""
    found = node()
    if found is None or not (HERE / "node_modules" / "postgraphile").is_dir():
        print(f"PostGraphile is not measured: {INSTALL}.", flush=True)
        return None
    _name_keys(database, schema)
    port = ports.free_port()
    environ = {**os.environ, "NODE_ENV": "production", "AUTOMATE_READS": json.dumps([database, schema, port])}
    process = subprocess.Popen([str(found), *FLAGS, str(HERE / "server.mjs")], env=environ)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.one(port, client.post("/graphql", b'{"query": "{ __typename }"}'))
        except OSError:
            time.sleep(0.1)
        else:
            return Graphile(process, port)
    process.kill()
    print("PostGraphile is not measured: it does not answer.", flush=True)
    return None


def _name_keys(database: str, schema: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for table, keys in KEYS.items():
            tags = "\n".join(f"@foreignKey ({column}) references {schema}.{other} (id)" for column, other in keys)
            statement = SQL("COMMENT ON TABLE {} IS {}").format(Identifier(schema, table), Literal(tags))
            connection.execute(statement)


if __name__ == "__main__":
    raise SystemExit(0 if npm_install(HERE) else 1)
