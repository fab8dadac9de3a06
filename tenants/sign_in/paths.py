"""The URLs that browsers use with a session."""

from __future__ import annotations

import re

ACCOUNT_GRAPHQL = "/graphql/account"
BROWSER_PATHS = ("/account/", "/admin/", ACCOUNT_GRAPHQL)
"""URLs whose views get ``request.session`` and ``request.user``, and whose unsafe requests need a CSRF token."""
_TENANT_GRAPHQL = re.compile(r"/t/([^/]+)/graphql(/stream)?")
_TENANT_DOWNLOAD = re.compile(r"/t/([^/]+)/api/v1/exports/tenant")


def is_for_browsers(path: str) -> bool:
    return path.startswith(BROWSER_PATHS)


def tenant_in(path: str) -> str | None:
    """Return the slug in the URL of a tenant's GraphQL endpoint, or None."""
    match = _TENANT_GRAPHQL.fullmatch(path)
    return match[1] if match else None


def session_tenant_in(path: str) -> str | None:
    """Return the slug of the tenant in a URL path. Return None for a path at which sessions are not accepted."""
    match = _TENANT_DOWNLOAD.fullmatch(path)
    return match[1] if match else tenant_in(path)
