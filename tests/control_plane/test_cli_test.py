"""``automate test`` and pytest run the same files: what is not as expected is told with its line, and nothing is asked of a server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from automate.cli.applying.document import parse
from automate.cli.rehearsing.writing import as_yaml
from automate.kernel.json_values import JsonValue
from tests.support.cases import plugins
from tests.support.command import Command, command_of
from tests.support.facts import Naming, naming
from tests.support.tree import ROOT

CASE = """\
about: A big order is greeted and confirmed.
file: first.yaml
workflow: first
event:
  type: order.created
  payload: {n: 7, total: 250}
answers:
  greet:
    - output: {message: Order 7 over 250, level: info}
  confirm:
    - error: {code: CONNECTOR_TRANSIENT, message: The disk is busy.}
    - output: {message: "Greeted with: Order 7 over 250", level: info}
expect:
  run: succeeded
  rules: {first: matched}
  steps:
    greet: {state: succeeded, attempts: 1}
    confirm: {state: succeeded, attempts: 2}
  calls:
    - {step: greet, uses: log.write, input: {message: Order 7 over 250}}
    - {step: confirm, input: {message: "Greeted with: Order 7 over 250", level: info}}
    - {step: confirm, at_seconds: 1}
  emitted: []
  seconds: 1
"""


@pytest.fixture
def automate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)
    made = command_of(monkeypatch, capsys)
    made("init")
    return made


def case(text: str = CASE, name: str = "first.automate.yaml") -> None:
    Path(name).write_text(text)


def test_case_that_holds_is_ok(automate: Command) -> None:
    case()
    done = automate("test")
    assert (done.status, done.out, done.err) == (
        0,
        naming("ok", "first.automate.yaml", "succeeded", "3 calls", "1 s"),
        "",
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("run: succeeded", "run: failed", naming("14: run", "failed", "succeeded")),
        ("attempts: 2}", "attempts: 1}", naming("18: steps.confirm.attempts", "1", "2")),
        ("rules: {first: matched}", "rules: {first: unmatched}", naming("15: rules.first", "unmatched", "matched")),
        ("{first: matched}", "{second: matched}", naming("15:", "second")),
        ("total: 250}", "total: 50}", naming("20: calls[0].input.message", "Order 7 over 250", "Order 7 over 50")),
        (
            "    - error: {code: CONNECTOR_TRANSIENT, message: The disk is busy.}\n",
            "",
            naming("17: steps.confirm.attempts"),
        ),
        ("  greet:\n", "  greets:\n", naming("7:", "greet", "log.write")),
        ("level: info}", "level: loud}", naming("9: log.write", "output.level:")),
        ("workflow: first\n", "workflow: second\n", naming("3: first.yaml", "second")),
        ("file: first.yaml", "file: none.yaml", naming("2: none.yaml")),
        ("about:", "abouts:", naming("1:", "abouts")),
        ("  run: succeeded\n", "", naming("13:", "run")),
        ("expect:\n", "expect:\n  run: done\n", naming("15:")),
        ("file: first.yaml\n", "", naming("1:", "definition", "file")),
    ],
)
def test_what_is_wrong_is_told_with_its_line(automate: Command, old: str, new: str, told: Naming) -> None:
    changed = CASE.replace(old, new, 1)
    assert changed != CASE
    case(changed)
    done = automate("test", "first.automate.yaml")
    first, *lines = done.out.splitlines()
    assert (done.status, first) == (1, "fail  first.automate.yaml")
    assert lines[0].startswith("      first.automate.yaml:"), lines
    assert lines[0] == told
    assert done.err == naming("1 of 1")


def test_folders_are_searched_and_all_files_are_told(automate: Command) -> None:
    Path("deep/er").mkdir(parents=True)
    case(CASE.replace("first.yaml", "../../first.yaml"), "deep/er/a.automate.yaml")
    case(CASE.replace("run: succeeded", "run: failed"), "b.automate.yaml")
    done = automate("test", ".", "b.automate.yaml")
    assert [line.split()[:2] for line in done.out.splitlines() if not line.startswith(" ")] == [
        ["fail", "b.automate.yaml"],
        ["ok", "deep/er/a.automate.yaml"],
    ]
    assert (done.status, done.err) == (1, naming("1 of 2"))


def test_nothing_to_test_is_no_success(automate: Command) -> None:
    done = automate("test")
    assert (done.status, done.err) == (
        1,
        naming("*.automate.yaml", "automate record"),
    )
    assert automate("test", "nowhere").err == naming("nowhere")


def test_what_came_of_it_can_be_shown_and_taken_over(automate: Command) -> None:
    case(CASE[: CASE.index("expect:")] + "expect: {run: succeeded}\n")
    shown = automate("test", "--show").out.split("\n", 1)[1]
    case(CASE[: CASE.index("expect:")] + shown)
    assert automate("test").status == 0


@pytest.mark.slow
def test_it_needs_no_server_and_no_settings(automate: Command) -> None:
    case()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AUTOMATE", "DATABASE", "DJANGO"))
    }
    environ = {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")])}
    command = [sys.executable, "-m", "automate.cli", "test"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        naming("ok", "first.automate.yaml", "succeeded", "3 calls", "1 s"),
        "",
    )


IN_PYTHON = """
def test_calls(rehearsed):
    seen = rehearsed("first.automate.yaml")
    assert [call.step for call in seen.calls] == ["greet", "confirm", "confirm"]
    assert seen.steps["greet"]["output"]["message"] == "Order 7 over 250"
"""


def pytest_says(*arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")])}
    environ |= plugins()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=60)


@pytest.mark.slow
def test_pytest_collects_the_files_and_offers_them_to_tests(automate: Command) -> None:
    case()
    Path("test_first.py").write_text(IN_PYTHON)
    done = pytest_says()
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


@pytest.mark.slow
def test_pytest_tells_the_same_without_a_stack(automate: Command) -> None:
    case(CASE.replace("run: succeeded", "run: failed"))
    done = pytest_says()
    assert done.returncode == 1
    assert naming("first.automate.yaml:14: run:", '"failed"', '"succeeded"') in done.stdout.splitlines()
    assert "Traceback" not in done.stdout
    assert "stage.py" not in done.stdout


@pytest.mark.parametrize(
    "text",
    ["yes", "on", "null", "~", "", "1e5", "0o17", "0x1f", "1_000", "12:30:00", "2026-01-01", ".5", "+1", "true", "a: b", "- a", "#x", "a\nb\n", "é\u2028", "=", "<<", "!x", "&a", "*a", "{{ x }}", "'", '"'],
)  # fmt: skip
def test_what_is_written_is_read_back_the_same(text: str) -> None:
    value: JsonValue = {"text": text, text: [text, {"n": 1.5e300, "i": 10**18, "b": False, "none": None, "empty": []}]}
    assert parse(as_yaml(value).encode()).value == value
