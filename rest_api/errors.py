"""Converts errors to HTTP answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict

import structlog
from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.response import Response

from automate.kernel.errors import NormalizedError
from automate.kernel.faults import is_ours, normalized
from automate.kernel.json_values import JsonValue
from automate.kernel.trace import current_trace
from automate.serving.middleware import mark_refusal

log = structlog.get_logger(__name__)

UNPROCESSABLE, BAD_REQUEST = 422, 400
MOST_PROBLEMS = 20
Source = dict[str, str]
"""``{"pointer": "/payload"}`` for the body, ``{"parameter": "limit"}`` for the query, or ``{"header": "Idempotency-Key"}``."""


class InputFault(TypedDict):
    """One problem of an input."""

    message: str
    source: Source


class InvalidInput(NormalizedError):  # noqa: N818 - a NormalizedError is an error by its base
    """The body or a parameter of a request is invalid. Each problem is ``{message, source}``."""

    def __init__(self, problems: Sequence[InputFault]) -> None:
        shown = list(problems[:MOST_PROBLEMS])
        place = " ".join(shown[0]["source"].values()) or "the body"
        message = f"{place}: {shown[0]['message']}"
        super().__init__(
            "BAD_USER_INPUT",
            message,
            details={"problems": [{"message": one["message"], "source": {**one["source"]}} for one in shown]},
        )
        self.source: Source = dict(shown[0]["source"])


def pointer(path: Sequence[str | int]) -> str:
    # RFC 6901.
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def flattened(errors: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    # Each with the path of its field.
    if isinstance(errors, Mapping):
        for name, below in errors.items():
            own = path if name == "non_field_errors" else (*path, name)
            yield from flattened(below, own)
    elif isinstance(errors, list):
        for place, below in enumerate(errors):
            if isinstance(below, Mapping | list):
                yield from flattened(below, (*path, place))
            else:
                yield path, str(below)


def answer_to(error: NormalizedError, source: Source | None) -> Response:
    """Return the HTTP answer for an error. An error about bad input gets the status 400."""
    body, headers = body_of(error, source), {}
    if error.code == "UNAUTHENTICATED":
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after_seconds" in error.details:
        headers["Retry-After"] = str(error.details["retry_after_seconds"])
    response = Response(body, status=status_of(error), headers=headers, content_type="application/json")
    mark_refusal(response, error.code, error.message)
    return response


def body_of(error: NormalizedError, source: Source | None) -> dict[str, JsonValue]:
    """Return the body of the answer for an error. ``source`` is the part of the request that caused the error."""
    return {
        **error.as_answer(current_trace().trace_id),
        "retryable": error.retryable,
        "source": None if source is None else {**source},
    }


def status_of(error: NormalizedError) -> int:
    return BAD_REQUEST if error.status == UNPROCESSABLE else error.status


def known(raised: Exception, request: HttpRequest, media_types: Sequence[str]) -> NormalizedError:
    """Turn an exception into the error for the caller. An unexpected exception is logged.

    media_types: the media types of the URL's answers.
    """
    if isinstance(raised, NormalizedError):
        error = raised
    elif isinstance(raised, exceptions.MethodNotAllowed):
        return NormalizedError(
            "METHOD_NOT_ALLOWED",
            f"This URL does not support the method {request.method}. The header `Allow` lists the supported methods.",
        )
    elif isinstance(raised, exceptions.NotAcceptable):
        return NormalizedError(
            "NOT_ACCEPTABLE",
            f"The `Accept` header excludes the media type of this URL's answers: {' or '.join(media_types)}. "
            f"Send `{media_types[0]}` or `*/*` in `Accept`.",
            details={"media_types": [*media_types]},
        )
    else:
        error = normalized(raised)
    if is_ours(error):
        log.error("rest request failed", path=request.path_info, code=error.code, exc_info=raised)
    return error
