"""Long pages that code makes are built and never committed. They follow the rules of committed pages."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from scripts.docs_pages import REFERENCE, SECTIONS
from scripts.plain_words import found, prose
from scripts.reference import BUILT, FOLDER, MOST_LINES, PAGES, Page, build
from tests.support.pages import CITED, LINK, MENTIONED, exists
from tests.support.tree import ROOT, name_of, project_files

COMMITTED = [path for path in project_files() if path.suffix == ".md"]
TO_A_SECTION = re.compile(r"\]\(((?:[\w.]+/)*)(reference\.md#[\w-]+)\)")
MARKDOWN = [page for page in BUILT if page.path.endswith(".md")]


def path_of(page: Page) -> str:
    return page.path


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages, as `make reference` writes them. In this process, which imports the schema for other tests, too."""
    folder = tmp_path_factory.mktemp("docs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOMATE_SECRET_KEY", "for-these-pages-alone-which-sign-nothing")  # the generators set it else
        build(folder)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=path_of)
def test_long_pages_are_built_and_short_ones_committed(docs: Path, page: Page) -> None:
    lines = (docs / page.path).read_text().count("\n")
    assert (lines > MOST_LINES) == page.built, f"{lines} lines; {MOST_LINES} is the limit of a committed page"


def test_everything_in_the_folder_is_declared(docs: Path) -> None:
    assert {name.relative_to(docs).as_posix() for name in docs.rglob("*.*")} == {page.path for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=path_of)
def test_git_ignores_the_built_pages_alone(page: Page) -> None:
    command = ["git", "check-ignore", "--quiet", "--no-index", f"docs/{page.path}"]
    ignored = subprocess.run(command, check=False, capture_output=True, cwd=ROOT).returncode == 0
    assert ignored == page.built
    assert (ROOT / "docs" / page.path in project_files()) != page.built


@pytest.mark.parametrize("page", MARKDOWN, ids=path_of)
def test_built_page_names_what_exists(docs: Path, page: Page) -> None:
    text = (docs / page.path).read_text()
    place = (ROOT / "docs" / page.path).parent
    targets = {link: (place / link).resolve().relative_to(ROOT).as_posix() for link in LINK.findall(text)}
    assert [link for link, name in targets.items() if not exists(name)] == []
    assert [name for name in (*MENTIONED.findall(text), *CITED.findall(text)) if not exists(name)] == []


@pytest.mark.parametrize("page", MARKDOWN, ids=path_of)
def test_built_page_uses_plain_words(docs: Path, page: Page) -> None:
    assert list(found(prose((docs / page.path).read_text()))) == []


@pytest.mark.parametrize("page", BUILT, ids=path_of)
def test_reference_has_a_section_for_each_built_page(page: Page) -> None:
    """The section names the page, and other pages link to the section."""
    sections = re.split(r"(?m)^##+ ", (ROOT / REFERENCE).read_text())
    (section,) = [text for text in sections if _anchor(text) == page.link.partition("#")[2]]
    assert f"`docs/{page.path}`" in section


def test_links_to_built_pages_lead_to_their_sections() -> None:
    """A fresh clone has these sections; test_docs refuses links into the folder of the built pages."""
    links = {(name_of(path), link) for path in COMMITTED for _, link in TO_A_SECTION.findall(path.read_text())}
    assert len(links) > 10
    assert {link for _, link in links} - {"reference.md#built-pages"} <= {name.rpartition("/")[2] for name in SECTIONS}


def test_schema_for_editors_is_json(docs: Path) -> None:
    assert json.loads((docs / FOLDER / "configuration.schema.json").read_text())["title"]


def test_running_again_removes_pages_with_an_old_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scripts import reference

    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "old.md").write_text("# Old\n")
    monkeypatch.setattr(reference, "PAGES", ())
    reference.build(tmp_path)
    assert list((tmp_path / FOLDER).iterdir()) == []


def _anchor(section: str) -> str:
    """Of the heading that begins the section."""
    return section.partition("\n")[0].lower().replace(" ", "-")
