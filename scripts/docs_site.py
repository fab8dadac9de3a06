"""``make docs``: prepare the pages, build the site in strict mode, and check it as a browser would.

Any fault gives status 1.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from scripts.docs_links import problems_of
from scripts.docs_pages import BrokenPageError, prepare, strays
from scripts.reference import BUILT

ROOT = Path(__file__).parents[1]
SITE = ROOT / ".site"
CONFIGURATION = ROOT / "zensical.toml"


def main() -> None:
    if missing := [page.path for page in BUILT if not (ROOT / "docs" / page.path).is_file()]:
        sys.exit(f"docs/{missing[0]} is not built, and the site shows it. Run make docs, which builds it first.")
    try:
        pages = prepare(ROOT, SITE / "source", drawn)
    except BrokenPageError as error:
        sys.exit(str(error))
    if differ := strays(pages, CONFIGURATION.read_text(encoding="utf-8")):
        sys.exit(f"nav in {CONFIGURATION.name} and the pages of docs/ differ by: {', '.join(differ)}")
    # zensical empties the folder .cache beside its configuration. The project's own .cache holds Node and the generators of clients.
    shutil.copy(CONFIGURATION, SITE)
    built = subprocess.run(  # noqa: S603 - this interpreter and names made here
        [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "--config-file", CONFIGURATION.name],
        check=False,
        capture_output=True,
        text=True,
        cwd=SITE,
    )
    if built.returncode:
        sys.exit(built.stdout + built.stderr)
    if problems := list(problems_of(SITE / "html")):
        sys.exit("\n".join(problems))
    print(f"{len(pages)} pages: {(SITE / 'html' / 'index.html').relative_to(ROOT)}")  # noqa: T201 - what the command says


def drawn(text: str) -> str:
    import mmdr  # noqa: PLC0415 - in the environment of make docs alone

    return str(mmdr.render(text).svg())


if __name__ == "__main__":
    main()
