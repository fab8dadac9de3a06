"""``automate up`` while it runs: what it tells its clients, and that it starts again what dies."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from automate.client import operations
from automate.client.api import Api
from automate.devserver.forks import NAME as FORKS
from automate.devserver.forks import Forks
from automate.devserver.ports import free_port
from automate.devserver.signs import SILENT_SECONDS
from automate.processes import pulse
from tests.support.facts import Naming, naming
from tests.support.installations import END_SECONDS, UP, Installation, clean_environ
from tests.support.scrapes import scraped, value

pytestmark = pytest.mark.slow

PROCESSES = ("web", "relay", "worker", "worker-2", "scheduler")
SERVERS = ("PostgreSQL", "Valkey")
MOST_UNSHARED_MB = 350
"""Of the supervisor, its five processes, and the one that forks them. It was 494 when each process imported everything itself."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("a home") / ".automate") as installation:
        installation.await_ready()
        yield installation


def ready_status(up: dict[str, str]) -> int:
    with urllib.request.urlopen(up["graphql"].replace("/graphql", "/readyz"), timeout=10) as answer:
        status: int = answer.status
    return status


def test_up_file_tells_clients_everything(running: Installation) -> None:
    up = running.up()
    server = f"127.0.0.1:{running.port}"
    assert list(up) == [
        "tenant", "url", "graphql", "graphql_ws", "hooks", "token", "tenants", "platform", "pids", "metrics", "database_url", "redis_url",
    ]  # fmt: skip
    assert up["tenant"] == "acme"
    assert up["url"] == f"http://{server}/t/acme/"
    assert up["graphql"] == f"http://{server}/graphql"
    assert up["graphql_ws"] == f"ws://{server}/graphql"
    assert up["hooks"] == f"http://{server}/t/acme/hooks/"
    assert set(up["tenants"]) == {"acme", "globex"}
    assert up["tenants"]["acme"] == {"token": up["token"]}
    assert len({up["token"], up["tenants"]["globex"]["token"], up["platform"]["token"]}) == 3
    assert set(up["pids"]) == {"supervisor", *PROCESSES}
    assert up["pids"]["supervisor"] == running.process.pid
    assert stat.S_IMODE((running.home / "up.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(running.home.stat().st_mode) == 0o700


def test_each_process_serves_its_metrics_on_a_port_of_its_own(running: Installation) -> None:
    urls = running.up()["metrics"]
    assert set(urls) == set(PROCESSES)
    assert {urlsplit(url).hostname for url in urls.values()} == {"127.0.0.1"}
    assert len({urlsplit(url).port for url in urls.values()}) == len(PROCESSES)
    for name, url in urls.items():
        assert value(scraped(url), "process_resident_memory_bytes") > 0, name


def test_idle_processes_hold_little_memory_of_their_own(running: Installation) -> None:
    pids = dict(running.up()["pids"])
    if Forks.work_here():
        pids[FORKS] = int((running.home / "locks" / FORKS).read_text())
    held = {name: psutil.Process(pid).memory_full_info().uss / 1e6 for name, pid in pids.items()}
    assert sum(held.values()) < MOST_UNSHARED_MB, held


def test_printed_curl_sends_an_event(running: Installation) -> None:
    start = next(number for number, line in enumerate(running.said) if line.startswith("curl "))
    command = "\n".join(running.said[start : start + 4])
    done = subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True, timeout=30)
    answer = json.loads(done.stdout)["data"]["ingestEvent"]
    assert (answer["outcome"], answer["errors"]) == ("NEW", [])


def test_printed_addresses_answer(running: Installation) -> None:
    said = [line.split() for line in running.said]
    (graphql,), (hooks,) = ([line[1] for line in said if line[:1] == [word]] for word in ("GraphQL", "Webhooks"))
    assert hooks == running.up()["hooks"] + "SOURCE"
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(graphql, timeout=10)
    assert json.load(answer.value)["errors"][0]["message"] == naming("token")


def test_other_address_and_other_hosts_are_no_obstacle(tmp_path: Path) -> None:
    """Web listens where the default hosts do not point, and answers names that are not the address of its own."""
    home, port = tmp_path / "home", free_port()
    environ = {
        **clean_environ(home, port),
        "AUTOMATE_WORKERS": "1",
        "AUTOMATE_HOST": "127.0.0.2",
        "AUTOMATE_ALLOWED_HOSTS": "automate.example",
    }
    with Installation(home, port=port, environ=environ) as installation:
        up = installation.await_ready()
        assert up["graphql"] == f"http://127.0.0.2:{port}/graphql"
        assert ready_status(up) == 200
        with Api(up["graphql"], up["token"]) as api:
            saved = api.mutate(operations.SAVE_SOURCE, {"slug": "shop", "scheme": "UNSIGNED"})
        assert saved["source"]["url"] == f"http://127.0.0.2:{port}/t/acme/hooks/shop"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AUTOMATE_LEASE_SECONDS", "soon", naming("AUTOMATE_LEASE_SECONDS")),
        ("AUTOMATE_SECRET_KEY", "short", naming("AUTOMATE_SECRET_KEY")),
        ("AUTOMATE_HOST", "192.0.2.1", naming("AUTOMATE_HOST")),
        (
            "AUTOMATE_HOME",
            "/dev/null/home",
            naming("AUTOMATE_HOME", "/dev/null"),
        ),
        ("REDIS_URL", "redis://:hidden@127.0.0.1:1/0", naming("127.0.0.1:1/0", "REDIS_URL")),
    ],
)
def test_wrong_setting_is_refused_before_a_server_starts(tmp_path: Path, name: str, value: str, said: Naming) -> None:
    home = tmp_path / "home"
    environ = {**clean_environ(home, free_port()), name: value}
    done = subprocess.run(UP, check=False, capture_output=True, text=True, env=environ, timeout=END_SECONDS)
    assert done.returncode == 1
    assert done.stderr == said
    assert len(done.stderr.splitlines()) == 1
    assert "hidden" not in done.stderr
    assert not (home / "postgres").exists()


@pytest.mark.parametrize("name", PROCESSES)
def test_killed_process_starts_again(running: Installation, name: str) -> None:
    before = running.up()["pids"][name]
    os.kill(before, signal.SIGKILL)
    said = running.await_line(f"{name} (pid {before}) ended with SIGKILL")
    assert re.match(r"  \d\d:\d\d:\d\d ", said)
    assert said == naming("0.2 s", f"{running.home / 'log' / name}.log")
    running.await_line(f"{name} started again")
    after = running.up()["pids"][name]
    assert after != before
    assert psutil.pid_exists(after)


def works(running: Installation, name: str, pid: int) -> bool:
    """Whether this process has started, and not only an earlier one of its name."""
    if name == "web":
        with suppress(OSError):
            return ready_status(running.up()) == 200
        return False
    found = pulse.read(pulse.path_of(running.home, name))
    return found is not None and found.pid == pid


@pytest.mark.long
def test_hung_processes_are_ended_and_start_again(running: Installation) -> None:
    """A stopped process can no longer end itself: SIGABRT waits, and SIGKILL does not."""
    before = {name: running.up()["pids"][name] for name in ("web", "worker", "scheduler")}
    for name, pid in before.items():
        while not works(running, name, pid):
            time.sleep(0.1)
    awaited = set[str]()
    for name, pid in before.items():
        os.kill(pid, signal.SIGSTOP)
        awaited |= {f"{name} (pid {pid}) ended with SIGKILL", f"{name} started again"}
    while awaited:
        said = running.await_line("", 2 * SILENT_SECONDS)
        awaited -= {line for line in awaited if line in said}
    after = running.up()["pids"]
    assert all(after[name] != pid for name, pid in before.items())


def test_killed_servers_start_again_under_their_urls(running: Installation) -> None:
    before = running.up()
    for title, lock in zip(SERVERS, ("postgres", "valkey"), strict=True):
        os.kill(int((running.home / "locks" / lock).read_text()), signal.SIGKILL)
        running.await_line(f"{title} started again")
    assert running.up()["database_url"] == before["database_url"]
    assert running.up()["redis_url"] == before["redis_url"]


@pytest.mark.skipif(not Forks.work_here(), reason="processes are forked on Linux alone")
def test_death_of_the_process_that_forks_harms_nothing(running: Installation) -> None:
    before = running.up()["pids"]
    os.kill(int((running.home / "locks" / FORKS).read_text()), signal.SIGKILL)
    os.kill(before["relay"], signal.SIGKILL)
    running.await_line("relay started again")
    after = running.up()["pids"]
    assert {name for name in PROCESSES if after[name] != before[name]} == {"relay"}
    while not all(works(running, name, after[name]) for name in PROCESSES):
        time.sleep(0.1)


def test_second_up_refuses_and_harms_nothing(running: Installation) -> None:
    up = running.up()
    environ = clean_environ(running.home, running.port)
    second = subprocess.run(UP, check=False, capture_output=True, text=True, env=environ, timeout=END_SECONDS)
    assert second.returncode == 1
    assert second.stderr == naming(up["graphql"], running.process.pid)
    assert "Traceback" not in second.stderr
    assert running.up() == up
    assert ready_status(up) == 200
