"""Declares the settings of a webhook endpoint once. The configuration file and GraphQL use this declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from automate.kernel.errors import NormalizedError
from automate.kernel.problems import Problem
from automate.kernel.shapes import Checked, Says
from automate.kernel.text import check_slug, check_text

MAX_URL_CHARACTERS = 2048


def _slug_problems(slug: str) -> Iterator[Problem]:
    check_slug(slug)
    yield from ()


def check_url(url: str) -> None:
    """Check that ``url`` is a valid URL for a receiver. Raises BAD_USER_INPUT."""
    # The outbound guard checks its address later, at each call.
    check_text(url, path=["url"], most=MAX_URL_CHARACTERS)
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or " " in url:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "`url` must start with https:// or http:// and name a host, without a user name or password.",
            path=["url"],
        )


def _url_problems(url: str) -> Iterator[Problem]:
    check_url(url)
    yield from ()


@dataclass(frozen=True)
class EndpointSettings:
    """The settings of an endpoint, as a client writes them."""

    slug: Annotated[
        str, Checked("a text", _slug_problems), Says("The name in URLs and references. It is unique in the tenant.")
    ]
    url: Annotated[str, Checked("a text", _url_problems), Says("The URL to which messages are sent.")]
    secrets: Annotated[
        list[str] | None,
        Says(
            "The signing secrets, each written as whsec_ and base64. Give one, or two during a rotation, newest first. "
            "Each message is signed with every secret.",
            null="Null keeps the stored secrets.",
        ),
    ] = None
    """Checked when they are saved: a configuration file can have references instead."""
    enabled: Annotated[
        bool | None,
        Says(
            "Whether messages are sent. True also enables an endpoint that was disabled because its receiver answered "
            "410 Gone. A changed URL enables such an endpoint too.",
            null="Null keeps the stored value. A new endpoint is enabled.",
        ),
    ] = None
