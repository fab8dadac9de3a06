"""URLs below ``/portal/``. The page itself reads the rest of the address."""

from __future__ import annotations

from django.urls import URLPattern, path

from tenants.portal.views import page

urlpatterns: list[URLPattern] = [path("", page)]
