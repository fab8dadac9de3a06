"""Every page of the admin: what it shows, to whom, with how many statements, and in which scope."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from automate.kernel.ids import new_id
from automate.kernel.tenancy import acting_for, acting_for_platform
from tests.staff.conftest import Filled, fill
from tests.support import rows, staff
from tests.support.facts import naming
from tests.support.staff import PLATFORM_LISTS, TENANT_LISTS, page_of, signed_in, tenant_url

MOST_STATEMENTS = 16
"""Of a page: the session, the scope, the transaction, the rows and what they refer to."""


def lists_of(filled: Filled) -> list[str]:
    return [*(f"/admin/{one}" for one in PLATFORM_LISTS), *(tenant_url(filled.ref, one) for one in TENANT_LISTS)]


@contextmanager
def statements() -> Iterator[list[str]]:
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    # Each second a process asks the directory of tenants again.
    found += [query["sql"] for query in captured.captured_queries if "outbox_lane" not in query["sql"]]


def first_row(client: Client, url: str) -> str:
    """The URL of the page of the list's first row."""
    (link, *_) = page_of(client.get(url)).links("/change/")
    return link


def test_each_list_and_each_row_has_a_page(root_user: Client, filled: Filled) -> None:
    root_user.get(f"/admin/tenants/tenant/?q={filled.ref.slug}")
    for url in lists_of(filled):
        if "membership" in url:
            assert root_user.get(url).status_code == 200
            continue
        shown = root_user.get(first_row(root_user, url))
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, "text/html; charset=utf-8"), url


def test_both_sites_have_an_index_and_lead_to_each_other(root_user: Client, filled: Filled) -> None:
    index = page_of(root_user.get("/admin/"))
    assert {f"/admin/{one}" for one in PLATFORM_LISTS} <= set(index.links("/admin/"))
    found = page_of(root_user.get(f"/admin/tenants/tenant/?q={filled.ref.slug}"))
    assert tenant_url(filled.ref) in found.links("/admin/t/")
    own = page_of(root_user.get(tenant_url(filled.ref)))
    assert {tenant_url(filled.ref, one) for one in TENANT_LISTS} <= set(own.links("/admin/t/"))
    assert not [link for link in own.links("/admin/t/") if not link.startswith(tenant_url(filled.ref))]


def test_statements_do_not_depend_on_the_rows(root_user: Client, tenant_factory: Callable[[], Any]) -> None:
    few, many = fill(tenant_factory(), 2), fill(tenant_factory(), 30)
    for one in TENANT_LISTS:
        counted = []
        for filled in (few, many):
            with statements() as found:
                root_user.get(tenant_url(filled.ref, one))
            counted.append(len(found))
        assert counted[0] == counted[1] <= MOST_STATEMENTS, (one, counted)


def test_lists_count_nothing_and_skip_nothing(root_user: Client, filled: Filled) -> None:
    for url in lists_of(filled):
        with statements() as found:
            root_user.get(url)
        assert [sql for sql in found if re.search(r"\bCOUNT\(|\bOFFSET\b", sql, re.IGNORECASE)] == [], url
        assert any(re.search(r"ORDER BY .*\bid\" DESC LIMIT 51", sql) for sql in found), (url, found)


def test_pages_of_a_list_hold_each_row_once(root_user: Client, tenant: Any) -> None:
    with acting_for(tenant.ref):
        made = [str(rows.event()) for _ in range(120)]
    url, seen, pages = tenant_url(tenant.ref, "events/event/"), [], []
    while url:
        page = page_of(root_user.get(url))
        seen += re.findall(r"/event/([0-9a-f-]{36})/change/", " ".join(page.links("/change/")))
        pages.append(url)
        older = page.links("?after=")
        url = tenant_url(tenant.ref, "events/event/") + older[0] if older else ""
    assert (sorted(set(seen)), len(pages)) == (sorted(made), 3)
    back = page_of(root_user.get(pages[-1])).links("?before=")[0]
    newer = page_of(root_user.get(tenant_url(tenant.ref, "events/event/") + back))
    found = re.findall(r"/event/([0-9a-f-]{36})/change/", " ".join(newer.links("/change/")))
    assert set(found) == set(sorted(made)[20:70])


@pytest.mark.parametrize(
    "query",
    ["type__regex=(a%2B)%2B%24", "type__contains=a", "o=1.-2", "p=100000", "after=x", "all=", "e=1", "_facets=True"],
)
def test_urls_choose_no_lookup_and_no_order(root_user: Client, filled: Filled, query: str) -> None:
    with statements() as found:
        answer = root_user.get(tenant_url(filled.ref, f"events/event/?{query}"))
    assert answer.status_code in (200, 400)
    assert not [sql for sql in found if "~" in sql or "LIKE" in sql or "OFFSET" in sql]


def test_runs_are_found_by_state_and_by_id(root_user: Client, filled: Filled) -> None:
    url = tenant_url(filled.ref, "runs/executionrun/")
    assert page_of(root_user.get(f"{url}?state=failed")).links("/change/") == []
    assert page_of(root_user.get(f"{url}?state=succeeded")).links("/change/") != []
    for term in (filled.run, filled.event):
        assert str(filled.run) in "".join(page_of(root_user.get(f"{url}?q={term}")).links("/change/"))


def test_steps_of_a_run_are_a_table(root_user: Client, filled: Filled) -> None:
    page = page_of(root_user.get(tenant_url(filled.ref, f"runs/executionrun/{filled.run}/change/")))
    assert [f"step_{n}" in page.text for n in range(3)] == [True] * 3
    assert "<t" not in page.text


def test_payloads_are_redacted(root_user: Client, filled: Filled) -> None:
    shown = page_of(root_user.get(tenant_url(filled.ref, f"events/event/{filled.event}/change/"))).text
    assert ("hunter2" in shown, '"password": "[redacted]"' in shown) == (False, True)


def test_nobody_but_staff_enters(database: Any, filled: Filled) -> None:
    for client in (Client(raise_request_exception=False), signed_in(staff.person(staff=False))):
        for url in ["/admin/", *lists_of(filled), tenant_url(filled.ref, f"events/event/{filled.event}/reveal/")]:
            answer = client.get(url)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/admin/login/"), url


PERMISSION_OF = {
    **dict.fromkeys(("tenants/tenant/", "people/user/", "people/membership/", "tenants/apitoken/"), "view_tenants"),
    **dict.fromkeys(("tenants/platformauditentry/", "audit/auditentry/"), "view_audit"),
}


@pytest.mark.parametrize("permission", ["view_tenants", "view_tenant_data", "view_audit", "revoke_tokens"])
def test_staff_see_what_their_permissions_say(filled: Filled, permission: str) -> None:
    client = signed_in(staff.person(permissions=(permission,)))
    for url in lists_of(filled):
        name = "/".join(url.rstrip("/").split("/")[-2:]) + "/"
        wanted = 200 if PERMISSION_OF.get(name, "view_tenant_data") == permission else 403
        assert client.get(url).status_code == wanted, url


def test_person_who_is_no_longer_staff_or_active_is_out_at_once(filled: Filled) -> None:
    user = staff.person(superuser=True)
    client = signed_in(user)
    assert client.get("/admin/").status_code == 200
    for change in ({"is_staff": False}, {"is_staff": True, "is_active": False}):
        with acting_for_platform("a test"):
            type(user).objects.filter(pk=user.pk).update(**change)
        assert client.get("/admin/").status_code == 302


def test_rows_of_another_tenant_are_not_found(root_user: Client, filled: Filled, tenant: Any) -> None:
    for path in (
        f"events/event/{filled.event}/change/",
        f"runs/executionrun/{filled.run}/change/",
        f"outbox/outboxjob/{filled.job}/change/",
    ):
        foreign, unknown = (
            root_user.get(tenant_url(tenant.ref, one)) for one in (path, re.sub(r"[0-9a-f-]{36}", str(new_id()), path))
        )
        assert (foreign.status_code, foreign.headers["Location"]) == (302, tenant_url(tenant.ref))
        assert unknown.headers["Location"] == foreign.headers["Location"]
    assert root_user.get(tenant_url(tenant.ref, f"events/event/{filled.event}/reveal/")).status_code == 404


def test_unknown_tenants_and_pages_are_html(root_user: Client, filled: Filled) -> None:
    for url in (
        "/admin/t/nosuch/",
        "/admin/t/NO%00/",
        "/admin/nothing/",
        tenant_url(filled.ref, "nothing/"),
        tenant_url(filled.ref, "tenants/tenant/"),
    ):
        answer = root_user.get(url)
        assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (404, "text/html"), url


def test_tenants_hostname_has_no_admin(root_user: Client, filled: Filled) -> None:
    from django.test.utils import override_settings

    from tenants.models import Domain

    with acting_for_platform("a test"):
        Domain.objects.create(domain="filled.example.com", tenant_id=filled.ref.id, is_primary=True)
    with override_settings(TENANT_BY_HOSTNAME=True, ALLOWED_HOSTS=["filled.example.com", "testserver"]):
        assert root_user.get("/admin/", headers={"host": "filled.example.com"}).status_code == 404
        assert root_user.get("/admin/").status_code == 200


def test_pages_write_nothing(root_user: Client, filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms of Django that add, change and delete are refused, and a page that writes all the same is refused by PostgreSQL."""
    from automate.workflows.models import Workflow
    from tenants.staff.tenant_pages import PAGES

    for path in ("events/event/add/", f"events/event/{filled.event}/delete/"):
        refused = root_user.get(tenant_url(filled.ref, path))
        # A superuser lacks no permission, so the page must name the other cause.
        assert (refused.status_code, refused.content.decode()) == (403, naming("read-only"))
    for path in (f"events/event/{filled.event}/change/", f"events/event/{filled.event}/delete/"):
        assert root_user.post(tenant_url(filled.ref, path), {"type": "x", "post": "yes"}).status_code == 403
    delete = {"action": "delete_selected", "_selected_action": [str(filled.event)], "index": "0", "post": "yes"}
    root_user.post(tenant_url(filled.ref, "events/event/"), delete)
    with acting_for(filled.ref):
        from automate.events.models import Event

        assert Event.objects.filter(pk=filled.event).exists()

    def sabotaged(_self: Any, _rows: Any) -> None:
        Workflow.objects.update(name="changed by a page")

    monkeypatch.setattr(PAGES[Workflow], "load_related", sabotaged)
    assert root_user.get(tenant_url(filled.ref, "workflows/workflow/")).status_code == 500
    with acting_for(filled.ref):
        assert not Workflow.objects.filter(name="changed by a page").exists()


def test_every_answer_is_guarded(root_user: Client, filled: Filled) -> None:
    outside = Client(raise_request_exception=False)
    for client, url in (
        (root_user, "/admin/"),
        (root_user, "/admin/nothing/"),
        (outside, "/admin/"),
        (outside, "/admin/login/"),
    ):
        headers = client.get(url).headers
        policy = headers["Content-Security-Policy"]
        assert ("'unsafe" in policy, "default-src 'none'" in policy) == (False, True)
        assert (headers["X-Frame-Options"], headers["Cache-Control"]) == ("DENY", "no-store"), url
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_browsers_use_https_alone_where_the_installation_does(root_user: Client) -> None:
    from django.test.utils import override_settings

    assert "Strict-Transport-Security" not in root_user.get("/admin/").headers
    with override_settings(SESSION_COOKIE_SECURE=True):
        assert "max-age=31536000" in root_user.get("/admin/").headers["Strict-Transport-Security"]


def test_admin_checks_are_clean(database: Any) -> None:
    from django.apps import apps

    from tenants.staff.sites import platform_site, tenant_site

    configs = list(apps.get_app_configs())
    assert [*platform_site.check(configs), *tenant_site.check(configs)] == []
