"""The public URLs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, get_resolver, path, resolve

from automate.approvals import views as approvals
from automate.serving.middleware import not_found
from automate.triggers import views as triggers
from automate.web import health, schemas
from graphql_schema.event_stream import stream
from graphql_schema.views import graphql


def _account_of_people(request: HttpRequest) -> HttpResponseBase:
    from graphql_schema.account.views import account  # noqa: PLC0415 - a schema of its own, for its first request

    return account(request)


def _account(request: HttpRequest, rest: str) -> HttpResponseBase:
    from tenants.sign_in import urls  # noqa: PLC0415 - when the first person signs in

    found = resolve(f"/{rest}", urls.__name__)
    view: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
    return view


def _portal(request: HttpRequest, rest: str = "") -> HttpResponseBase:  # noqa: ARG001 - the page reads its address itself
    from tenants.portal import urls  # noqa: PLC0415 - for the first request of the page

    view: HttpResponseBase = resolve("/", urls.__name__).func(request)
    return view


def _rest(request: HttpRequest, rest: str) -> HttpResponseBase:
    # Imported at the first request, because not every process serves REST.
    from rest_api import urls  # noqa: PLC0415 - for the first request of REST

    try:
        view, args, kwargs = get_resolver(urls.__name__).resolve(f"/{rest}")
    except Resolver404:
        return not_found(request)
    answer: HttpResponseBase = view(request, *args, **kwargs)
    return answer


def _tenant_export(request: HttpRequest, tenant: str) -> HttpResponseBase:  # noqa: ARG001 - the credential reads it from the path
    return _rest(request, "exports/tenant")


urlpatterns = [
    # The busiest first: Django tries the patterns in order.
    path("t/<slug:tenant>/hooks/<slug:source>", triggers.receive_webhook),
    path("graphql", graphql),
    path("healthz", health.live),
    path("readyz", health.ready),
    path(schemas.WORKFLOW_SCHEMA_PATH, schemas.workflow_schema),
    path("graphql/stream", stream),
    path("graphql/account", _account_of_people),
    # A slug of any shape: a person without a membership gets the same answer for each.
    path("t/<str:tenant>/graphql", graphql),
    path("t/<str:tenant>/graphql/stream", stream),
    # Browsers download this with a session. Programs use a token and the URL below api/v1.
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
