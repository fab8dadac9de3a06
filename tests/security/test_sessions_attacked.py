"""Sessions that are forged, fixed, replayed, moved or read from the database open nothing; nor does a page of another site."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test.utils import override_settings

from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tests.support.api import code_of
from tests.support.browsers import FLOWS, Browser, Person, person, signed_in

VIEWER = "{ viewer { name } }"


@pytest.fixture
def owner(tenant: Any) -> Person:
    return person((tenant.ref, "owner"))


def refused(browser: Browser, slug: str) -> bool:
    return code_of(browser.tenant(slug, VIEWER)) == "UNAUTHENTICATED"


def test_forged_keys_open_nothing(tenant: Any, owner: Person) -> None:
    signed_in(owner)
    for key in ("a" * 32, "", "é" * 16, "x" * 10_000, "' OR 1=1 --aaaaaaaaaaaaaaaaa"):
        browser = Browser()
        browser.csrf_token  # noqa: B018 - fetches the cookie before the session's is forged
        browser.session_key = key
        assert refused(browser, tenant.ref.slug), key


def test_key_of_before_the_sign_in_is_not_the_session(tenant: Any, owner: Person) -> None:
    """Fixation: whoever planted a cookie in the browser does not share the session that begins in it."""
    from tenants.sign_in.sessions import SessionStore

    planted, victim = Browser(), Browser()
    with acting_for_platform("plant a session", AUTHENTICATION_ROLE):
        store = SessionStore()
        store["planted"] = True
        store.save()
    key = str(store.session_key)
    victim.session_key = key
    assert victim.sign_in(owner).status_code == 200
    assert victim.session_key != key
    planted.csrf_token  # noqa: B018
    planted.session_key = key
    assert refused(planted, tenant.ref.slug)
    assert not refused_or_none(victim, tenant.ref.slug)


def refused_or_none(browser: Browser, slug: str) -> bool:
    return "errors" in browser.tenant(slug, VIEWER).json()


def test_key_that_the_client_chose_becomes_no_session(owner: Person) -> None:
    browser = Browser()
    browser.csrf_token  # noqa: B018
    chosen = "attackerchosenkey0000000000000000"
    browser.session_key = chosen
    assert browser.sign_in(owner).status_code == 200
    assert browser.session_key != chosen


def test_rows_of_the_database_yield_no_session(tenant: Any, owner: Person, superuser: Any) -> None:
    """What a read of the whole database finds is sent as a cookie."""
    browser = signed_in(owner)
    key = str(browser.session_key)
    rows = superuser.execute("SELECT session_key, session_data FROM public.browser_session").fetchall()
    proofs = [proof for (proof,) in superuser.execute("SELECT proof FROM public.sign_in").fetchall()]
    assert rows
    assert key not in json.dumps(rows)
    for text in {*(digest for digest, _ in rows), *proofs}:
        thief = Browser()
        thief.csrf_token  # noqa: B018
        thief.session_key = text
        assert refused(thief, tenant.ref.slug)


def test_contents_that_were_moved_to_another_row_do_not_open(tenant: Any, owner: Person, superuser: Any) -> None:
    """With write access to the table, a stranger's session gets the contents of the owner's."""
    from tenants.sign_in.sessions import digest_of

    of_owner, of_stranger = signed_in(owner), signed_in(person((tenant.ref, "viewer")))
    superuser.execute(
        "UPDATE public.browser_session SET session_data ="
        " (SELECT session_data FROM public.browser_session WHERE session_key = %s) WHERE session_key = %s",
        [digest_of(str(of_owner.session_key)), digest_of(str(of_stranger.session_key))],
    )
    assert refused(of_stranger, tenant.ref.slug)


def test_contents_that_were_written_by_hand_do_not_open(tenant: Any, owner: Person, superuser: Any) -> None:
    from tenants.sign_in.sessions import digest_of

    browser = signed_in(owner)
    contents = json.dumps({"_auth_user_id": str(owner.id)})
    for forged in (contents, "v1.derived.AAAA", ""):
        superuser.execute(
            "UPDATE public.browser_session SET session_data = %s WHERE session_key = %s",
            [forged, digest_of(str(browser.session_key))],
        )
        assert refused(browser, tenant.ref.slug)


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "https://testserver"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: next(iter(headers.values())))
@pytest.mark.parametrize("url", ["/t/{slug}/graphql", "/t/{slug}/graphql/stream", "/graphql/account"])
def test_page_of_another_site_uses_no_session(tenant: Any, owner: Person, url: str, headers: dict[str, str]) -> None:
    browser = signed_in(owner)
    url = url.format(slug=tenant.ref.slug)
    token = {"X-CSRFToken": browser.csrf_token}
    answers = [browser.send("POST", url, {"query": VIEWER}, Accept="*/*", **token, **headers)]
    answers.append(browser.send("GET", f"{url}?query={VIEWER}", Accept="*/*", **headers))
    assert [answer.status_code for answer in answers] in ([403, 403], [200, 200])
    for answer in answers:
        assert "CSRF_FAILED" in answer.content.decode()


@pytest.mark.parametrize("url", ["/t/{slug}/graphql", "/t/{slug}/graphql/stream", "/graphql/account"])
def test_post_without_the_token_of_our_page_is_refused(tenant: Any, owner: Person, url: str) -> None:
    browser = signed_in(owner)
    url = url.format(slug=tenant.ref.slug)
    for headers in ({}, {"X-CSRFToken": "a" * 64}, {"X-CSRFToken": Browser().csrf_token}):
        answer = browser.send("POST", url, {"query": VIEWER}, Accept="*/*", **headers)
        assert "CSRF_FAILED" in answer.content.decode()


def test_sign_in_and_out_need_the_token_too(owner: Person) -> None:
    """Otherwise another site signs a visitor in as somebody else."""
    browser = Browser()
    body = {"email": owner.email, "password": owner.password}
    answer = browser.send("POST", f"{FLOWS}/auth/login", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_FAILED")
    assert browser.session_key is None
    browser.sign_in(owner)
    assert browser.send("DELETE", f"{FLOWS}/auth/session").status_code == 403
    assert browser.flow("GET", "/auth/session").status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_what_a_form_of_another_site_can_send_is_refused(tenant: Any, owner: Person, kind: str) -> None:
    browser = signed_in(owner)
    for url in (f"/t/{tenant.ref.slug}/graphql", "/graphql/account", f"{FLOWS}/auth/login"):
        answer = browser.client.generic(
            "POST",
            url,
            b'{"query": "{ viewer { name } }"}',
            content_type=kind,
            headers={"X-CSRFToken": browser.csrf_token},
        )
        assert "UNSUPPORTED_MEDIA_TYPE" in answer.content.decode()


def test_requests_with_a_token_need_no_csrf_token(tenant: Any) -> None:
    answer = Browser().send(
        "POST",
        f"/t/{tenant.ref.slug}/graphql",
        {"query": VIEWER},
        Authorization=f"Bearer {tenant.token}",
        Origin="https://dashboard.example",
    )
    assert "errors" not in answer.json()


def test_cookies_are_kept_from_scripts_and_other_sites(owner: Person) -> None:
    browser = signed_in(owner)
    session, csrf = (browser.client.cookies[name] for name in ("automate_session", "automate_csrf"))
    assert (session["httponly"], session["samesite"], session["path"], session["domain"]) == (True, "Lax", "/", "")
    assert (csrf["samesite"], csrf["domain"]) == ("Lax", "")
    with override_settings(SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True):
        secure = signed_in(owner).client.cookies
        assert all(secure[name]["secure"] for name in ("automate_session", "automate_csrf"))


def test_session_holds_no_tenant(tenant: Any, owner: Person) -> None:
    from tenants.sign_in.sessions import SessionStore

    browser = signed_in(owner)
    browser.tenant(tenant.ref.slug, VIEWER)
    with acting_for_platform("read a session", AUTHENTICATION_ROLE):
        held = json.dumps(SessionStore(str(browser.session_key)).load())
    assert owner.email in held
    for text in (str(tenant.ref.id), tenant.ref.id.hex, tenant.ref.slug):
        assert text not in held


def test_twin_without_a_new_key_at_sign_in_is_found_out(
    tenant: Any, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenants.sign_in.sessions import SessionStore

    monkeypatch.setattr(SessionStore, "cycle_key", lambda _store: None)
    with pytest.raises(AssertionError):
        test_key_of_before_the_sign_in_is_not_the_session(tenant, owner)


def test_twin_whose_sign_out_keeps_the_row_is_found_out(
    tenant: Any, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenants.sign_in.sessions import SessionStore

    browser = signed_in(owner)
    kept = str(browser.session_key)
    monkeypatch.setattr(SessionStore, "delete", lambda _store, _key=None: None)
    browser.account("mutation { logout { signedOut } }")
    browser.session_key = kept
    assert "errors" not in browser.tenant(tenant.ref.slug, VIEWER).json()


def test_twin_without_the_check_of_pages_is_found_out(
    tenant: Any, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphql_schema.views.require_own_page", lambda _request: None)
    with pytest.raises(AssertionError):
        test_page_of_another_site_uses_no_session(tenant, owner, "/t/{slug}/graphql", FOREIGN[0])
