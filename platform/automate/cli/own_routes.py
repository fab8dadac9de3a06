"""Lists the URL routes. Import this module after Django's setup."""

from __future__ import annotations

from django.urls import get_resolver

import rest_api.urls
import tenants.portal.urls
import tenants.sign_in.urls
from automate.isolation.routes import ADMIN, Route, routes
from tenants.staff import tenant_urls, urls

REST = "<path:rest>"
"""The placeholder of a route whose requests are passed to a further URL conf, which is loaded at the first request."""


def read_routes() -> list[Route]:
    passed_on = {"api/v1/": rest_api.urls, "account/": tenants.sign_in.urls, "portal/": tenants.portal.urls}
    passed_on |= {ADMIN: urls, f"{ADMIN}t/<slug:tenant>/": tenant_urls}
    own = [route for route in routes(get_resolver()) if route.pattern.removesuffix(REST) not in passed_on]
    return [
        *own,
        *(route for prefix, module in passed_on.items() for route in routes(get_resolver(module.__name__), prefix)),
    ]
