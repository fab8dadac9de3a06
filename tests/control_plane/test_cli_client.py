"""The client's commands against a real web process: what they do, and what they say to a person who erred."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.project.client import operations
from automate.project.client.api import Api, nobody_answers
from automate.project.client.moments import clock
from automate.project.local.ports import free_port
from tests.support.command import Command, command_of

READY_SECONDS = 60
FILE = """\
sources:
  - slug: shop
    scheme: UNSIGNED
  - slug: hub
    scheme: GITHUB
    secrets: [a long secret of the hub]
workflows:
  - slug: note
    name: Note
    definition:
      schema: 1
      steps:
        - key: note
          uses: log.write
          with: {message: hello}
rules:
  - slug: orders
    name: Orders
    workflow: note
    when: {"==": [{"var": "type"}, order.created]}
"""


@pytest.fixture(scope="module")
def web(database: Any) -> Iterator[str]:
    """The URL of a web process on the session's servers."""
    port = free_port()
    environ = {**os.environ, "AUTOMATE_PORT": str(port), "AUTOMATE_BASE_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen([sys.executable, "-m", "automate.project.cli", "web"], env=environ)
    ready = threading.Event()

    def ask() -> None:
        while process.poll() is None and not ready.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    ready.set()
            except OSError:
                ready.wait(0.05)
            finally:
                connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        assert ready.wait(READY_SECONDS), "web did not become ready"
        yield f"http://127.0.0.1:{port}"
    finally:
        ready.set()
        asking.join()
        process.terminate()
        process.wait(30)


@pytest.fixture
def automate(
    web: str, tenant_factory: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """The command for a tenant of its own."""
    monkeypatch.setenv("AUTOMATE_URL", web)
    monkeypatch.setenv("AUTOMATE_TOKEN", tenant_factory().token)
    return command_of(monkeypatch, capsys)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """The command where nothing runs."""
    monkeypatch.setenv("AUTOMATE_HOME", str(tmp_path / "home"))
    for name in ("AUTOMATE_URL", "AUTOMATE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return command_of(monkeypatch, capsys)


def write(folder: Path, text: str) -> str:
    path = folder / "it.yaml"
    path.write_text(text)
    return str(path)


def rows(text: str) -> list[list[str]]:
    return [line.split(maxsplit=2) for line in text.splitlines()]


def test_apply_makes_what_the_file_says_once(automate: Command, tmp_path: Path, web: str) -> None:
    file = write(tmp_path, FILE)
    first = automate("apply", file)
    assert (first.status, first.err) == (0, "")
    assert [outcome.split(", at http")[0] for _, _, outcome in rows(first.out)] == [
        "created", "created", "created, published as version 1", "created",
    ]  # fmt: skip
    second = automate("apply", file)
    assert rows(second.out) == [
        ["source", "shop", "unchanged"],
        ["source", "hub", "unchanged"],
        ["workflow", "note", "unchanged"],
        ["rule", "orders", "unchanged"],
    ]
    with Api(f"{web}/graphql", os.environ["AUTOMATE_TOKEN"]) as api:
        seen = api.query(
            "{ rules(first: 5) { edges { node { revision } } } workflows(first: 5) { edges { node { revision } } } }",
            {},
        )
    assert [edge["node"]["revision"] for one in seen.values() for edge in one["edges"]] == [1, 1]


def test_apply_says_what_changed(automate: Command, tmp_path: Path) -> None:
    automate("apply", write(tmp_path, FILE))
    changed = (
        FILE.replace("message: hello", "message: bye").replace("Orders", "All orders").replace("secret of", "key of")
    )
    assert rows(automate("apply", write(tmp_path, changed)).out) == [
        ["source", "shop", "unchanged"],
        ["source", "hub", "changed"],
        ["workflow", "note", "changed, published as version 2"],
        ["rule", "orders", "changed"],
    ]


def test_apply_reports_all_problems_and_publishes_nothing(automate: Command, tmp_path: Path, web: str) -> None:
    wrong = FILE.replace("uses: log.write", "uses: log.wirte").replace(
        "order.created]}", "order.created]}\n    prioritty: 1"
    )
    file = write(tmp_path, wrong)
    done = automate("apply", file)
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        f"{file}:21: rules[0].prioritty: there is no such field; there are slug, name, workflow, when, enabled and priority\n"
    )
    file = write(tmp_path, wrong.replace("\n    prioritty: 1", ""))
    done = automate("apply", file)
    assert done.status == 1
    (first, *_, last) = done.err.splitlines()
    assert first.startswith(f"{file}:14: workflows[0].definition.steps[0].uses: ")
    assert "log.write" in first
    assert last == "Nothing was published; mend this and apply again."
    again = automate("apply", file)
    assert again.err == done.err
    with Api(f"{web}/graphql", os.environ["AUTOMATE_TOKEN"]) as api:
        seen = api.query(
            '{ rules(first: 5) { edges { node { slug } } } workflow(slug: "note") { currentVersion { id } } }', {}
        )
    assert seen == {"rules": {"edges": []}, "workflow": {"currentVersion": None}}


def test_wrong_scheme_is_told_with_its_line_before_anything_is_saved(
    automate: Command, tmp_path: Path, web: str
) -> None:
    file = write(tmp_path, FILE.replace("scheme: GITHUB", "scheme: github"))
    done = automate("apply", file)
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        f"{file}:5: sources[1].scheme: scheme must be one of STANDARD_WEBHOOKS, GITHUB, STRIPE, SLACK, SHOPIFY, HMAC, "
        "BASIC, BEARER, UNSIGNED\n"
    )
    with Api(f"{web}/graphql", os.environ["AUTOMATE_TOKEN"]) as api:
        assert "shop" not in [row["slug"] for row in api.rows(operations.SOURCES)]


def test_apply_says_what_was_published_before_the_api_refused(
    automate: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody saves the same rule between the reading and the saving."""

    def refuse_rules(api: Api, document: str, values: Mapping[str, Any]) -> dict[str, Any]:
        if document == operations.SAVE_RULE:
            return {"errors": [{"message": "Somebody saved revision 2 meanwhile.", "path": ["expectedRevision"]}]}
        return attempt(api, document, values)

    attempt = Api.attempt
    with monkeypatch.context() as patched:
        patched.setattr(Api, "attempt", refuse_rules)
        done = automate("apply", write(tmp_path, FILE))
    assert done.status == 1
    assert rows(done.out)[2] == ["workflow", "note", "created, published as version 1"]
    assert done.err.splitlines()[-1] == (
        "Refused after note was published. Mend this and apply again; what is so already stays untouched."
    )
    assert rows(automate("apply", write(tmp_path, FILE)).out)[2:] == [
        ["workflow", "note", "unchanged"],
        ["rule", "orders", "created"],
    ]


def test_apply_says_what_it_did_before_the_api_went_away(
    automate: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def go_away(api: Api, document: str, values: Mapping[str, Any]) -> dict[str, Any]:
        if document == operations.SAVE_RULE:
            raise NormalizedError("UNAVAILABLE", "The connection was lost.")
        return attempt(api, document, values)

    attempt = Api.attempt
    monkeypatch.setattr(Api, "attempt", go_away)
    done = automate("apply", write(tmp_path, FILE))
    assert (done.status, done.err) == (1, "The connection was lost.\n")
    assert [kind for kind, *_ in rows(done.out)] == ["source", "source", "workflow"]


def test_apply_knows_workflows_of_the_tenant_and_no_others(automate: Command, tmp_path: Path) -> None:
    automate("apply", write(tmp_path, FILE))
    rule = "rules:\n  - slug: more\n    name: More\n    workflow: {}\n    when: true\n"
    assert rows(automate("apply", write(tmp_path, rule.format("note"))).out) == [["rule", "more", "created"]]
    done = automate("apply", write(tmp_path, rule.format("nobody")))
    assert done.status == 1
    assert ":4: rules[0].workflow: there is no workflow of this slug, here or in the tenant" in done.err


def test_built_in_source_is_refused_with_its_line(automate: Command, tmp_path: Path) -> None:
    done = automate("apply", write(tmp_path, "sources:\n  - slug: api\n    scheme: UNSIGNED\n"))
    assert done.status == 1
    assert ":2: sources[0].slug: api is built in" in done.err


def test_send_prints_ids_and_outcome(automate: Command) -> None:
    first = automate("send", "order.created", "--payload", '{"n": 1}', "--key", "one")
    again = automate("send", "order.created", "--payload", '{"n": 1}', "--key", "one")
    other = automate("send", "order.created", "--payload", '{"n": 2}', "--key", "one")
    assert [line.split()[0] for line in first.out.splitlines()] == ["event", "trace", "outcome"]
    assert [done.out.split()[-1] for done in (first, again, other)] == ["NEW", "DUPLICATE", "CONFLICT"]
    assert [done.status for done in (first, again, other)] == [0, 0, 1]
    assert len({done.out.split()[1] for done in (first, again, other)}) == 1
    assert other.err.startswith("This idempotencyKey came before with another payload")


def test_payload_may_come_from_a_file(automate: Command, tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text(json.dumps({"n": 1}))
    assert automate("send", "order.created", "--payload", f"@{tmp_path / 'order.json'}").status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["send", "x", "--payload", "{n: 1}"], "--payload: the body is not JSON"),
        (["send", "x", "--payload", "@missing.json"], "There is no file missing.json."),
        (["send", "x", "--source", "nobody"], "source"),
        (["run", "nobody"], "runWorkflow: There is no workflow 'nobody'; save it first."),
        (["explain", "garbage"], "This tenant has no event of this id; `automate send` prints ids."),
        (["apply", "missing.yaml"], "There is no file missing.yaml."),
        (["tail", "--after", "garbage"], "cursor"),
        (["tail", "--workflow", "nope"], "There is no workflow 'nope'; save it first."),
    ],
)
def test_mistakes_are_one_clear_line(automate: Command, arguments: list[str], said: str) -> None:
    done = automate(*arguments)
    assert done.status == 1
    assert said in done.err
    assert len(done.err.splitlines()) == 1
    assert "Traceback" not in done.err


def test_explain_asks_a_rule_that_has_not_decided(automate: Command, tmp_path: Path) -> None:
    event = automate("send", "order.cancelled", "--payload", '{"n": 1}').out.split()[1]
    assert "No rule has decided about it" in automate("explain", event).out
    automate("apply", write(tmp_path, FILE))
    done = automate("explain", event, "--rule", "orders")
    assert done.status == 0
    assert done.out.splitlines()[1:] == [
        "orders has not decided about it, but would say so now:",
        'It did not match, because type is "order.cancelled", which does not equal "order.created".',
        '  - {"==": [{"var": "type"}, "order.created"]} gave false',
        '    + {"var": "type"} gave "order.cancelled"',
    ]


def test_texts_of_strangers_cannot_steer_the_terminal(automate: Command) -> None:
    from automate.project.cli.output import printable

    assert printable("a\x1b[31mb\x07\r\nc\u202ed") == "a [31mb   c d"


def test_nothing_running_says_how_to_start(nowhere: Command, tmp_path: Path) -> None:
    done = nowhere("send", "x")
    assert done.status == 1
    assert f"there is no {tmp_path / 'home' / 'up.json'}. Start it with `make up`" in done.err


@pytest.mark.parametrize("command", [["send", "x"], ["tail"]])
def test_refused_connection_asks_for_make_up(
    nowhere: Command, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("AUTOMATE_URL", url)
    monkeypatch.setenv("AUTOMATE_TOKEN", "t")
    done = nowhere(*command)
    assert done.status == 1
    assert done.err.startswith(f"Nothing answers at {url}")
    assert done.err.endswith("; is `make up` running?\n")


def test_half_a_setting_is_refused_by_name(nowhere: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOMATE_URL", "http://127.0.0.1:1")
    assert nowhere("send", "x").err.startswith("AUTOMATE_TOKEN is missing")
    monkeypatch.setenv("AUTOMATE_TOKEN", "t")
    monkeypatch.setenv("AUTOMATE_URL", "127.0.0.1:8000")
    assert nowhere("send", "x").err == "AUTOMATE_URL must be a URL that begins with http:// or https://\n"
    for url in ("http://127.0.0.1:port", "http://[::1"):
        monkeypatch.setenv("AUTOMATE_URL", url)
        assert nowhere("send", "x").err.startswith("AUTOMATE_URL must be a URL whose host and port can be read")
    monkeypatch.setenv("AUTOMATE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AUTOMATE_TOKEN", "ключ")
    assert nowhere("send", "x").err.startswith("AUTOMATE_TOKEN has characters that no token has")
    monkeypatch.setenv("AUTOMATE_TOKEN", "t")
    assert nowhere("send", "x", "--tenant", "acme").err.startswith("AUTOMATE_TOKEN alone picks the tenant")


@pytest.mark.parametrize("command", [["send", "x"], ["tail"]])
def test_wrong_token_is_told_so(automate: Command, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.setenv("AUTOMATE_TOKEN", "automate_wrong")
    done = automate(*command)
    assert done.status == 1
    assert "token" in done.err
    assert len(done.err.splitlines()) == 1


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
    assert "answered 200, but not as this API does; is the URL right?" in done.err


def test_foreign_host_that_does_not_answer_is_not_make_up() -> None:
    assert nobody_answers("https://automate.example", None).message == (
        "Nothing answers at https://automate.example; is AUTOMATE_URL right, and does this machine reach it?"
    )


def test_init_prints_a_command_that_a_shell_understands(nowhere: Command, tmp_path: Path) -> None:
    folder = tmp_path / "my files"
    folder.mkdir()
    done = nowhere("init", str(folder))
    assert done.out.splitlines()[-1].endswith(f"then: automate apply '{folder}/first.yaml'")


def test_moment_of_another_day_is_shown_with_its_date() -> None:
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
        assert "exists already and is left as it is" in done.err
    assert (tmp_path / "first.yaml").read_text() == "mine"
