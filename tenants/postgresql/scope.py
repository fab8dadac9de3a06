"""How a scope reaches a Postgres session: role, search_path and proof in one statement, remembered per session."""

from __future__ import annotations

import weakref
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from automate.kernel.tenancy import Scope, ScopeConflictError, current_scope

SET_SCOPE = "SELECT set_config('role', %s, false), set_config('search_path', %s, false), set_config('automate.proof', %s, false)"
"""The proof is set each time: one scope's proof must not outlive it on a session that others use."""


class SessionState:
    """What one Postgres session was told. It belongs to the session, so a pooled one keeps it true.

    applied: the scope whose settings are in force, None where unknown. unproven: they were made inside a
    transaction, and nobody has told yet that it was committed. bound: the scope that the open transaction began
    under. touched: schemas that this backend has cached; each costs it 0.4 MB.
    """

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
    """A rollback to a savepoint reverts settings made since: the next statement makes them again."""
    if session is not None:
        state_of(session).applied = None


def prove(session: psycopg.Connection[Any] | None) -> None:
    """The transaction was committed: settings made inside it stand."""
    if session is not None:
        state_of(session).unproven = False


def apply_scope(session: psycopg.Connection[Any]) -> None:
    """Bring the session under the running code's scope, before each statement.

    Raises NoScopeError outside any scope, ScopeConflictError for a second scope inside an open transaction.
    """
    scope = current_scope()
    state = state_of(session)
    status = session.pgconn.transaction_status
    if status == TransactionStatus.IDLE:
        state.bound = None
        if state.unproven:
            # Rolled back, by whomever: Django, the pool, raw SQL, or a COMMIT of a failed transaction.
            state.applied, state.unproven = None, False
    elif status == TransactionStatus.INERROR:
        return
    if state.bound is not None and state.bound != scope:
        raise ScopeConflictError("a transaction is open for another scope; commit it before acting for somebody else")
    # Django turns autocommit off for its transactions: this one was begun, and may be rolled back, behind its back.
    foreign = session.autocommit and status == TransactionStatus.INTRANS
    if state.applied != scope or foreign:
        search_path = ", ".join(f'"{schema}"' for schema in scope.schemas)
        psycopg.Cursor(session).execute(SET_SCOPE, (scope.role, search_path, scope.proof))
        state.applied = scope
        # In a pipeline the session is active, and the answer is still to come.
        state.unproven = session.pgconn.transaction_status != TransactionStatus.IDLE
        state.touched.add(scope.schemas[0])
    # A statement of its own transaction binds nobody.
    state.bound = None if session.autocommit and not foreign else scope
