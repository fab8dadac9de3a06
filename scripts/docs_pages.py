"""The pages of the site, created from the project's own pages.

README.md becomes the home page. Links between files of the project become links between pages, or to a copy of the
file. Diagrams are drawn here, so that a reader's browser loads no script for them.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from scripts.reference import BUILT, FOLDER

DECISIONS = "decisions/index.md"
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(\]\()(?![a-z]+:|#)([^)#\s]+)(#[^)]*)?(\))")
MERMAID = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FONT = "Verdana, DejaVu Sans, sans-serif"
"""Wide letters: labels are measured with them, and narrower ones fit."""
LIGHT = {
    "primaryColor": "#eef0fb",
    "primaryTextColor": "#1c1c22",
    "primaryBorderColor": "#7a83c9",
    "lineColor": "#5b5f70",
}
DARK = {
    "primaryColor": "#20243a",
    "primaryTextColor": "#e8e8ee",
    "primaryBorderColor": "#7a83c9",
    "lineColor": "#a6abc0",
}
CLEAR = {"clusterBkg": "transparent", "dropShadow": "none", "useGradient": False, "fontFamily": FONT}
THEMES = {
    "light": {**LIGHT, **CLEAR, "edgeLabelBackground": "#ffffff", "titleColor": "#1c1c22", "textColor": "#1c1c22"},
    "dark": {**DARK, **CLEAR, "edgeLabelBackground": "#0b0c0f", "titleColor": "#e8e8ee", "textColor": "#e8e8ee"},
}
"""Colours of a diagram on the site's light and dark page."""
SIZE = re.compile(r'width="100%"(.*?)viewBox="([\d.-]+) ([\d.-]+) ([\d.]+) ([\d.]+)"', re.DOTALL)
MARGIN = 24.0
"""Room on both sides, in the diagram's own units, for a label that is wider with the reader's font."""

REFERENCE = f"docs/{FOLDER}.md"
"""The page with a section for each built page. Links of committed pages lead to these sections."""
SECTIONS = {f"docs/{page.link}": f"docs/{page.path}" for page in BUILT}
"""On the site, a link to a section leads to the built page."""

PICTURES = {".png"}
"""Types of files that a page shows. They keep their names."""

Draw = Callable[[str], str]
"""A function from Mermaid's text to SVG."""


class BrokenPageError(Exception):
    """A page cannot be created. The text has the page and the reason."""


def pages_of(root: Path) -> dict[str, str]:
    """Source, relative to the project -> page, relative to the site."""
    found = {"README.md": "index.md", "CHANGELOG.md": "changes.md"}
    for path in sorted((root / "docs").rglob("*.md")):
        found[path.relative_to(root).as_posix()] = path.relative_to(root / "docs").as_posix()
    return found


def prepare(root: Path, into: Path, draw: Draw) -> list[str]:
    """Write all pages into an empty folder. Returns their names. Raises BrokenPageError."""
    if into.exists():
        shutil.rmtree(into)
    pages = pages_of(root)
    texts = {
        page: _linked(root, into, source, (root / source).read_text(encoding="utf-8")) for source, page in pages.items()
    }
    texts[DECISIONS] = _decisions(texts)
    for page, text in texts.items():
        target = into / page
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_drawn(text, into, page, draw), encoding="utf-8")
    return sorted(texts)


def strays(pages: Iterable[str], configuration: str) -> list[str]:
    """Pages that the navigation omits, and names in it without a page. The list of decisions names the decisions."""
    named = set(re.findall(r'= "([\w/]+\.md)"', configuration))
    return sorted(named ^ {page for page in pages if not page.startswith("decisions/") or page == DECISIONS})


def _linked(root: Path, into: Path, source: str, text: str) -> str:
    """The text with its links in the form of the site."""
    if fence := re.search(r"(?m)^```\S+[ \t]+\S.*$", text):
        raise BrokenPageError(f"{source}: {fence[0]!r} is not allowed on the site; a fence has only its language")
    pages = pages_of(root)
    page = pages[source]
    if source == REFERENCE:
        text = re.sub(rf"`docs/({FOLDER}/\S+)`", r"[`docs/\1`](\1)", text)

    def link(match: re.Match[str]) -> str:
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[2]))
        anchor = match[3] or ""
        if (built := SECTIONS.get(f"{wanted}{anchor}")) and (root / built).is_file():
            wanted, anchor = built, ""
        if wanted in pages:
            target = pages[wanted]
        elif (root / wanted).is_file():
            # Any browser shows a text, for every type of file.
            target = f"files/{wanted}" if Path(wanted).suffix in PICTURES else f"files/{wanted}.txt"
            (into / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / wanted, into / target)
        else:
            raise BrokenPageError(f"{source} links to {match[2]}, which is not a file of the project")
        return f"{match[1]}{posixpath.relpath(target, posixpath.dirname(page) or '.')}{anchor}{match[4]}"

    return "".join(part if part.startswith("```") else LINK.sub(link, part) for part in FENCE.split(text))


def _drawn(text: str, into: Path, page: str, draw: Draw) -> str:
    """The text with pictures for its diagrams, one for light and one for dark mode."""

    def picture(match: re.Match[str]) -> str:
        (title, *_) = re.findall(r"(?m)^#+ (.*)$", text[: match.start()])[::-1] or [page]
        stem = f"diagrams/{page.removesuffix('.md').replace('/', '-')}-{text.count('```mermaid', 0, match.start())}"
        images = []
        for name, theme in THEMES.items():
            options = f"%%{{init: {json.dumps({'theme': 'base', 'themeVariables': theme})}}}%%\n"
            file = f"{stem}-{name}.svg"
            (into / file).parent.mkdir(parents=True, exist_ok=True)
            (into / file).write_text(SIZE.sub(_sized, draw(options + match[1]), count=1), encoding="utf-8")
            images.append(f"![Diagram: {title}]({posixpath.relpath(file, posixpath.dirname(page) or '.')}#only-{name})")
        return "\n".join(images)

    return MERMAID.sub(picture, text)


def _sized(match: re.Match[str]) -> str:
    """The diagram with its own size and not the full width; the page shrinks wider ones."""
    left, top, width, height = (float(number) for number in match.groups()[1:])
    left, width = left - MARGIN, width + 2 * MARGIN
    return f'width="{width:g}" height="{height:g}"{match[1]}viewBox="{left:g} {top:g} {width:g} {height:g}"'


def _decisions(texts: dict[str, str]) -> str:
    rows = []
    for page, text in sorted(texts.items()):
        if page.startswith("decisions/"):
            title = text.partition("\n")[0].removeprefix("# ")
            rows.append(f"- [{title}]({page.removeprefix('decisions/')})\n")
    return "# Decisions\n\nDecisions between alternatives, with the reasons. Each fits on a screen.\n\n" + "".join(rows)
