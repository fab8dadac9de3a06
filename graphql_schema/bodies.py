"""The body of a request in JSON, for GraphQL and REST alike."""

from __future__ import annotations

from django.http import HttpRequest

from automate.kernel.errors import NormalizedError
from graphql_schema.limits import BODY_BYTES

PLAIN_JSON = "application/json"


def posted(request: HttpRequest) -> bytes:
    """The body's bytes. A browser's form cannot send this content type across origins.

    Raises NormalizedError UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE or INVALID_JSON.
    """
    if request.content_type != PLAIN_JSON or (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8":
        raise NormalizedError("UNSUPPORTED_MEDIA_TYPE", "Send the body as application/json in UTF-8.")
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding != "identity":
        raise NormalizedError(
            "UNSUPPORTED_MEDIA_TYPE",
            f"The body is encoded as {encoding[:64]}; send it as it is, without Content-Encoding.",
            details={"encoding": encoding[:64]},
        )
    length = request.META.get("CONTENT_LENGTH") or "0"
    # A body that names its length is not asked for: Django would refuse it in words of its own.
    too_large = length.isdecimal() and int(length) > BODY_BYTES
    body: bytes = b"" if too_large else request.body
    if too_large or len(body) > BODY_BYTES:
        raise NormalizedError(
            "PAYLOAD_TOO_LARGE",
            f"A request's body has at most {BODY_BYTES} bytes. Send less, or values in several requests.",
            details={"max_bytes": BODY_BYTES},
        )
    if not body:
        raise NormalizedError("INVALID_JSON", "The body is empty; send a JSON object.")
    return body
