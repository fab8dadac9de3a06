"""Every line of docs/writing_connectors.md is run, and says what the page says; the example is what the command writes."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from automate.cli.connector import scaffold, words_of
from tests.support.author import Author
from tests.support.console import matches, told
from tests.support.example_connector import FOLDER
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "writing_connectors.md").read_text()


@pytest.fixture
def author(tmp_path: Path) -> Author:
    return Author(tmp_path)


def test_page_says_what_happens(author: Author) -> None:
    commands = told(PAGE)
    done = author.run(*(one.command for one in commands))
    for one, (status, said) in zip(commands, done, strict=True):
        assert status == 0, (one.command, said)
        assert matches([line.strip() for line in said], [line.strip() for line in one.lines]), (one.command, said)


def test_example_is_what_the_command_writes() -> None:
    written = scaffold(words_of("shop.create_order"))
    there = {
        str(path.relative_to(FOLDER)): path.read_text()
        for path in FOLDER.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there == written


def test_example_is_installed_beside_the_platform_and_passes(author: Author) -> None:
    """As a wheel, and not as a folder: its tests find it where the platform does."""
    done = author.run(
        f"cp -r {shlex.quote(str(FOLDER))} example && cd example",
        "pip install -q . && rm -r src",
        "pytest -q",
        "automate doctor | grep Connectors",
    )
    assert [status for status, _ in done] == [0, 0, 0, 0], done
    assert "passed" in done[2][1][-1]
    assert done[3][1][0].endswith("shop.create_order (automate-shop-create-order 0.1.0)")


@pytest.mark.parametrize("name", ["acme.send", "my_shop.orders.create_many_things"])
def test_package_of_any_name_keeps_the_contract(author: Author, name: str) -> None:
    done = author.run(
        f"automate connector new {name} --into made && cd made", "pytest -q", "ruff check --select F,E4,E7,E9 ."
    )
    assert [status for status, _ in done[:2]] == [0, 0], done


def test_example_is_typed() -> None:
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--cache-dir",
        "/dev/null",
        "--strict",
        "--follow-imports=silent",
        "-p",
        "automate_shop_create_order",
    ]
    environ = {
        "MYPYPATH": f"{FOLDER / 'src'}:{ROOT}:{ROOT / 'platform'}",
        "PATH": "",
        "AUTOMATE_SECRET_KEY": "x" * 40,
    }
    done = subprocess.run(
        [*command, "--config-file", ""],
        check=False,
        capture_output=True,
        text=True,
        cwd=FOLDER,
        env=environ,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["order", "Shop.order", "shop.", "shop..order", "flow.order", "shop.or-der", "a." + "b" * 70, "shop.1st", "../x.y"])  # fmt: skip
def test_what_is_no_name_is_refused_and_nothing_written(tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-m", "automate.cli", "connector", "new", name]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 1
    assert (
        "is not a valid name of a connector. Write the system and the action, such as shop.create_order." in done.stderr
    )
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    command = [sys.executable, "-m", "automate.cli", "connector", "new", "shop.order", "--into", "made"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.returncode, done.stderr) == (
        1,
        "The folder made exists already and was not changed. Name another folder with --into.\n",
    )
    assert list((tmp_path / "made").iterdir()) == []
