"""Executes the GraphQL operation behind a REST request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import ExecutionResult

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.json_text import Encoded
from graphql_schema.encoding import encoded, too_large
from graphql_schema.execution import ApiOperation, caller_of
from graphql_schema.fixed_documents import FixedDocument, executed
from tenants.credentials import Credential

_DATA = len(b'{"data":')


@dataclass(frozen=True)
class RestResponse:
    """An answer."""

    body: Json
    """JSON, or Encoded after it was encoded."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    """Additional headers of this answer."""


Shape = Callable[[Mapping[str, Any]], RestResponse]
"""Converts the data of a GraphQL answer to the answer of REST. Raises NormalizedError for a refusal in the data."""


def answered(
    credential: Credential,
    headers: Mapping[str, str],
    document: FixedDocument,
    variables: Mapping[str, Json],
    shape: Shape,
) -> RestResponse:
    """Execute a GraphQL operation, and convert its answer to REST. Raises NormalizedError if the operation is refused."""

    def encode(data: Mapping[str, Any], operation: ApiOperation) -> RestResponse:
        answer = shape(data)
        text = encoded(ExecutionResult(answer.body, None), operation.values)
        if text.errors:
            raise too_large()
        return replace(answer, body=Encoded(text.content[_DATA:-1]))

    return executed(credential, caller_of(credential, headers), document, variables, encode)


def refused(errors: list[dict[str, Json]]) -> NormalizedError:
    """Combine the errors of a refused mutation. The result is the first error. ``details.errors`` has the others."""
    first, *others = errors
    details = dict(first["details"] or {})
    if others:
        details["errors"] = [{name: error[name] for name in ("code", "message", "path")} for error in others]
    return NormalizedError(first["code"], first["message"], details=details, path=first["path"])


ERRORS = "errors { code message details path }"
"""The selection of errors in a mutation's payload, for ``refused``."""
