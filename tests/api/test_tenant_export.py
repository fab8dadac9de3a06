"""exportTenant: all data but secret values as one tar, streamed, with a manifest that its files agree with."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from tenants.exporting import parts, tickets
from tenants.exporting.table_queries import LEFT_OUT, TABLES
from tenants.grants import TENANT_TABLES
from tests.api.test_export_memory import FILL, server_of
from tests.support import browsers, rows
from tests.support.api import Api
from tests.support.plane import Plane

EXPORT = "mutation ($input: ExportTenantInput!) { exportTenant(input: $input) { url expiresAt errors { code } } }"
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
SECRET = "sk_live_0123456789abcdef"
RUNS = 60_000
MOST_GROWTH = 32 * 1024 * 1024


@pytest.fixture
def api(plane: Plane, tenant: Any) -> Api:
    return Api(tenant.token)


def read(archive: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest, and the lines of each table."""
    found: dict[str, bytes] = {}
    manifest: dict[str, Any] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None
            if member.name == parts.MANIFEST:
                manifest = json.loads(content.read())
            else:
                table = member.name.partition("/")[0]
                found[table] = found.get(table, b"") + content.read()
    return manifest, found


def test_every_table_of_a_tenant_is_exported_or_left_out_with_a_reason() -> None:
    named = [table.name for table in TABLES] + list(LEFT_OUT)
    assert len(named) == len(set(named))
    assert set(TENANT_TABLES) - set(named) == set()


def test_archive_agrees_with_its_manifest_and_holds_no_secret(
    plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_BYTES", 2_000)
    api.data(
        'mutation { saveSource(input: {slug: "token", scheme: BEARER, secrets: ["'
        + SECRET
        + '"]}) { errors { code } } }'
    )
    plane.publish("one", NOTE)
    plane.send(*({"n": n, "text": "x" * 300} for n in range(20)))
    plane.drain()
    archive = b"".join(parts.archive(plane.tenant))
    manifest, found = read(archive)
    assert manifest["tenant"] == {"id": str(plane.tenant.id), "slug": plane.tenant.slug}
    for table, told in manifest["tables"].items():
        content = found.get(table, b"")
        assert (told["bytes"], told["rows"]) == (len(content), content.count(b"\n")), table
        assert told["sha256"] == hashlib.sha256(content).hexdigest(), table
    assert manifest["tables"]["execution_run"]["rows"] == 20
    assert manifest["tables"]["event_payload"]["files"] > 1
    body = bytes.fromhex(json.loads(found["event_payload"].splitlines()[0])["body"].removeprefix("\\x"))
    assert json.loads(body)["text"] == "x" * 300
    assert SECRET.encode() not in archive
    for word in (b'"sealed"', b'"secrets"', b'"digest":', b'"token_hash"', b'"proof"'):
        assert word not in b"".join(
            found[table] for table in ("source", "secret_version", "api_token", "invitation") if table in found
        )


def test_url_is_for_owners_of_this_tenant(
    plane: Plane, api: Api, web: str, token_for: Any, tenant_factory: Any
) -> None:
    admin = token_for(plane.tenant, "admin")
    assert Api(admin).code(EXPORT, input={"reason": "x"}) == "FORBIDDEN"
    answer = api.data(EXPORT, input={"reason": "to take along"})["exportTenant"]
    assert answer["errors"] == []
    url = f"http://{web}{answer['url']}"
    assert httpx2.get(url).status_code == 401
    for token in (admin, tenant_factory().token):
        assert httpx2.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 403
    json_only = httpx2.get(url, headers={"Authorization": f"Bearer {api.token}", "Accept": "application/json"})
    assert (json_only.status_code, json_only.json()["details"]) == (406, {"media_types": ["application/x-tar"]})
    whole = httpx2.get(url, headers={"Authorization": f"Bearer {api.token}"})
    assert (whole.status_code, whole.headers["content-type"]) == (200, "application/x-tar")
    manifest, _ = read(whole.content)
    assert manifest["tables"]["audit_entry"]["rows"] >= 1
    assert plane.rows("SELECT count(*) FROM audit_entry WHERE action = 'tenant.export'") == [(1,)]


def test_ticket_ends(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting_for(plane.tenant):
        monkeypatch.setattr(tickets, "GOOD_FOR", -tickets.GOOD_FOR)
        old = tickets.issue("x").text
    for text in (old, "zzz", ""):
        with pytest.raises(Exception, match="15 minutes"):
            tickets.check(plane.tenant, text)


@pytest.mark.slow
def test_memory_does_not_follow_the_size(tenant: Any, web: str) -> None:
    with acting_for(tenant.ref):
        flow = rows.flow()
        execute(FILL, [flow.workflow, flow.version, rows.event(), RUNS])
    server = server_of(web)
    headers = {"Authorization": f"Bearer {tenant.token}"}
    url = Api(tenant.token).data(EXPORT, input={"reason": "x"})["exportTenant"]["url"]
    before, most, size = server.memory_info().rss, 0, 0
    with httpx2.stream("GET", f"http://{web}{url}", headers=headers, timeout=120) as response:
        for part in response.iter_raw():
            size += len(part)
            most = max(most, server.memory_info().rss)
    print(f"{size / 1e6:.1f} MB; {(most - before) / 1024 / 1024:.1f} MiB more at most")
    assert size > 30_000_000
    assert most - before < MOST_GROWTH


def test_only_an_owner_downloads_with_a_session(web: str, tenant: Any, tenant_factory: Callable[[], Any]) -> None:
    other = tenant_factory()
    owner = browsers.person((tenant.ref, "owner"), (other.ref, "owner"))
    admin = browsers.person((tenant.ref, "admin"))
    browser, stranger = browsers.Browser(), browsers.Browser()
    assert browser.sign_in(owner).status_code == stranger.sign_in(admin).status_code == 200
    body = {"query": EXPORT, "variables": {"input": {"reason": "we move"}}}
    path = f"/t/{tenant.ref.slug}/graphql"
    answer = browser.send("POST", path, body, **{"X-CSRFToken": browser.csrf_token})
    url = answer.json()["data"]["exportTenant"]["url"]
    assert url.startswith(f"/t/{tenant.ref.slug}/api/v1/exports/tenant?ticket=")
    cookies = {"automate_session": str(browser.session_key)}
    found = httpx2.get(f"http://{web}{url}", cookies=cookies, headers={"Sec-Fetch-Site": "same-origin"})
    assert found.status_code == 200
    assert found.headers["Content-Disposition"] == f'attachment; filename="{tenant.ref.slug}.tar"'
    assert read(found.content)[0]["tenant"]["slug"] == tenant.ref.slug
    assert browser.send("GET", url, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.send("GET", url.replace(tenant.ref.slug, other.ref.slug)).status_code == 403
    assert stranger.send("GET", url).status_code == 403
    assert browsers.Browser().send("GET", url).status_code == 401
    # The path of tokens takes no session.
    assert browser.send("GET", url.removeprefix(f"/t/{tenant.ref.slug}")).status_code == 401
