"""Browsers sign in with a password, act for the tenant in the path, and sign out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for_platform
from tests.support.api import Api, code_of
from tests.support.browsers import Browser, Person, person, signed_in
from tests.support.facts import naming

VIEWER = "{ viewer { kind name role permissions } }"
ACCOUNT = "{ viewer { email memberships { slug name role suspended } } }"
LOGOUT = "mutation { logout { signedOut errors { code } } }"
EVERYWHERE = "mutation { signOutEverywhere { signedOut errors { code } } }"


@pytest.fixture
def editor(tenant: Any) -> Person:
    return person((tenant.ref, "editor"))


def test_member_signs_in_and_acts_for_the_tenant_in_the_path(tenant: Any, editor: Person) -> None:
    browser = Browser()
    assert browser.flow("GET", "/auth/session").status_code == 401
    answer = browser.sign_in(editor)
    assert answer.status_code == 200
    assert answer.json()["data"]["user"]["email"] == editor.email
    viewer = browser.tenant(tenant.ref.slug, VIEWER).json()["data"]["viewer"]
    assert (viewer["kind"], viewer["role"]) == ("MEMBER", "EDITOR")


def test_one_session_serves_each_tenant_of_the_person_with_its_role(
    tenant: Any, tenant_factory: Callable[[], Any]
) -> None:
    other = tenant_factory()
    browser = signed_in(person((tenant.ref, "viewer"), (other.ref, "owner")))
    roles = [browser.tenant(one.ref.slug, VIEWER).json()["data"]["viewer"]["role"] for one in (tenant, other)]
    assert roles == ["VIEWER", "OWNER"]


def test_account_names_the_memberships_without_a_tenant(tenant: Any, editor: Person) -> None:
    viewer = signed_in(editor).account(ACCOUNT).json()["data"]["viewer"]
    assert viewer["email"] == editor.email
    assert [(one["slug"], one["role"]) for one in viewer["memberships"]] == [(tenant.ref.slug, "EDITOR")]
    assert Browser().account(ACCOUNT).json()["data"] == {"viewer": None}


def test_unknown_foreign_and_impossible_tenants_get_the_same_answer(
    editor: Person, tenant_factory: Callable[[], Any]
) -> None:
    browser = signed_in(editor)
    foreign = tenant_factory().ref.slug
    answers = [browser.tenant(slug, VIEWER) for slug in (foreign, "no-such-tenant", "NOT A SLUG", "x" * 300)]
    bodies = []
    for answer in answers:
        (error,) = answer.json()["errors"]
        del error["extensions"]["trace_id"]
        bodies.append((answer.status_code, error))
    assert all(body == bodies[0] for body in bodies)
    assert code_of(answers[0]) == "NOT_FOUND"


def test_token_and_path_must_agree(tenant: Any, tenant_factory: Callable[[], Any], platform: Api) -> None:
    foreign = tenant_factory()
    browser = Browser()

    def asked(slug: str, token: str) -> Any:
        return browser.send("POST", f"/t/{slug}/graphql", {"query": VIEWER}, Authorization=f"Bearer {token}")

    assert asked(tenant.ref.slug, tenant.token).json()["data"]["viewer"]["kind"] == "API_TOKEN"
    messages = set()
    for slug, token in (
        (foreign.ref.slug, tenant.token),
        ("no-such-tenant", tenant.token),
        (tenant.ref.slug, platform.token),
    ):
        answer = asked(slug, token)
        assert code_of(answer) == "UNAUTHENTICATED"
        messages.add(answer.json()["errors"][0]["message"])
    (message,) = messages
    assert message == naming("URL"), "the token is valid elsewhere"


def test_session_counts_for_nothing_where_the_path_names_no_tenant(editor: Person) -> None:
    assert code_of(signed_in(editor).graphql("/graphql", VIEWER)) == "UNAUTHENTICATED"


def test_suspended_tenant_tells_its_members_alone(tenant: Any, editor: Person, superuser: Any) -> None:
    browser, stranger = signed_in(editor), signed_in(person())
    superuser.execute("UPDATE public.tenant SET state = 'suspended' WHERE id = %s", [tenant.ref.id])
    assert code_of(browser.tenant(tenant.ref.slug, VIEWER)) == "TENANT_SUSPENDED"
    assert code_of(stranger.tenant(tenant.ref.slug, VIEWER)) == "NOT_FOUND"


def test_signed_out_session_is_refused_also_where_its_cookie_is_kept(tenant: Any, editor: Person) -> None:
    browser = signed_in(editor)
    kept = browser.session_key
    assert browser.account(LOGOUT).json()["data"]["logout"] == {"signedOut": True, "errors": []}
    assert browser.session_key is None
    browser.session_key = str(kept)
    assert code_of(browser.tenant(tenant.ref.slug, VIEWER)) == "UNAUTHENTICATED"


def test_sign_out_everywhere_ends_each_session_of_the_person_and_no_other(tenant: Any, editor: Person) -> None:
    here, there = signed_in(editor), signed_in(editor)
    other = signed_in(person((tenant.ref, "viewer")))
    assert here.account(EVERYWHERE).json()["data"]["signOutEverywhere"] == {"signedOut": True, "errors": []}
    slug = tenant.ref.slug
    assert code_of(there.tenant(slug, VIEWER)) == "UNAUTHENTICATED"
    assert other.tenant(slug, VIEWER).status_code == 200
    assert "errors" not in other.tenant(slug, VIEWER).json()


ENDS = {
    "deactivated": "UPDATE public.person SET is_active = false WHERE id = %s",
    "removed": "DELETE FROM public.membership WHERE user_id = %s",
    "expired": "UPDATE public.browser_session SET expire_date = now() WHERE session_key IN "
    "(SELECT proof FROM public.sign_in WHERE user_id = %s)",
    "new password": "UPDATE public.person SET password = 'argon2$other' WHERE id = %s",
}


@pytest.mark.parametrize("way", sorted(ENDS))
def test_ended_member_is_refused_by_the_next_request(tenant: Any, editor: Person, superuser: Any, way: str) -> None:
    browser = signed_in(editor)
    with superuser.transaction():
        superuser.execute("SET LOCAL automate.retention = 'on'")
        superuser.execute(ENDS[way], [editor.id])
    expected = "NOT_FOUND" if way == "removed" else "UNAUTHENTICATED"
    assert code_of(browser.tenant(tenant.ref.slug, VIEWER)) == expected


def test_flushed_valkey_signs_no_person_out(tenant: Any, editor: Person, redis_url: str) -> None:
    import redis

    browser = signed_in(editor)
    redis.Redis.from_url(redis_url).flushall()
    assert "errors" not in browser.tenant(tenant.ref.slug, VIEWER).json()


def test_new_password_ends_the_other_sessions_at_once(tenant: Any, editor: Person) -> None:
    here, there = signed_in(editor), signed_in(editor)
    change = {"current_password": editor.password, "new_password": "another long password 1"}
    answer = here.flow("POST", "/account/password/change", change)
    assert answer.status_code == 200, answer.content
    slug = tenant.ref.slug
    assert "errors" not in here.tenant(slug, VIEWER).json()
    assert code_of(there.tenant(slug, VIEWER)) == "UNAUTHENTICATED"
    with acting_for_platform("count sign-ins"):
        from tenants.people.models import SignIn

        assert SignIn.objects.filter(user_id=editor.id).count() == 1


def test_wrong_current_password_is_called_wrong(editor: Person) -> None:
    change = {"current_password": "not the current one", "new_password": "another long password 1"}
    answer = signed_in(editor).flow("POST", "/account/password/change", change)
    (problem,) = answer.json()["errors"]
    assert (answer.status_code, problem["param"]) == (400, "current_password")
    assert problem["message"] == naming("current password", "wrong")


def test_weak_password_is_refused_with_the_validators_words(editor: Person) -> None:
    browser = signed_in(editor)
    for weak in ("short", "password1234", "123456789012", editor.email):
        change = {"current_password": editor.password, "new_password": weak}
        answer = browser.flow("POST", "/account/password/change", change)
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST"), weak
        assert answer.json()["errors"][0]["param"] == "new_password"


def test_nobody_signs_up(database: Any) -> None:
    browser = Browser()
    body = {"email": f"{uuid.uuid4().hex}@example.com", "password": "another long password 1"}
    assert browser.flow("POST", "/auth/signup", body).status_code == 404
