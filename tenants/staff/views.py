"""Three views of the Django admin: sign-in, sign-out, and the page for refused requests."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_protect

from automate.kernel.errors import NormalizedError
from automate.kernel.trace import current_trace
from automate.serving.middleware import mark_refusal
from tenants.staff.paths import LOGIN, ROOT


def login(request: HttpRequest) -> HttpResponse:
    """Show the sign-in form. The script of the form sends its requests to URLs that begin with ``/account/``."""
    wanted = request.GET.get("next", ROOT)
    if not (url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(ROOT)):
        wanted = ROOT
    if request.user.is_authenticated and getattr(request.user, "is_staff", False):
        return HttpResponseRedirect(wanted)
    context = {"next": wanted, "signed_in": request.user.is_authenticated, "title": "Sign in", "admin_root": ROOT}
    return render(request, "automate_admin/login.html", context)


@csrf_protect
def logout(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    auth.logout(request)
    return HttpResponseRedirect(LOGIN)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's call
    return page(
        request,
        NormalizedError(
            "BAD_REQUEST",
            "The URL of this page is not valid, for example because a filter is unknown. Go back, and use the links of the page.",
        ),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's call
    return page(request, no_permission())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's call
    return page(request, nothing_here())


def nothing_here() -> NormalizedError:
    return NormalizedError(
        "NOT_FOUND",
        "There is no page at this URL. The tenant or the row in the URL may not exist. Go back, and use the links of the page.",
    )


def no_permission() -> NormalizedError:
    return NormalizedError(
        "FORBIDDEN",
        "This page is read-only, or your account lacks a permission that the page needs. A superuser of the platform grants permissions.",
    )


def page(request: HttpRequest, error: NormalizedError) -> HttpResponse:
    """Show an error as a page."""
    context = {
        "title": HTTPStatus(error.status).phrase.capitalize(),
        "message": error.message,
        "trace_id": current_trace().trace_id,
        "admin_root": ROOT,
    }
    response = render(request, "automate_admin/refused.html", context, status=error.status)
    mark_refusal(response, error.code, error.message)
    return response
