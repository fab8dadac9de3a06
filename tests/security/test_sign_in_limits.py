"""Guessing is slow and reveals nothing."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from automate.kernel.tenancy import acting_for_platform
from tests.support.api import Api
from tests.support.browsers import Browser, Person, person, signed_in

WRONG = "a wrong password that is long"


@pytest.fixture(autouse=True)
def fresh_limits(redis_url: str) -> None:
    import redis

    client = redis.Redis.from_url(redis_url)
    for key in client.scan_iter("automate:cache:*"):
        client.delete(key)


@pytest.fixture
def owner(tenant: Any) -> Person:
    return person((tenant.ref, "owner"))


@contextmanager
def work() -> Iterator[dict[str, int]]:
    """What a request costs: statements, and passwords hashed."""
    from tenants.sign_in.hashers import PasswordHasher

    found = {"statements": 0, "hashes": 0}
    encode = PasswordHasher.encode

    def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        found["hashes"] += 1
        return encode(self, *args, **kwargs)

    verify = PasswordHasher.verify

    def verified(self: Any, *args: Any, **kwargs: Any) -> Any:
        found["hashes"] += 1
        return verify(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as queries:
        patch.setattr(PasswordHasher, "encode", counted)
        patch.setattr(PasswordHasher, "verify", verified)
        yield found
    found["statements"] = len(queries)


def stranger() -> Person:
    return Person(uuid.uuid4(), f"{uuid.uuid4().hex[:12]}@example.com")


def test_unknown_person_and_wrong_password_get_equal_answers_for_equal_work(owner: Person) -> None:
    seen: list[tuple[int, Any, dict[str, int]]] = []
    for who in (owner, stranger(), person(is_active=False)):
        browser = Browser(address=f"192.0.2.{len(seen) + 10}")
        browser.csrf_token  # noqa: B018 - fetches the cookie before the work is counted
        with work() as cost:
            answer = browser.sign_in(who, WRONG)
        body = answer.json()
        del body["trace_id"]
        seen.append((answer.status_code, json.dumps(body), cost))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][2]["hashes"] == 1


def test_reset_answers_alike_for_known_and_unknown_addresses(owner: Person, mails: list[Any]) -> None:
    seen: list[tuple[int, Any, dict[str, int]]] = []
    for who in (owner, stranger(), person(is_active=False)):
        browser = Browser(address=f"192.0.2.{len(seen) + 20}")
        browser.csrf_token  # noqa: B018
        with work() as cost:
            answer = browser.flow("POST", "/auth/password/request", {"email": who.email})
        seen.append((answer.status_code, answer.content, cost))
    assert seen[0] == seen[1] == seen[2]
    assert [mail.to for mail in mails] == [[owner.email]]


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would be sent."""
    sent: list[Any] = []
    monkeypatch.setattr("tenants.sign_in.adapters.post", sent.append)
    return sent


def test_guesses_at_one_account_are_limited_from_many_addresses(owner: Person) -> None:
    answers = [Browser(address=f"198.51.100.{n}").sign_in(owner, WRONG) for n in range(6)]
    assert [answer.json()["code"] for answer in answers[:5]] == ["BAD_REQUEST"] * 5
    assert answers[5].json()["errors"][0]["code"] == "too_many_login_attempts"
    assert (answers[5].status_code, answers[5].json()["code"]) == (429, "RATE_LIMITED")
    assert answers[5].headers["Retry-After"] == "300"
    assert answers[5].json()["details"] == {"retry_after_seconds": 300}


def test_new_password_ends_the_limit_of_its_account(owner: Person, mails: list[Any]) -> None:
    """Who has forgotten the password guesses, then resets it, and must get in."""
    guesser, new = Browser(address="198.51.100.77"), "a password after the reset"
    answers = [guesser.sign_in(owner, WRONG).status_code for _ in range(6)]
    assert answers == [400] * 5 + [429]
    guesser.flow("POST", "/auth/password/request", {"email": owner.email})
    found = re.search(r"key=(\S+)", mails[-1].body)
    assert found
    assert guesser.flow("POST", "/auth/password/reset", {"key": found[1], "password": new}).status_code == 401
    assert guesser.sign_in(owner, new).status_code == 200


def test_limit_of_an_unknown_account_is_the_same(database: Any) -> None:
    who = stranger()
    answers = [Browser(address=f"198.51.100.{n}").sign_in(who, WRONG) for n in range(6)]
    assert answers[5].json()["errors"][0]["code"] == "too_many_login_attempts"


def test_limits_hold_in_each_process_without_valkey(owner: Person) -> None:
    """Valkey is away: people sign in, and guesses stay limited."""
    with override_settings(REDIS_URL=""):
        assert signed_in(owner).session_key
        answers = [Browser(address=f"203.0.113.{n}").sign_in(owner, WRONG) for n in range(6)]
        assert answers[5].json()["errors"][0]["code"] == "too_many_login_attempts"


def test_headers_of_the_client_do_not_change_its_address(owner: Person) -> None:
    from django.test import Client

    client = Client()
    browser = Browser(client=client)
    for n in range(35):
        answer = browser.send(
            "POST",
            "/account/browser/v1/auth/login",
            {"email": f"{n}@example.com", "password": WRONG},
            **{"X-Forwarded-For": f"203.0.113.{n}", "X-Real-IP": f"203.0.113.{n}"},
        )
        if answer.json()["errors"][0]["code"] == "too_many_login_attempts":
            break
    else:
        pytest.fail("the address was not limited")
    assert n <= 10


def test_tenant_reads_sign_ins_of_its_members_in_its_own_record(tenant: Any, owner: Person) -> None:
    signed_in(owner)
    query = '{ auditEntries(filter: {action: "person.signed_in"}) { nodes { action actor { name } objectLabel } } }'
    query = "{ auditEntries(first: 50) { edges { node { action } } } }"
    actions = [edge["node"]["action"] for edge in Api(tenant.token).data(query)["auditEntries"]["edges"]]
    assert "person.signed_in" in actions


def test_sign_ins_write_no_other_entry_of_the_platform(database: Any) -> None:
    from django.db import ProgrammingError

    from automate.audit import services as audit
    from automate.kernel.roles import AUTHENTICATION_ROLE
    from automate.kernel.transactions import in_transaction
    from tests.support.logins import running_as

    with (
        running_as(database, "automate_web"),
        acting_for_platform("forge an entry", AUTHENTICATION_ROLE),
        pytest.raises(ProgrammingError),
        in_transaction(),
    ):
        audit.record_of_platform("tenant.suspend", "tenant", "x", "x", {}, None)
