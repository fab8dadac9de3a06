"""The example package of ``examples/connector``, as it lies there, and connectors that break the contract in one point each."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.tree import ROOT

FOLDER = ROOT / "examples" / "connector"
MODULE = "automate_shop_create_order"


@contextmanager
def example() -> Iterator[tuple[Any, Any]]:
    """Its package and its test module, importable for as long as the block lasts."""
    paths = [str(FOLDER / "src"), str(FOLDER / "tests")]
    sys.path[:0] = paths
    try:
        yield importlib.import_module(MODULE), importlib.import_module("test_contract")
    finally:
        for path in paths:
            sys.path.remove(path)
        for name in [name for name in sys.modules if name.split(".")[0] in {MODULE, "test_contract"}]:
            del sys.modules[name]
