"""Texts of strangers in every field of every page: they stay texts. The pages are parsed as a browser parses them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from automate.kernel.tenancy import acting_for
from tests.staff.conftest import Filled, fill
from tests.support import rows
from tests.support.staff import Page, page_of, tenant_url

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</pre></title></textarea><iframe srcdoc='<script>1</script>'>",
    "{{ settings.SECRET_KEY }}{% debug %}",
    "javascript:alert(1)//",
    "<a href=javascript:alert(1)>x</a><style>*{display:none}</style>",
    "\u202egnp.exe\u2066\u200b\x1b[2J",
    "<!--<plaintext>",
    "&lt;script&gt;&#60;b&#62;",
]
MARK = "hostile-mark"
ALLOWED_SCRIPTS = ("/static/", "/admin/")


def hostile() -> str:
    return f"{MARK}{''.join(HOSTILE)}"


@pytest.fixture
def attacked(tenant: Any, superuser: Any) -> Filled:
    """A tenant whose every text column holds the hostile text, as far as it goes."""
    own = fill(tenant, 1)
    poison(superuser, own.ref.schema)
    poison(superuser, "public", f"tenant_id = '{own.ref.id}'")
    with acting_for(own.ref):
        rows.event({hostile().replace("\x00", ""): {"deep": [hostile()]}})
    return own


KEPT = {
    "id",
    "schema_name",
    "slug",
    "state",
    "checksum",
    "digest",
    "proof",
    "hash",
    "trace_id",
    "scheme",
    "topic",
    "email",
    "sealed",
    "secrets",
}
COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type, coalesce(c.character_maximum_length, 100000) FROM information_schema.columns c
WHERE c.table_schema = %s AND c.data_type IN ('text', 'character varying', 'jsonb') AND c.table_name = ANY(%s)"""
TABLES = [
    "source",
    "workflow",
    "workflow_version",
    "event",
    "execution_run",
    "step_run",
    "audit_entry",
    "outbox_job",
    "platform_audit_entry",
    "api_token",
]
OBJECTS = {"last_error": "code", "error": "code"}


def poison(session: Any, schema: str, which: str = "true") -> None:
    """Write the text into every column that a person or a sender may fill. session: the superuser's, past all guards."""
    session.execute("SET session_replication_role = replica")
    for table, column, kind, most in session.execute(COLUMNS, [schema, TABLES]).fetchall():
        has_tenant = (
            which == "true"
            or session.execute(
                "SELECT 1 FROM information_schema.columns WHERE table_schema = %s AND table_name = %s AND column_name = 'tenant_id'",
                [schema, table],
            ).fetchone()
        )
        if column in KEPT or not has_tenant:
            continue
        text = hostile()[:most]
        value: Any = text
        if kind == "jsonb":
            value = json.dumps({"code": text, "message": text, "name": text, "a": [text], text: text})
        # The keys of a run's steps differ.
        shown = f"left(%s, {most - 12}) || right(id::text, 12)" if column == "key" else "%s"
        session.execute(f'UPDATE {schema}."{table}" SET "{column}" = {shown} WHERE {which}', [value])
    session.execute("SET session_replication_role = origin")


def elements_that_act(page: Page) -> list[str]:
    found = []
    for one in page.elements:
        handlers = [name for name in one.attributes if name.startswith("on")]
        foreign = one.tag in {"iframe", "object", "embed", "style", "base", "svg:script", "plaintext"}
        script = one.tag == "script" and not one.attributes.get("src", "").startswith(ALLOWED_SCRIPTS)
        link = one.attributes.get("href", "").strip().lower().startswith(("javascript:", "data:"))
        image = one.tag == "img" and not one.attributes.get("src", "").startswith("/static/")
        if handlers or foreign or script or link or image:
            found.append(f"{one.tag} {one.attributes}")
    return found


def urls_of(own: Filled, client: Client) -> list[str]:
    lists = [
        *(
            tenant_url(own.ref, one)
            for one in ("events/source/", "workflows/workflow/", "workflows/workflowversion/", "events/event/")
        ),
        *(tenant_url(own.ref, one) for one in ("runs/executionrun/", "outbox/outboxjob/", "audit/auditentry/")),
        f"/admin/tenants/apitoken/?q={own.ref.slug}",
        f"/admin/tenants/platformauditentry/?q={own.ref.slug}",
        f"/admin/tenants/tenant/?q={own.ref.slug}",
    ]
    details = [link for url in lists for link in page_of(client.get(url)).links("/change/")]
    return [*lists, *details]


def test_hostile_texts_are_inert_on_every_page(root_user: Client, attacked: Filled) -> None:
    seen = 0
    for url in urls_of(attacked, root_user):
        answer = root_user.get(url)
        assert answer.status_code == 200, url
        body, page = answer.content.decode(), page_of(answer)
        assert elements_that_act(page) == [], url
        assert not {"\u202e", "\u2066", "\u200b", "\x1b"} & set(body), url
        seen += MARK in page.text
    assert seen >= 12


def test_hostile_payload_is_inert_where_it_is_revealed(root_user: Client, attacked: Filled) -> None:
    with acting_for(attacked.ref):
        event = rows.event({"text": hostile()})
    url = tenant_url(attacked.ref, f"events/event/{event}/reveal/")
    root_user.post(url, {"reason": hostile().replace("\x1b", "")[:400]})
    answer = root_user.get(url)
    assert MARK in page_of(answer).text
    assert elements_that_act(page_of(answer)) == []


@pytest.mark.parametrize("place", ["?q={0}", "?state={0}", "?after={0}", "{0}/change/", "?next={0}"])
def test_hostile_urls_are_inert(root_user: Client, filled: Filled, place: str) -> None:
    from urllib.parse import quote

    for text in HOSTILE:
        for base in (tenant_url(filled.ref, "runs/executionrun/"), "/admin/tenants/apitoken/", "/admin/login/"):
            answer = root_user.get(base + place.format(quote(text, safe="")), follow=True)
            assert elements_that_act(page_of(answer)) == [], (base, text)


def test_text_that_acts_is_found() -> None:
    """The sabotaged twin: an unescaped text fails the check."""
    page = Page()
    page.feed("".join(HOSTILE))
    assert len(elements_that_act(page)) >= 4


def test_sign_in_page_leads_nowhere_else(database: Any) -> None:
    for wanted in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/t/acme/hooks/x",
    ):
        page = page_of(Client().get("/admin/login/", {"next": wanted}))
        (form,) = [one for one in page.elements if one.attributes.get("id") == "sign-in"]
        assert form.attributes["data-next"] == "/admin/"
