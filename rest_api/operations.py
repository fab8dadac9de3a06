"""Executes the GraphQL operation behind a REST request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from graphql import ExecutionResult

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded
from automate.kernel.json_values import JsonValue, as_object, as_text, as_texts
from automate.kernel.large import opened
from graphql_schema.encoding import encoded, too_large
from graphql_schema.execution import ApiOperation, caller_of
from graphql_schema.fixed_documents import FixedDocument, executed
from graphql_schema.loaded import AnswerData
from tenants.credentials import Credential

_DATA = len(b'{"data":')


@dataclass(frozen=True)
class RestResponse:
    """The answer to a REST request."""

    body: JsonValue | Encoded
    """Encoded after it was encoded."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    """Additional headers of this answer."""


Shape = Callable[[AnswerData], RestResponse]
"""Converts the data of a GraphQL answer to the answer of REST. Raises NormalizedError for a refusal in the data."""


def answered(
    credential: Credential,
    headers: Mapping[str, str],
    document: FixedDocument,
    variables: Mapping[str, JsonValue],
    shape: Shape,
) -> RestResponse:
    """Execute a GraphQL operation, and convert its answer to REST. Raises NormalizedError if the operation is refused."""

    def encode(data: AnswerData, operation: ApiOperation) -> RestResponse:
        answer = shape(data)
        text = encoded(ExecutionResult(as_object(opened(answer.body)), None), operation.values)
        if text.errors:
            raise too_large()
        return replace(answer, body=Encoded(text.content[_DATA:-1]))

    return executed(credential, caller_of(credential, headers), document, variables, encode)


def refused(errors: list[dict[str, JsonValue]]) -> NormalizedError:
    """Combine the errors of a refused mutation. The result is the first error; its ``details.errors`` has the other errors."""
    first, *others = errors
    details = {**as_object(first["details"] or {})}
    if others:
        details["errors"] = [{name: error[name] for name in ("code", "message", "path")} for error in others]
    return NormalizedError(
        as_text(first["code"]), as_text(first["message"]), details=details, path=as_texts(first["path"] or [])
    )


ERRORS = "errors { code message details path }"
"""The selection of errors in a mutation's payload, for ``refused``."""
