"""The webhook door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def receive_webhook(request: HttpRequest, tenant: str, source: str) -> HttpResponse:
    return HttpResponse()
