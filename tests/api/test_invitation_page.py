"""The page of an invitation's link: a new person joins with a password, a person with an account by a session."""

from __future__ import annotations

import re
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for_platform
from tests.support.browsers import Browser, form_headers, person, signed_in

PASSWORD = "another long password 1"
VIEWER = "{ viewer { role } }"


def invited(tenant: Any, email: str) -> str:
    """The path of the link of an open invitation."""
    from datetime import datetime, timedelta, timezone

    from django.db.models.functions import Now

    from automate.kernel.ids import new_id
    from tenants.people import links
    from tenants.people.models import Invitation

    invitation = new_id()
    token = links.token_of(invitation, 1)
    with acting_for_platform("invite for a test"):
        Invitation.objects.create(
            id=invitation,
            tenant_id=tenant.ref.id,
            email=email,
            role="editor",
            token_hash=links.hash_of(token),
            invited_by={"kind": "system", "id": "", "name": "test"},
            created_at=Now(),
            expires_at=datetime.now(timezone.utc) + timedelta(days=1),
        )
    return f"/account/invitations/{token}"


def joined(browser: Browser, path: str, **form: str) -> Any:
    page = browser.client.get(path)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert token, page.content
    return browser.client.post(path, {"csrfmiddlewaretoken": token[1], **form}, headers=form_headers(page))


def test_new_person_joins_with_a_password_and_is_signed_in(tenant: Any) -> None:
    browser, path = Browser(), invited(tenant, "new.person@example.com")
    assert joined(browser, path, name="Ada", password="short").status_code == 422
    answer = joined(browser, path, name="Ada", password=PASSWORD)
    assert (answer.status_code, answer["Location"]) == (303, f"{path}?joined")
    assert browser.tenant(tenant.ref.slug, VIEWER).json()["data"]["viewer"]["role"] == "EDITOR"
    assert browser.client.get(path).status_code == 404


def test_person_with_an_account_joins_by_a_session_alone(tenant: Any) -> None:
    who = person()
    path = invited(tenant, who.email)
    stranger = Browser()
    page = stranger.client.get(path)
    assert page.status_code == 200
    assert b"<form" not in page.content
    browser = signed_in(who)
    assert joined(browser, path).status_code == 303
    assert browser.tenant(tenant.ref.slug, VIEWER).json()["data"]["viewer"]["role"] == "EDITOR"


def test_page_that_follows_can_be_loaded_again(tenant: Any) -> None:
    """A browser that reloads the answer of a POST sends the form again, with the CSRF token of the session before."""
    browser, path = Browser(), invited(tenant, "reloading.person@example.com")
    follow = joined(browser, path, name="Ada", password=PASSWORD)["Location"]
    for _ in range(2):
        page = browser.client.get(follow)
        assert page.status_code == 200
        assert b'href="/portal/"' in page.content
    assert Browser().client.get(follow).status_code == 404


def test_page_of_another_site_joins_nobody(tenant: Any) -> None:
    who = person()
    path = invited(tenant, who.email)
    assert signed_in(who).client.post(path, {}).status_code == 403


def test_refused_link_stands_in_no_log(tenant: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = invited(tenant, "other.person@example.com")
    assert Browser().client.post(path, {}).status_code == 403
    assert path.rpartition("/")[2] not in capsys.readouterr().out
