"""The two sites of the admin: one for all tenants, and one for a single tenant."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from django.views.i18n import JavaScriptCatalog

from automate.kernel.tenancy import current_scope
from tenants.staff import platform_pages, tenant_pages
from tenants.staff.pages import ReadOnlyAdmin
from tenants.staff.paths import LOGOUT, ROOT
from tenants.staff.rows import AdminOption
from tenants.staff.showing import EMPTY

OWN_VIEWS = frozenset({"login", "logout", "password_change", "password_change_done", "autocomplete", "view_on_site"})
"""Django's views that are not served. The installation has its own sign-in. The other views write data, or
search all tables."""


class Site(AdminSite):
    """Django's admin site without its log of actions."""

    site_title = site_header = "Django Automate"
    site_url = None
    empty_value_display = EMPTY

    def __init__(self, pages: Mapping[type[Model], type[ReadOnlyAdmin]]) -> None:
        super().__init__("admin")
        self._pages = pages
        # Nothing can be deleted here.
        self.disable_action("delete_selected")
        for model, page in pages.items():
            self.register(model, page)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [one for one in super().get_urls() if getattr(one, "name", None) not in OWN_VIEWS]

    def get_log_entries(self, request: HttpRequest) -> AdminOption:  # noqa: ARG002 - Django's call
        return ()

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[AdminOption]:
        found = super().get_app_list(request, app_label) if app_label else super().get_app_list(request)
        for app in found:
            for model in app["models"]:
                model["name"] = self._pages[model["model"]].names
        return found

    def i18n_javascript(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:  # noqa: ARG002
        answer: HttpResponse = JavaScriptCatalog.as_view(packages=["tenants"])(request)  # type: ignore[assignment] # django-stubs types each view as HttpResponseBase
        return answer

    def each_context(self, request: HttpRequest) -> dict[str, object]:
        tenant = current_scope().tenant
        return {
            **super().each_context(request),
            "tenant_slug": tenant.slug if tenant is not None else "",
            "admin_root": ROOT,
            "logout_url": LOGOUT,
        }


platform_site = Site(platform_pages.PAGES)
platform_site.index_title = "All tenants"
tenant_site = Site(tenant_pages.PAGES)
tenant_site.index_title = "One tenant"
