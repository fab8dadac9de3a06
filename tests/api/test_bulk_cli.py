"""``automate bulk`` against a real server, with workers that work meanwhile."""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from automate.cli.app import app
from tests.support.facts import naming

Command = Callable[..., Result]
PAGE = (Path(__file__).parents[2] / "docs" / "recovery.md").read_text()
SHELL = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def bulk(web: str, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("AUTOMATE_URL", f"http://{web}")
    monkeypatch.setenv("AUTOMATE_TOKEN", tenant.token)
    return lambda *words: CliRunner().invoke(app, ["bulk", *words])


@contextmanager
def working(plane: Any) -> Iterator[None]:
    """The relay and a worker go on in another thread."""
    from django.db import connection

    over = threading.Event()

    def work() -> None:
        while not over.wait(0.01):
            plane.work()
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


def said(done: Result) -> dict[str, str]:
    """The lines, by the word that each begins with."""
    assert done.exit_code == 0, done.output
    return {name: rest.strip() for name, _, rest in (line.partition(" ") for line in done.output.splitlines())}


def begun(done: Result) -> str:
    operation: str = said(done)["bulk"].split()[0]
    return operation


def test_failures_are_previewed_retried_and_accounted_for(bulk: Command, plane: Any, failed: Any) -> None:
    from graphql_schema.ids import global_id

    runs = [global_id("ExecutionRun", run) for run in failed(3)]
    shown = bulk("preview", "retry", "--workflow", "one")
    assert [line.split()[:2] for line in shown.output.splitlines()[:3]] == [
        ["count", "3"],
        ["looked", "at"],
        ["new", "runs"],
    ]
    failed(2)
    started = bulk("start", "retry", "--workflow", "one", "--preview", said(shown)["preview"], "--rate", "1000")
    assert said(started)["bulk"].split()[1:] == ["running", "3", "items"]
    with working(plane):
        watched = bulk("watch", begun(started))
    assert said(watched)["bulk"] == naming(begun(started), "finished", "3 done", "0 skipped", "0 refused", "of 3")
    listed = [line.split() for line in bulk("items", begun(started)).output.splitlines()]
    assert [(outcome, item) for outcome, item, _ in listed] == [("done", run) for run in reversed(runs)]
    ((retries,),) = plane.rows(
        "SELECT array_agg(id ORDER BY retry_of_id) FROM execution_run WHERE retry_of_id IS NOT NULL"
    )
    assert [run for _, _, run in listed] == [global_id("ExecutionRun", run) for run in reversed(retries)]
    assert bulk("items", begun(started), "--outcome", "refused").output == ""


def test_start_can_wait_for_the_end(bulk: Command, plane: Any, failed: Any) -> None:
    failed(120)
    with working(plane):
        done = bulk("start", "retry", "--all", "--rate", "1000", "--watch")
    assert [line.split()[2:] for line in done.output.splitlines()] == [
        ["running", "120", "items"],
        ["finished", "120", "done,", "0", "skipped,", "0", "refused", "of", "120"],
    ]
    assert (done.exit_code, len(bulk("items", begun(done)).output.splitlines())) == (0, 120)


def test_aborted_operation_is_no_success_for_who_watches_it(bulk: Command, plane: Any, failed: Any) -> None:
    failed(2)
    operation = begun(bulk("start", "retry", "--all", "--rate", "1"))
    plane.work()
    ended = bulk("abort", operation, "--reason", "it is down again")
    assert said(ended)["bulk"] == naming(operation, "aborted", "1 done", "0 skipped", "0 refused", "of 2")
    assert bulk("watch", operation).exit_code == 1
    assert bulk("abort", operation).output == ended.output
    plane.drain()
    other = begun(bulk("start", "cancel", "--all"))
    plane.drain()
    late = bulk("abort", other)
    assert (late.exit_code, getattr(late.exception, "code", "")) == (1, "CONFLICT")


def test_items_that_were_refused_say_why(bulk: Command, plane: Any, failed: Any) -> None:
    from graphql_schema.ids import global_id

    (run,) = failed(1)
    operation = begun(bulk("start", "retry", "--all", "--from", "no_such_step"))
    plane.drain()
    (line,) = bulk("items", operation, "--outcome", "refused").output.splitlines()
    outcome, item, why = line.split(maxsplit=2)
    assert (outcome, item) == ("refused", global_id("ExecutionRun", run))
    assert "no_such_step" in why


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("preview", "retry", "--filter", "[]"), "BAD_USER_INPUT"),
        (("preview", "retry", "--filter", "{"), "INVALID_JSON"),
        (("preview", "retry", "--filter", "@no-such-file"), "BAD_USER_INPUT"),
        (("preview", "replay", "--workflow", "one"), "BAD_USER_INPUT"),
        (("start", "cancel", "--all", "--latest"), "BAD_USER_INPUT"),
        (("start", "retry", "--all", "--preview", "nonsense"), "BAD_USER_INPUT"),
        (("start", "retry", "--all", "--rate", "100000"), "LIMIT_EXCEEDED"),
        (("start", "cancel", "--workflow", "nope"), "NOT_FOUND"),
        (("preview", "retry", "--fingerprint", "nope"), "NOT_FOUND"),
        (("watch", "nonsense"), "NOT_FOUND"),
        (("items", "nonsense"), "NOT_FOUND"),
        (("abort", "nonsense"), "NOT_FOUND"),
    ],
)
def test_what_cannot_be_is_one_clear_message(bulk: Command, words: tuple[str, ...], code: str) -> None:
    done = bulk(*words)
    assert (done.exit_code, getattr(done.exception, "code", "")) == (1, code)


@pytest.mark.parametrize("kind", ["retry", "cancel", "replay", "redrive"])
@pytest.mark.parametrize("words", [(), ("--filter", "{}"), ("--filter", '{"states": null}')])
def test_nothing_short_of_all_takes_all(
    bulk: Command, failed: Any, plane: Any, kind: str, words: tuple[str, ...]
) -> None:
    failed(1)
    done = bulk("start", kind, *words)
    assert (done.exit_code, getattr(done.exception, "code", "")) == (1, "BAD_USER_INPUT")
    assert "--all" in str(done.exception)
    assert plane.rows("SELECT id FROM bulk_operation") == []


def test_all_with_a_filter_is_a_contradiction(bulk: Command, failed: Any) -> None:
    failed(1)
    done = bulk("start", "retry", "--all", "--workflow", "one")
    assert getattr(done.exception, "code", "") == "BAD_USER_INPUT"


def test_unknown_kind_names_those_that_there_are(bulk: Command) -> None:
    done = bulk("start", "mend")
    assert done.exit_code == 2
    assert all(kind in done.output for kind in ("retry", "cancel", "replay", "redrive"))


def test_page_shows_what_can_be_typed(bulk: Command, plane: Any, failed: Any) -> None:
    """The commands of docs/recovery.md, one after another; what one says is what the next is given."""
    failed(3)
    ((fingerprint,),) = plane.rows("SELECT DISTINCT fingerprint FROM execution_run")
    known = {"FINGERPRINT": fingerprint.hex}
    (block,) = SHELL.findall(PAGE)
    commands = [line for line in block.splitlines() if line and not line.startswith("#")]
    verbs = []
    for line in commands:
        program, group, *words = shlex.split(Template(line).substitute(known))
        assert (program, group) == ("automate", "bulk")
        verbs.append(words[0])
        with working(plane):
            done = bulk(*words)
        if words[0] == "abort":
            assert done.exit_code == 1  # it has finished
            continue
        known |= {name.upper(): text.split()[0] for name, text in said(done).items() if name in {"preview", "bulk"}}
    assert verbs == ["preview", "start", "watch", "items", "abort"]
