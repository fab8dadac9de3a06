"""Members subscribe with their session, from pages of this installation alone, and no longer than they are members."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from django.db import connection
from websockets.exceptions import InvalidStatus

from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tests.support.browsers import Browser, Person, person, signed_in
from tests.support.event_streams import Events
from tests.support.facts import naming
from tests.support.noticing import seconds_until
from tests.support.run_feed import SHORT, Run
from tests.support.sockets import Socket, raw_socket

SECOND = 1.0
VIEWER = "{ viewer { role } }"


@pytest.fixture
def editor(tenant: Any) -> Person:
    return person((tenant.ref, "editor"))


@pytest.fixture
def browser(editor: Person) -> Browser:
    return signed_in(editor)


def cookies(browser: Browser) -> str:
    return f"automate_session={browser.session_key}; automate_csrf={browser.csrf_token}"


@asynccontextmanager
async def member_socket(host: str, slug: str, browser: Browser, **headers: str) -> AsyncIterator[Socket]:
    """As a page of ours opens it: the browser sends the cookie and the origin, and the page sends no token."""
    sent = {"Cookie": cookies(browser), "Origin": f"http://{host}", **headers}
    async with raw_socket(host, f"/t/{slug}/graphql", **sent) as socket:
        await socket.send(type="connection_init", payload={})
        yield socket


@asynccontextmanager
async def member_stream(host: str, slug: str, browser: Browser, document: str = SHORT) -> AsyncIterator[Events]:
    headers = {
        "Cookie": cookies(browser),
        "X-CSRFToken": browser.csrf_token,
        "Accept": "text/event-stream",
        "Content-Type": "application/json",
        "Origin": f"http://{host}",
    }
    body = json.dumps({"query": document}).encode()
    async with (
        httpx2.AsyncClient(timeout=20) as client,
        client.stream("POST", f"http://{host}/t/{slug}/graphql/stream", content=body, headers=headers) as response,
    ):
        assert response.status_code == 200
        yield Events(response)


def test_member_asks_over_a_socket(web: str, tenant: Any, browser: Browser, run_async: Run) -> None:
    async def scenario() -> Any:
        async with member_socket(web, tenant.ref.slug, browser) as socket:
            assert await socket.receive() == {"type": "connection_ack"}
            return await socket.answer(VIEWER)

    assert run_async(scenario())["data"] == {"viewer": {"role": "EDITOR"}}


def test_socket_of_another_sites_page_is_refused_with_the_cookie(
    web: str, tenant: Any, browser: Browser, run_async: Run
) -> None:
    async def status(origin: str) -> int:
        try:
            async with member_socket(web, tenant.ref.slug, browser, Origin=origin):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code

    origins = ["https://evil.example", "null", f"https://{web}", f"http://{web}.evil.example"]
    assert [run_async(status(origin)) for origin in origins] == [403] * 4


def test_socket_without_an_origin_has_no_session(web: str, tenant: Any, browser: Browser, run_async: Run) -> None:
    """No browser leaves the origin out."""

    async def scenario() -> Any:
        async with raw_socket(web, f"/t/{tenant.ref.slug}/graphql", Cookie=cookies(browser)) as socket:
            await socket.send(type="connection_init", payload={})
            return await socket.closed(), await socket.reason()

    assert run_async(scenario()) == (4403, naming("Origin"))


def test_socket_of_any_page_may_bring_a_token_of_the_tenant(
    web: str, tenant: Any, tenant_factory: Callable[[], Any], run_async: Run
) -> None:
    foreign = tenant_factory()

    async def scenario(token: str) -> Any:
        path = f"/t/{tenant.ref.slug}/graphql"
        async with raw_socket(web, path, Origin="https://dashboard.example") as socket:
            await socket.send(type="connection_init", payload={"Authorization": f"Bearer {token}"})
            if token == tenant.token:
                assert await socket.receive() == {"type": "connection_ack"}
                return None
            return await socket.closed()

    assert run_async(scenario(tenant.token)) is None
    assert run_async(scenario(foreign.token)) == 4403


def test_socket_of_a_tenant_of_others_closes_as_for_no_tenant(
    web: str, browser: Browser, tenant_factory: Callable[[], Any], run_async: Run
) -> None:
    async def scenario(slug: str) -> Any:
        async with member_socket(web, slug, browser) as socket:
            return await socket.closed(), await socket.reason()

    foreign, unknown = run_async(scenario(tenant_factory().ref.slug)), run_async(scenario("no-such-tenant"))
    assert foreign == unknown
    assert foreign[0] == 4403


def signed_out(browser: Browser, _person: Person, _root: Any) -> None:
    browser.account("mutation { logout { signedOut } }")


def signed_out_everywhere(_browser: Browser, who: Person, _root: Any) -> None:
    signed_in(who).account("mutation { signOutEverywhere { signedOut } }")


def _statement(text: str) -> Callable[[Browser, Person, Any], None]:
    def end(_browser: Browser, who: Person, root: Any) -> None:
        with root.transaction():
            root.execute("SET LOCAL automate.retention = 'on'")
            root.execute(text, [who.id])

    return end


ENDS: dict[str, Callable[[Browser, Person, Any], None]] = {
    "signed out": signed_out,
    "signed out everywhere": signed_out_everywhere,
    "deactivated": _statement("UPDATE public.person SET is_active = false WHERE id = %s"),
    "removed": _statement("DELETE FROM public.membership WHERE user_id = %s"),
    "demoted": _statement("UPDATE public.membership SET role = 'viewer' WHERE user_id = %s"),
    "expired": _statement("UPDATE public.sign_in SET expires_at = now() WHERE user_id = %s"),
    "new password": _statement("UPDATE public.person SET password = 'argon2$other' WHERE id = %s"),
}


async def end_of(socket: Socket) -> str:
    """The code of the error that ends the subscription. A slow machine sees checkpoints before it."""
    while (message := await socket.receive())["type"] != "error":
        pass
    code: str = message["payload"][0]["extensions"]["code"]
    return code


async def end_of_stream(stream: Events) -> str:
    while "errors" not in (content := (await stream.event())[1]):
        pass
    code: str = content["errors"][0]["extensions"]["code"]
    return code


@pytest.fixture(params=sorted(ENDS))
def end(request: Any, editor: Person, browser: Browser, superuser: Any) -> Callable[[], None]:
    """Ends what the member may do, in one of the ways."""

    def act() -> None:
        ENDS[request.param](browser, editor, superuser)
        connection.close()

    return act


def test_open_sockets_and_streams_end_within_a_second(
    web: str, tenant: Any, browser: Browser, end: Callable[[], None], run_async: Run
) -> None:
    slug = tenant.ref.slug

    async def scenario() -> Any:
        async with (
            member_socket(web, slug, browser) as quiet,
            member_socket(web, slug, browser) as listening,
            member_stream(web, slug, browser) as stream,
        ):
            for socket in (quiet, listening):
                assert await socket.receive() == {"type": "connection_ack"}
            await listening.subscribe("1", SHORT)
            await listening.item()
            await stream.item()

            async def all_three() -> Any:
                ends = (end_of(listening), end_of_stream(stream), quiet.closed(), listening.closed(), quiet.reason())
                return await asyncio.gather(*ends)

            return await seconds_until(all_three(), end)

    seconds, seen = run_async(scenario())
    assert seen == ["UNAUTHENTICATED", "UNAUTHENTICATED", 4403, 4403, naming("sign-in", "role")]
    assert seconds < SECOND


def test_new_password_by_any_way_ends_the_sign_ins(editor: Person, browser: Browser) -> None:
    """As ``changepassword`` and Django admin set it: without the flows of sign-in."""
    from tenants.people.models import SignIn, User

    with acting_for_platform("set a password", AUTHENTICATION_ROLE):
        user = User.objects.get(id=editor.id)
        user.set_password("another long password 1")
        user.save(update_fields=["password"])
        assert not SignIn.objects.filter(user_id=editor.id).exists()
