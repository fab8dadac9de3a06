"""URLs of the admin. Pure."""

from __future__ import annotations

import re

ROOT = "/admin/"
URLS, TENANT_URLS = "tenants.staff.urls", "tenants.staff.tenant_urls"
"""Modules that are imported for the first request."""
LOGIN, LOGOUT = f"{ROOT}login/", f"{ROOT}logout/"
_TENANT = re.compile(r"/admin/t/([^/]+)/")


def tenant_path(slug: str) -> str:
    """The URL below which a tenant's data is shown."""
    return f"{ROOT}t/{slug}/"


def place_of(path: str) -> tuple[str | None, str]:
    """The slug in a path of the admin, as the browser sent it, and the prefix that all paths of this site share.

    ``/admin/t/acme/events/`` gives ``("acme", "/admin/t/acme")``; ``/admin/people/`` gives ``(None, "/admin")``.
    """
    match = _TENANT.match(path)
    return (match[1], match[0][:-1]) if match else (None, ROOT[:-1])
