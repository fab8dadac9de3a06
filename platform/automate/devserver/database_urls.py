"""Reads and changes the parts of database URLs. This module imports only the standard library."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit


def with_parts(url: str, *, user: str | None = None, password: str = "", database: str | None = None) -> str:
    """Return the URL with another login or another database. The server stays the same."""
    parts = urlsplit(url)
    server = parts.netloc.rpartition("@")[2]
    login = parts.netloc.rpartition("@")[0] if user is None else f"{quote(user)}:{quote(password, safe='')}"
    path = parts.path if database is None else f"/{quote(database)}"
    rest = parts._replace(
        scheme="", netloc="", path=path
    ).geturl()  # geturl drops the slashes of ``postgresql:///…?host=…``
    return f"{parts.scheme}://{login}{'@' if login else ''}{server}{rest}"


def database_of(url: str) -> str:
    return unquote(urlsplit(url).path.lstrip("/"))
