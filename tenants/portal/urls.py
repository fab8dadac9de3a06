"""The URLs below ``/portal/``. All these URLs return the same page."""

from __future__ import annotations

from django.urls import URLPattern, path

from tenants.portal.views import page

urlpatterns: list[URLPattern] = [path("", page)]
