"""Finds the tenant of a request. The request's path or hostname identifies the tenant."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase

from automate.kernel.errors import NormalizedError
from automate.kernel.faults import normalized
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.serving.middleware import error_response, not_found, refusal
from tenants.credentials import tenant_suspended
from tenants.directory import tenant_by_host, tenant_by_slug
from tenants.lanes import remember_slug
from tenants.queries import KnownTenant
from tenants.sign_in.paths import session_tenant_in

Handler = Callable[[HttpRequest], HttpResponseBase]

WEBHOOK = Principal(kind="system", name="webhook")
"""The actor of requests that are admitted by a signature instead of a token."""

_TENANT_PATH = re.compile(r"/t/([^/]+)/")


class TenantMiddleware:
    """Runs a view in the scope of a tenant. The URL of the request contains the tenant's slug."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # A tenant's GraphQL endpoint finds its tenant by the token or the session, and opens the scope of each operation.
        match = None if session_tenant_in(request.path_info) else _TENANT_PATH.match(request.path_info)
        try:
            host = self._host_tenant(request)
            tenant = tenant_by_slug(match[1]) if match else None
        except DisallowedHost as error:
            return error_response(normalized(error))
        except NormalizedError:
            return not_found(request)
        request.host_tenant = host.ref if host else None  # type: ignore[attr-defined] # django-stubs knows no attributes of ours
        if tenant is None:
            return self.get_response(request)
        remember_slug(tenant.ref)
        if host is not None and host.ref != tenant.ref:
            return not_found(request)
        if tenant.suspended:
            return refusal(request, tenant_suspended())
        with acting_for(tenant.ref), acting_as(WEBHOOK):
            return self.get_response(request)

    def _host_tenant(self, request: HttpRequest) -> KnownTenant | None:
        # None if no tenant has the hostname, or if TENANT_BY_HOSTNAME is not set.
        if not settings.TENANT_BY_HOSTNAME:
            return None
        hostname, _port = split_domain_port(request.get_host())
        try:
            return tenant_by_host(hostname)
        except NormalizedError:
            return None
