"""The reference: the same answers by plain SQL, psycopg and orjson in a minimal ASGI application.

It has no tenants, tokens or permissions. AUTOMATE_READS has the database's URL and the schema. Its cursors are ids,
unsigned.
"""

from __future__ import annotations

import asyncio
import json
import os
from base64 import b64encode
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
import psycopg

CONNECTIONS = 8
Message = MutableMapping[str, Any]

RUNS = """
SELECT r.id::text, r.state, r.state_reason, r.trace_id, r.created_at, r.started_at, r.finished_at, r.step_count, v.id::text, v.number,
       w.id::text, w.slug, e.id::text, e.type
FROM execution_run r JOIN workflow_version v ON v.id = r.workflow_version_id JOIN workflow w ON w.id = v.workflow_id
LEFT JOIN event e ON e.id = r.event_id
WHERE r.id < %s ORDER BY r.id DESC LIMIT %s
"""
STEPS = """
SELECT run_id::text, id::text, key, state, attempt, started_at, finished_at, error FROM (
    SELECT DISTINCT ON (run_id, key) * FROM step_run WHERE run_id = ANY (%s::uuid[]) AND item = -1
    ORDER BY run_id, key, attempt DESC) AS s ORDER BY run_id, started_at, id
"""
EVENTS = """
SELECT e.id::text, e.type, s.id::text, s.slug, e.subject, e.idempotency_key, e.trace_id, e.received_at, e.payload_bytes
FROM event e JOIN source s ON s.id = e.source_id WHERE e.id < %s ORDER BY e.id DESC LIMIT %s
"""
DECISIONS = """
SELECT d.event_id::text, r.id::text, r.slug, d.verdict FROM decision d JOIN rule_spec r ON r.id = d.rule_id
WHERE d.event_id = ANY (%s::uuid[]) ORDER BY d.id
"""
RUNS_OF_EVENTS = """
SELECT event_id::text, id::text, state FROM execution_run WHERE event_id = ANY (%s::uuid[]) ORDER BY id DESC
"""
RUN = """
SELECT r.id::text, r.state, r.state_reason, r.trace_id, r.retry_of_id::text FROM execution_run r WHERE r.id = %s
"""
LOG = "SELECT occurred_at, step_key, to_state, attempt FROM run_log WHERE run_id = %s ORDER BY id LIMIT 100"
RUN_STEPS = """
SELECT s.id::text, s.key, s.state, s.attempt, s.started_at, s.finished_at, s.error, s.output, f.key, f.request -> 'input'
FROM step_run s LEFT JOIN effect f ON f.run_id = s.run_id AND f.step_key = s.key AND f.item = s.item
WHERE s.run_id = %s AND s.item = -1 ORDER BY s.started_at, s.id
"""
RETRIES = "SELECT id::text FROM execution_run WHERE retry_of_id = %s ORDER BY id DESC LIMIT 20"
HIGHEST = "ffffffff-ffff-ffff-ffff-ffffffffffff"

_free: asyncio.Queue[psycopg.AsyncConnection[Any]] = asyncio.Queue()


async def application(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    asked = orjson.loads((await receive())["body"])
    if scope["path"] == "/typename":
        data: Any = {"__typename": "Query"}
    else:
        connection = await _free.get()
        try:
            data = await _READS[scope["path"]](connection, asked)
        finally:
            _free.put_nowait(connection)
    body = orjson.dumps({"data": data})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Callable[[], Awaitable[Message]], send: Any) -> None:
    database, schema = json.loads(os.environ["AUTOMATE_READS"])
    await receive()
    for _ in range(CONNECTIONS):
        connection = await psycopg.AsyncConnection.connect(database, autocommit=True, prepare_threshold=1)
        await connection.execute(f'SET search_path TO "{schema}"')
        await connection.execute("SET random_page_cost = 1.1")
        await connection.execute("SET jit = off")
        await connection.execute("SET timezone = 'UTC'")
        # As text, which orjson copies into the answer.
        connection.adapters.register_loader("json", psycopg.types.string.TextLoader)
        connection.adapters.register_loader("jsonb", psycopg.types.string.TextLoader)
        _free.put_nowait(connection)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def _id(kind: str, row_id: str) -> str:
    return b64encode(f"{kind}:{row_id}".encode()).decode()


def _json(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


async def _rows(connection: psycopg.AsyncConnection[Any], statement: str, values: list[Any]) -> list[Any]:
    return await (await connection.execute(statement, values)).fetchall()


def _page(rows: list[Any], first: int, after: str | None, node: Callable[[Any], Any]) -> dict[str, Any]:
    kept = rows[:first]
    edges = [{"cursor": row[0], "node": node(row)} for row in kept]
    info = {
        "hasNextPage": len(rows) > first,
        "hasPreviousPage": after is not None,
        "startCursor": kept[0][0] if kept else None,
        "endCursor": kept[-1][0] if kept else None,
    }
    return {"pageInfo": info, "edges": edges}


def _error(error: Any) -> Any:
    return None if error is None else {"code": error["code"], "message": error["message"]}


async def _runs(connection: psycopg.AsyncConnection[Any], asked: Any) -> Any:
    first, after = asked["first"], asked.get("after")
    rows = await _rows(connection, RUNS, [after or HIGHEST, first + 1])
    steps: dict[str, list[Any]] = {row[0]: [] for row in rows[:first]}
    for run, step, key, state, attempt, started, finished, error in await _rows(connection, STEPS, [list(steps)]):
        steps[run].append(
            {
                "id": _id("StepRun", step),
                "key": key,
                "state": state.upper(),
                "attempt": attempt,
                "startedAt": started,
                "finishedAt": finished,
                "error": _error(_json(error)),
            }
        )

    def node(row: Any) -> Any:
        return {
            "id": _id("ExecutionRun", row[0]),
            "state": row[1].upper(),
            "stateReason": row[2] or None,
            "traceId": row[3],
            "createdAt": row[4],
            "startedAt": row[5],
            "finishedAt": row[6],
            "workflowVersion": {
                "id": _id("WorkflowVersion", row[8]),
                "number": row[9],
                "workflow": {"id": _id("Workflow", row[10]), "slug": row[11]},
            },
            "event": {"id": _id("Event", row[12]), "type": row[13]} if row[12] else None,
            "stepCount": row[7],
            "steps": steps[row[0]],
        }

    return {"runs": _page(rows, first, after, node)}


async def _events(connection: psycopg.AsyncConnection[Any], asked: Any) -> Any:
    first, after = asked["first"], asked.get("after")
    rows = await _rows(connection, EVENTS, [after or HIGHEST, first + 1])
    ids = [row[0] for row in rows[:first]]
    decisions: dict[str, list[Any]] = {event: [] for event in ids}
    runs: dict[str, list[Any]] = {event: [] for event in ids}
    for event, rule, slug, verdict in await _rows(connection, DECISIONS, [ids]):
        decisions[event].append({"rule": {"id": _id("RuleSpec", rule), "slug": slug}, "verdict": verdict.upper()})
    for event, run, state in await _rows(connection, RUNS_OF_EVENTS, [ids]):
        runs[event].append({"node": {"id": _id("ExecutionRun", run), "state": state.upper()}})

    def node(row: Any) -> Any:
        return {
            "id": _id("Event", row[0]),
            "type": row[1],
            "source": {"id": _id("Source", row[2]), "slug": row[3]},
            "subject": row[4] or None,
            "idempotencyKey": row[5] or None,
            "traceId": row[6],
            "receivedAt": row[7],
            "payloadBytes": row[8],
            "decisions": decisions[row[0]],
            "runs": {"edges": runs[row[0]][:5]},
        }

    return {"events": _page(rows, first, after, node)}


async def _run(connection: psycopg.AsyncConnection[Any], asked: Any) -> Any:
    (row,) = await _rows(connection, RUN, [asked["id"]])
    log = await _rows(connection, LOG, [asked["id"]])
    steps = await _rows(connection, RUN_STEPS, [asked["id"]])
    retries = await _rows(connection, RETRIES, [asked["id"]])
    timeline = [
        {
            "node": {
                "at": at,
                "kind": f"{'step' if key else 'run'}.{state}",
                "step": key or None,
                "attempt": attempt,
            }
        }
        for at, key, state, attempt in log
    ]
    attempts: dict[str, list[Any]] = {}
    shown: dict[str, Any] = {}
    for step, key, state, attempt, started, finished, error, output, effect, sent in steps:
        one = {
            "id": _id("StepRun", step),
            "attempt": attempt,
            "state": state.upper(),
            "startedAt": started,
            "finishedAt": finished,
            "error": _error(_json(error)),
        }
        attempts.setdefault(key, []).append({"node": one})
        shown[key] = {
            "id": one["id"],
            "key": key,
            "state": one["state"],
            "attempt": attempt,
            "input": None if sent is None else orjson.Fragment(sent),
            "output": None if output is None else orjson.Fragment(output),
            "idempotencyKey": effect,
            "startedAt": started,
            "finishedAt": finished,
            "error": one["error"],
            "attempts": {"edges": attempts[key]},
        }
    run = {
        "id": _id("ExecutionRun", row[0]),
        "state": row[1].upper(),
        "stateReason": row[2] or None,
        "traceId": row[3],
        "timeline": {"edges": timeline},
        "steps": list(shown.values()),
        "retryOf": {"id": _id("ExecutionRun", row[4])} if row[4] else None,
        "retries": {"edges": [{"node": {"id": _id("ExecutionRun", found[0])}} for found in retries]},
    }
    return {"run": run}


_READS = {"/runs": _runs, "/events": _events, "/run": _run}
