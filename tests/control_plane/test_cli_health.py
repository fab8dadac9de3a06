"""``automate health`` tells a process that makes progress from one that hangs, is gone or never began."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from automate.cli import health
from automate.devserver.ports import free_port
from automate.processes import pulse
from automate.project.home import home_of
from automate.project.reaching import installation_of
from tests.support.command import Done
from tests.support.facts import naming

PATIENCE_SECONDS = 10.0


def asked(process: str, home: Path, **environ: str) -> Done:
    """The command as an engine runs it: a process of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AUTOMATE_")}
    done = subprocess.run(
        [sys.executable, "-m", "automate.cli", "health", process],
        check=False,
        capture_output=True,
        text=True,
        env={**inherited, "AUTOMATE_HOME": str(home), **environ},
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def age(path: Path, seconds: float) -> None:
    """As if the last round had been so long ago."""
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = pulse.path_of(tmp_path, "worker")
    pulse.begin(made, PATIENCE_SECONDS)
    return made


def test_process_that_did_a_round_is_healthy(tmp_path: Path, path: Path) -> None:
    assert asked("worker", tmp_path) == Done(0, naming("worker"), "")


def test_process_that_hangs_is_not(tmp_path: Path, path: Path) -> None:
    age(path, PATIENCE_SECONDS + 5)
    done = asked("worker", tmp_path)
    assert done.status == 1
    ((pid, seconds),) = re.findall(r"^worker \(pid (\d+)\) .*?(\d+) s ago .* 10 s\b", done.err)
    assert int(pid) == os.getpid()
    assert PATIENCE_SECONDS + 5 <= int(seconds) < 60, "and what the command took to start"


def test_round_makes_it_healthy_again(tmp_path: Path, path: Path) -> None:
    age(path, PATIENCE_SECONDS + 5)
    pulse.beat(path)
    assert asked("worker", tmp_path).status == 0


def test_process_that_ended_is_unhealthy_at_once(tmp_path: Path, path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    path.write_text(f"{gone.pid} {PATIENCE_SECONDS}\n")
    done = asked("worker", tmp_path)
    assert (done.status, done.err) == (1, f"worker (pid {gone.pid}) has ended\n")


@pytest.mark.parametrize("content", [None, "", "worker", "1 2 3", "pid ten"])
def test_process_that_never_began_is_unhealthy(tmp_path: Path, content: str | None) -> None:
    path = pulse.path_of(tmp_path, "relay")
    if content is not None:
        path.parent.mkdir()
        path.write_text(content)
    done = asked("relay", tmp_path)
    assert done.status == 1
    assert done.err == naming("relay", tmp_path)


def test_processes_of_one_kind_are_told_apart_by_name(tmp_path: Path, path: Path) -> None:
    assert asked("worker", tmp_path, AUTOMATE_PROCESS="worker-2").status == 1
    pulse.begin(pulse.path_of(tmp_path, "worker-2"), PATIENCE_SECONDS)
    age(path, PATIENCE_SECONDS + 5)
    assert asked("worker", tmp_path, AUTOMATE_PROCESS="worker-2").status == 0
    assert asked("worker", tmp_path).status == 1


def test_asking_costs_no_imports() -> None:
    """It is asked every few seconds for each process: Django and typer would take most of a second each time."""
    code = (
        "import sys; sys.argv = ['automate', 'health', 'worker']\n"
        "import automate.cli as cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'django', 'typer', 'rich', 'uvicorn', 'structlog'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("words", [[], ["nonsense"], ["worker", "relay"]])
def test_wrong_words_are_refused_with_the_right_ones(words: list[str]) -> None:
    command = [sys.executable, "-m", "automate.cli", "health", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "health [OPTIONS] {process}" in done.stderr
    assert "Traceback" not in done.stderr


class _Web(BaseHTTPRequestHandler):
    status = 200
    installation: str
    hosts: list[str]

    def do_GET(self) -> None:
        self.hosts.append(f"{self.path} {self.headers['Host']}")
        self.send_response(self.status)
        self.end_headers()
        said = {"status": "database away" if self.status != 200 else "ok", "installation": self.installation}
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[HTTPServer]:
    _Web.status, _Web.hosts, _Web.installation = 200, [], installation_of(home_of(os.environ))
    with HTTPServer(("127.0.0.1", 0), _Web) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("", "127.0.0.1"),
        ("*", "127.0.0.1"),
        ("automate.example,127.0.0.1", "automate.example"),
        (".automate.example", "automate.example"),
    ],
)
def test_web_is_asked_under_a_name_that_it_answers_to(
    web: HTTPServer, monkeypatch: pytest.MonkeyPatch, allowed: str, host: str
) -> None:
    monkeypatch.setenv("AUTOMATE_HOST", "0.0.0.0")
    monkeypatch.setenv("AUTOMATE_PORT", str(web.server_port))
    monkeypatch.setenv("AUTOMATE_ALLOWED_HOSTS", allowed)
    health.health(health.Process.web)
    assert _Web.hosts == [f"/readyz {host}"]


@pytest.mark.parametrize(("status", "said"), [(503, "database away"), (400, "database away")])
def test_web_that_is_not_ready_is_unhealthy(
    web: HTTPServer, monkeypatch: pytest.MonkeyPatch, status: int, said: str
) -> None:
    _Web.status = status
    monkeypatch.setenv("AUTOMATE_PORT", str(web.server_port))
    with pytest.raises(SystemExit, match=said):
        health.health(health.Process.web)


def test_web_of_another_home_is_not_ours(web: HTTPServer, tmp_path: Path) -> None:
    """Nothing runs here, and another checkout is ready on the port."""
    done = asked("web", tmp_path, AUTOMATE_PORT=str(web.server_port))
    assert (done.status, done.out) == (1, "")
    assert done.err == naming("200", f"127.0.0.1:{web.server_port}", f"web of {tmp_path}")


def test_web_that_is_gone_is_unhealthy(tmp_path: Path) -> None:
    port = free_port()
    done = asked("web", tmp_path, AUTOMATE_PORT=str(port))
    assert done.status == 1
    assert done.err == naming("web", f"127.0.0.1:{port}", "answer")


def test_loop_outlives_a_home_that_it_cannot_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    from actors.processes import LoopProgress

    (tmp_path / "home").write_text("a file where the folder should be")
    monkeypatch.setattr(settings, "AUTOMATE_HOME", tmp_path / "home")
    rounds = LoopProgress(PATIENCE_SECONDS, PATIENCE_SECONDS)
    rounds.done()
    rounds.done()
    (tmp_path / "home").unlink()
    rounds.done()
    path = pulse.path_of(tmp_path / "home", settings.PROCESS)
    assert pulse.read(path).pid == os.getpid()
    path.unlink()
    rounds.done()
    rounds.done()
    assert pulse.read(path).patience_seconds == PATIENCE_SECONDS
