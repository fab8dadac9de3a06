"""Every line of docs/tour.md is run, and says what the page says; and what its commands do when things go wrong."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.console import matches, told
from tests.support.installations import Installation
from tests.support.terminal import SECONDS, Terminal
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "tour.md"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("tour") / "home") as running:
        running.await_ready()
        yield running


@pytest.fixture
def terminal(installation: Installation, tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(installation, tmp_path / "work")
    yield opened
    opened.close()


def test_tour_says_what_happens(terminal: Terminal) -> None:
    commands = told(PAGE.read_text())
    places = [number for number, one in enumerate(commands) if one.command.startswith("automate tail")]
    (place,) = places
    before, watched, after = commands[:place], commands[place], commands[place + 1 :]
    assert {one.command.split()[1] for one in commands if one.command.startswith("automate")} == {
        "doctor", "init", "apply", "tail", "run", "send", "explain",
    }  # fmt: skip
    assert commands[-1].command.startswith("automate explain")
    assert "It did not match, because" in "\n".join(commands[-1].lines)
    done = terminal.run(*(one.command for one in before))
    following = terminal.follow(watched.command)
    done += terminal.run(*(one.command for one in after))
    for one, (status, said) in zip([*before, *after], done, strict=True):
        assert status == 0, (one.command, said)
        assert matches(said, one.lines), (one.command, said)
    seen = following.await_ends(2)
    assert matches(seen, watched.lines), seen
    assert following.end().startswith("automate tail --workflow first --after ")


def test_comparison_sees_other_words() -> None:
    """The sabotaged twin: the page's outputs are really compared."""
    assert matches(["ok    Python 3.11", "warn  x", "ok    Redis 7"], ["ok    Python …", "…", "ok    Redis …"])
    assert not matches(["ok    Python 3.11", "warn  x"], ["ok    Python …"])
    assert not matches(["outcome NEW"], ["outcome DUPLICATE"])
    assert not matches([], ["run … ms"])


def test_tail_outlives_the_web_process_and_resumes(terminal: Terminal, installation: Installation) -> None:
    terminal.run("automate init", "automate apply first.yaml")
    run = """automate run first --payload '{"n": 1, "total": 120}' --wait"""
    following = terminal.follow("automate tail --workflow first")
    terminal.run(run)
    first = following.await_ends(1)
    before = installation.up()["pids"]["web"]
    os.kill(before, signal.SIGKILL)
    assert following.noted.get(timeout=SECONDS).startswith("The connection was lost")
    installation.await_line("web started again")
    terminal.run(f"until {run}; do sleep 0.2; done")
    second = following.await_ends(1)
    again = following.end()
    assert len(first) == len(second) == 7
    terminal.run(run)
    resumed = terminal.follow(again)
    third = resumed.await_ends(1)
    resumed.end()
    traces = [{line.split()[1] for line in lines} for lines in (first, second, third)]
    assert [len(one) for one in traces] == [1, 1, 1]
    assert len(set.union(*traces)) == 3
    assert len(third) == 7


@pytest.mark.long
def test_tail_outlives_a_new_start_with_its_new_tokens(tmp_path: Path) -> None:
    """And whatever ends it, it says how to go on."""
    home, run = tmp_path / "home", """automate run first --payload '{"n": 1, "total": 120}' --wait"""
    with Installation(home) as first, closing(Terminal(first, tmp_path / "work")) as terminal:
        token = first.await_ready()["token"]
        terminal.run("automate init", "automate apply first.yaml")
        following = terminal.follow("automate tail --workflow first")
        assert first.end() == 0
        assert following.noted.get(timeout=SECONDS).startswith("The connection was lost")
        with Installation(home, port=first.port) as second:
            assert second.await_ready()["token"] != token
            ((status, said),) = terminal.run(run)
            assert status == 0, said
            assert len(following.await_ends(1)) == 7
            following.process.terminate()
            assert following.process.wait(SECONDS) == 128 + signal.SIGTERM
            assert following.noted.get(timeout=SECONDS).startswith(
                "Resume with: automate tail --workflow first --after "
            )


def test_failed_run_ends_with_status_one(terminal: Terminal) -> None:
    done = terminal.run(
        "automate init",
        "automate apply first.yaml",
        """automate run first --payload '{"total": 120}' --wait""",
        """automate run first --payload '{"total": 120}' --wait --tenant globex""",
        "automate send order.created --tenant nobody",
    )
    status, said = done[2]
    assert status == 1
    assert "failed" in said[-1]
    assert "{{ event.payload.n }} is null" in said[-1]
    assert done[3][0] == 1
    assert "There is no workflow 'first'. Save the workflow first." in done[3][1][0]
    assert done[4][0] == 1
    assert "The tenant 'nobody' has no token" in done[4][1][0]
