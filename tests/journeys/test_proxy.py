"""The deploy page's proxies, really in front of web: webhooks, GraphQL and run feeds over TLS."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from automate.devserver.database_urls import with_parts
from automate.devserver.ports import free_port
from automate.kernel.roles import ADMIN_LOGIN
from automate.project.home import kept_secret
from automate.project.reaching import LOOPBACK
from tests.support.certificates import Authority
from tests.support.facts import naming
from tests.support.installations import Installation, clean_environ
from tests.support.terminal import Terminal
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

EXAMPLES = ROOT / "examples" / "deploy"
PAGE = (ROOT / "docs" / "deploy.md").read_text()
NAME, HOST = "automate.example.com", "localhost"
START_SECONDS = 20.0
SOURCE = '{"sources": [{"slug": "shop", "scheme": "UNSIGNED"}]}'
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Ports:
    web: int
    tls: int
    plain: int


def put(text: str, found: str, instead: str) -> str:
    assert found in text, f"the example does not say {found!r}"
    return text.replace(found, instead)


def nginx(folder: Path, ports: Ports) -> list[str]:
    """The command, with the example's ports, name and certificate put in place of this machine's."""
    site = put((EXAMPLES / "nginx.conf").read_text(), NAME, HOST)
    site = put(site, "listen 80;", f"listen {LOOPBACK}:{ports.plain};")
    site = put(site, "listen 443 ssl;", f"listen {LOOPBACK}:{ports.tls} ssl;")
    site = put(site, f"{LOOPBACK}:8000", f"{LOOPBACK}:{ports.web}")
    site = re.sub(r"/etc/letsencrypt/live/localhost/\w+\.pem", str(folder / "server.pem"), site)
    (folder / "site.conf").write_text(site)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whose = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{whose} daemon off; pid {folder}/pid; events {{}} http {{ access_log off; {temporary} include {folder}/site.conf; }}"
    )
    command = ["nginx", "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    subprocess.run([*command, "-t", "-q"], check=True)
    return command


def caddy(folder: Path, ports: Ports) -> list[str]:
    site = put((EXAMPLES / "Caddyfile").read_text(), NAME, f"https://{HOST}:{ports.tls}")
    site = put(site, f"{LOOPBACK}:8000", f"{LOOPBACK}:{ports.web}")
    settings = f"{{\n\tadmin off\n\thttp_port {ports.plain}\n\tstorage file_system {folder}\n}}\n"
    pem = folder / "server.pem"
    site = put(site, "\theader ", f"\ttls {pem} {pem}\n\theader ")
    (folder / "Caddyfile").write_text(settings + site)
    subprocess.run(["caddy", "validate", "--config", folder / "Caddyfile"], check=True, capture_output=True)
    return ["caddy", "run", "--config", str(folder / "Caddyfile")]


def await_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "the proxy has ended"
            assert time.monotonic() < deadline, "the proxy does not listen"
            time.sleep(0.02)
        else:
            return


@dataclass(frozen=True)
class Front:
    """What is reached through the proxy, by a terminal and by bare requests."""

    terminal: Terminal
    authority: Authority
    ports: Ports
    token: str

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        context = self.authority.client_context()
        with closing(http.client.HTTPSConnection(HOST, self.ports.tls, timeout=30, context=context)) as connection:
            connection.request(method, path, body, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            said = answer.read()
            return answer.status, json.loads(said) if "json" in answer.headers.get("Content-Type", "") else said

    def first_event(self, query: str) -> Any:
        """Of a subscription whose answer goes on."""
        context = self.authority.client_context()
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream",
            "Authorization": f"Bearer {self.token}",
        }
        body = json.dumps({"query": query}).encode()
        with closing(http.client.HTTPSConnection(HOST, self.ports.tls, timeout=30, context=context)) as connection:
            connection.request("POST", "/graphql/stream", body, headers)
            answer = connection.getresponse()
            while not (line := answer.readline()).startswith(b"data: "):
                assert line, answer.status
            return json.loads(line.removeprefix(b"data: "))


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
def front(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Front]:
    make: Callable[[Path, Ports], list[str]] = request.param
    if shutil.which(make.__name__) is None:
        pytest.skip(f"{make.__name__} is not installed here")
    folder, home = tmp_path / "proxy", tmp_path / "home"
    folder.mkdir()
    authority, ports = Authority(), Ports(free_port(), free_port(), free_port())
    (folder / "server.pem").write_bytes(authority.issue(HOST))
    (folder / "authority.pem").write_bytes(authority.certificate)
    environ = {
        **clean_environ(home, ports.web),
        "AUTOMATE_BASE_URL": f"https://{HOST}:{ports.tls}",
        "AUTOMATE_ALLOWED_HOSTS": f"{HOST},{LOOPBACK}",
    }
    proxy = subprocess.Popen(make(folder, ports), stderr=subprocess.DEVNULL)
    try:
        with Installation(home, port=ports.web, environ=environ) as installation:
            up = installation.await_ready()
            await_port(proxy, ports.tls)
            with closing(Terminal(installation, tmp_path / "work")) as terminal:
                terminal.environ |= {
                    "AUTOMATE_URL": f"https://{HOST}:{ports.tls}",
                    "AUTOMATE_TOKEN": up["token"],
                    "SSL_CERT_FILE": str(folder / "authority.pem"),
                    "CURL_CA_BUNDLE": str(folder / "authority.pem"),
                    "AUTOMATE_ADMIN_DATABASE_URL": with_parts(
                        up["database_url"], user=ADMIN_LOGIN, password=kept_secret(home, ADMIN_LOGIN)
                    ),
                    "AUTOMATE_SECRET_KEY": kept_secret(home, "secret_key"),
                }
                yield Front(terminal, authority, ports, up["token"])
    finally:
        proxy.terminate()
        proxy.wait(START_SECONDS)


def test_everything_passes_the_proxy(front: Front) -> None:
    terminal = front.terminal
    (terminal.folder / "source.yaml").write_text(SOURCE)
    (_, made), *_ = terminal.run("automate apply source.yaml", "automate init", "automate apply first.yaml")
    door = f"https://{HOST}:{front.ports.tls}/t/acme/hooks/shop"
    assert made == [f"source shop created, at {door}"]

    following = terminal.follow("automate tail --workflow first")
    order = json.dumps({"type": "order.created", "n": 1, "total": 120}).encode()
    status, accepted = front.request("POST", "/t/acme/hooks/shop", order)
    assert (status, accepted["outcome"]) == (202, "NEW")
    seen = following.await_ends(1)
    assert seen[0].split()[1] == accepted["trace_id"][:8]
    following.end()
    item = front.first_event("subscription { runFeed { kind } }")
    assert item == {"data": {"runFeed": {"kind": "CHECKPOINT"}}}

    status, refused = front.request("POST", "/t/acme/hooks/shop", b" " * (3 * MEBIBYTE))
    assert (status, refused["code"]) == (413, "PAYLOAD_TOO_LARGE")
    status, _ = front.request("POST", "/t/acme/hooks/shop", b" " * (6 * MEBIBYTE))
    assert status in {413, 502}  # nginx counts beforehand; Caddy notices while it passes the body on
    bearer = {"Authorization": f"Bearer {front.token}"}
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Forwarded-For": "10.0.0.1"}
    tenant = put(
        PAGE.partition("## The first tenant")[2].partition("```sh\n")[2].partition("```")[0],
        NAME,
        f"{HOST}:{front.ports.tls}",
    )
    ((status, said),) = terminal.run(put(tenant, "/opt/automate/bin/automate", "automate"))
    assert status == 0, said
    (made_tenant,) = json.loads(said[-1][said[-1].index("{") :])["data"]["upsertTenants"]["tenants"]
    assert (made_tenant["slug"], made_tenant["token"][:9]) == ("first-customer", "automate_")
    query = b'{"query": "{ sources { edges { node { url } } } }"}'
    status, answer = front.request("POST", "/graphql", query, **bearer, **forged)
    assert status == 200
    assert {"node": {"url": door}} in answer["data"]["sources"]["edges"]
    terminal.environ.pop("SSL_CERT_FILE")
    for command in ("automate send order.created", "automate tail"):
        ((status, said),) = terminal.run(command)
        assert status == 1
        assert said[0] == naming(f"https://{HOST}:{front.ports.tls}")


def test_plain_requests_are_sent_to_tls(front: Front) -> None:
    with closing(http.client.HTTPConnection(LOOPBACK, front.ports.plain, timeout=30)) as connection:
        connection.request("GET", "/healthz?a=b", headers={"Host": HOST})
        answer = connection.getresponse()
    assert answer.status == 308
    assert re.fullmatch(rf"https://{HOST}(:{front.ports.tls})?/healthz\?a=b", answer.headers["Location"])
