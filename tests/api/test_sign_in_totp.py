"""A second factor is the person's choice; its seed is sealed at rest, and each code is good once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test.utils import override_settings

from automate.kernel.tenancy import acting_for_platform
from tests.support.browsers import Browser, Person, person, signed_in

TOTP = "/account/authenticators/totp"


@pytest.fixture
def member(tenant: Any) -> Person:
    return person((tenant.ref, "admin"))


def code_now(seed: str, ahead: int = 0) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(seed, counters[len(counters) // 2] + ahead))


def confirm(browser: Browser, who: Person) -> None:
    answer = browser.flow("POST", "/auth/reauthenticate", {"password": who.password})
    assert answer.status_code == 200, answer.content


def switched_on(browser: Browser, who: Person) -> str:
    """The seed of the second factor that the person now has."""
    confirm(browser, who)
    offered = browser.flow("GET", TOTP)
    assert offered.status_code == 404
    seed: str = offered.json()["meta"]["secret"]
    answer = browser.flow("POST", TOTP, {"code": code_now(seed)})
    assert answer.status_code == 200, answer.content
    return seed


def test_person_with_a_second_factor_needs_a_code(tenant: Any, member: Person) -> None:
    seed = switched_on(signed_in(member), member)
    browser = Browser()
    answer = browser.sign_in(member)
    assert answer.status_code == 401
    assert [flow["id"] for flow in answer.json()["data"]["flows"] if flow.get("is_pending")] == ["mfa_authenticate"]
    assert "errors" in browser.tenant(tenant.ref.slug, "{ viewer { name } }").json()
    wrong = browser.flow("POST", "/auth/2fa/authenticate", {"code": "000000"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "BAD_REQUEST")
    assert browser.flow("POST", "/auth/2fa/authenticate", {"code": code_now(seed, ahead=1)}).status_code == 200
    assert "errors" not in browser.tenant(tenant.ref.slug, "{ viewer { name } }").json()


def test_code_is_good_once_also_for_another_browser(member: Person) -> None:
    seed = switched_on(signed_in(member), member)
    code, browsers = code_now(seed, ahead=1), [Browser(), Browser()]
    for browser in browsers:
        browser.sign_in(member)
    answers = [browser.flow("POST", "/auth/2fa/authenticate", {"code": code}).status_code for browser in browsers]
    assert answers == [200, 400]


def test_recovery_code_signs_in_once(member: Person) -> None:
    first = signed_in(member)
    switched_on(first, member)
    codes = first.flow("GET", "/account/authenticators/recovery-codes").json()["data"]["unused_codes"]
    answers = []
    for _ in range(2):
        browser = Browser()
        browser.sign_in(member)
        answers.append(browser.flow("POST", "/auth/2fa/authenticate", {"code": codes[0]}).status_code)
    assert answers == [200, 400]


def test_seeds_stand_nowhere_in_the_database(member: Person, superuser: Any) -> None:
    """Not the confirmed one, and not the one that is offered and not confirmed yet, which the session holds."""
    browser = signed_in(member)
    offered = browser.flow("GET", TOTP).json()["meta"]["secret"]
    sessions = json.dumps(superuser.execute("SELECT session_data FROM public.browser_session").fetchall())
    assert offered not in sessions
    seed = switched_on(browser, member)
    (data,) = superuser.execute(
        "SELECT json_agg(data)::text FROM public.mfa_authenticator WHERE user_id = %s", [member.id]
    ).fetchone()
    assert seed not in data
    assert data.count('"v1.') == 2


def test_second_factor_needs_a_fresh_password_to_be_switched_on(member: Person) -> None:
    browser = signed_in(member)
    seed = browser.flow("GET", TOTP).json()["meta"]["secret"]
    # Older releases of allauth count the sign-in itself for five minutes.
    with override_settings(ACCOUNT_REAUTHENTICATION_TIMEOUT=-1):
        answer = browser.flow("POST", TOTP, {"code": code_now(seed)})
    assert answer.status_code == 401
    assert [flow["id"] for flow in answer.json()["data"]["flows"]] == ["reauthenticate"]


def test_second_factor_is_switched_off(member: Person) -> None:
    browser = signed_in(member)
    switched_on(browser, member)
    assert browser.flow("DELETE", TOTP).status_code == 200
    assert Browser().sign_in(member).status_code == 200


def test_twin_that_stores_seeds_as_they_are_is_found_out(
    member: Person, superuser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenants.sign_in.adapters import MfaAdapter

    monkeypatch.setattr(MfaAdapter, "encrypt", lambda _adapter, text: text)
    monkeypatch.setattr(MfaAdapter, "decrypt", lambda _adapter, text: text)
    with pytest.raises(AssertionError):
        test_seeds_stand_nowhere_in_the_database(member, superuser)


def test_what_happens_to_a_second_factor_is_recorded(member: Person) -> None:
    switched_on(signed_in(member), member)
    with acting_for_platform("read the platform's record"):
        from tenants.models import PlatformAuditEntry

        entries = PlatformAuditEntry.objects.filter(object_id=str(member.id), tenant_id=None)
        actions = set(entries.values_list("action", flat=True))
    assert {"person.signed_in", "person.added_authenticator"} <= actions
