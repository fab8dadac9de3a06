"""Checks the API token that client commands use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from automate.cli.checkup.finding import Finding, fail, ok
from automate.client.api import Api
from automate.client.target import target_of
from automate.devserver import upfile
from automate.kernel.errors import NormalizedError

TRIED = "{ __typename }"
"""Every valid token may send this query."""


def token(environ: Mapping[str, str], *, running: bool) -> Iterator[Finding]:
    """Check that the server accepts the token."""
    given = environ.get("AUTOMATE_URL") or environ.get("AUTOMATE_TOKEN")
    if not given and not running:
        return
    whose = "AUTOMATE_TOKEN" if given else upfile.NAME
    try:
        target = target_of(environ)
        with Api(target.graphql, target.token) as api:
            api.query(TRIED, {})
    except NormalizedError as error:
        fix = "Set AUTOMATE_TOKEN to a current token, or unset it and AUTOMATE_URL to use the token of `make up`."
        yield fail(f"The token of {whose}: {error.message}", fix if given else "Start it again: make up")
    else:
        yield ok(f"The token of {whose} is accepted by {target.server}")
