"""Reads the port of the web process from the environment."""

from __future__ import annotations

from collections.abc import Mapping

from automate.kernel.errors import NormalizedError

DEFAULT_PORT = 8000
HIGHEST_PORT = 65535


def port_of(environ: Mapping[str, str]) -> int:
    """Return ``AUTOMATE_PORT``, or 8000. Raises BAD_USER_INPUT for an invalid port."""
    text = environ.get("AUTOMATE_PORT") or str(DEFAULT_PORT)
    if not text.isdecimal() or not 0 < int(text) <= HIGHEST_PORT:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"AUTOMATE_PORT is {text!r}, but it must be a port from 1 to 65535. Set it to a number such as 8001.",
        )
    return int(text)
