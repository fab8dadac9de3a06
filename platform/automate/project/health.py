"""Is the process alive, and can it do its work."""

from __future__ import annotations

from django.db import OperationalError, connection
from django.http import HttpRequest, JsonResponse

from automate.kernel.tenancy import acting_for_platform


def live(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers; Redis is only a wake-up, and its absence slows work but loses none."""
    try:
        with acting_for_platform("readiness"), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM outbox_lane LIMIT 1")
    except OperationalError:
        return JsonResponse({"status": "database away"}, status=503)
    return JsonResponse({"status": "ok"})
