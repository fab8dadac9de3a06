"""The routes of the URL conf of this code. Import it with Django ready."""

from __future__ import annotations

from django.urls import get_resolver

import rest_api.urls
import tenants.portal.urls
import tenants.sign_in.urls
from automate.isolation.routes import ADMIN, Route, routes
from tenants.staff import tenant_urls, urls

REST = "<path:rest>"
"""The place-holder of a route that passes everything to a URL conf of its own, which is loaded at the first request."""


def read_routes() -> list[Route]:
    """All routes, with those of each URL conf that others pass everything to."""
    passed_on = {"api/v1/": rest_api.urls, "account/": tenants.sign_in.urls, "portal/": tenants.portal.urls}
    passed_on |= {ADMIN: urls, f"{ADMIN}t/<slug:tenant>/": tenant_urls}
    own = [route for route in routes(get_resolver()) if route.pattern.removesuffix(REST) not in passed_on]
    return [
        *own,
        *(route for prefix, module in passed_on.items() for route in routes(get_resolver(module.__name__), prefix)),
    ]
