"""The documentation's site is built as `make docs` builds it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

BUILD_SECONDS = 240
"""The first build fetches the site's own packages."""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="zensical needs Python 3.11")
def test_site_builds_with_every_link_leading_somewhere() -> None:
    kept = ROOT / ".cache" / "kept-by-the-site"
    kept.parent.mkdir(exist_ok=True)
    kept.touch()
    rules = (ROOT / "Makefile").read_text()
    for rule, module in zip(
        rules.partition("\ndocs: ")[2].splitlines()[1:3], ("scripts.reference --built", "nox"), strict=True
    ):
        assert rule.startswith(f"\t@$(python) -m {module}")
        built = subprocess.run(
            [sys.executable, "-m", *rule.split()[2:]],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=BUILD_SECONDS,
        )
        assert built.returncode == 0, built.stdout + built.stderr
    # Tests that run meanwhile use the tools of make portal and make clients there.
    kept.unlink()
    home = (ROOT / ".site" / "html" / "index.html").read_text()
    assert "Django Automate" in home
    assert "diagrams/index-0-dark.svg" in home
    assert 'href="reference/connectors.html"' in home
