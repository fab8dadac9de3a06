"""Builds the portal in the background. An installed package contains the built portal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import automate

SCRIPT = Path(automate.__file__).parents[2] / "scripts" / "build_portal.py"
"""The script of a repository. It does not exist beside an installed wheel."""
_TENANTS = find_spec("tenants")
BUILT = Path((_TENANTS and _TENANTS.origin) or "").parent / "portal" / "built" / "index.html"
"""The page of the built portal. The tenants' package is found by its name, because this package must not import it."""
SWITCH = "AUTOMATE_PORTAL_BUILD"
END_SECONDS = 10.0


def is_wanted(environ: Mapping[str, str]) -> bool:
    # False if the environment sets `AUTOMATE_PORTAL_BUILD=no`.
    if environ.get(SWITCH) == "no" or not SCRIPT.exists():
        return False
    command = [sys.executable, str(SCRIPT), "--needed"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 1  # noqa: S603 - our own script


def address(url: str) -> str | None:
    """Return the URL of the portal. Return None if the portal is not built."""
    return f"{url}/portal/" if BUILT.exists() else None


class Build:
    """A build of the portal in the background."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, url: str) -> None:
        self._process, self._log, self._url = process, log, url
        self._is_reported = False

    def news(self) -> list[str]:
        """Return one line about the result of the build. Only the first call after the end of the build returns this line."""
        if self._is_reported or self._process.poll() is None:
            return []
        self._is_reported = True
        if self._process.returncode == 0:
            return [f"The portal is built: {self._url}/portal/"]
        return [f"The portal was not built; everything else works. See {self._log}; `make portal` builds again."]


@contextmanager
def building(log: Path, url: str) -> Iterator[Build]:
    """Build the portal while the block runs. ``log`` gets the output."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, str(SCRIPT), "--background"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Build(process, log, url)
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
