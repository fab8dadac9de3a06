"""Failed sign-ins are counted: one audit entry for each cause, person or address, and minute, however many there are."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError

from automate.audit.tallies import FURTHER, MOST_APART, Tallies
from tenants.sign_in import failures as module
from tenants.sign_in.failures import Failures
from tests.api.test_sign_in_totp import confirm, switched_on
from tests.security.test_sign_in_limits import WRONG, fresh_limits, stranger
from tests.support.browsers import Browser, Person, new_address, person, signed_in
from tests.support.tally import close, counted, tallies

__all__ = ["fresh_limits", "tallies"]
ENTRIES = """
SELECT tenant_id::text, object_kind, object_id, object_label, changes #>> '{reason,1}', (changes #>> '{count,1}')::int
FROM public.platform_audit_entry WHERE action = 'person.sign_in_failed' AND id > %s ORDER BY id"""
LAST = "SELECT coalesce(max(id::text), '00000000-0000-0000-0000-000000000000')::uuid FROM public.platform_audit_entry"
FAILED = "person.sign_in_failed"


class Record:
    """Entries of the platform about failed sign-ins since the beginning of the test."""

    def __init__(self, superuser: Any, own: Failures, tallies: Tallies) -> None:
        self.superuser, self.failures, self.tallies = superuser, own, tallies
        ((self.last,),) = superuser.execute(LAST).fetchall()

    def written(self) -> list[tuple[str, str, str, str, int]]:
        """Kind, id and label of each entry's object, its cause and its count, once the minute is over. Minutes are added up."""
        self.failures.count()
        self.tallies.write()
        close(self.superuser)
        found: Counter[tuple[str, str, str, str]] = Counter()
        for _tenant, kind, about, label, cause, count in self.superuser.execute(ENTRIES, [self.last]).fetchall():
            found[kind, about, label, cause] += count
        return [(*key, times) for key, times in sorted(found.items())]


@pytest.fixture
def record(superuser: Any, tallies: Tallies, monkeypatch: pytest.MonkeyPatch) -> Iterator[Record]:
    own = Failures()
    monkeypatch.setattr("tenants.sign_in.signals.failures", own)
    yield Record(superuser, own, tallies)
    own.forget()


@pytest.fixture
def owner(tenant: Any) -> Person:
    return person((tenant.ref, "owner"))


def of_tenant(tenant: Any) -> list[tuple[str, str, int]]:
    """Kind of object, cause and count of the tenant's own entries. Minutes are added up."""
    found: Counter[tuple[str, str]] = Counter()
    for _, _, kind, changes in counted(tenant, FAILED):
        found[kind, changes["reason"]] += changes["count"]
    return [(*key, times) for key, times in sorted(found.items())]


def test_failures_at_a_person_are_one_entry_of_the_platform_and_one_of_each_tenant(
    tenant: Any, record: Record, tenant_factory: Any
) -> None:
    other, outside = tenant_factory(), tenant_factory()
    who = person((tenant.ref, "owner"), (other.ref, "viewer"))
    for n in range(3):
        Browser(address=f"198.51.100.{n}").sign_in(who, WRONG)
    assert record.written() == [("person", str(who.id), who.email, "password", 3)]
    assert [of_tenant(one) for one in (tenant, other, outside)] == [[("person", "password", 3)]] * 2 + [[]]
    *_, changes = counted(tenant, FAILED)[0]
    assert len(changes["addresses"]) >= 1


def test_failures_at_nobody_are_one_entry_for_each_address_and_name_no_one(database: Any, record: Record) -> None:
    """What was sent in the place of the address may be a password."""
    one, other = new_address(), new_address()
    for address, times in ((one, 3), (other, 2)):
        for _ in range(times):
            Browser(address=address).sign_in(stranger(), WRONG)
    expected = [("address", one, one, "password", 3), ("address", other, other, "password", 2)]
    assert record.written() == sorted(expected)


def test_attempts_that_a_limit_refuses_are_counted(tenant: Any, owner: Person, record: Record) -> None:
    """First the limit of the account, and then the one of the address, which answers 429."""
    address = new_address()
    answers = [Browser(address=address).sign_in(owner, WRONG).status_code for _ in range(33)]
    assert (answers[0], answers[-1]) == (400, 429)
    causes = {cause: times for *_, cause, times in record.written()}
    assert (sum(causes.values()), causes["password"]) == (33, 5)
    assert {cause: times for _, cause, times in of_tenant(tenant)} == causes


def test_wrong_second_factors_and_wrong_passwords_in_a_session_are_counted(
    tenant: Any, owner: Person, record: Record
) -> None:
    first = signed_in(owner)
    switched_on(first, owner)
    browser = Browser()
    assert browser.sign_in(owner).status_code == 401
    for _ in range(2):
        assert browser.flow("POST", "/auth/2fa/authenticate", {"code": "000000"}).status_code == 400
    assert first.flow("POST", "/auth/reauthenticate", {"password": WRONG}).status_code == 400
    confirm(first, owner)
    expected = [("person", "password", 1), ("person", "second_factor", 2)]
    assert [(kind, cause, times) for kind, *_, cause, times in record.written()] == expected
    assert of_tenant(tenant) == expected


def test_deactivated_person_is_counted(record: Record) -> None:
    who = person(is_active=False)
    Browser().sign_in(who)
    assert record.written() == [("person", str(who.id), who.email, "password", 1)]


def test_sign_in_page_of_the_admin_uses_the_counted_flow() -> None:
    from tests.support.tree import ROOT

    script = (ROOT / "tenants/staff/admin_static/automate/sign_in.js").read_text()
    assert 'const API = "/account/browser/v1/auth/";' in script


def test_flood_writes_a_bounded_number_of_rows(tenant: Any, owner: Person, record: Record, superuser: Any) -> None:
    """1,000 addresses, each with 5 attempts at a person and 5 at nobody."""
    for n in range(1_000):
        for _ in range(5):
            record.failures.note("password", f"10.9.{n // 250}.{n % 250}", owner.email)
            record.failures.note("password", f"10.9.{n // 250}.{n % 250}", f"{n}@example.com")
    record.failures.count()
    record.tallies.write()
    counts = (
        "SELECT count(*), sum(times) FROM public.audit_tally WHERE action = %s AND tenant_id IS NOT DISTINCT FROM %s"
    )
    assert superuser.execute(counts, [FAILED, tenant.ref.id]).fetchone() == (1, 5_000)
    rows, times = superuser.execute(counts, [FAILED, None]).fetchone()
    assert (rows <= MOST_APART + 1, times) == (True, 10_000)
    found = record.written()
    assert sum(times for *_, times in found) == 10_000
    assert len(found) <= MOST_APART + 1
    assert any(about == FURTHER for _, about, *_ in found)


def test_memory_is_bounded_and_the_count_stays_exact(
    database: Any, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_GATHERED", 10)
    for n in range(50):
        record.failures.note("password", "192.0.2.7", f"{n}@example.com")
    assert len(record.failures._gathered) == 11
    found = {about: times for _, about, _, _, times in record.written()}
    assert found == {"192.0.2.7": 10, FURTHER: 40}


def test_attempts_are_counted_after_an_outage(
    tenant: Any, owner: Person, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_emails: object) -> None:
        raise OperationalError("away")

    record.failures.note("password", "192.0.2.7", owner.email)
    with monkeypatch.context() as broken:
        broken.setattr(module, "people_of_emails", away)
        record.failures.count()
    record.failures.note("password", "192.0.2.7", owner.email.upper())
    assert [times for *_, times in record.written()] == [2]


def test_unknown_and_known_people_cost_the_request_the_same(database: Any, owner: Person, record: Record) -> None:
    """The search for the person is no part of the request."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        record.failures.note("password", "192.0.2.7", owner.email)
        record.failures.note("password", "192.0.2.7", f"{uuid.uuid4()}@example.com")
    assert len(queries) == 0
