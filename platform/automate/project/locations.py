"""Checks the URLs in the environment. Errors never show a password."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from automate.kernel.errors import NormalizedError

HTTP, POSTGRES, REDIS = ("http", "https"), ("postgresql", "postgres"), ("redis", "rediss", "unix")


def parts_of(name: str, url: str, schemes: Sequence[str]) -> SplitResult:
    """Parse a URL. ``name`` is the name of the variable that contains the URL.

    Raises BAD_USER_INPUT if the URL's scheme is not in ``schemes``, or if the host or the port is invalid.
    """
    if not url.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        wanted = " or ".join(f"{scheme}://" for scheme in schemes)
        raise NormalizedError("BAD_USER_INPUT", f"{name} must be a URL that starts with {wanted}.")
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port
    except ValueError:
        message = f"{name} is a URL with an invalid host or port. Correct the URL. A port is a number up to 65535."
        raise NormalizedError("BAD_USER_INPUT", message) from None
    return parts


def where(url: str) -> str:
    """Return the host and the path of a URL, without user and password."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path
