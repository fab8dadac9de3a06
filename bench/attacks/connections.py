"""Attacks that hold connections: endless headers, silence, and a flood of sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections import Counter
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

HEADER_BYTES = 200 * 1024 * 1024
HEADER_LINE = b"x-attack: " + b"a" * 8_000 + b"\r\n"
SILENT_CONNECTIONS = 2_000
HALF_HEAD = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
SOCKETS = 800
STREAM = "subscription { runFeed(after: null) { kind cursor } }"


def endless_headers(system: dict[str, Any], stop: threading.Event, answers: Counter[str]) -> None:
    """Send 200 MB of headers on one connection, and repeat after a refusal."""
    while not stop.is_set():
        with socket.create_connection(("127.0.0.1", system["port"])) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            try:
                for _ in range(HEADER_BYTES // len(HEADER_LINE)):
                    connection.sendall(HEADER_LINE)
                answers["all sent"] += 1
                stop.wait()
            except OSError as error:
                answers[_status(connection) or type(error).__name__] += 1


def _status(connection: socket.socket) -> str:
    with suppress(OSError):
        words = connection.recv(64).split()
        return words[1].decode() if len(words) > 1 else ""
    return ""


def silent_connections(system: dict[str, Any], stop: threading.Event, answers: Counter[str]) -> None:
    """Half of the connections send nothing, half begin a request and stop. Closed ones are opened again."""
    opened: list[socket.socket] = []
    while not stop.wait(0.2):
        opened = [connection for connection in opened if _is_open(connection)]
        while len(opened) < SILENT_CONNECTIONS:
            try:
                connection = socket.create_connection(("127.0.0.1", system["port"]), timeout=5)
                if len(opened) % 2:
                    connection.sendall(HALF_HEAD)
            except OSError as error:
                answers[type(error).__name__] += 1
                break
            answers["opened"] += 1
            connection.setblocking(False)
            opened.append(connection)
    for connection in opened:
        connection.close()


def _is_open(connection: socket.socket) -> bool:
    try:
        if connection.recv(4_096):
            return True
    except BlockingIOError:
        return True
    except OSError:
        pass
    connection.close()
    return False


def many_sockets(system: dict[str, Any], stop: threading.Event, answers: Counter[str]) -> None:
    asyncio.run(_hold(system, stop, answers))


async def _hold(system: dict[str, Any], stop: threading.Event, answers: Counter[str]) -> None:
    tasks = [asyncio.ensure_future(_subscribed(system, answers)) for _ in range(SOCKETS)]
    await asyncio.to_thread(stop.wait)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _subscribed(system: dict[str, Any], answers: Counter[str]) -> None:
    """One WebSocket with one subscription, opened again after it is closed."""
    url, token = f"ws://127.0.0.1:{system['port']}/graphql", system["attacker"]["token"]
    while True:
        try:
            async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=30) as opened:
                begin = {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}
                await opened.send(json.dumps(begin))
                await opened.recv()
                await opened.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": STREAM}}))
                answers["opened"] += 1
                async for _ in opened:
                    pass
                answers[f"closed {opened.close_code}"] += 1
        except (OSError, WebSocketException) as error:
            answers[type(error).__name__] += 1
        await asyncio.sleep(1)
