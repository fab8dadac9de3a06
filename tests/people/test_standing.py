"""Connections that stay open end within a second of the change that ends the member's rights."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from automate.kernel.roles import WEB_LOGIN
from tests.support.logins import running_as
from tests.support.people import Person, join, make_person

SECOND = 1.0


def demote(superuser: psycopg.Connection[Any], person: Person) -> None:
    superuser.execute("UPDATE membership SET role = 'viewer' WHERE user_id = %s", [person.id])


def remove(superuser: psycopg.Connection[Any], person: Person) -> None:
    superuser.execute("DELETE FROM membership WHERE user_id = %s", [person.id])


def deactivate(superuser: psycopg.Connection[Any], person: Person) -> None:
    superuser.execute("UPDATE person SET is_active = false WHERE id = %s", [person.id])


def sign_out(_superuser: psycopg.Connection[Any], person: Person) -> None:
    from tenants.people import sign_ins

    sign_ins.end(person.session)


def sign_out_everywhere(_superuser: psycopg.Connection[Any], person: Person) -> None:
    from tenants.people import sign_ins

    sign_ins.end_all(person.id)


def expire(superuser: psycopg.Connection[Any], person: Person) -> None:
    superuser.execute("UPDATE sign_in SET expires_at = now() WHERE user_id = %s", [person.id])


ENDS = [demote, remove, deactivate, sign_out, sign_out_everywhere, expire]


@pytest.mark.parametrize("end", ENDS)
def test_open_connection_of_a_member_ends_within_a_second(
    servers: Any, tenant: Any, superuser: psycopg.Connection[Any], end: Callable[..., None]
) -> None:
    from django.db import connection

    from graphql_schema.token_watch import key_of, token_watch
    from tenants.people.authentication import credential_of_member

    person, stays = make_person(), make_person()
    for one in (person, stays):
        join(one, tenant.ref, "editor")
    credentials = [credential_of_member(one.id, tenant.ref.slug, one.session) for one in (person, stays)]

    def end_in_thread() -> None:
        end(superuser, person)
        connection.close()

    async def scenario() -> tuple[float, bool]:
        ended = asyncio.Event()
        with (
            token_watch.of(credentials[0].principal, key_of(credentials[0])) as standing,
            token_watch.of(credentials[1].principal, key_of(credentials[1])) as other,
            standing.calling_at_end(ended.set),
        ):
            await asyncio.to_thread(end_in_thread)
            began = time.monotonic()
            await asyncio.wait_for(ended.wait(), 10)
            seconds = time.monotonic() - began
            with pytest.raises(Exception, match="sign-in has ended"):
                standing.require()
            return seconds, other.ended

    with running_as(servers, WEB_LOGIN):
        seconds, other_ended = asyncio.run(scenario())
    assert seconds < SECOND
    assert not other_ended


def test_one_look_costs_one_statement_for_all_members(servers: Any, tenant: Any) -> None:
    from automate.kernel.roles import AUTHENTICATION_ROLE
    from automate.kernel.tenancy import acting_for_platform
    from tenants.people.standing_queries import MemberKey, permissions_of_members
    from tests.support.plane import counting

    people = [make_person() for _ in range(20)]
    for person in people[:10]:
        join(person, tenant.ref, "viewer")
    keys = [MemberKey(person.id, tenant.ref.id, person.proof) for person in people]
    keys.append(MemberKey(people[0].id, tenant.ref.id, people[1].proof))
    with acting_for_platform("look", AUTHENTICATION_ROLE), counting() as statements:
        good = permissions_of_members(keys)
    assert len(statements) == 1
    assert set(good) == set(keys[:10])
