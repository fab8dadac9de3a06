"""The routes of the URL conf of this code."""

from __future__ import annotations

from django.conf import settings
from django.urls import get_resolver

from automate.isolation.routes import ADMIN, Route, routes

REST = "<path:rest>"
"""The place-holder of a route that passes everything to a URL conf of its own, which is loaded at the first request."""


def read_routes() -> list[Route]:
    """With Django ready."""
    passed_on = {"api/v1/": settings.AUTOMATE_REST_URLS, "account/": settings.AUTOMATE_ACCOUNT_URLS}
    passed_on |= {"portal/": settings.AUTOMATE_PORTAL_URLS}
    passed_on |= {ADMIN: settings.AUTOMATE_STAFF_URLS, f"{ADMIN}t/<slug:tenant>/": settings.AUTOMATE_STAFF_TENANT_URLS}
    own = [route for route in routes(get_resolver()) if route.pattern.removesuffix(REST) not in passed_on]
    return [*own, *(route for prefix, urls in passed_on.items() for route in routes(get_resolver(urls), prefix))]
