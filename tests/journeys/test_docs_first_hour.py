"""Every line of docs/first_hour.md is run, and prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.page_commands import name_port, run_page
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "first_hour.md").read_text()


@pytest.mark.long
def test_page_prints_what_happens(tmp_path: Path) -> None:
    run_page(PAGE, ["release.yaml"], tmp_path, name_port)
