"""Health checks."""

from __future__ import annotations

from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpRequest, JsonResponse

from automate.kernel.answering import answers_within
from automate.kernel.roles import DIRECTORY_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.project.reaching import installation_of

READY_SECONDS = 2.0
"""The time limit for the check. It is shorter than the time that callers wait for the answer."""


def live(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(_request: HttpRequest) -> JsonResponse:
    """Answer 200 if the database answers in time, otherwise 503. Redis is not checked."""
    installation = installation_of(settings.AUTOMATE_HOME)
    try:
        with (
            answers_within(READY_SECONDS),
            acting_for_platform("readiness", DIRECTORY_ROLE),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT 1 FROM outbox_lane LIMIT 1")
    except OperationalError:
        return JsonResponse({"status": "database away", "installation": installation}, status=503)
    return JsonResponse({"status": "ok", "installation": installation})
