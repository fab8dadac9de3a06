"""Whatever a flood can cause is one audit entry for each cause, principal or address, and minute, with an exact count."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from django.db import OperationalError

from automate.audit import tallies as module
from automate.audit.tallies import FURTHER, TalliedAction, Tallies, record_counted, shown_counts
from automate.audit.tally_queries import TallyRow
from automate.kernel import access_changes
from automate.kernel.principals import Principal
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import TransactionRequiredError, in_transaction
from tenants.authentication import authenticate
from tenants.tallies import close_tallies
from tests.support.api import Api
from tests.support.racing import race
from tests.support.tally import AGE, close, counted, counted_of_platform, tallies

__all__ = ["tallies"]
PROCESSES, TIMES, ADDRESSES = 8, 250, 4
FLOOD = f"""
import sys, uuid, django
django.setup()
from automate.audit import tallies
from automate.kernel.principals import Principal
tallies.WRITE_SECONDS = 0.02
actor = Principal(kind="api_token", name="ci", id={{actor!r}})
print("ready", flush=True)
sys.stdin.readline()
for number in range({TIMES}):
    tallies.note(tallies.TalliedAction("test.flood", uuid.UUID({{tenant!r}}), actor, "refused", f"192.0.2.{{{{number % {ADDRESSES}}}}}"))
    tallies.note(tallies.TalliedAction("test.other", uuid.UUID({{tenant!r}}), address=f"192.0.2.{{{{number % {ADDRESSES}}}}}"))
"""


def refuse(token: str, address: str, times: int = 1) -> None:
    from automate.kernel.errors import NormalizedError

    for _ in range(times):
        with pytest.raises(NormalizedError):
            authenticate(token, address)


def test_flood_of_a_revoked_token_is_one_entry_with_its_count(tenant: Any, tallies: Tallies, superuser: Any) -> None:
    superuser.execute("UPDATE public.api_token SET revoked_at = now() WHERE tenant_id = %s", [tenant.ref.id])
    for last in range(30):
        refuse(tenant.token, f"198.51.100.{last}", 10)
    tallies.write()
    refuse(tenant.token, "203.0.113.1", 5)
    tallies.write()
    close(superuser)
    entries = counted(tenant)
    assert sum(changes["count"] for *_, changes in entries) == 305
    # Two only where the minute turned in between.
    assert len(entries) == len({changes["minute"] for *_, changes in entries})
    action, actor, kind, changes = entries[0]
    assert (action, actor, kind, changes["reason"]) == ("api_token.refuse", "first token", "api_token", "revoked")
    assert len(changes["addresses"]) == module.MOST_ADDRESSES


def test_each_cause_of_a_refused_token_has_its_entry(tenant: Any, tallies: Tallies, superuser: Any) -> None:
    set_ = "UPDATE public.api_token SET {} WHERE tenant_id = %s"
    superuser.execute(set_.format("""allowed_ips = '["10.0.0.0/8"]'"""), [tenant.ref.id])
    access_changes.changed()
    refuse(tenant.token, "192.0.2.1", 2)
    superuser.execute(set_.format("expires_at = now()"), [tenant.ref.id])
    access_changes.changed()
    refuse(tenant.token, "10.0.0.1", 3)
    tallies.write()
    close(superuser)
    assert Counter({changes["reason"]: changes["count"] for *_, changes in counted(tenant)}) == {
        "address": 2,
        "expired": 3,
    }


def test_unknown_token_is_an_entry_of_the_platform_for_each_address(tallies: Tallies, superuser: Any) -> None:
    before = len(counted_of_platform(superuser, "api_token.refuse"))
    refuse("automate_" + "x" * 43, "2001:db8:77::1", 3)
    refuse("no token at all", "2001:db8:77::2", 4)
    tallies.write()
    close(superuser)
    found = counted_of_platform(superuser, "api_token.refuse")[before:]
    assert [(kind, changes["reason"], changes["count"], changes["addresses"]) for _, _, kind, changes in found] == [
        ("address", "unknown", 7, ["2001:db8:77::"])
    ]


@pytest.mark.slow
def test_eight_racing_processes_count_exactly_and_a_restart_loses_nothing(tenant: Any, superuser: Any) -> None:
    program = FLOOD.format(actor=str(uuid.uuid4()), tenant=str(tenant.ref.id))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "AUTOMATE_DATABASE_POOL_SIZE": "1"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    for one in started:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in started:
        one.communicate(timeout=60)
    assert [one.returncode for one in started] == [0] * PROCESSES
    superuser.execute(AGE)
    # Schedulers race, too.
    race(4, lambda _: close_tallies(10.0))
    for action, addresses in (("test.flood", 1), ("test.other", ADDRESSES)):
        entries = counted(tenant, action)
        # The minute may turn in between, and then an address may be in one of the two alone.
        counts = Counter((changes["minute"], addresses > 1 and changes["addresses"][0]) for *_, changes in entries)
        assert set(counts.values()) == {1}
        assert len({address for _, address in counts}) == addresses
        assert sum(changes["count"] for *_, changes in entries) == PROCESSES * TIMES
    assert superuser.execute(
        "SELECT count(*) FROM public.audit_tally WHERE tenant_id = %s", [tenant.ref.id]
    ).fetchone() == (0,)


def test_memory_is_bounded_and_the_count_stays_exact(tenant: Any, tallies: Tallies, superuser: Any) -> None:
    for number in range(5_000):
        tallies.note(TalliedAction("test.flood", tenant.ref.id, address=f"10.{number % 250}.{number // 250}.1"))
    assert len(tallies.counts) == module.MOST_APART + 1
    tallies.write()
    for number in range(500):
        tallies.note(TalliedAction("test.flood", tenant.ref.id, address=f"11.{number % 250}.{number // 250}.1"))
    assert len(tallies.counts) == 1, "a flood of new addresses has new counts only once in a minute"
    tallies.write()
    close(superuser)
    entries = counted(tenant, "test.flood")
    assert sum(changes["count"] for *_, changes in entries) == 5_500
    assert len(entries) <= (module.MOST_APART + 1) * len({changes["minute"] for *_, changes in entries})


def test_flood_on_one_tenant_leaves_others_apart(
    tenant: Any, tallies: Tallies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_COUNTS", 50)
    for number in range(200):
        tallies.note(TalliedAction("test.flood", tenant.ref.id, address=f"10.0.0.{number}"))
    other = uuid.uuid4()
    tallies.note(TalliedAction("test.flood", other, address="192.0.2.1"))
    assert len(tallies.counts) == 52
    assert tallies.counts[other, "test.flood", "", FURTHER].times == 1


def row(who: str, times: int, reason: str = "") -> TallyRow:
    return TallyRow(None, "a.b", reason, who, {"kind": "system"}, {"kind": "address"}, [who], times)


def test_entries_of_a_minute_are_bounded_however_many_processes_there_are() -> None:
    rows = [*(row(f"10.0.0.{n}", n) for n in range(1, 8)), row(FURTHER, 100)]
    shown = shown_counts(rows, most=3)
    assert [(one.who, one.times) for one in shown] == [
        ("10.0.0.7", 7),
        ("10.0.0.6", 6),
        ("10.0.0.5", 5),
        (FURTHER, 110),
    ]
    assert shown_counts(rows) == sorted(rows, key=lambda one: (one.who == FURTHER, -one.times))


def test_counts_that_the_database_refuses_are_written_later(
    tenant: Any, tallies: Tallies, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_rows: object) -> None:
        raise OperationalError("away")

    act = TalliedAction("test.flood", tenant.ref.id, address="192.0.2.1")
    tallies.note(act)
    with monkeypatch.context() as broken:
        broken.setattr(module, "write_tallies", away)
        tallies.write()
    tallies.note(act)
    tallies.write()
    close(superuser)
    ((*_, changes),) = counted(tenant)
    assert changes["count"] == 2


def test_count_in_a_transaction_is_undone_with_it(tenant: Any, superuser: Any) -> None:
    act = TalliedAction("budget.reject", tenant.ref.id, reason="runs", object_kind="budget", object_id="runs")
    with acting_for(tenant.ref):
        with pytest.raises(TransactionRequiredError):
            record_counted(act)
        with suppress(LookupError), in_transaction():
            record_counted(act, 5)
            raise LookupError
        with in_transaction():
            record_counted(act, 7)
        with pytest.raises(ValueError, match="current tenant"), in_transaction():
            record_counted(TalliedAction("budget.reject", uuid.uuid4()))
    close(superuser)
    assert [changes["count"] for *_, changes in counted(tenant, "budget.reject")] == [7]


def test_minute_that_is_not_over_stays_open(tenant: Any, tallies: Tallies) -> None:
    tallies.note(TalliedAction("test.flood", tenant.ref.id, address="192.0.2.1"))
    tallies.write()
    close_tallies(10.0)
    assert counted(tenant) == []


def test_entry_matches_its_hash_and_names_the_actor(tenant: Any, tallies: Tallies, superuser: Any) -> None:
    actor = Principal(kind="api_token", name="ci", id=str(uuid.uuid4()))
    tallies.note(TalliedAction("test.flood", tenant.ref.id, actor, "why", "192.0.2.1"))
    tallies.write()
    close(superuser)
    from automate.audit.hashing import entry_hash
    from automate.audit.queries import EntriesFilter, entries_page
    from automate.kernel.queries import Slice

    with acting_for(tenant.ref):
        (entry,) = entries_page(EntriesFilter(actor_id=actor.id), Slice(limit=10)).rows
    assert entry.hash == entry_hash(entry.at, entry.hashed())
    assert (entry.actor_name, entry.object_id) == ("ci", "192.0.2.1")


def test_throttled_token_is_counted(tenant: Any, tallies: Tallies, superuser: Any) -> None:
    from graphql_schema.allowance import allowance_of
    from graphql_schema.execution import credential_of

    api = Api(tenant.token)
    allowance = allowance_of(credential_of(f"Bearer {tenant.token}", ""))
    allowance.spend(10 * allowance.tenant.bucket.capacity)
    assert [api.answer("{ viewer { name } }")["errors"][0]["extensions"]["code"] for _ in range(20)] == [
        "RATE_LIMITED"
    ] * 20
    tallies.write()
    close(superuser)
    entries = counted(tenant, "api_token.refuse")
    assert {changes["reason"] for *_, changes in entries} == {"rate_limited"}
    assert sum(changes["count"] for *_, changes in entries) == 20
