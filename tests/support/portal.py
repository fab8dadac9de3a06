"""What tests of the portal need of the machine: its Node packages, its build, and a Chromium."""

from __future__ import annotations

import importlib.util
import os
import resource
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.tree import ROOT

SOURCE = ROOT / "portal"
BROWSERS = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")


def script() -> ModuleType:
    """``scripts/build_portal.py`` as a module."""
    spec = importlib.util.spec_from_file_location("build_portal", ROOT / "scripts" / "build_portal.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def demand_address_space() -> None:
    """Skip where the shell limits address space: Node and Chromium reserve many GiB that they never use."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        pytest.skip(f"the address space is limited to {limit // 2**20:,} MiB: run `ulimit -v unlimited`")


def demand_tools() -> None:
    """Skip where the packages of portal/package-lock.json are not installed."""
    demand_address_space()
    stamp = SOURCE / "node_modules" / ".installed"
    if not stamp.exists() or stamp.read_text() != (SOURCE / "package-lock.json").read_text():
        pytest.skip("the portal's packages are not installed: run make portal")


def demand_build() -> None:
    """Skip where the current source is not built."""
    if not script().is_built():
        pytest.skip("the portal is not built: run make portal")


def demand_chromium() -> Path:
    """The path of a browser; skips where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser was found (looked for {', '.join(BROWSERS)}): install Debian's chromium")
    return Path(found)


def node() -> Path:
    tools: list[Path] = script().node_of_machine() or script().node_of_wheel()
    return tools[0]


def environ(**given: str) -> dict[str, str]:
    """For a journey; PORTAL_SHOTS is passed on."""
    return {**os.environ, **given}
