"""Attacks that send complete requests on keep-alive connections, as fast as they are answered."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from bench.attacks import documents

CONNECTIONS = 8
HOOK_CONNECTIONS = 16
BODY = json.dumps({"type": "attack", "text": "x" * 2_000}).encode()
LARGE_BODY = json.dumps({"type": "attack", "text": "x" * 200_000}).encode()
PATIENCE_SECONDS = 60.0
Attack = Callable[[dict[str, Any], threading.Event, Counter[str]], None]
Request = Callable[[], tuple[str, bytes, dict[str, str]]]


def _send(port: int, make: Request, stop: threading.Event, answers: Counter[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    while not stop.is_set():
        path, body, headers = make()
        try:
            connection.request("POST", path, body, {"content-type": "application/json", **headers})
            response = connection.getresponse()
            response.read()
            answers[str(response.status)] += 1
        except (OSError, http.client.HTTPException) as error:
            answers[type(error).__name__] += 1
            connection.close()


def _flood(port: int, make: Request, connections: int, stop: threading.Event, answers: Counter[str]) -> None:
    threads = [
        threading.Thread(target=_send, args=(port, make, stop, answers), daemon=True) for _ in range(connections)
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(1)


def graphql(document: Callable[[], bytes]) -> Attack:
    def attack(system: dict[str, Any], stop: threading.Event, answers: Counter[str]) -> None:
        headers = {"authorization": f"Bearer {system['attacker']['token']}"}
        _flood(system["port"], lambda: ("/graphql", document(), headers), CONNECTIONS, stop, answers)

    return attack


def publishing_under_lock(system: dict[str, Any], stop: threading.Event, answers: Counter[str]) -> None:
    with _locked(system["database"], system["attacker"]["schema"]):
        graphql(documents.publishing)(system, stop, answers)


@contextmanager
def _locked(database: str, schema: str) -> Iterator[None]:
    """A transaction that holds every workflow and version of the attacker."""
    with psycopg.connect(database) as connection:
        for table in ("workflow", "workflow_version"):
            connection.execute(sql.SQL("SELECT 1 FROM {} FOR UPDATE").format(sql.Identifier(schema, table)))
        yield
        connection.rollback()


def webhooks(*, signed: bool) -> Attack:
    def attack(system: dict[str, Any], stop: threading.Event, answers: Counter[str]) -> None:
        path, secret = f"/t/{system['attacker']['slug']}/hooks/signed", system["secret"].encode()
        body = BODY if signed else LARGE_BODY
        signature = hmac.new(secret, body, hashlib.sha256).hexdigest() if signed else "0" * 64
        _flood(system["port"], lambda: (path, body, {"x-signature": signature}), HOOK_CONNECTIONS, stop, answers)

    return attack
