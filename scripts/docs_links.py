"""Checks of a built site: each link has a target, and no page loads anything from another host."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
}
HINTS = {"canonical", "alternate", "next", "prev", "license", "author"}
"""Values of ``rel`` for which a browser loads nothing."""
FETCHED = re.compile(r"url\(\s*['\"]?((?:https?:)?//[^)'\"\s]+)|@import\s+['\"]((?:https?:)?//[^'\"]+)")


@dataclass
class Page(HTMLParser):
    """The anchors, links and loaded resources of a page."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    scripted: bool = False
    """Whether it contains a diagram for which the theme would load a script."""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        self.scripted |= "mermaid" in given.get("class", "").split()
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and not set(given.get("rel", "").split()) <= HINTS:
            self.loads.append(given.get("href", ""))
        elif tag in LOADING and LOADING[tag] in given:
            self.loads.append(given[LOADING[tag]])
        self.loads += [one or other for one, other in FETCHED.findall(given.get("style", ""))]


def problems_of(site: Path) -> Iterator[str]:
    """One line for each broken link, missing anchor, missing file and foreign host.

    An empty site is a problem as well.
    """
    pages = {path.resolve(): _parsed(path) for path in sorted(site.rglob("*.html"))}
    if not pages:
        yield f"{site.name} has no pages"
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        if page.scripted:
            yield f"{name}: has a diagram that is not drawn"
        yield from (f"{name}: loads {said}" for said in _wrong_loads(site, path, page))
        yield from (f"{name}: links to {said}" for said in _wrong_links(site, path, pages))
    for path in sorted(site.rglob("*.css")):
        for one, other in FETCHED.findall(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(site).as_posix()}: loads {one or other}"


def _wrong_loads(site: Path, path: Path, page: Page) -> Iterator[str]:
    for load in page.loads:
        if urlsplit(load).scheme in {"http", "https", "ws", "wss"} or load.startswith("//"):
            yield load
        elif not load.startswith("data:") and not _target(site, path, load).is_file():
            yield f"{load}, which does not exist"


def _wrong_links(site: Path, path: Path, pages: Mapping[Path, Page]) -> Iterator[str]:
    for link in pages[path].links:
        if urlsplit(link).scheme or link.startswith("//"):
            continue
        target, anchor = _target(site, path, link), unquote(urlsplit(link).fragment)
        if not target.is_file():
            yield f"{link}, which does not exist"
        elif anchor and target in pages and anchor not in pages[target].anchors:
            yield f"{link}, an anchor that does not exist on that page"


def _parsed(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _target(site: Path, page: Path, link: str) -> Path:
    path = unquote(urlsplit(link).path)
    if not path:
        return page
    target = (site.resolve() / path.lstrip("/") if path.startswith("/") else page.parent / path).resolve()
    return target / "index.html" if target.is_dir() else target
