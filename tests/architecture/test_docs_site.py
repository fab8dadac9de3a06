"""What `make docs` makes of the pages, and what it refuses. The build itself: tests/journeys/test_docs_site.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from scripts.docs_links import problems_of
from scripts.docs_pages import BrokenPageError, pages_of, prepare, strays
from scripts.reference import BUILT
from tests.support.facts import Naming, naming
from tests.support.tree import ROOT, pyproject


def drawn(text: str) -> str:
    assert text.startswith("%%{init: {")
    return '<svg width="100%" viewBox="0 0 100 50"></svg>'


def project(folder: Path, **texts: str) -> Path:
    """A project of few pages: names with ``_`` for the folder, as in ``docs_one``."""
    given = {
        "README": "# Home\n\n## More\n",
        "CHANGELOG": "# Changes\n",
        **texts,
    }
    for name, text in given.items():
        path = folder / f"{name.replace('_', '/')}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "LICENSE").write_text("Apache\n")
    return folder


def test_navigation_names_every_page() -> None:
    built = {page.path for page in BUILT if page.path.endswith(".md")}
    pages = [*({*pages_of(ROOT).values()} | built), "decisions/index.md"]
    configuration = (ROOT / "zensical.toml").read_text()
    assert strays(pages, configuration) == []
    assert strays([*pages, "new.md"], configuration) == ["new.md"]
    assert strays(set(pages) - {"errors.md"}, configuration) == ["errors.md"]


def test_links_follow_their_files(tmp_path: Path) -> None:
    text = "[a](../README.md#more) [b](two.md#there) [c](../LICENSE) [d](decisions/x.md)\n```sh\n[e](f)\n```\n"
    root = project(
        tmp_path, docs_one=text, docs_two="# Two\n\n## There\n", docs_decisions_x="# X\n\n[one](../one.md)\n"
    )
    site = tmp_path / "site"
    assert prepare(root, site, drawn) == [
        "changes.md", "decisions/index.md", "decisions/x.md", "index.md", "one.md", "two.md",
    ]  # fmt: skip
    first, *code = (site / "one.md").read_text().splitlines()
    assert first == "[a](index.md#more) [b](two.md#there) [c](files/LICENSE.txt) [d](decisions/x.md)"
    assert code == ["```sh", "[e](f)", "```"]
    assert (site / "files" / "LICENSE.txt").read_text() == "Apache\n"
    assert "[one](../one.md)" in (site / "decisions" / "x.md").read_text()
    assert "- [X](x.md)" in (site / "decisions" / "index.md").read_text()


def test_links_to_sections_of_the_reference_lead_to_the_built_pages(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        docs_one="[a](reference.md#crash-matrix) [b](reference.md#built-pages) [c](reference.md#configuration-schema)",
        docs_reference="### Crash matrix\n\n`docs/reference/crash_matrix.md` has rows.\n",
    )
    built = root / "docs" / "reference"
    built.mkdir()
    for name in ("crash_matrix.md", "configuration.schema.json"):
        (built / name).write_text("[one](../one.md)")
    site = tmp_path / "site"
    prepare(root, site, drawn)
    schema = "files/docs/reference/configuration.schema.json.txt"
    assert (site / "one.md").read_text() == (
        f"[a](reference/crash_matrix.md) [b](reference.md#built-pages) [c]({schema})"
    )
    assert "[`docs/reference/crash_matrix.md`](reference/crash_matrix.md) has" in (site / "reference.md").read_text()
    assert (site / "reference" / "crash_matrix.md").read_text() == "[one](../one.md)"
    assert (site / schema).is_file()


def test_link_to_a_section_stays_without_built_pages(tmp_path: Path) -> None:
    root = project(tmp_path, docs_one="[a](reference.md#crash-matrix)", docs_reference="# Reference\n")
    prepare(root, tmp_path / "site", drawn)
    assert (tmp_path / "site" / "one.md").read_text() == "[a](reference.md#crash-matrix)"


def test_pictures_are_copied(tmp_path: Path) -> None:
    root = project(tmp_path, docs_one="![A run](pictures/run.png)")
    (root / "docs" / "pictures").mkdir()
    (root / "docs" / "pictures" / "run.png").write_bytes(b"\x89PNG")
    prepare(root, tmp_path / "site", drawn)
    assert (tmp_path / "site" / "one.md").read_text() == "![A run](files/docs/pictures/run.png)"
    assert (tmp_path / "site" / "files" / "docs" / "pictures" / "run.png").read_bytes() == b"\x89PNG"


def test_link_to_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenPageError, match=r"docs/one\.md links to gone\.md"):
        prepare(project(tmp_path, docs_one="[a](gone.md)"), tmp_path / "site", drawn)


def test_fence_with_more_than_a_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenPageError, match="'```sh backup'"):
        prepare(project(tmp_path, docs_one="```sh backup\nls\n```\n"), tmp_path / "site", drawn)


def test_diagrams_are_drawn_for_light_and_dark(tmp_path: Path) -> None:
    root = project(tmp_path, docs_one="# One\n\n```mermaid\nflowchart LR\n  a --> b\n```\n")
    prepare(root, tmp_path / "site", drawn)
    assert (tmp_path / "site" / "one.md").read_text().splitlines()[2:] == [
        "![Diagram: One](diagrams/one-0-light.svg#only-light)",
        "![Diagram: One](diagrams/one-0-dark.svg#only-dark)",
    ]
    drawing = (tmp_path / "site" / "diagrams" / "one-0-dark.svg").read_text()
    assert drawing == '<svg width="148" height="50" viewBox="-24 0 148 50"></svg>'


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="two.html#there">', None),
        ('<a href="https://example.com/x">', None),
        ('<link rel="canonical" href="https://example.com/">', None),
        ('<img src="data:image/png;base64,AA==">', None),
        ('<a href="gone.html">', "one.html: links to gone.html, which does not exist"),
        ('<a href="two.html#gone">', naming("one.html", "two.html#gone")),
        ('<a href="#gone">', naming("one.html", "#gone")),
        ('<img src="gone.png">', "one.html: loads gone.png, which does not exist"),
        ('<script src="https://cdn.example/x.js">', "one.html: loads https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//fonts.example/x">', "one.html: loads //fonts.example/x"),
        ('<link rel="preconnect" href="https://fonts.example">', "one.html: loads https://fonts.example"),
        ('<p style="background: url(https://x.example/a.png)">', "one.html: loads https://x.example/a.png"),
        ('<pre class="mermaid">', "one.html: has a diagram that is not drawn"),
    ],
)
def test_site_is_read_as_a_browser_would(tmp_path: Path, body: str, problem: str | Naming | None) -> None:
    (tmp_path / "one.html").write_text(body)
    (tmp_path / "two.html").write_text('<h1 id="there">Two</h1>')
    assert list(problems_of(tmp_path)) == ([problem] if problem else [])


def test_foreign_font_of_a_stylesheet_is_found(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text("")
    (tmp_path / "one.css").write_text("@font-face { src: url('https://fonts.example/a.woff2') }")
    assert list(problems_of(tmp_path)) == ["one.css: loads https://fonts.example/a.woff2"]


def test_site_without_pages_is_a_problem(tmp_path: Path) -> None:
    assert list(problems_of(tmp_path)) == [f"{tmp_path.name} has no pages"]


def test_lock_of_the_site_holds_what_is_declared() -> None:
    declared = pyproject()["dependency-groups"]["docs"]
    blocks = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / "lanes" / "docs.txt").read_text())
    locked = dict(block.split()[0].split("==") for block in blocks if "==" in block)
    for requirement in map(Requirement, declared):
        assert requirement.specifier.contains(locked[requirement.name]), "run make lock"
    assert [block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block] == []
