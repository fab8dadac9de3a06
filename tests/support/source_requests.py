"""A request to a source, and the statements that follow from one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    statements: list[str] = []

    def record(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django's signature
        statements.append(sql.strip())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(record):
        yield statements


def post(url: str, body: bytes = b'{"type": "order.created", "n": 1}', /, **headers: str) -> Any:
    return Client().post(url, data=body, content_type="application/json", headers=headers)
