"""Serves the JSON Schema of workflow definitions."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import indented_json
from automate.workflows.definition import SCHEMA_VERSION
from automate.workflows.schema import DEFINITION_SCHEMA

WORKFLOW_SCHEMA_PATH = f"schemas/workflow-{SCHEMA_VERSION}.json"
MAX_AGE_SECONDS = 3_600
"""How long a client may cache the schema. A new release of the platform can have more fields."""


def workflow_schema(request: HttpRequest) -> HttpResponse:
    """Serve the schema without authentication, because the schema contains nothing about tenants.

    Raises METHOD_NOT_ALLOWED for methods other than GET.
    """
    # No authentication: the schema contains nothing about tenants.
    if request.method not in {"GET", "HEAD"}:
        raise NormalizedError(
            "METHOD_NOT_ALLOWED", "The schema can only be read. Send a GET request.", details={"allow": "GET, HEAD"}
        )
    body, tag = _document(settings.AUTOMATE_BASE_URL)
    if tag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type="application/schema+json")
    response["ETag"] = tag
    response["Cache-Control"] = f"public, max-age={MAX_AGE_SECONDS}"
    # Editors in a browser read it from pages of other origins.
    response["Access-Control-Allow-Origin"] = "*"
    return response


@lru_cache(maxsize=1)
def _document(base_url: str) -> tuple[bytes, str]:
    schema = {"$id": f"{base_url.rstrip('/')}/{WORKFLOW_SCHEMA_PATH}", **DEFINITION_SCHEMA}
    body = indented_json(schema)
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
