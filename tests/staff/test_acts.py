"""What staff do: reveal, revoke, redrive. Each needs a permission and a reason, and both sides read the entry."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from automate.kernel.tenancy import acting_for, acting_for_platform
from tests.staff.conftest import Filled, fill
from tests.support import rows, staff
from tests.support.api import Api, code_of
from tests.support.plane import Root
from tests.support.staff import page_of, signed_in, tenant_url

CANARY = "canary-for-staff"
ENTRIES = """
query ($actions: [String!]) { auditEntries(filter: {actions: $actions}) { edges { node {
  action actor { kind name id } object { kind label } changes } } } }"""


@pytest.fixture
def own(tenant: Any) -> Filled:
    return fill(tenant, 1)


def read_by_tenant(own: Filled, action: str) -> list[dict[str, Any]]:
    return [edge["node"] for edge in Api(own.token).data(ENTRIES, actions=[action])["auditEntries"]["edges"]]


def read_by_platform(own: Filled, action: str) -> list[dict[str, Any]]:
    from tenants.models import PlatformAuditEntry

    with acting_for_platform("a test"):
        return list(PlatformAuditEntry.objects.filter(tenant_id=own.ref.id, action=action).values())


def reveal_url(own: Filled, event: Any) -> str:
    return tenant_url(own.ref, f"events/event/{event}/reveal/")


def reveal(client: Client, own: Filled, event: Any, reason: str = "ticket 4711") -> Any:
    return client.post(reveal_url(own, event), {"reason": reason})


def secret_event(own: Filled) -> Any:
    with acting_for(own.ref):
        return rows.event({"password": CANARY})


def test_payload_is_shown_for_a_reason_that_both_sides_read(own: Filled) -> None:
    user = staff.person(permissions=("view_tenant_data", "view_raw_payload"))
    client, event = signed_in(user), secret_event(own)
    form = client.get(reveal_url(own, event))
    assert (form.status_code, CANARY in form.content.decode()) == (200, False)
    answer = reveal(client, own, event)
    assert (answer.status_code, CANARY in answer.content.decode()) == (302, False)
    assert CANARY in page_of(client.get(answer.headers["Location"])).text
    (entry,) = read_by_tenant(own, "event.reveal_payload")
    assert (entry["actor"]["kind"], entry["actor"]["id"]) == ("OPERATOR", str(user.pk))
    assert entry["changes"] == {"reason": [None, "ticket 4711"], "seconds": [None, 600]}
    (same,) = read_by_platform(own, "event.reveal_payload")
    assert (same["actor_id"], same["object_id"]) == (str(user.pk), str(event))


def test_grant_is_of_one_person_and_ends(own: Filled, root: Root) -> None:
    allowed = ("view_tenant_data", "view_raw_payload")
    one, other = (signed_in(staff.person(permissions=allowed)) for _ in range(2))
    event = secret_event(own)
    reveal(one, own, event)
    url = reveal_url(own, event)
    assert [CANARY in client.get(url).content.decode() for client in (one, other)] == [True, False]
    root.execute("SET session_replication_role = replica")
    root.execute(
        "UPDATE public.platform_audit_entry SET at = at - interval '601 seconds' WHERE tenant_id = %s", own.ref.id
    )
    root.execute("SET session_replication_role = origin")
    assert CANARY not in one.get(url).content.decode()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\x00b"])
def test_reveal_without_a_good_reason_shows_and_records_nothing(root_user: Client, own: Filled, reason: str) -> None:
    event = secret_event(own)
    reveal(root_user, own, event, reason)
    assert CANARY not in root_user.get(reveal_url(own, event)).content.decode()
    assert read_by_platform(own, "event.reveal_payload") == []


def test_staff_without_the_permission_reveal_nothing(own: Filled) -> None:
    event = secret_event(own)
    for permissions in (("view_tenant_data",), ("view_raw_payload",)):
        client = signed_in(staff.person(permissions=permissions))
        assert [reveal(client, own, event).status_code, client.get(reveal_url(own, event)).status_code] == [403, 403]
        assert "reveal" not in client.get(tenant_url(own.ref, f"events/event/{event}/change/")).content.decode()
    assert read_by_platform(own, "event.reveal_payload") == []


def test_nothing_is_shown_where_the_entry_cannot_be_written(
    root_user: Client, own: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    from automate.audit import transitions

    event = secret_event(own)
    monkeypatch.setattr(transitions, "INSERT_OF_PLATFORM", "SELECT 1 / 0 -- %(audit)s %(tenant)s")
    assert reveal(root_user, own, event).status_code == 500
    assert CANARY not in root_user.get(reveal_url(own, event)).content.decode()


def test_payload_is_on_no_other_page(root_user: Client, own: Filled) -> None:
    event = secret_event(own)
    reveal(root_user, own, event)
    for one in staff.TENANT_LISTS:
        assert CANARY not in root_user.get(tenant_url(own.ref, one)).content.decode()
    assert CANARY not in root_user.get(tenant_url(own.ref, f"events/event/{event}/change/")).content.decode()
    assert CANARY not in json.dumps(read_by_tenant(own, "event.*"))


def token_id(token: str) -> str:
    from graphql_schema.ids import row_id_of

    return str(row_id_of(Api(token).data("{ viewer { id } }")["viewer"]["id"], "ApiToken"))


def act(client: Client, url: str, action: str, ids: list[str], reason: str = "ticket 4711") -> Any:
    return client.post(url, {"action": action, "_selected_action": ids, "index": "0", "reason": reason})


def test_revoked_token_is_refused_and_both_sides_read_why(own: Filled) -> None:
    client = signed_in(staff.person(permissions=("view_tenants", "revoke_tokens")))
    answer = act(client, "/admin/tenants/apitoken/", "revoke", [token_id(own.token)])
    assert answer.status_code == 302
    assert "1 of 1 tokens revoked." in page_of(client.get(answer.headers["Location"])).text
    assert code_of(Api(own.token).post({"query": "{ viewer { id } }"})) == "UNAUTHENTICATED"
    (entry,) = read_by_platform(own, "api_token.revoke")
    assert json.loads(json.dumps(entry["changes"])) == {"state": ["active", "revoked"], "reason": [None, "ticket 4711"]}


@pytest.mark.parametrize(
    ("permissions", "reason"), [(("view_tenants",), "x"), (("view_tenants", "revoke_tokens"), " ")]
)
def test_token_is_not_revoked_without_permission_and_reason(
    own: Filled, permissions: tuple[str, ...], reason: str
) -> None:
    client = signed_in(staff.person(permissions=permissions))
    act(client, "/admin/tenants/apitoken/", "revoke", [token_id(own.token)], reason)
    assert Api(own.token).data("{ viewer { id } }")
    assert read_by_platform(own, "api_token.revoke") == []


def test_dead_job_is_redriven_and_recorded_on_both_sides(own: Filled) -> None:
    client, url = (
        signed_in(staff.person(permissions=("view_tenant_data", "redrive_jobs"))),
        tenant_url(own.ref, "outbox/outboxjob/"),
    )
    answer = act(client, url, "redrive", [str(own.job)])
    assert "1 of 1 jobs redriven." in page_of(client.get(answer.headers["Location"])).text
    with acting_for(own.ref):
        from automate.outbox.models import OutboxJob

        assert OutboxJob.objects.get(pk=own.job).state == "pending"
    assert [entry["changes"]["reason"] for entry in read_by_platform(own, "outbox_job.redrive_by_staff")] == [
        [None, "ticket 4711"]
    ]
    assert [entry["actor"]["kind"] for entry in read_by_tenant(own, "job.redrive")] == ["OPERATOR"]


def test_job_of_another_tenant_is_not_redriven(
    root_user: Client, own: Filled, tenant_factory: Callable[[], Any]
) -> None:
    other = tenant_factory().ref
    job = staff.dead_job(other)
    act(root_user, tenant_url(own.ref, "outbox/outboxjob/"), "redrive", [str(job)])
    with acting_for(other):
        from automate.outbox.models import OutboxJob

        assert OutboxJob.objects.get(pk=job).state == "dead"


def test_acts_need_the_page_of_this_site(own: Filled) -> None:
    client = signed_in(staff.person(superuser=True))
    client.handler.enforce_csrf_checks = True
    assert act(client, "/admin/tenants/apitoken/", "revoke", [token_id(own.token)]).status_code == 403
    assert Api(own.token).data("{ viewer { id } }")


def test_signing_out_ends_the_session(database: Any) -> None:
    client = staff.superuser()
    assert client.get("/admin/logout/").status_code == 405
    assert client.post("/admin/logout/").headers["Location"] == "/admin/login/"
    assert client.get("/admin/").status_code == 302
