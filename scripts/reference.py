"""``make reference``: write the pages of the reference that code makes.

Pages of more than MOST_LINES lines are built into docs/reference, which git ignores. Shorter pages are committed.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
FOLDER = "reference"
"""The folder of the built pages, within docs/."""
MOST_LINES = 150


@dataclass(frozen=True)
class Page:
    path: str
    """Relative to docs/."""
    module: str
    """It has a function ``page``, which returns the text."""

    @property
    def built(self) -> bool:
        return self.path.startswith(f"{FOLDER}/")

    @property
    def link(self) -> str:
        """The link of committed pages to a built page, relative to docs/: a clone without built pages has its target."""
        return f"{FOLDER}.md#{PurePosixPath(self.path).stem.replace('_', '-').replace('.', '-')}"

    def text(self) -> str:
        return str(import_module(self.module).page())


PAGES = (
    Page("reference/configuration.schema.json", "scripts.configuration_schema_page"),
    Page("reference/connectors.md", "scripts.connectors_page"),
    Page("reference/crash_matrix.md", "scripts.crash_matrix_page"),
    Page("reference/permissions.md", "scripts.permissions_page"),
    Page("reference/state_machines.md", "scripts.state_machines_page"),
    Page("reference/workflow_definitions.md", "scripts.workflow_definitions_page"),
    Page("errors.md", "scripts.errors_page"),
    Page("metrics.md", "scripts.metrics_page"),
    Page("rule_operators.md", "scripts.rule_operators_page"),
)
BUILT = tuple(page for page in PAGES if page.built)


def build(docs: Path, pages: Sequence[Page] | None = None) -> None:
    """Write ``pages``, by default all pages. Earlier built pages are removed, because a page can have another name now."""
    shutil.rmtree(docs / FOLDER, ignore_errors=True)
    (docs / FOLDER).mkdir(parents=True)
    for page in PAGES if pages is None else pages:
        (docs / page.path).write_text(page.text(), encoding="utf-8")


if __name__ == "__main__":
    build(ROOT / "docs", BUILT if "--built" in sys.argv else PAGES)
    sys.stdout.write(f"{len(BUILT)} pages: docs/{FOLDER}\n")
