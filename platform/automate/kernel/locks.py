"""Limits how long a request waits for a database lock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import OperationalError, connection, transaction

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.lock_queries import holders
from automate.kernel.outages import LOCK_TIMED_OUT, sqlstate

RETRY_AFTER_SECONDS = 1
_TABLE = re.compile(r'relation "([^"]+)"')
_NAMES = {
    "workflow": "the workflow",
    "workflow_version": "a version of the workflow",
    "rule_spec": "the rule",
    "rule_set": "the set of rules",
    "schedule": "the schedule",
    "source": "the source",
    "secret": "the secret",
    "webhook_endpoint": "the webhook endpoint",
    "event_type": "the event type",
    "execution_run": "the run",
    "bulk_operation": "the bulk operation",
    "backtest": "the backtest",
    "approval": "the approval",
}
_PROCESSES = {
    "web": "another request",
    "worker": "a worker",
    "relay": "the relay",
    "scheduler": "the scheduler",
}
_operation: ContextVar[str] = ContextVar("operation", default="")
_working: dict[int, str] = {}
"""Backend pid -> the operation of this process whose transaction is open there."""


@contextmanager
def operation(name: str) -> Iterator[None]:
    """Set the name of the operation that the block executes, such as publishWorkflow. Errors about locks contain this name."""
    token = _operation.set(name)
    try:
        yield
    finally:
        _operation.reset(token)


def bounded() -> bool:
    """Return whether this process limits how long it waits for a lock."""
    return bool(getattr(settings, "LOCK_TIMEOUT_MS", 0))


@contextmanager
def interactive_transaction() -> Iterator[None]:
    """Open a transaction for a request of a person.

    Raises LOCKED if another transaction did not release a lock in time.
    """
    # After LOCKED, nothing was written.
    pid: int | None = None
    try:
        with transaction.atomic(durable=True):
            pid = connection.connection.info.backend_pid
            _working[pid] = _operation.get()
            yield
    except OperationalError as error:
        if sqlstate(error) != LOCK_TIMED_OUT:
            raise
        raise locked(error, ask=True) from error
    finally:
        if pid is not None:
            _working.pop(pid, None)


def locked(error: OperationalError, *, ask: bool = False) -> NormalizedError:
    """Return the public error for a lock that was not released in time."""
    table = _table_of(error)
    found = _holders(table) if ask and table else []
    seconds = settings.LOCK_TIMEOUT_MS / 1000
    who = " and ".join(dict.fromkeys(map(_words, found))) or "another request or a worker"
    what = _NAMES.get(table, "a row that this request needs")
    message = f"{who[0].upper()}{who[1:]} holds {what} and did not release it within {seconds:g} s. Nothing was changed. Try again."
    details: dict[str, JsonValue] = {
        "held": table or None,
        "holders": [{**one} for one in found],
        "retry_after_seconds": RETRY_AFTER_SECONDS,
    }
    return NormalizedError("LOCKED", message, details=details)


def _holders(table: str) -> list[dict[str, str]]:
    # `operation` is empty unless the session serves a request of this process.
    found = [(_process(name), _working.get(pid, "")) for pid, name in holders(table)]
    return [{"process": process, "operation": doing} for process, doing in dict.fromkeys(found)]


def _process(application_name: str) -> str:
    # The session of an operator's tool is "other".
    kind = application_name.partition("-")[0]
    return kind if kind in _PROCESSES else "other"


def _words(holder: dict[str, str]) -> str:
    who = _PROCESSES.get(holder["process"], "another session of the database")
    return f"{who} ({holder['operation']})" if holder["operation"] else who


def _table_of(error: OperationalError) -> str:
    # Such as `while locking tuple (0,1) in relation "workflow"`.
    diagnosis = getattr(error.__cause__, "diag", None)
    found = _TABLE.search(getattr(diagnosis, "context", None) or "")
    return found[1] if found else ""
