"""Serves the styles and scripts of Django admin at URLs below ``/static/``. ``collectstatic`` is not needed."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

import django
from servestatic import ServeStaticASGI
from starlette.types import ASGIApp

DIRECTORIES = (
    Path(django.__file__).parent / "contrib" / "admin" / "static" / "admin",
    Path(__file__).parent / "admin_static" / "automate",
)
FRESH_SECONDS = 300
"""How long browsers use a file before they check it for changes."""


def guard(headers: MutableMapping[str, str], _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


def application(fallback: ASGIApp) -> ASGIApp:
    """Return the ASGI application that serves the files in DIRECTORIES. ``fallback`` answers all other requests."""
    served = ServeStaticASGI(fallback, max_age=FRESH_SECONDS, add_headers_function=guard, allow_all_origins=False)
    for directory in DIRECTORIES:
        served.add_files(directory, prefix=f"static/{directory.name}")
    return served
