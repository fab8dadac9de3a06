"""A forgotten password is replaced by a link in a mail, which is good once, and ends all sessions."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test.utils import override_settings

from tests.support.api import code_of
from tests.support.browsers import Browser, Person, form_headers, person, signed_in
from tests.support.facts import naming

NEW = "another long password 1"
VIEWER = "{ viewer { name } }"


@pytest.fixture
def member(tenant: Any) -> Person:
    return person((tenant.ref, "admin"))


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would be sent."""
    sent: list[Any] = []
    monkeypatch.setattr("tenants.sign_in.adapters.post", sent.append)
    return sent


def link_of(mails: list[Any]) -> str:
    found = re.search(r"http\S+key=\S+", mails[-1].body)
    assert found, mails[-1].body
    return found[0]


def key_of(mails: list[Any]) -> str:
    return parse_qs(urlsplit(link_of(mails)).query)["key"][0]


def test_link_sets_a_new_password_once_and_ends_all_sessions(tenant: Any, member: Person, mails: list[Any]) -> None:
    before, browser = signed_in(member), Browser()
    assert browser.flow("POST", "/auth/password/request", {"email": member.email.upper()}).status_code == 200
    body = {"key": key_of(mails), "password": NEW}
    answers = [browser.flow("POST", "/auth/password/reset", body) for _ in range(2)]
    # allauth answers 401, because the person is to sign in now.
    assert [answer.status_code for answer in answers] == [401, 400]
    (problem,) = answers[1].json()["errors"]
    assert (problem["code"], problem["message"]) == ("invalid_password_reset", naming("three days", "new mail"))
    assert answers[1].json()["message"] == problem["message"]
    assert code_of(before.tenant(tenant.ref.slug, VIEWER)) == "UNAUTHENTICATED"
    assert Browser().sign_in(member).status_code == 400
    assert Browser().sign_in(member, NEW).status_code == 200
    assert [mail.to for mail in mails] == [[member.email]] * 2


def test_mails_speak_of_the_installation_and_say_how_long_the_link_lasts(member: Person, mails: list[Any]) -> None:
    browser = Browser()
    browser.flow("POST", "/auth/password/request", {"email": member.email})
    browser.flow("POST", "/auth/password/reset", {"key": key_of(mails), "password": NEW})
    link, notice = mails
    assert (link.subject, link.body) == ("Set a new password", naming(member.email, "three days", "ignore"))
    assert notice.body == naming(member.email, "127.0.0.1", "has been reset", "reset your password")
    for mail in mails:
        assert "Hello from" not in mail.body
        assert "Thank you for using" not in mail.body


def test_page_of_the_link_sets_a_new_password(member: Person, mails: list[Any]) -> None:
    browser = Browser()
    browser.flow("POST", "/auth/password/request", {"email": member.email})
    parts = urlsplit(link_of(mails))
    url = f"{parts.path}?{parts.query}"
    page = browser.client.get(url)
    assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "strict-origin")
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert token
    form = {"csrfmiddlewaretoken": token[1], "password": "short"}
    assert browser.client.post(url, form).status_code == 422
    assert browser.client.post(url, {"password": NEW}).status_code == 403
    assert browser.client.post(url, {**form, "password": NEW}, headers=form_headers(page)).status_code == 200
    assert browser.client.post(url, {**form, "password": NEW}).status_code == 404
    assert Browser().sign_in(member, NEW).status_code == 200


def test_link_leads_to_the_installation_whatever_the_host_header_says(member: Person, mails: list[Any]) -> None:
    browser = Browser()
    token = browser.csrf_token
    with override_settings(ALLOWED_HOSTS=["*"]):
        browser.client.cookies.load({"automate_csrf": token})
        browser.send(
            "POST",
            "/account/browser/v1/auth/password/request",
            {"email": member.email},
            **{"X-CSRFToken": token, "Host": "evil.example"},
        )
    assert link_of(mails).startswith("http://127.0.0.1:8000/account/reset-password?key=")
    assert "evil.example" not in mails[-1].body


def test_forged_links_open_nothing(member: Person, mails: list[Any]) -> None:
    browser = Browser()
    browser.flow("POST", "/auth/password/request", {"email": member.email})
    key = key_of(mails)
    for forged in (
        "",
        "x",
        "\x00",
        key[:-1],
        key[:-1] + ("a" if key[-1] != "a" else "b"),
        key.replace("-", "_"),
        "é" * 40,
    ):
        assert browser.client.get("/account/reset-password", {"key": forged}).status_code == 404, forged
        answer = browser.flow("POST", "/auth/password/reset", {"key": forged, "password": NEW})
        assert answer.status_code in {400, 422}, (forged, answer.content)


def test_mails_leave_behind_the_answer(member: Person) -> None:
    """The time of the mail server is not the time of the answer."""
    import threading

    from tenants.sign_in.mail import Outgoing

    release, sent = threading.Event(), list[str]()

    class Slow:
        def send(self) -> None:
            release.wait(10)
            sent.append("mail")

    class Broken:
        def send(self) -> None:
            raise OSError

    outgoing = Outgoing()
    for mail in (Slow(), Broken(), Slow()):
        outgoing.post(mail)  # type: ignore[arg-type]
    assert sent == []
    release.set()
    outgoing.wait()
    assert sent == ["mail", "mail"]
