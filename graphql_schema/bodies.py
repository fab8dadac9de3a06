"""Reads the JSON body of a request, for GraphQL and REST."""

from __future__ import annotations

from django.http import HttpRequest

from automate.kernel.errors import NormalizedError
from graphql_schema.limits import BODY_BYTES

PLAIN_JSON = "application/json"


def posted(request: HttpRequest) -> bytes:
    """Return the JSON body of a POST. Raises UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, INVALID_JSON.

    Only ``application/json`` is accepted, because an HTML form on another web page cannot send this type.
    """
    if request.content_type != PLAIN_JSON or (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8":
        raise NormalizedError(
            "UNSUPPORTED_MEDIA_TYPE",
            "The content type of the request is not supported. Send the body as application/json in UTF-8.",
        )
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding != "identity":
        raise NormalizedError(
            "UNSUPPORTED_MEDIA_TYPE",
            f"The body has the Content-Encoding {encoding[:64]}, which is not supported. Send the body without it.",
            details={"encoding": encoding[:64]},
        )
    length = request.META.get("CONTENT_LENGTH") or "0"
    # Check a declared length here: Django would refuse it with a message of its own.
    too_large = length.isdecimal() and int(length) > BODY_BYTES
    body: bytes = b"" if too_large else request.body
    if too_large or len(body) > BODY_BYTES:
        raise NormalizedError(
            "PAYLOAD_TOO_LARGE",
            f"The body of the request is too large. The maximum is {BODY_BYTES} bytes. Send several smaller requests.",
            details={"max_bytes": BODY_BYTES},
        )
    if not body:
        raise NormalizedError("INVALID_JSON", "The body of the request is empty. Send a JSON object.")
    return body
