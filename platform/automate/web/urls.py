"""The public URLs. Views of other packages are named in settings, by string."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, get_resolver, path, resolve
from django.utils.module_loading import import_string

from automate.runs.approvals import views as approvals
from automate.serving.middleware import not_found
from automate.triggers import views as triggers
from automate.web import health, schemas


def _graphql(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    view: HttpResponseBase = import_string(settings.AUTOMATE_GRAPHQL_VIEW)(request, *args, **kwargs)
    return view


def _graphql_stream(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    view: HttpResponseBase = import_string(settings.AUTOMATE_GRAPHQL_STREAM)(request, *args, **kwargs)
    return view


def _graphql_account(request: HttpRequest) -> HttpResponseBase:
    view: HttpResponseBase = import_string(settings.AUTOMATE_GRAPHQL_ACCOUNT)(request)
    return view


def _account(request: HttpRequest, rest: str) -> HttpResponseBase:
    """The flows of sign-in, which a process imports when the first person signs in."""
    found = resolve(f"/{rest}", settings.AUTOMATE_ACCOUNT_URLS)
    view: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
    return view


def _portal(request: HttpRequest, rest: str = "") -> HttpResponseBase:  # noqa: ARG001 - the page reads its address itself
    view: HttpResponseBase = resolve("/", settings.AUTOMATE_PORTAL_URLS).func(request)
    return view


def _rest(request: HttpRequest, rest: str) -> HttpResponseBase:
    """Loads REST at its first request: processes that serve none do not pay for Django REST framework."""
    try:
        view, args, kwargs = get_resolver(settings.AUTOMATE_REST_URLS).resolve(f"/{rest}")
    except Resolver404:
        return not_found(request)
    answer: HttpResponseBase = view(request, *args, **kwargs)
    return answer


def _tenant_export(request: HttpRequest, tenant: str) -> HttpResponseBase:  # noqa: ARG001 - the credential reads it from the path
    return _rest(request, "exports/tenant")


urlpatterns = [
    # The busiest first: Django tries one after another.
    path("t/<slug:tenant>/hooks/<slug:source>", triggers.receive_webhook),
    path("graphql", _graphql),
    path("healthz", health.live),
    path("readyz", health.ready),
    path(schemas.WORKFLOW_SCHEMA_PATH, schemas.workflow_schema),
    path("graphql/stream", _graphql_stream),
    path("graphql/account", _graphql_account),
    # A slug of any shape: a person without a membership gets the same answer for each.
    path("t/<str:tenant>/graphql", _graphql),
    path("t/<str:tenant>/graphql/stream", _graphql_stream),
    # What a browser downloads with its session; with a token it is below api/v1.
    path("t/<str:tenant>/api/v1/exports/tenant", _tenant_export),
    path("account/<path:rest>", _account),
    path("api/v1/<path:rest>", _rest),
    path("portal/", _portal),
    path("portal/<path:rest>", _portal),
    path("t/<slug:tenant>/approvals/<str:token>", approvals.approval_page),
]
handler400 = "automate.serving.middleware.bad_request"
handler404 = "automate.serving.middleware.not_found"
handler500 = "automate.serving.middleware.server_error"
