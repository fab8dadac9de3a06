"""The client's commands against a real web process: what they do, and what they say to a person who erred."""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from automate.client.api import Api, unreachable
from automate.client.timestamps import clock
from automate.devserver.ports import free_port
from tests.support.applied import FILE, write
from tests.support.command import Command, command_of
from tests.support.facts import Naming, naming


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """The command where nothing runs."""
    monkeypatch.setenv("AUTOMATE_HOME", str(tmp_path / "home"))
    for name in ("AUTOMATE_URL", "AUTOMATE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return command_of(monkeypatch, capsys)


def test_send_prints_ids_and_outcome(automate: Command) -> None:
    first = automate("send", "order.created", "--payload", '{"n": 1}', "--key", "one")
    again = automate("send", "order.created", "--payload", '{"n": 1}', "--key", "one")
    other = automate("send", "order.created", "--payload", '{"n": 2}', "--key", "one")
    assert [line.split()[0] for line in first.out.splitlines()] == ["event", "trace", "outcome"]
    assert [done.out.split()[-1] for done in (first, again, other)] == ["NEW", "DUPLICATE", "CONFLICT"]
    assert [done.status for done in (first, again, other)] == [0, 0, 1]
    assert len({done.out.split()[1] for done in (first, again, other)}) == 1
    assert other.err == naming("idempotencyKey")


def test_payload_may_come_from_a_file(automate: Command, tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text(json.dumps({"n": 1}))
    assert automate("send", "order.created", "--payload", f"@{tmp_path / 'order.json'}").status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["send", "x", "--payload", "{n: 1}"], naming("--payload", "JSON")),
        (["send", "x", "--payload", "@missing.json"], naming("missing.json")),
        (["send", "x", "--source", "nobody"], naming("source")),
        (["run", "nobody"], naming("runWorkflow", "nobody")),
        (["explain", "garbage"], naming("event", "automate send")),
        (["apply", "missing.yaml"], naming("missing.yaml")),
        (["tail", "--after", "garbage"], naming("cursor")),
        (["tail", "--workflow", "nope"], naming("nope")),
    ],
)
def test_mistakes_are_one_clear_line(automate: Command, arguments: list[str], said: Naming) -> None:
    done = automate(*arguments)
    assert done.status == 1
    assert done.err == said
    assert len(done.err.splitlines()) == 1
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["send", "a", "--payload", '{"n": "\\u0000"}'], naming("--payload", '"$.n"', "NUL")),
        (["send", "a", "--payload", '"\udcff"'], naming("--payload", "UTF-8", "byte 1")),
        (["send", "a", "--key", "\udcff", "--payload", "1"], naming("UTF-8")),
    ],
)
def test_text_that_cannot_be_stored_is_told_so(automate: Command, arguments: list[str], said: Naming) -> None:
    """Arguments that are no UTF-8 reach a program as halves of surrogate pairs."""
    done = automate(*arguments)
    assert (done.status, done.out) == (1, "")
    assert done.err == said


def test_explain_asks_a_rule_that_has_not_decided(automate: Command, tmp_path: Path) -> None:
    event = automate("send", "order.cancelled", "--payload", '{"n": 1}').out.split()[1]
    assert naming("rule", "decided") in automate("explain", event).out.splitlines()
    automate("apply", write(tmp_path, FILE))
    done = automate("explain", event, "--rule", "orders")
    assert done.status == 0
    assert done.out.splitlines()[1:] == [
        naming("orders"),
        naming("type", "order.cancelled", "order.created"),
        '  - {"==": [{"var": "type"}, "order.created"]} gave false',
        '    + {"var": "type"} gave "order.cancelled"',
    ]


def test_texts_of_strangers_cannot_steer_the_terminal(automate: Command) -> None:
    from automate.cli.output import printable

    assert printable("a\x1b[31mb\x07\r\nc\u202ed") == "a [31mb   c d"


def test_nothing_running_says_how_to_start(nowhere: Command, tmp_path: Path) -> None:
    done = nowhere("send", "x")
    assert done.status == 1
    assert done.err == naming(tmp_path / "home" / "up.json", "`make up`")


@pytest.mark.parametrize("command", [["send", "x"], ["tail"]])
def test_refused_connection_asks_for_make_up(
    nowhere: Command, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("AUTOMATE_URL", url)
    monkeypatch.setenv("AUTOMATE_TOKEN", "t")
    done = nowhere(*command)
    assert done.status == 1
    assert done.err == naming(url, "`make up`")


def test_half_a_setting_is_refused_by_name(nowhere: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOMATE_URL", "http://127.0.0.1:1")
    assert nowhere("send", "x").err == naming("AUTOMATE_TOKEN")
    monkeypatch.setenv("AUTOMATE_TOKEN", "t")
    monkeypatch.setenv("AUTOMATE_URL", "127.0.0.1:8000")
    assert nowhere("send", "x").err == naming("AUTOMATE_URL", "http://", "https://")
    for url in ("http://127.0.0.1:port", "http://[::1"):
        monkeypatch.setenv("AUTOMATE_URL", url)
        assert nowhere("send", "x").err == naming("AUTOMATE_URL", "host", "port")
    monkeypatch.setenv("AUTOMATE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AUTOMATE_TOKEN", "ключ")
    assert nowhere("send", "x").err == naming("AUTOMATE_TOKEN", "characters")
    monkeypatch.setenv("AUTOMATE_TOKEN", "t")
    assert nowhere("send", "x", "--tenant", "acme").err == naming("AUTOMATE_TOKEN", "tenant")


@pytest.mark.parametrize("command", [["send", "x"], ["tail"]])
def test_wrong_token_is_told_so(automate: Command, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.setenv("AUTOMATE_TOKEN", "automate_wrong")
    done = automate(*command)
    assert done.status == 1
    assert "token" in done.err
    assert "`make up`" in done.err, "whoever types a command sends no headers"
    assert len(done.err.splitlines()) == 1


def test_doctor_tries_the_token(automate: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    well = [line for line in automate("doctor").out.splitlines() if line.startswith("ok")]
    assert naming("AUTOMATE_TOKEN", "http://127.0.0.1:") in well
    monkeypatch.setenv("AUTOMATE_TOKEN", "automate_wrong")
    done = automate("doctor")
    assert done.status == 1
    assert naming("AUTOMATE_TOKEN") in [line for line in done.out.splitlines() if line.startswith("fail")]
    assert naming("AUTOMATE_TOKEN", "AUTOMATE_URL") in done.out.splitlines(), "how to repair it"


def test_stranger_at_the_url_is_recognised(nowhere: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stranger(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"hi")

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        monkeypatch.setenv("AUTOMATE_URL", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("AUTOMATE_TOKEN", "t")
        done = nowhere("send", "x")
        server.shutdown()
        serving.join()
    assert done.err == naming("answered 200")


def test_command_waits_for_points_of_the_api() -> None:
    """A refusal for want of points was not executed: the client sends the operation again when it is told to."""
    bodies = [
        {"errors": [{"message": "m", "extensions": {"code": "RATE_LIMITED", "details": {"retry_after_seconds": 0}}}]},
        {"data": {"done": True}},
    ]

    class Throttled(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            content = json.dumps(bodies.pop(0)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Throttled) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        with Api(f"http://127.0.0.1:{server.server_address[1]}/graphql", "t") as api:
            data = api.query("{ done }", {})
        server.shutdown()
        serving.join()
    assert (data, bodies) == ({"done": True}, [])


def test_foreign_host_that_does_not_answer_is_not_make_up() -> None:
    assert unreachable("https://automate.example", None).message == (naming("https://automate.example", "AUTOMATE_URL"))


def test_init_prints_a_command_that_a_shell_understands(nowhere: Command, tmp_path: Path) -> None:
    folder = tmp_path / "my files"
    folder.mkdir()
    done = nowhere("init", str(folder))
    assert done.out.splitlines()[-1].endswith(f" automate apply '{folder}/first.yaml'")


def test_time_of_another_day_is_shown_with_its_date() -> None:
    now = datetime.now(timezone.utc)
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", clock(now.isoformat()))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", clock((now - timedelta(days=1)).isoformat()))


def test_init_never_overwrites(nowhere: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert nowhere("init").status == 0
    (tmp_path / "first.yaml").write_text("mine")
    for arguments in (["init"], ["init", "first.yaml"], ["init", str(tmp_path)]):
        done = nowhere(*arguments)
        assert done.status == 1
        assert done.err == naming("exists")
    assert (tmp_path / "first.yaml").read_text() == "mine"
