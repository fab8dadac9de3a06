"""The URLs of the pages about one tenant, below ``/admin/t/<slug>/``."""

from __future__ import annotations

from django.urls import path

from tenants.staff.sites import tenant_site

urlpatterns = [path("", tenant_site.urls)]
handler400 = "tenants.staff.views.bad_request"
handler403 = "tenants.staff.views.forbidden"
handler404 = "tenants.staff.views.not_found"
