"""Staff save and delete plans with a token of the platform, through the same service and audit record as `savePlan`."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from automate.kernel.tenancy import acting_for_platform
from tests.support import staff
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.staff import page_of, signed_in

NEW = "/admin/tenants/plan/save/"
PLANS = "{ plans { id slug name weight revision budgets { metric window limit action } prices { uses price } retention { dataClass days } } }"
GOOD = {
    "name": "Gold",
    "weight": "2",
    "budgets": "runs month 1000 reject\ncost month 0.5 throttle",
    "prices": "log.write 0.01",
    "retention": "payloads 30\nruns forever",
}


@pytest.fixture
def platform(database: Any) -> Api:
    from tenants.tokens import mint

    with acting_for_platform("a test"):
        token, row = mint(None, "test platform", "platform")
        row.save()
    return Api(token)


@pytest.fixture
def slug() -> str:
    return f"plan-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def client() -> Client:
    return signed_in(staff.person(permissions=("view_tenants", "change_plans")))


def stored(platform: Api, slug: str) -> Any:
    found = [plan for plan in platform.data(PLANS)["plans"] if plan["slug"] == slug]
    return found[0] if found else None


def change_url(slug: str) -> str:
    from tenants.models import Plan

    with acting_for_platform("a test"):
        return f"/admin/tenants/plan/{Plan.objects.get(slug=slug).pk}/save/"


def entries(slug: str) -> list[tuple[str, str, str]]:
    from tenants.models import PlatformAuditEntry

    with acting_for_platform("a test"):
        found = PlatformAuditEntry.objects.filter(object_label=slug, tenant_id=None).order_by("at", "id")
        return list(found.values_list("action", "actor_kind", "actor_id"))


def test_plan_is_added_changed_and_deleted(platform: Api, slug: str) -> None:
    user = staff.person(permissions=("view_tenants", "change_plans"))
    client, token = signed_in(user), platform.token
    assert client.get(NEW).status_code == 200
    answer = client.post(NEW, {**GOOD, "slug": slug, "token": token})
    assert answer.status_code == 302
    said = page_of(client.get(answer.headers["Location"])).text
    assert naming(slug, "saved") == said
    made = stored(platform, slug)
    assert (made["name"], made["weight"], made["prices"]) == ("Gold", 2, [{"uses": "log.write", "price": "0.01"}])
    assert made["retention"] == [{"dataClass": "PAYLOADS", "days": 30}, {"dataClass": "RUNS", "days": None}]
    assert made["budgets"][:2] == [
        {"metric": "RUNS", "window": "MONTH", "limit": "1000", "action": "REJECT"},
        {"metric": "COST", "window": "MONTH", "limit": "500000", "action": "THROTTLE"},
    ]
    url = change_url(slug)
    page = client.get(url).content.decode()
    assert "runs month 1000 reject\ncost month 0.5 throttle\nconcurrent_runs always 100 throttle" in page
    assert "log.write 0.01" in page
    assert "payloads 30" in page
    client.post(url, {**GOOD, "revision": "1", "prices": "", "token": token})
    assert (stored(platform, slug)["revision"], stored(platform, slug)["prices"]) == (2, [])
    late = client.post(url, {**GOOD, "revision": "1", "token": token})
    assert "revision 2" in page_of(client.get(late.headers["Location"])).text, "somebody else was faster"
    client.post(url, {**GOOD, "revision": "2", "delete": "Delete", "token": token})
    assert stored(platform, slug) is None
    assert [action for action, _, _ in entries(slug)] == ["plan.save", "plan.save", "plan.delete"]
    assert {(kind, actor) for _, kind, actor in entries(slug)} == {("operator", str(user.pk))}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"budgets": "runs month many reject"}, "many"),
        ({"budgets": "runs month 1.5 reject"}, "whole number"),
        ({"budgets": "runs month"}, "Line 1"),
        ({"budgets": "runs always 5 reject"}, "ALWAYS"),
        ({"prices": "log.write 0.0000001"}, "six decimals"),
        ({"prices": "log.write"}, "Line 1"),
        ({"retention": "payloads"}, "Line 1"),
        ({"retention": "payloads 30\npayloads 31"}, "twice"),
        ({"retention": "everything 30"}, "run_log"),
        ({"retention": "audit 30"}, "AUDIT"),
        ({"retention": "payloads 0"}, "PAYLOADS"),
        ({"weight": "0"}, "weight"),
        ({"weight": "<b>"}, "weight"),
    ],
)
def test_form_that_is_no_plan_comes_back_with_what_is_wrong(
    platform: Api, client: Client, slug: str, change: dict[str, str], said: str
) -> None:
    answer = client.post(NEW, {**GOOD, "slug": slug, "token": platform.token, **change})
    text = answer.content.decode()
    assert (answer.status_code, said in page_of(answer).text) == (400, True)
    assert platform.token not in text
    assert "<b>" not in text
    assert all(value in text for name, value in GOOD.items() if name not in change and "\n" not in value)
    assert stored(platform, slug) is None


def test_sign_in_alone_changes_no_plan(platform: Api, client: Client, tenant: Any, slug: str) -> None:
    for token in ("", "automate_nothing", tenant.token):
        answer = client.post(NEW, {**GOOD, "slug": slug, "token": token})
        assert answer.status_code == 302
        assert "saved" not in page_of(client.get(answer.headers["Location"])).text
    assert (stored(platform, slug), entries(slug)) == (None, [])


def test_staff_without_the_permission_see_no_form(platform: Api, slug: str) -> None:
    client = signed_in(staff.person(permissions=("view_tenants",)))
    answers = [client.get(NEW), client.post(NEW, {**GOOD, "slug": slug, "token": platform.token})]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert "Add a plan" not in client.get("/admin/tenants/plan/").content.decode()
    assert stored(platform, slug) is None
