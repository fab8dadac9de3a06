"""Controls access to Django admin below ``/admin/``, and opens the scope for each page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix, set_script_prefix

from automate.kernel.errors import NormalizedError
from automate.kernel.faults import is_ours
from automate.kernel.principals import Principal, acting_as
from automate.kernel.roles import STAFF_ROLE
from automate.kernel.tenancy import TenantRef, acting_for, acting_for_platform
from automate.serving.middleware import Handler, answer_to, not_found
from tenants.directory import tenant_by_slug
from tenants.people.models import User
from tenants.people.sign_ins import proof_of_session
from tenants.staff.paths import LOGIN, LOGOUT, ROOT, TENANT_URLS, URLS, place_of
from tenants.staff.queries import reading

HSTS_SECONDS = 365 * 86_400
"""How long a browser that has seen the admin over https refuses http for this host."""
GUARDS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class StaffMiddleware:
    """Controls access to the admin. Needs ``request.session`` and ``request.user``."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ROOT):
            return self.get_response(request)
        from tenants.staff.messages import carrying_messages  # noqa: PLC0415 - see the module

        with carrying_messages(request) as finish:
            response = self._admitted(request)
            finish(response)
        for name, value in GUARDS.items():
            response.headers[name] = value
        if settings.SESSION_COOKIE_SECURE:
            response.headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}"
        return response

    def _admitted(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        slug, prefix = place_of(path)
        with _below(request, prefix, URLS if slug is None else TENANT_URLS):
            if getattr(request, "host_tenant", None) is not None:
                # A tenant's own hostname has no admin.
                return not_found(request)
            try:
                if path in (LOGIN, LOGOUT):
                    return self.get_response(request)
                user = request.user
                if not isinstance(user, User) or not user.is_staff:
                    return HttpResponseRedirect(f"{LOGIN}?next={quote(request.get_full_path())}")
                tenant = tenant_by_slug(slug).ref if slug is not None else None
            except NormalizedError as error:
                return self.process_exception(request, error) or answer_to(request, error)
            if not user.is_superuser:
                # In this scope: the scope of a page does not reach the tables of permissions.
                user.get_all_permissions()
            return self._answered(request, user, tenant)

    def _answered(self, request: HttpRequest, user: User, tenant: TenantRef | None) -> HttpResponseBase:
        proof = proof_of_session(request.session.session_key or "")
        request.staff_proof = proof  # type: ignore[attr-defined] # acts read it
        principal = Principal(kind="operator", id=str(user.pk), name=user.get_full_name(), person=str(user.pk))
        with acting_as(principal):
            with _scope(tenant, proof), reading():
                response = self.get_response(request)
            act: Callable[[], str] | None = getattr(response, "act", None)
            if act is not None:
                # After the scope of the page has ended, because an act opens scopes of its own.
                _carry_out(request, act)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Show an exception of an admin view as a page."""
        if not request.path.startswith(ROOT):
            return None
        from tenants.staff import views  # noqa: PLC0415 - see the module

        if isinstance(exception, Http404):
            return views.page(request, views.nothing_here())
        if isinstance(exception, PermissionDenied):
            return views.page(request, views.no_permission())
        if isinstance(exception, SuspiciousOperation | ValidationError):
            return views.bad_request(request, exception)
        if isinstance(exception, NormalizedError) and not is_ours(exception):
            return views.page(request, exception)
        return None


def _carry_out(request: HttpRequest, act: Callable[[], str]) -> None:
    from django.contrib import messages  # noqa: PLC0415 - see the module

    try:
        messages.success(request, act())
    except NormalizedError as error:
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        messages.error(request, error.message)


@contextmanager
def _below(request: HttpRequest, prefix: str, urls: str) -> Iterator[None]:
    # So Django's own templates link to pages of the same tenant.
    before, path = get_script_prefix(), request.path_info
    request.path_info = path[len(prefix) :]
    request.urlconf = urls
    set_script_prefix(f"{prefix}/")
    try:
        yield
    finally:
        set_script_prefix(before)
        request.path_info = path


@contextmanager
def _scope(tenant: TenantRef | None, proof: str) -> Iterator[None]:
    if tenant is not None:
        with acting_for(tenant):
            yield
    else:
        with acting_for_platform("django admin", STAFF_ROLE, proof=proof):
            yield
