"""The documents name what is there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from textwrap import wrap

import pytest

from automate.rules.predicate.operators import TABLE
from scripts.portal_pictures import PICTURES, SHOWN
from scripts.reference import PAGES as GENERATED
from scripts.reference import Page
from tests.support.console import told
from tests.support.installations import Installation
from tests.support.pages import CITED, LINK, MENTIONED, exists
from tests.support.tree import ROOT, name_of, package_files, project_files

PAGES = [path for path in project_files() if path.suffix == ".md" and not path.is_relative_to(ROOT / "tests" / "api")]
REFERENCE = ROOT / "docs" / "reference"
READ = re.compile(r'"((?:AUTOMATE_[A-Z_]*[A-Z])|DATABASE_URL|REDIS_URL)"')
INTERNAL = {
    "AUTOMATE_CONNECTOR_SPECS",  # settings that name other packages, not variables
    "AUTOMATE_CONNECTOR_PREVIEW",
}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_page_links_to_what_exists(page: Path) -> None:
    """In a fresh clone: built pages are missing there, so only their sections in docs/reference.md are linked."""
    text = page.read_text()
    targets = {link: (page.parent / link).resolve() for link in LINK.findall(text)}
    assert [link for link, path in targets.items() if not path.exists() or path.is_relative_to(REFERENCE)] == []
    assert [path for path in MENTIONED.findall(text) if not exists(path)] == []


def test_every_document_that_is_cited_is_here() -> None:
    """A reader of the repository has nothing else to look into."""
    cited = {
        (name_of(path), name)
        for path in project_files()
        if path.suffix in {".md", ".py"}
        for name in CITED.findall(path.read_text())
    }
    assert {name for _, name in cited} >= {"README.md", "CHANGELOG.md"}
    assert sorted((place, name) for place, name in cited if not exists(name)) == []


@pytest.mark.parametrize("page", [page for page in GENERATED if not page.built], ids=lambda page: page.path)
def test_page_that_code_makes_is_current(page: Page) -> None:
    assert (ROOT / "docs" / page.path).read_text() == page.text(), "run make reference"


def test_page_of_operators_lists_every_operator() -> None:
    listed = re.findall(r"^\| `([^` ]+)`(?:\\\*)? \|", (ROOT / "docs" / "rule_operators.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(TABLE)


def test_page_of_settings_lists_every_variable() -> None:
    read = {name for path in package_files() for name in READ.findall(path.read_text())} - INTERNAL
    assert len(read) > 15
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert listed == read


def test_readme_begins_with_the_commands_of_a_newcomer() -> None:
    first_block = (ROOT / "README.md").read_text().split("```")[1]
    assert [line.split()[:2] for line in first_block.splitlines()[1:]] == [
        ["make", "up"],
        ["make", "demo"],
    ]


def test_road_of_an_event_names_functions_that_exist() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| [^|`]+ \| (`[^|]+\.py`) \| (`[^|]+`) \|$", page, re.MULTILINE)
    assert len(rows) > 20
    for files, functions in rows:
        texts = "".join((ROOT / file).read_text() for file in re.findall(r"`([^`]+)`", files))
        for function in re.findall(r"`([^`]+)`", functions):
            assert re.search(rf"^ *(?:async )?(?:def|class) {function}\b", texts, re.MULTILINE), (files, function)


def test_readme_is_short() -> None:
    """A newcomer reads it in three minutes; the rest has pages of its own."""
    assert len((ROOT / "README.md").read_bytes()) <= 6 * 1024


def test_readme_shows_a_part_of_the_tour() -> None:
    """tests/journeys/test_tour.py runs each command of the tour and compares its output."""
    whole = told((ROOT / "docs" / "tour.md").read_text())
    short = told((ROOT / "README.md").read_text())
    assert len(short) > 3
    assert [one for one in short if one not in whole] == []


def test_changes_of_a_version_fit_on_a_screen() -> None:
    _, *versions = re.split(r"(?m)^(?=## )", (ROOT / "CHANGELOG.md").read_text())
    assert versions
    shown = {text.splitlines()[0]: lines_on_screen(text) for text in versions}
    assert {version: lines for version, lines in shown.items() if lines > 60} == {}


def lines_on_screen(text: str) -> int:
    """A screen has lines of 120 characters, and wraps longer ones."""
    return sum(len(wrap(line, 120)) or 1 for line in text.splitlines())


@pytest.mark.parametrize("page", ["reads.md", "commands.md"])
def test_short_page_fits_on_a_screen(page: str) -> None:
    assert lines_on_screen((ROOT / "docs" / page).read_text()) <= 50


def test_pictures_are_small_and_shown() -> None:
    """A repository keeps each version of a picture for ever."""
    sizes = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert set(sizes) == set(SHOWN)
    assert max(sizes.values()) <= 160_000
    assert sum(sizes.values()) <= 1_000_000
    shown = {Path(link).name for page in PAGES for link in LINK.findall(page.read_text()) if link.endswith(".png")}
    assert shown == set(SHOWN)
    readme = LINK.findall((ROOT / "README.md").read_text())
    assert [Path(link).suffix for link in readme].count(".png") == 1


@pytest.mark.long
@pytest.mark.slow
def test_graphql_from_the_shell_works(tmp_path: Path) -> None:
    commands = "\n".join(re.findall(r"```bash\n(.*?)```", (ROOT / "docs" / "graphql.md").read_text(), re.DOTALL))
    with Installation(tmp_path / "home") as installation:
        installation.await_ready()
        environ = {**os.environ, "AUTOMATE_HOME": str(installation.home), "AUTOMATE_PORT": str(installation.port)}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            check=True,
            capture_output=True,
            text=True,
            env=environ,
            timeout=60,
        )
    assert done.stderr == ""
    said = done.stdout.splitlines()
    told, answers = said[said.index(":") :], said[: said.index(":")]
    source, draft, version, rule, event, runs, run, retry = (json.loads(line) for line in answers)
    assert source["data"]["saveSource"]["errors"] == []
    assert draft["data"]["saveWorkflow"]["workflow"]["draft"] == {"valid": True, "problems": []}
    assert version["data"]["publishWorkflow"]["workflowVersion"] == {"number": 1}
    assert rule["data"]["saveRule"]["rule"] == {"slug": "big-orders"}
    assert event["outcome"] == "NEW"
    (edge,) = runs["data"]["runs"]["edges"]
    assert edge["node"] == {
        "state": "SUCCEEDED",
        "traceId": event["trace_id"],
        "event": {"type": "order.created"},
        "steps": [{"key": "note", "state": "SUCCEEDED", "error": None}],
    }
    assert run["data"]["run"]["steps"][0]["input"] == {"message": "Ada ordered 42"}
    assert retry["data"]["retryRuns"]["errors"] == []
    (made,) = retry["data"]["retryRuns"]["runs"]
    assert made["retryOf"]
    assert told[:3] == [":", "", "event: next"]
    assert json.loads(told[3].removeprefix("data: "))["data"]["runFeed"]["kind"] == "CHECKPOINT"
