"""Applies a scope to a PostgreSQL session, with one statement."""

from __future__ import annotations

import weakref
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from automate.kernel.tenancy import Scope, ScopeConflictError, current_scope

SET_SCOPE = "SELECT set_config('role', %s, false), set_config('search_path', %s, false), set_config('automate.proof', %s, false)"
"""The proof is set each time: the proof of one scope must not remain on a session that others use."""


class SessionState:
    """The known settings of one PostgreSQL session."""

    __slots__ = ("applied", "bound", "touched", "unproven")

    def __init__(self) -> None:
        self.applied: Scope | None = None
        self.unproven = False
        self.bound: Scope | None = None
        self.touched: set[str] = set()


_states: weakref.WeakKeyDictionary[Any, SessionState] = weakref.WeakKeyDictionary()


def state_of(session: psycopg.Connection[Any]) -> SessionState:
    state = _states.get(session)
    if state is None:
        state = _states[session] = SessionState()
    return state


def forget(session: psycopg.Connection[Any] | None) -> None:
    """Forget the applied scope. A rollback to a savepoint reverts settings."""
    if session is not None:
        state_of(session).applied = None


def prove(session: psycopg.Connection[Any] | None) -> None:
    """Note that the transaction was committed, so its settings remain."""
    if session is not None:
        state_of(session).unproven = False


def apply_scope(session: psycopg.Connection[Any]) -> None:
    """Apply the current scope to the session.

    Raises NoScopeError outside of any scope. Raises ScopeConflictError if a transaction of another scope is open.
    """
    # Before each statement.
    scope = current_scope()
    state = state_of(session)
    status = session.pgconn.transaction_status
    if status == TransactionStatus.IDLE:
        state.bound = None
        if state.unproven:
            # The transaction was rolled back, by Django, the pool, raw SQL, or a COMMIT after a failure.
            state.applied, state.unproven = None, False
    elif status == TransactionStatus.INERROR:
        return
    if state.bound is not None and state.bound != scope:
        raise ScopeConflictError("a transaction is open for another scope; commit it before you open another scope")
    # Django turns autocommit off for its transactions. So a transaction was begun here, which other code may roll back.
    foreign = session.autocommit and status == TransactionStatus.INTRANS
    if state.applied != scope or foreign:
        search_path = ", ".join(f'"{schema}"' for schema in scope.schemas)
        psycopg.Cursor(session).execute(SET_SCOPE, (scope.role, search_path, scope.proof))
        state.applied = scope
        # In a pipeline the session is active, and the answer has not arrived yet.
        state.unproven = session.pgconn.transaction_status != TransactionStatus.IDLE
        state.touched.add(scope.schemas[0])
    # A statement in its own transaction binds no later statement.
    state.bound = None if session.autocommit and not foreign else scope
