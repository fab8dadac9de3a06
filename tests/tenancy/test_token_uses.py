"""When and from where a token was used: to the minute, with no write per request; a new address is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from automate.audit.tallies import MOST_ADDRESSES
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from tenants import token_uses
from tenants.authentication import authenticate
from tenants.routers import ADMIN
from tenants.token_uses import TokenUses
from tenants.use_queries import forget_addresses
from tests.support.racing import race
from tests.support.tally import close, counted, counted_of_platform

NEW_ADDRESS = "api_token.new_address"
USES = "SELECT address, used_at = date_trunc('minute', used_at) FROM public.api_token_use ORDER BY address"


@pytest.fixture
def uses(monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenUses]:
    own = TokenUses()
    monkeypatch.setattr(token_uses, "uses", own)
    yield own
    own.used.clear()


def rows(tenant: Any, statement: str) -> list[Any]:
    with acting_for(tenant.ref):
        return fetch(statement)


def test_a_thousand_requests_of_a_minute_are_one_write(tenant: Any, uses: TokenUses) -> None:
    with CaptureQueriesContext(connection) as said:
        for _ in range(1_000):
            authenticate(tenant.token, "192.0.2.1")
    assert {query["sql"].split()[0] for query in said.captured_queries} == {"SELECT"}
    with CaptureQueriesContext(connection) as said:
        uses.write()
    written = [query["sql"] for query in said.captured_queries if "INSERT INTO public.api_token_use" in query["sql"]]
    assert len(written) == 1
    assert rows(tenant, USES) == [("192.0.2.1", True)]
    uses.write()
    assert rows(tenant, USES) == [("192.0.2.1", True)]


def test_uses_of_many_tokens_are_one_statement(tenant: Any, tenant_factory: Callable[[], Any], uses: TokenUses) -> None:
    others = [tenant_factory() for _ in range(3)]
    for one in (tenant, *others):
        authenticate(one.token, "192.0.2.1")
    uses.write()
    for one in (tenant, *others):
        authenticate(one.token, "192.0.2.1")
    with CaptureQueriesContext(connection) as said:
        uses.write()
    assert len([query for query in said.captured_queries if "api_token" in query["sql"]]) == 1
    assert rows(others[0], "SELECT count(*) FROM public.api_token_use") == [(1,)]


def test_new_address_is_one_entry_however_many_come(tenant: Any, uses: TokenUses, superuser: Any) -> None:
    authenticate(tenant.token, "192.0.2.1")
    uses.write()
    close(superuser)
    for last in range(25):
        authenticate(tenant.token, f"198.51.100.{last}")
        authenticate(tenant.token, f"2001:db8::{last:x}")
    uses.write()
    authenticate(tenant.token, "198.51.100.7")
    uses.write()
    close(superuser)
    first, flood = counted(tenant, NEW_ADDRESS)
    assert (first[1], first[3]["count"], first[3]["addresses"]) == ("first token", 1, ["192.0.2.1"])
    assert (flood[3]["count"], len(flood[3]["addresses"])) == (26, MOST_ADDRESSES)


def test_address_that_is_new_to_several_processes_is_counted_once(tenant: Any, superuser: Any) -> None:
    processes = [TokenUses() for _ in range(8)]
    for _ in range(3):
        with pytest.MonkeyPatch.context() as patched:
            for one in processes:
                patched.setattr(token_uses, "uses", one)
                for last in range(5):
                    authenticate(tenant.token, f"198.51.100.{last}")
        race(8, lambda number: processes[number].write())
    close(superuser)
    entries = counted(tenant, NEW_ADDRESS)
    assert sum(changes["count"] for *_, changes in entries) == 5


def test_use_that_cannot_be_written_waits_for_the_next_minute(
    tenant: Any, uses: TokenUses, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def refuse(_used: object) -> None:
        raise OperationalError("away")

    authenticate(tenant.token, "192.0.2.1")
    with monkeypatch.context() as broken:
        broken.setattr(token_uses, "write_uses", refuse)
        uses.write()
    assert rows(tenant, USES) == []
    uses.write()
    assert rows(tenant, USES) == [("192.0.2.1", True)]


def test_gathered_uses_have_a_bound(tenant: Any, uses: TokenUses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_uses, "MOST_GATHERED", 5)
    for last in range(20):
        authenticate(tenant.token, f"198.51.100.{last}")
    assert len(uses.used) == 5


def test_platform_token_from_a_new_address_is_in_the_platforms_record(
    database: Any, uses: TokenUses, superuser: Any
) -> None:
    from tenants.platform_tokens import issue_platform_token

    name = "used from a new address"
    authenticate(issue_platform_token(name), "192.0.2.9")
    uses.write()
    close(superuser)
    assert [actor for _, actor, _, _ in counted_of_platform(superuser, NEW_ADDRESS) if actor == name] == [name]


def test_address_of_long_ago_is_forgotten(tenant: Any, uses: TokenUses, superuser: Any) -> None:
    authenticate(tenant.token, "192.0.2.1")
    authenticate(tenant.token, "192.0.2.2")
    uses.write()
    old = "UPDATE public.api_token_use SET used_at = now() - interval '91 days' WHERE address = %s AND tenant_id = %s"
    superuser.execute(old, ["192.0.2.1", tenant.ref.id])
    assert forget_addresses(connections[ADMIN], tenant.ref.id) == 1
    assert rows(tenant, USES) == [("192.0.2.2", True)]


def test_list_shows_the_last_use(tenant: Any, uses: TokenUses) -> None:
    from tests.support.api import Api

    document = "{ tokens { edges { node { lastUsedAt lastUsedFrom } } } }"
    assert Api(tenant.token).data(document)["tokens"]["edges"][0]["node"] == {"lastUsedAt": None, "lastUsedFrom": None}
    uses.write()
    assert Api(tenant.token).data(document)["tokens"]["edges"][0]["node"]["lastUsedFrom"] == "127.0.0.1"
