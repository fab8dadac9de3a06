"""A command imports what it needs: lists of commands import none of them, and clients of the API no server's libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from automate.cli.app import app, loaded
from automate.cli.listed import CLIENT, LISTED
from tests.support.command_times import COMMAND, LISTS, OF_CLIENTS, OF_OTHERS, shortest, spent

SERVERS = {
    "django",
    "redis",
    "uvicorn",
    "psycopg",
    "strawberry",
    "graphql",
    "dramatiq",
    "starlette",
    "cryptography",
    "rest_framework",
}
"""Libraries of servers. Of 1.4 to 2.1 s that each command took, they were the most."""
RUN = """
import json, sys
from automate.cli import main
sys.argv = ["automate", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
finally:
    print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""
UNANSWERED = "http://127.0.0.1:9"
API_ONLY = [
    ["runs"],
    ["show", "x"],
    ["approvals"],
    ["send", "t"],
    ["run", "x"],
    ["tail"],
    ["effects"],
    ["cancel", "x"],
    ["audit", "export"],
    ["token", "list"],
    ["recipes"],
    ["deliveries"],
    ["record", "x"],
]


def imported(*words: str) -> set[str]:
    """The top packages that a command has imported by its end. Nothing answers it."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOMATE", "DJANGO"))}
    environ |= {"AUTOMATE_URL": UNANSWERED, "AUTOMATE_TOKEN": "x", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", RUN, *words], capture_output=True, text=True, env=environ, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", [["--version"], ["--help"], []], ids=["version", "help", "none"])
def test_lists_import_no_command(words: list[str]) -> None:
    found = imported(*words)
    assert found & (SERVERS | {"httpx2", "yaml", "orjson"}) == set()
    assert ("typer" in found) == (words != ["--version"])


FAST = (["audit", "export"], ["recipes"])
"""Commands whose modules import most."""


@pytest.mark.parametrize(
    "words",
    [pytest.param(words, id=" ".join(words), marks=[] if words in FAST else pytest.mark.slow) for words in API_ONLY],
)
def test_clients_import_no_library_of_servers(words: list[str]) -> None:
    found = imported(*words)
    assert found & SERVERS == set()
    assert "httpx2" in found


def started(words: list[str], most: float) -> float:
    """The shortest processor time of a command, as if the machine were idle."""
    environ = {**os.environ, "AUTOMATE_URL": UNANSWERED, "AUTOMATE_TOKEN": "x", "PYTHONPATH": os.pathsep.join(sys.path)}
    return shortest(lambda: spent([*COMMAND, *words], environ).processor, environ, most)


@pytest.mark.slow
@pytest.mark.parametrize("name", [None, *LISTED])
def test_command_starts_in_time(name: str | None) -> None:
    if name is None:
        assert max(started([word], LISTS) for word in ("--version", "--help")) <= LISTS
        return
    most = OF_CLIENTS if LISTED[name].panel == CLIENT else OF_OTHERS
    assert started([name, "--help"], most) <= most


@pytest.mark.slow
def test_doctor_checks_the_servers_in_time(database: object) -> None:
    assert started(["doctor"], OF_OTHERS) <= OF_OTHERS


def test_new_connectors_need_no_simulator() -> None:
    """It took half of the time that ``automate connector`` needed to start."""
    found = imported("connector", "--help")
    assert found & (SERVERS | {"structlog"}) == set()


@pytest.mark.parametrize(("word", "without"), [("test", SERVERS | {"structlog"}), ("doctor", {"psycopg", "redis"})])
def test_help_of_a_check_imports_no_library_of_servers(word: str, without: set[str]) -> None:
    """They took half of the time that these commands needed to start."""
    assert imported(word, "--help") & without == set()


@pytest.mark.slow
def test_processes_import_no_library_of_command_lines() -> None:
    """Each process that runs all day pays for its imports in memory. Without settings it ends after most of them."""
    found = imported("worker")
    assert found & {"typer", "pydantic", "rich", "uvicorn", "httpx2"} == set()
    assert "structlog" in found


@pytest.mark.slow
def test_eager_import_would_be_found() -> None:
    """The sabotaged twin: a command of a server imports Django."""
    assert "django" in imported("doctor")


@pytest.mark.parametrize("name", LISTED)
def test_summary_is_the_first_paragraph_of_the_commands_help(name: str) -> None:
    command = loaded(name, LISTED[name])
    assert command.name == name
    assert " ".join((command.help or "").split("\n\n")[0].split()) == LISTED[name].summary


def test_list_of_commands_has_them_all() -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "300", "TERMINAL_WIDTH": "300"})
    assert shown.exit_code == 0
    for name, listed in LISTED.items():
        assert f" {name} " in shown.output, name
        assert listed.panel[:20] in shown.output
    assert CLIENT in shown.output


def test_unknown_command_is_refused_with_status_2() -> None:
    assert CliRunner().invoke(app, ["nothing"]).exit_code == 2
    assert CliRunner().invoke(app, ["runs", "--nothing"]).exit_code == 2


def test_group_has_its_own_commands() -> None:
    shown: Any = CliRunner().invoke(app, ["audit", "--help"])
    assert (shown.exit_code, "verify" in shown.output) == (0, True)
