"""The portal's page and files, as web serves them, with and without a build."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from django.test import Client
from django.test.utils import override_settings

from tenants.portal import files

HTML = (
    '<!doctype html><div id="root"></div><script type="module" src="/static/portal/assets/index-a1b2c3d4.js"></script>'
)
URLS = ("/portal/", "/portal/acme/runs", "/portal/acme/runs/x?tab=input")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of that of the build."""
    monkeypatch.setattr(files, "BUILT", tmp_path / "built")
    return tmp_path / "built"


def build(folder: Path, script: str = "1;", stamp: str = "one") -> None:
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(HTML)
    (folder / "assets" / "index-a1b2c3d4.js").write_text(script)
    (folder / "stamp").write_text(stamp)


def directives(policy: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


@pytest.mark.parametrize("url", URLS)
def test_page_says_that_it_is_not_built(database: object, built: Path, url: str) -> None:
    answer = Client().get(url)
    assert (answer.status_code, answer["Refresh"], answer["Content-Type"]) == (404, "3", "text/html; charset=utf-8")
    assert "make portal" in answer.content.decode()
    assert "<script" not in answer.content.decode()


@pytest.mark.parametrize("url", URLS)
def test_every_address_answers_with_the_page_under_a_strict_policy(database: object, built: Path, url: str) -> None:
    build(built)
    answer = Client().get(url)
    assert (answer.status_code, answer.content.decode(), answer["Cache-Control"]) == (200, HTML, "no-store")
    policy = directives(answer["Content-Security-Policy"])
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "http" not in answer["Content-Security-Policy"]
    assert (policy["frame-ancestors"], answer["X-Frame-Options"]) == ("'none'", "DENY")


def test_browsers_use_https_alone_where_the_installation_does(database: object, built: Path) -> None:
    assert "Strict-Transport-Security" not in Client().get("/portal/").headers
    with override_settings(SESSION_COOKIE_SECURE=True):
        assert "max-age=31536000" in Client().get("/portal/")["Strict-Transport-Security"]


def test_page_takes_nothing(database: object, built: Path) -> None:
    answer = Client().post("/portal/")
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")


def get(host: str, path: str) -> tuple[int, dict[str, str], bytes]:
    with closing(http.client.HTTPConnection(host, timeout=30)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


async def nothing(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def files_alone() -> Iterator[str]:
    """The application for static files on a real server."""
    from tenants.portal.static_files import application

    server = uvicorn.Server(uvicorn.Config(application(nothing), lifespan="off", log_config=None, ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: asyncio.run(server._serve(sockets=[listener])))
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


SCRIPT = "/static/portal/assets/index-a1b2c3d4.js"


def test_files_with_hashed_names_may_be_kept_for_ever(built: Path, files_alone: str) -> None:
    build(built)
    status, headers, body = get(files_alone, SCRIPT)
    assert (status, body, headers["x-content-type-options"]) == (200, b"1;", "nosniff")
    assert "immutable" in headers["cache-control"]
    assert "immutable" not in get(files_alone, "/static/portal/index.html")[1]["cache-control"]


def test_build_that_ends_while_web_runs_is_served(built: Path, files_alone: str) -> None:
    assert get(files_alone, SCRIPT)[0] == 404
    build(built)
    assert get(files_alone, SCRIPT)[2] == b"1;"
    build(built, script="2;", stamp="two")
    assert get(files_alone, SCRIPT)[2] == b"2;"


@pytest.mark.parametrize("path", ["../secret.txt", "%2e%2e/secret.txt", "x.js", "assets/"])
def test_nothing_outside_the_build_is_served(built: Path, files_alone: str, path: str) -> None:
    build(built)
    (built.parent / "secret.txt").write_text("no")
    assert get(files_alone, f"/static/portal/{path}")[0] == 404
