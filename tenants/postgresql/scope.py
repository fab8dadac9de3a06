"""Applies a scope to a PostgreSQL session, with one statement."""

from __future__ import annotations

import weakref
from collections import OrderedDict

import psycopg
from psycopg.pq import TransactionStatus

from automate.kernel.tenancy import Scope, ScopeConflictError, current_scope

SET_SCOPE = "SELECT set_config('role', %s, false), set_config('search_path', %s, false), set_config('automate.proof', %s, false)"
"""The proof is set each time: the proof of one scope must not remain on a session that others use."""


KEPT_SCOPES = 32
"""The number of scopes for which a worker's session keeps plans. The plans of one scope take about 2 MB."""
SEEN_SCOPES = 200
"""The number of other scopes whose last turn is remembered."""


class KeptPlans:
    """Decides for which scopes a session prepares statements.

    PostgreSQL plans a prepared statement again if the role or the search_path has changed. So each scope has
    separate prepared statements. The comment ``tag`` makes the texts of these statements differ.

    A session keeps prepared statements for at most KEPT_SCOPES scopes. A new scope can replace the least recently used
    scope only if the session has used the new scope twice without using the replaced scope in between. Otherwise, if
    the session used many scopes in turn, it would replace the plans of a scope at each turn.
    """

    def __init__(self) -> None:
        self.tag = b""
        """Empty if the current scope prepares nothing."""
        self._turn = 0
        self._kept: OrderedDict[str, int] = OrderedDict()
        self._seen: OrderedDict[str, int] = OrderedDict()
        """The last turn of each role, the oldest first."""

    def turn_to(self, role: str) -> None:
        """Set ``tag`` for the next statements. These statements run in the scope of the database role ``role``."""
        self._turn += 1
        if role in self._kept or self._has_place(self._seen.pop(role, 0)):
            self._kept[role] = self._turn
            self._kept.move_to_end(role)
            self.tag = b"\n-- " + role.encode()
            return
        self._seen[role] = self._turn
        if len(self._seen) > SEEN_SCOPES:
            self._seen.popitem(last=False)
        self.tag = b""

    def _has_place(self, last_turn: int) -> bool:
        """Return whether the session can keep the plans of a new scope. If necessary, remove the plans of an old scope.

        ``last_turn`` is the turn at which the session last used the new scope. If the session keeps the plans of
        KEPT_SCOPES scopes, the plans of the least recently used scope are removed. These plans are not removed if
        the session has used their scope after ``last_turn``.
        """
        if len(self._kept) < KEPT_SCOPES:
            return True
        oldest = next(iter(self._kept))
        if self._kept[oldest] > last_turn:
            return False
        del self._kept[oldest]
        return True


class SessionState:
    """The known settings of one PostgreSQL session."""

    __slots__ = ("applied", "bound", "plans", "touched", "unproven")

    def __init__(self) -> None:
        self.applied: Scope | None = None
        self.unproven = False
        self.bound: Scope | None = None
        self.touched: set[str] = set()
        self.plans: KeptPlans | None = None
        """Set if the session keeps plans for each scope."""


_states: weakref.WeakKeyDictionary[psycopg.Connection[object], SessionState] = weakref.WeakKeyDictionary()


def state_of(session: psycopg.Connection[object]) -> SessionState:
    state = _states.get(session)
    if state is None:
        state = _states[session] = SessionState()
    return state


def forget(session: psycopg.Connection[object] | None) -> None:
    """Forget the applied scope. This is necessary after a rollback to a savepoint, because the rollback reverts settings."""
    if session is not None:
        state_of(session).applied = None


def prove(session: psycopg.Connection[object] | None) -> None:
    """Record that a transaction was committed. The session settings of the transaction then stay valid."""
    if session is not None:
        state_of(session).unproven = False


def apply_scope(session: psycopg.Connection[object]) -> None:
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
        if state.plans is not None:
            state.plans.turn_to(scope.role)
    # A statement in its own transaction binds no later statement.
    state.bound = None if session.autocommit and not foreign else scope
