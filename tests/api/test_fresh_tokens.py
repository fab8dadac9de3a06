"""What a process remembers of tokens: for how long, until which change, and never a token that is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from automate.kernel import access_changes
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.transactions import in_transaction
from tenants.authentication import authenticate
from tenants.fresh_tokens import FRESH_SECONDS, FreshTokens
from tests.support.api import Api

READ = "api_token"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Looked:
    """A database with one token. turns: how often it was asked."""

    def __init__(self) -> None:
        self.turns = 0

    def __call__(self) -> Any:
        self.turns += 1
        return f"token {self.turns}"


def test_token_is_remembered_until_its_time_is_over() -> None:
    clock, look = Clock(), Looked()
    fresh: Any = FreshTokens(clock)
    assert [fresh.admitted("a", look) for _ in range(3)] == ["token 1"] * 3
    clock.now += FRESH_SECONDS * 0.9
    assert fresh.admitted("a", look) == "token 1"
    clock.now += FRESH_SECONDS * 0.2
    assert fresh.admitted("a", look) == "token 2"


def test_use_does_not_prolong_it() -> None:
    clock, look = Clock(), Looked()
    fresh: Any = FreshTokens(clock)
    for _ in range(40):
        fresh.admitted("a", look)
        clock.now += FRESH_SECONDS / 10
    assert look.turns == 4


def test_change_by_this_process_ends_it_at_once() -> None:
    look = Looked()
    fresh: Any = FreshTokens(Clock())
    fresh.admitted("a", look)
    access_changes.changed()
    assert fresh.admitted("a", look) == "token 2"


def test_look_up_beside_a_change_is_not_remembered() -> None:
    """Its statement may have run before the change was committed."""
    look = Looked()
    fresh: Any = FreshTokens(Clock())

    def raced() -> Any:
        found = look()
        access_changes.changed()
        return found

    assert fresh.admitted("a", raced) == "token 1"
    assert fresh.admitted("a", look) == "token 2"


def test_refused_token_is_not_remembered() -> None:
    fresh, turns = FreshTokens(Clock()), []

    def refused() -> Any:
        turns.append(1)
        raise NormalizedError("UNAUTHENTICATED", "It is not valid.")

    for _ in range(2):
        with pytest.raises(NormalizedError):
            fresh.admitted("a", refused)
    assert len(turns) == 2


@pytest.mark.parametrize(
    ("action", "counts"),
    [("api_token.revoke", True), ("member.remove", True), ("tenant.suspend", True), ("run.retry", False)],
)
def test_recorded_change_counts_once_it_is_committed(database: Any, action: str, counts: bool) -> None:  # noqa: FBT001 - a case
    before = access_changes.mark()
    with acting_for_platform("a test"), in_transaction():
        access_changes.note(action)
        assert access_changes.mark() == before
    assert (access_changes.mark() != before) == counts


def test_next_request_with_a_token_needs_no_statement(api: Api) -> None:
    found: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        found.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        for _ in range(3):
            authenticate(api.token, "127.0.0.1")
    assert sum(READ in sql for sql in found) == 1
