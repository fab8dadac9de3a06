"""Eight processes race for the last owner of a tenant: one owner is left, whoever wins."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest

from automate.kernel.roles import WEB_LOGIN
from tests.support.people import Person, join, make_person

RACER = "tests.support.owner_racer"
RACERS = 8
OWNERS = "SELECT count(*) FROM membership WHERE tenant_id = %s AND role = 'owner'"
SABOTAGE = "ALTER TABLE membership {} TRIGGER membership_keeps_an_owner"


def race(servers: Any, tenant: Any, owners: Sequence[Person], targets: Sequence[str], mode: str) -> Counter[str]:
    """What each process came to, when all of them were ready before any began."""
    environment = {**os.environ, "DATABASE_URL": servers.login_urls[WEB_LOGIN], "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("AUTOMATE_ADMIN_DATABASE_URL", None)
    running = [
        subprocess.Popen(
            [sys.executable, "-m", RACER, mode, str(tenant.ref.id), str(owner.id), owner.session, target],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for owner, target in zip(owners, targets, strict=True)
    ]
    try:
        for process in running:
            assert process.stdout.readline() == "ready\n"
        for process in running:
            process.stdin.write("go\n")
            process.stdin.flush()
        return Counter(process.communicate(timeout=60)[0].strip() for process in running)
    finally:
        for process in running:
            process.kill()
            process.communicate()


@pytest.fixture
def owners(tenant: Any) -> list[tuple[Person, str]]:
    """Eight owners, each with the id of the membership."""
    made = [make_person() for _ in range(RACERS)]
    return [(person, str(join(person, tenant.ref, "owner"))) for person in made]


def in_a_ring(owners: Sequence[tuple[Person, str]]) -> list[str]:
    """Each removes the next."""
    return [membership for _, membership in [*owners[1:], owners[0]]]


TARGETS: dict[str, Callable[[Sequence[tuple[Person, str]]], list[str]]] = {
    "all leave": lambda owners: ["leave"] * len(owners),
    "each removes the next": in_a_ring,
}


@pytest.mark.slow
@pytest.mark.parametrize("way", TARGETS)
def test_eight_processes_leave_one_owner(
    servers: Any, tenant: Any, superuser: psycopg.Connection[Any], owners: list[tuple[Person, str]], way: str
) -> None:
    people = [person for person, _ in owners]
    outcomes = race(servers, tenant, people, TARGETS[way](owners), "sound")
    ((left,),) = superuser.execute(OWNERS, [tenant.ref.id]).fetchall()
    assert left == RACERS - outcomes["done"]
    assert left >= 1
    # Whoever was removed first can remove nobody any more.
    assert set(outcomes) <= {"done", "CONFLICT", "FORBIDDEN"}
    if way == "all leave":
        assert outcomes == {"done": RACERS - 1, "CONFLICT": 1}


@pytest.mark.slow
def test_trigger_alone_keeps_an_owner(
    servers: Any, tenant: Any, superuser: psycopg.Connection[Any], owners: list[tuple[Person, str]]
) -> None:
    """Without the lock of our code the database refuses the last one."""
    outcomes = race(servers, tenant, [person for person, _ in owners], ["leave"] * RACERS, "sabotaged")
    ((left,),) = superuser.execute(OWNERS, [tenant.ref.id]).fetchall()
    assert left == 1
    assert outcomes["done"] == RACERS - 1


@pytest.mark.slow
def test_race_without_lock_and_trigger_is_found_out(
    servers: Any, tenant: Any, superuser: psycopg.Connection[Any], owners: list[tuple[Person, str]]
) -> None:
    """The sabotaged twin: in one of a few races nobody is left."""
    superuser.execute(SABOTAGE.format("DISABLE"))
    try:
        for _ in range(10):
            race(servers, tenant, [person for person, _ in owners], ["leave"] * RACERS, "sabotaged")
            ((left,),) = superuser.execute(OWNERS, [tenant.ref.id]).fetchall()
            if left == 0:
                return
            superuser.execute("DELETE FROM membership WHERE tenant_id = %s", [tenant.ref.id])
            for person, _ in owners:
                join(person, tenant.ref, "owner")
    finally:
        superuser.execute(SABOTAGE.format("ENABLE"))
    pytest.fail("the race was never lost")
