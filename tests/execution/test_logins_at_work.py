"""Our own code over the login of its process: each finds what it needs, and no statement of it needs more."""

from __future__ import annotations

import ast
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from automate.kernel import roles
from automate.kernel.roles import QUEUE_ROLE, RELAY_LOGIN, WEB_LOGIN, WORKER_LOGIN
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.outbox import claims, transitions
from automate.outbox.jobs import ClaimedJob
from tests.support.api import PLATFORM, Api
from tests.support.logins import running_as
from tests.support.plane import Plane
from tests.support.servers import Servers
from tests.support.tree import ROOT

UPSERT = PLATFORM["UpsertTenants"]
ROLES = {name for name in dir(roles) if name.endswith("_ROLE")} - {"PLATFORM_ROLE"}


@pytest.fixture
def as_web(database: Servers) -> Iterator[None]:
    with running_as(database, WEB_LOGIN):
        yield


@pytest.fixture
def platform_token(database: Servers) -> str:
    from tenants.platform_tokens import issue_platform_token

    return issue_platform_token(f"host product {uuid.uuid4()}")


@pytest.fixture
def spare(database: Servers) -> None:
    from tenants.provisioning import create_spare_schema

    create_spare_schema()


def made(token: str, slug: str, **changes: Any) -> Any:
    tenant = {"externalId": slug, "slug": slug, "name": slug, **changes}
    return Api(token).data(UPSERT, input={"tenants": [tenant]})["upsertTenants"]


@pytest.fixture
def slug() -> str:
    return f"made-{uuid.uuid4().hex[:12]}"


def test_web_serves_the_operator_and_the_tenant(platform_token: str, spare: None, as_web: None, slug: str) -> None:
    first = made(platform_token, slug)
    assert first["errors"] == []
    assert made(platform_token, slug, name="Renamed", plan="business")["errors"] == []
    token = first["tenants"][0]["token"]
    assert Api(token).data("{ events(first: 1) { edges { node { id } } } }") == {"events": {"edges": []}}
    for verb in ("suspendTenant", "resumeTenant"):
        reason = ', reason: "unpaid"' if verb == "suspendTenant" else ""
        changed = Api(platform_token).data(
            f'mutation {{ {verb}(input: {{tenant: "{slug}"{reason}}}) {{ errors {{ code }} }} }}'
        )
        assert changed == {verb: {"errors": []}}
    listed = Api(platform_token).data("{ tenants(first: 1) { totalCount edges { node { slug } } } }")
    assert listed["tenants"]["totalCount"] > 0


def test_token_without_a_proof_reads_and_cannot_write(
    platform_token: str, spare: None, as_web: None, superuser: psycopg.Connection[Any], slug: str
) -> None:
    """As of a token that was issued before there were proofs."""
    superuser.execute("UPDATE api_token SET proof = NULL WHERE tenant_id IS NULL AND revoked_at IS NULL")
    refused = made(platform_token, slug)
    assert [error["code"] for error in refused["errors"]] == ["FORBIDDEN"]
    assert Api(platform_token).data("{ tenants(first: 1) { totalCount } }")["tenants"]["totalCount"] > 0
    with acting_for_platform("look", roles.DIRECTORY_ROLE), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenant WHERE slug = %s", [slug])
        assert cursor.fetchone() == (0,)


def test_web_issues_no_platform_token(as_web: None) -> None:
    from automate.kernel.errors import NormalizedError
    from tenants.platform_tokens import issue_platform_token

    with pytest.raises(NormalizedError) as refused:
        issue_platform_token("forged")
    assert refused.value.code == "FORBIDDEN"


def test_proof_does_not_outlive_its_scope_on_a_session(as_web: None) -> None:
    """A session serves one request after the other."""

    def shown() -> object:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('automate.proof', true)")
            return cursor.fetchone()

    with acting_for_platform("operate", roles.OPERATOR_ROLE, proof="secret"):
        assert shown() == ("secret",)
        with acting_for_platform("operate further", roles.OPERATOR_ROLE):
            assert shown() == ("secret",)
    with acting_for_platform("authenticate", roles.AUTHENTICATION_ROLE):
        assert shown() == ("",)
    with acting_for_platform("operate as another", roles.OPERATOR_ROLE):
        assert shown() == ("",)


def test_relay_dispatches_and_takes_back(plane: Plane, database: Servers) -> None:
    from actors.relay.main import Relay
    from automate.outbox import queries

    plane.send({"n": 1}, {"n": 2})
    with running_as(database, RELAY_LOGIN):
        sent = plane.dispatch()
        assert len(sent) == 2
        with acting_for_platform("as the relay", QUEUE_ROLE):
            claims.take_back([job.id for job in sent])
            assert queries.seconds_to_next_due() is None
            assert Relay(threading.Event()).dispatch() == 2


def test_worker_works_renews_and_hands_back(plane: Plane, database: Servers) -> None:
    from actors.heartbeat import Heartbeat
    from actors.tenant_scheduler import hand_back

    plane.publish("say", [{"key": "one", "uses": "log.write", "with": {"message": "hello"}}])
    plane.send({"n": 1})
    with running_as(database, WORKER_LOGIN):
        plane.drain()
    assert plane.run_states() == ["succeeded"]
    plane.send({"n": 2})
    with running_as(database, WORKER_LOGIN):
        held: list[ClaimedJob] = plane.claim()
        beating = Heartbeat(every_seconds=1, lease_seconds=30)
        with beating.holding(lambda: held, lambda _jobs: None):
            beating.beat()
        with acting_for(plane.tenant):
            transitions.count(held, -1)
        hand_back([], held)
    assert [row[0] for row in plane.jobs() if row[0] != "done"] == ["pending"]


def test_scheduler_chooses_tenants_as_a_worker(database: Servers, tenant: Any) -> None:
    from tenants import housekeeping

    with running_as(database, WORKER_LOGIN):
        housekeeping.maintain(5.0)


def platform_scopes(text: str) -> list[ast.Call]:
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return [call for call in calls if getattr(call.func, "id", "") == "acting_for_platform"]


def names_its_role(call: ast.Call) -> bool:
    return len(call.args) > 1 and getattr(call.args[1], "id", "") in ROLES


def test_our_code_names_the_role_of_each_platform_scope() -> None:
    """The default is the role of older installations, which no process's own login may take."""
    sources: list[Path] = [
        path
        for package in ("platform", "tenants", "graphql_schema", "actors")
        for path in (ROOT / package).rglob("*.py")
    ]
    found = {path.relative_to(ROOT): platform_scopes(path.read_text(encoding="utf-8")) for path in sources}
    assert sum(map(len, found.values())) > 10
    assert [path for path, calls in found.items() if not all(map(names_its_role, calls))] == []
    (twin,) = platform_scopes('with acting_for_platform("anything"): pass')
    assert not names_its_role(twin)
