"""``automate backtest`` against a real server, with workers that work meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from automate.cli import backtest as module
from automate.cli.app import app
from tests.api.test_bulk_cli import working
from tests.support.facts import Naming, naming

Command = Callable[..., Result]
NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]


def over(amount: int) -> Any:
    return {"and": [{"==": [{"var": "type"}, "order.created"]}, {">": [{"var": "payload.amount"}, amount]}]}


@pytest.fixture
def backtest(web: str, tenant: Any, plane: Any, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, beside ten stored orders and a rule for those over five."""
    from tests.support.backtests import stored

    plane.publish("big", NOTE, when=over(5))
    stored(plane, *({"amount": n} for n in range(10)))
    monkeypatch.setenv("AUTOMATE_URL", f"http://{web}")
    monkeypatch.setenv("AUTOMATE_TOKEN", tenant.token)

    def run(*words: str) -> Result:
        with working(plane):
            return CliRunner().invoke(app, ["backtest", *words])

    return run


def table(done: Result) -> dict[str, str]:
    """The counts, by their names."""
    head, *_ = done.output.split("\n\n")
    rows = [line.rsplit(maxsplit=1) for line in head.splitlines()[1:]]
    return {name.strip(): count for name, count in rows}


def draft(tmp_path: Path, name: str, content: Any) -> str:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_condition_in_a_file_is_held_against_a_rule(backtest: Command, tmp_path: Path) -> None:
    done = backtest(draft(tmp_path, "draft.json", over(7)), "--rule", "big", "--since", "1h")
    assert done.exit_code == 0, done.output
    assert naming("finished", "10 of 10") in done.output.splitlines()
    assert table(done) == {"newly matched": "0", "no longer matched": "2", "still matched": "2", "still unmatched": "6"}
    assert [line == naming("false") for line in done.output.splitlines()].count(True) == 2


def test_file_of_apply_is_held_against_the_rules_that_it_names(backtest: Command, tmp_path: Path) -> None:
    rules = [{"slug": slug, "name": "x", "workflow": "big", "when": over(3)} for slug in ("big", "new")]
    file = draft(tmp_path, "all.yaml", {"rules": rules})
    assert table(backtest(file, "--rule", "big"))["newly matched"] == "2"
    assert table(backtest(file, "--rule", "new")) == {"newly matched": "6", "still unmatched": "4"}
    many = backtest(file)
    assert (many.exit_code, getattr(many.exception, "message", "")) == (
        1, naming(file, "--rule", "big", "new"),
    )  # fmt: skip


def test_rule_is_tested_as_it_stands(backtest: Command) -> None:
    done = backtest("big", "--type", "order.created", "--source", "api", "--most", "4")
    assert naming("4 of 4", "--most") in done.output.splitlines()
    assert table(done) == {"newly matched": "0", "no longer matched": "0", "still matched": "4", "still unmatched": "0"}


def test_all_that_was_found_is_printed_as_json(backtest: Command, tmp_path: Path) -> None:
    done = backtest(draft(tmp_path, "draft.json", over(7)), "--rule", "big", "--json")
    found = json.loads(done.stdout)
    assert (found["state"], found["noLongerMatched"], len(found["samples"])) == ("FINISHED", 2, 10)
    assert found["samples"][0]["event"]["type"] == "order.created"


def test_events_that_fail_are_shown_with_their_reasons(backtest: Command, tmp_path: Path) -> None:
    when = {">": [{"-": [{"var": "payload"}, 1]}, 7]}
    done = backtest(draft(tmp_path, "draft.json", when), "--samples", "1")
    assert naming("type error", "10") in done.output.splitlines()
    assert done.output.splitlines()[-2:][0] == "still unmatched:"
    assert done.output.splitlines()[-1].split()[1] == "order.created"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nobody"], naming("nobody")),
        (["big", "--rule", "x"], naming("--rule", "FILE")),
        (["gone.yaml"], naming("gone.yaml")),
        (["big", "--since", "yesterday"], naming("yesterday", "2026-11-26T08:00:00Z", "90m", "24h", "7d")),
        (["big", "--source", "nowhere"], naming("nowhere")),
    ],
)  # fmt: skip
def test_what_cannot_be_tested_is_one_message(backtest: Command, words: list[str], message: Naming) -> None:
    done = backtest(*words)
    assert getattr(done.exception, "message", "") == message, done.exception


def test_whoever_does_not_wait_aborts_it(backtest: Command, plane: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it gives its place to another one."""

    def interrupted(*_arguments: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "backtest_progress_of", interrupted)
    monkeypatch.setattr(plane, "work", lambda: 0)
    assert backtest("big").exit_code == 130
    assert plane.rows("SELECT state FROM backtest") == [("aborted",)]
