"""Serves ``/graphql`` with only two middlewares.

This saves a fifth of the time of a short request, compared with all middlewares of Django.
"""

from __future__ import annotations

import io

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from starlette.types import Scope

from automate.serving.middleware import ErrorMiddleware, Handler, TraceMiddleware, answer_to
from graphql_schema.views import graphql

PATH = "/graphql"


_NOTHING = io.BytesIO()


def request_of(scope: Scope, body: bytes) -> HttpRequest:
    """Create Django's request object."""
    request = ASGIRequest(scope, _NOTHING)
    request._body = body  # noqa: SLF001 - where Django itself keeps it
    return request


def direct_view() -> Handler | None:
    # None if the hostname determines the tenant.
    if settings.TENANT_BY_HOSTNAME:
        return None

    def viewed(request: HttpRequest) -> HttpResponseBase:
        try:
            return graphql(request)
        except Exception as raised:  # noqa: BLE001 - as Django hands it to ErrorMiddleware
            return answer_to(request, raised)

    return TraceMiddleware(ErrorMiddleware(viewed))
