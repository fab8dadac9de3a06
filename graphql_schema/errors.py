"""Maps every error to a NormalizedError."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypedDict, TypeVar

import strawberry
import structlog
from graphql import GraphQLError
from strawberry.exceptions import StrawberryGraphQLError
from strawberry.utils.str_converters import to_camel_case

from automate.kernel import faults, locks
from automate.kernel.errors import CODES, NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_text
from automate.kernel.metrics import count_refusal
from automate.kernel.problems import problems_of
from automate.kernel.redaction import redact
from automate.kernel.trace import current_trace
from graphql_schema.scalars import JSON

log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


@strawberry.type(name="NormalizedError", description="The error, its cause, and how to fix it.")
class ErrorAnswer:
    code: str = strawberry.field(description="A stable name from the catalogue of codes.")
    message: str = strawberry.field(description="A text that says what is wrong, why, and how to fix it.")
    details: JSON = strawberry.field(description="Values that programs can read, such as the limit that was exceeded.")
    path: list[str] = strawberry.field(description="The path in the input, outermost part first.")
    retryable: bool = strawberry.field(description="Whether the same request can succeed later.")
    trace_id: str


@strawberry.type
class QueryPayload:
    """The base class of answers to queries that had refusals in ``errors`` in earlier commits."""

    errors: list[ErrorAnswer] = strawberry.field(
        default_factory=list,
        description="Always empty.",
        deprecation_reason="Read the `errors` of the response instead, because a query that cannot be answered has its "
        "errors there.",
    )


def answer_of(error: NormalizedError) -> ErrorAnswer:
    return ErrorAnswer(
        code=error.code,
        message=error.message,
        details=JSON(error.details),
        path=error.path,
        retryable=error.retryable,
        trace_id=current_trace().trace_id,
    )


def stored_answer(stored: dict[str, JsonValue], trace_id: str) -> ErrorAnswer:
    """Convert a stored error to an ErrorAnswer, with the message and details redacted."""
    code = CODES.get(as_text(stored["code"]))
    shown = redact({"message": stored["message"], "details": stored.get("details") or {}})
    return ErrorAnswer(
        code=as_text(stored["code"]),
        message=as_text(shown["message"]),
        details=JSON(shown["details"]),
        path=[],
        retryable=code is not None and code.retryable,
        trace_id=trace_id,
    )


def answers_of(error: NormalizedError) -> list[ErrorAnswer]:
    """Return the list that a payload shows as ``errors``. The list has one entry for each problem of the error."""
    return list(map(answer_of, problems_of(error)))


def answered(name: str, payload: Callable[..., R], act: Callable[[], R]) -> R:
    """Execute an operation: call ``act``. If the operation is refused, return ``payload(errors=…)``.

    ``name`` is the name of the operation. If ``act`` fails because of a fault of the platform, the NormalizedError is raised.
    """
    try:
        with locks.operation(name):
            return act()
    except NormalizedError as error:
        if faults.is_ours(error) and error.code != "LOCKED":
            raise
        return payload(errors=answers_of(error))


def refusals_in(payload: Callable[..., R]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a resolver, so that the payload shows a refusal as ``errors``. For mutations, use ``mutating.mutation``."""

    def decorate(resolver: Callable[P, R]) -> Callable[P, R]:
        name = to_camel_case(resolver.__name__)

        @functools.wraps(resolver)
        def resolve(*args: P.args, **kwargs: P.kwargs) -> R:
            return answered(name, payload, lambda: resolver(*args, **kwargs))

        return resolve

    return decorate


def normalized(error: GraphQLError) -> NormalizedError:
    """Convert a GraphQL error to the error that the caller receives. If the cause is a fault of the platform, log the error."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, NormalizedError) and cause.code != "INTERNAL":
        return cause
    if cause is None or type(cause) is GraphQLError or isinstance(cause, StrawberryGraphQLError):
        # Without a cause, the error is graphql-core's about the caller's variables, or strawberry's about an input.
        return NormalizedError("BAD_USER_INPUT", error.message, details=error.extensions or {})
    known = faults.normalized(cause)
    log.error(
        "graphql field failed", path=error.path, code=known.code, exc_info=cause, trace_id=current_trace().trace_id
    )
    return known


class RefusedAnswer(TypedDict):
    """An answer without data."""

    errors: list[JsonObject]


def formatted(error: GraphQLError, known: NormalizedError | None = None) -> JsonObject:
    # Message, locations, path, and a NormalizedError as extensions. `path` in the extensions is a path in the input.
    known = known or normalized(error)
    entry: JsonObject = {"message": known.message}
    if error.locations:
        entry["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        entry["path"] = [*error.path]
    extensions = known.as_answer(current_trace().trace_id)
    if known.path:
        extensions["path"] = [*known.path]
    return {**entry, "extensions": extensions}


def refused(error: NormalizedError) -> RefusedAnswer:
    """Return the answer to a request that was refused before its execution."""
    return {"errors": [{"message": error.message, "extensions": error.as_answer(current_trace().trace_id)}]}


def count_errors(errors: Sequence[JsonObject]) -> None:
    # HTTP answers are counted elsewhere, with their status.
    for error in errors[:1]:
        count_refusal(as_text(as_object(error["extensions"])["code"]))
