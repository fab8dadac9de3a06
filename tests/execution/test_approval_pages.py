"""The page behind a link: a GET shows, a POST decides, once; and whoever has no link learns nothing."""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from automate.runs.approvals.queries import ApprovalRow
from tests.support.approval_pages import ADA, HOSTILE, approve, everything, path_of, send, text_of
from tests.support.approvals import APPROVED, FORM, REJECTED, approvals, ask, audited, decisions, now_of, person, say
from tests.support.facts import naming
from tests.support.plane import Plane, counting
from tests.support.racing import race


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_nothing_but_a_post_changes_anything(plane: Plane, method: str) -> None:
    approval = ask(plane, form=FORM)
    path, before = path_of(plane, approval), everything(plane)
    response = getattr(Client(), method)(path, headers={"Sec-Purpose": "prefetch", "Purpose": "prefetch"})
    assert response.status_code == (200 if method in {"get", "head"} else 405)
    assert everything(plane) == before


def test_page_shows_what_is_asked(plane: Plane) -> None:
    approval = ask(
        plane, title="Refund 4711?", description="All of it.", data={"amount": 5, "to": {"iban": "x"}}, quorum=2
    )
    page = text_of(Client().get(path_of(plane, approval)))
    for part in ("Refund 4711?", "All of it.", "amount", "2 approvals are needed", ADA, approval.shown_sha256):
        assert part in page
    assert html.escape('"iban": "x"', quote=True) in page
    assert page.count("<button name=") + page.count('<button class="') == 2


def test_post_decides_and_shows_the_outcome(plane: Plane) -> None:
    approval = ask(plane, form=FORM)
    path = path_of(plane, approval)
    answer = send(path, approve(approval, f0="It arrived broken", f1="12"))
    assert (answer.status_code, answer["Location"]) == (303, path)
    assert decisions(plane) == [(ADA, "approved")]
    ((form,),) = plane.rows("SELECT form::text FROM approval_decision")
    assert form == '{"amount": 12, "reason": "It arrived broken"}'
    ((who, changes),) = audited(plane)
    assert (who, changes["shown_sha256"]) == (ADA, [None, approval.shown_sha256])
    page = text_of(Client().get(path))
    assert "Approved on" in page
    assert "<form" not in page
    plane.drain()
    assert plane.runs() == [("succeeded", "")]


def test_page_names_the_wrong_fields_in_words_of_the_page(plane: Plane) -> None:
    approval = ask(plane, form=FORM)
    answer = send(path_of(plane, approval), approve(approval, f0="", f1="12"))
    assert answer.status_code == 422
    assert "`" not in text_of(answer), "a name of the API"


def test_rejection_needs_no_form(plane: Plane) -> None:
    approval = ask(plane, form=FORM)
    answer = send(path_of(plane, approval), {"outcome": "rejected", "shown": approval.shown_sha256, "f0": ""})
    assert answer.status_code == 303
    assert now_of(plane, approval).state == "rejected"


@pytest.mark.parametrize("quorum", [1, 2])
def test_second_post_decides_nothing(plane: Plane, quorum: int) -> None:
    approval = ask(plane, quorum=quorum)
    path = path_of(plane, approval)
    assert send(path, approve(approval)).status_code == 303
    before = everything(plane)
    for outcome in ("approved", "rejected"):
        again = send(path, approve(approval) | {"outcome": outcome})
        assert again.status_code == 409
        assert "<form" not in text_of(again)
    # A new link for the same person is the same person.
    assert send(path_of(plane, approval, " Ada@Example.com"), approve(approval)).status_code == 409
    assert everything(plane) == before


def test_sixteen_links_come_to_one_outcome(plane: Plane) -> None:
    approval = ask(plane, quorum=4)
    paths = [path_of(plane, approval, f"p{n}@example.com") for n in range(16)]
    answers = race(16, lambda n: send(paths[n], approve(approval)).status_code)
    assert sorted(answers) == [303] * 4 + [409] * 12
    assert len(decisions(plane)) == 4


def altered(token: str) -> list[str]:
    """Texts near a token that it is not."""
    payload, mac = token.rsplit(".", 1)
    return [
        "x",
        "x" * 5_000,
        ".",
        payload,
        f"{payload}.",
        f"{payload}.{mac[:-1]}",
        f"{payload}.{mac}A",
        f"A{payload}.{mac}",
        f"{payload[:-1]}.{mac}",
        f"{payload}.{mac[::-1]}",
        "caf\u00e9." + mac,
        "%00",
        f"{token}/",
    ]


def test_unknown_tokens_are_all_alike(plane: Plane, planes: Callable[[int], list[Plane]]) -> None:
    """Altered, of another tenant, of another run, and for no tenant: the same page to the byte, for GET and POST."""
    approval, (other,) = ask(plane), planes(1)
    foreign = ask(other)
    own, token = f"/t/{plane.tenant.slug}/approvals/", path_of(plane, approval).rsplit("/", 1)[1]
    moved = path_of(plane, ApprovalRow(**{**vars(approval), "run_id": foreign.run_id})).rsplit("/", 1)[1]
    gone = path_of(plane, ApprovalRow(**{**vars(approval), "id": foreign.id})).rsplit("/", 1)[1]
    theirs = path_of(other, foreign).rsplit("/", 1)[1]
    # Signed for the other tenant, with the ids of this one.
    crossed = path_of(other, approval).rsplit("/", 1)[1]
    paths = [own + text for text in [*altered(token), moved, gone, theirs, crossed]]
    paths += [f"/t/{other.tenant.slug}/approvals/{token}", f"/t/no-such-tenant/approvals/{token}"]
    answers = [answer for path in paths for answer in (Client().get(path), send(path, approve(approval)))]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    kept = [{name: value for name, value in answer.items() if name != "X-Trace-Id"} for answer in answers]
    assert all(headers == kept[0] for headers in kept)
    assert (decisions(plane), decisions(other)) == ([], [])


@pytest.mark.slow
@pytest.mark.alone
def test_each_unknown_token_takes_as_long(plane: Plane, planes: Callable[[int], list[Plane]]) -> None:
    """The same statements for any text, for another tenant's token and for an approval that is gone; so the same time."""
    approval, (other,) = ask(plane), planes(1)
    theirs = path_of(other, ask(other)).rsplit("/", 1)[1]
    gone = path_of(plane, ApprovalRow(**{**vars(approval), "id": approval.run_id})).rsplit("/", 1)[1]
    own = f"/t/{plane.tenant.slug}/approvals/"
    seen: list[Any] = []
    spent: dict[str, list[float]] = {"x" * len(theirs): [], theirs: [], gone: []}
    Client().get(own)
    for text in list(spent) * 300:
        began = time.perf_counter()
        with counting() as statements:
            Client().get(own + text)
        spent[text].append(time.perf_counter() - began)
        # The directory of tenants is asked once a second, whoever comes.
        seen.append([words for words, _ in statements if not words.startswith("SELECT t.id")])
        # The quickest of each: what else the machine does only ever adds. Where it does much, each takes many looks.
        quickest = [min(times, default=0.0) for times in spent.values()]
        if len(spent[text]) > 15 and max(quickest) < 2 * min(quickest):
            break
    assert all(statements == ["SELECT a.step_id, a.run_id,"] for statements in seen)
    assert max(quickest) < 2 * min(quickest)


def test_role_of_a_link_is_held_to_the_approval(plane: Plane) -> None:
    approval = ask(plane, roles=["owner"])
    answer = send(path_of(plane, approval, role="viewer"), approve(approval))
    assert answer.status_code == 403
    assert decisions(plane) == []


def test_who_caused_the_run_cannot_decide_by_a_link(plane: Plane) -> None:
    approval = ask(plane)
    plane.root.execute(
        f'UPDATE "{plane.tenant.schema}".approval SET requested_by_kind = %s, requested_by_name = %s', "api_token", ADA
    )
    assert send(path_of(plane, approval), approve(approval)).status_code == 403
    assert decisions(plane) == []


@pytest.mark.parametrize("on_expiry", ["rejected", "approved"])
def test_expired_page_says_so_and_takes_nothing(plane: Plane, on_expiry: str) -> None:
    approval = ask(plane, on_expiry=on_expiry, expires_seconds=60)
    plane.root.execute(f'UPDATE "{plane.tenant.schema}".approval SET expires_at = now()')
    path = path_of(plane, approval)
    page = text_of(Client().get(path))
    assert "Expired on" in page
    assert page == naming("approved" if on_expiry == "approved" else "rejected")
    assert "<form" not in page
    assert send(path, approve(approval)).status_code == 409
    assert decisions(plane) == []


def test_decided_by_others_is_shown(plane: Plane) -> None:
    approval = ask(plane)
    say(plane, approval, person("bob@example.com", "admin"), REJECTED)
    page = text_of(Client().get(path_of(plane, approval)))
    assert "Rejected on" in page
    assert "bob@example.com" in page
    assert "<form" not in page


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": "null"}, 303),
        ({"Origin": "http://testserver"}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Origin": "http://127.0.0.1:8000"}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Origin": "http://testserver:81"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, 403),
    ],
)
def test_only_the_page_itself_decides(plane: Plane, headers: dict[str, str], status: int) -> None:
    approval = ask(plane)
    assert send(path_of(plane, approval), approve(approval), **headers).status_code == status
    assert len(decisions(plane)) == (status == 303)


@pytest.mark.parametrize("shown", [None, "", "0" * 64])
def test_post_without_what_was_shown_decides_nothing(plane: Plane, shown: str | None) -> None:
    approval = ask(plane)
    values = {"outcome": "approved"} | ({} if shown is None else {"shown": shown})
    assert send(path_of(plane, approval), values).status_code == 409
    assert decisions(plane) == []


def test_hostile_words_are_escaped_everywhere(plane: Plane) -> None:
    """Only what the page itself is made of is markup: with the words taken out, it is that of harmless words."""
    form = {
        "type": "object",
        "required": ["b"],
        "properties": {
            HOSTILE: {"type": "string", "title": HOSTILE, "description": HOSTILE, "default": HOSTILE},
            "b": {"enum": [HOSTILE, 1], "title": HOSTILE},
            "c": {"type": "string", "maxLength": 900, "default": f"</textarea>{HOSTILE}"},
            "d": {"type": "boolean", "title": HOSTILE},
            "e": {"type": "array", "default": [HOSTILE]},
        },
    }
    plane.publish(
        "hostile",
        [
            {
                "key": "ok",
                "uses": "flow.approval",
                "with": {
                    "title": "{{ event.payload.x }}",
                    "description": "{{ event.payload.x }}",
                    "data": {"a": "{{ event.payload.x }}", "b": ["{{ event.payload.x }}"]},
                    "form": form,
                },
            }
        ],
    )
    plane.send({"x": HOSTILE})
    plane.drain()
    (approval,) = approvals(plane)
    page = text_of(Client().get(path_of(plane, approval, HOSTILE)))
    assert "<script" not in page
    assert "alert(&#x27;x&#x27;)" in page
    assert "</textarea>&quot;" not in page.replace("&lt;/textarea&gt;", "")
    tags = set(re.findall(r"<(/?[a-z!][a-z0-9]*)", page))
    assert tags <= {
        *(
            "!doctype",
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "main",
            "h1",
            "h2",
            "p",
            "dl",
            "dt",
            "dd",
            "div",
        ),
        *("pre", "form", "input", "label", "span", "select", "option", "textarea", "button", "bdi", "time", "code"),
        *("/html", "/head", "/title", "/style", "/body", "/main", "/h1", "/h2", "/p", "/dl", "/dt", "/dd", "/div"),
        *("/pre", "/form", "/label", "/span", "/select", "/option", "/textarea", "/button", "/bdi", "/time", "/code"),
    }


def test_page_is_kept_by_nobody_and_reaches_nothing(plane: Plane) -> None:
    approval = ask(plane)
    path = path_of(plane, approval)
    answers = [Client().get(path), send(path, {}), send(path, approve(approval)), Client().get(f"{path}x")]
    for answer in answers:
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        policy = answer["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert not answer.cookies
    assert "http" not in re.sub(r"http-equiv", "", text_of(answers[0]))


def test_style_is_the_one_that_the_policy_names(plane: Plane) -> None:
    import base64
    import hashlib

    answer = Client().get(path_of(plane, ask(plane)))
    (style,) = re.findall(r"<style>(.*?)</style>", text_of(answer), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer["Content-Security-Policy"]


def test_suspended_tenant_is_told_in_words(plane: Plane) -> None:
    from tenants.directory import forget

    path = path_of(plane, ask(plane))
    plane.root.execute("UPDATE public.tenant SET state = 'suspended' WHERE id = %s", plane.tenant.id)
    forget(plane.tenant.id, plane.tenant.slug)
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert text_of(answer) == naming("suspended")


def test_no_token_is_logged(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads a log could decide by it. Why a request was refused is there all the same."""
    from structlog.testing import capture_logs

    from automate.approvals import views

    approval = ask(plane)
    path = path_of(plane, approval)
    own = path.rsplit("/", 1)[0]
    with capture_logs() as logged:
        send(path, {"outcome": "maybe"})
        Client().get(f"{path}x")
        Client().get(f"{path}/{path}")
        Client().get(path.replace(plane.tenant.slug, "no-such-tenant"))
        monkeypatch.setattr(views, "shown", lambda *_: 1 / 0)
        assert Client(raise_request_exception=False).get(path).status_code == 500
    codes = [line["code"] for line in logged]
    assert codes == ["BAD_USER_INPUT", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "INTERNAL", "INTERNAL"]
    assert {line["path"] for line in logged} == {own, own.replace(plane.tenant.slug, "no-such-tenant")}
    assert path.rsplit("/", 1)[1] not in repr(logged)


def test_statements_of_the_page(plane: Plane) -> None:
    approval = ask(plane, quorum=9)
    for n in range(5):
        say(plane, approval, person(f"p{n}"), APPROVED)
    path = path_of(plane, approval)
    Client().get(path)
    with counting() as seen:
        Client().get(path)
    assert [words for words, _ in seen if "approval" in words or "a.step_id" in words] == [
        "SELECT a.step_id, a.run_id,",
        "SELECT d.approval_id, d.id,",
    ]


def test_what_is_read_is_what_is_stored(plane: Plane) -> None:
    """Characters that turn the order of reading stand as their escapes wherever the page shows words, and no browser is
    given one; what is decided upon stays as it is. The joiners of emoji and Persian words turn nothing."""
    turns = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
    tricky = "pay " + "".join(map(chr, turns)) + "001 \u200d"
    form = {
        "type": "object",
        "properties": {tricky: {"type": "string", "title": tricky, "default": tricky, "description": tricky}},
    }
    approval = ask(plane, title=tricky, description=tricky, data={tricky: tricky, "b": [tricky]}, form=form, quorum=2)
    say(plane, approval, person(tricky), form={tricky: tricky})
    page = text_of(Client().get(path_of(plane, approval, f"zoe{tricky}")))
    assert [f"{code:04x}" for code in turns if chr(code) in page] == []
    seen = "pay " + "".join(f"\\u{code:04x}" for code in turns) + "001 \u200d"
    assert page.count(seen) >= 10
    assert json.loads(approval.data or "") == {tricky: tricky, "b": [tricky]}
    assert approval.title == tricky
