"""The URLs of the pages about all tenants, below ``/admin/``."""

from __future__ import annotations

from django.urls import path

from tenants.staff.sites import platform_site
from tenants.staff.views import login, logout

urlpatterns = [path("login/", login), path("logout/", logout), path("", platform_site.urls)]
handler400 = "tenants.staff.views.bad_request"
handler403 = "tenants.staff.views.forbidden"
handler404 = "tenants.staff.views.not_found"
