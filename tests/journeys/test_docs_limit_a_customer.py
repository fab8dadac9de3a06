"""Every line of docs/limit_a_customer.md is run, and prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.page_commands import name_port, run_page
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "limit_a_customer.md").read_text()


@pytest.mark.long
def test_page_prints_what_happens(tmp_path: Path) -> None:
    run_page(PAGE, ["orders.yaml"], tmp_path, name_port)
