"""The URLs of the admin."""

from __future__ import annotations

import re

ROOT = "/admin/"
URLS, TENANT_URLS = "tenants.staff.urls", "tenants.staff.tenant_urls"
"""Modules that are imported for the first request."""
LOGIN, LOGOUT = f"{ROOT}login/", f"{ROOT}logout/"
_TENANT = re.compile(r"/admin/t/([^/]+)/")


def tenant_path(slug: str) -> str:
    return f"{ROOT}t/{slug}/"


def place_of(path: str) -> tuple[str | None, str]:
    """Return the slug of a tenant, and the prefix of the tenant's pages. ``path`` is the path of an admin page.

    ``/admin/t/acme/events/`` gives ``("acme", "/admin/t/acme")``.
    """
    match = _TENANT.match(path)
    return (match[1], match[0][:-1]) if match else (None, ROOT[:-1])
