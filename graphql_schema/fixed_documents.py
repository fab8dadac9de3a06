"""GraphQL documents that are part of the platform. The REST API and exports execute these documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from automate.kernel.json_values import JsonValue
from graphql_schema.context import Caller
from graphql_schema.errors import normalized
from graphql_schema.execution import ApiOperation, ApiRequest, execute, operation_of
from graphql_schema.loaded import AnswerData
from tenants.credentials import Credential

T = TypeVar("T")
_INCLUDED = re.compile(r"@include\(if: \$(\w+)\)")


@dataclass(frozen=True)
class FixedDocument:
    """A GraphQL operation that is part of the platform."""

    text: str
    permissions: tuple[str, ...]
    """The permissions that the operation's ``@include`` directives check."""

    @classmethod
    def of(cls, kind: str, declared: str, selection: str) -> FixedDocument:
        """Declare a GraphQL document."""
        permissions = tuple(name for name in dict.fromkeys(_INCLUDED.findall(selection)) if f"${name}:" not in declared)
        variables = ", ".join([*filter(None, [declared]), *(f"${name}: Boolean!" for name in permissions)])
        return cls(f"{kind}({variables}) {selection}" if variables else f"{kind} {selection}", permissions)


def executed(
    credential: Credential,
    caller: Caller,
    document: FixedDocument,
    variables: Mapping[str, JsonValue],
    then: Callable[[AnswerData, ApiOperation], T],
) -> T:
    """Execute a document as the caller, and charge the caller. ``then`` converts the answer's data to the result.

    Raises NormalizedError for the first error.
    """
    allowed = credential.principal.permissions
    given = {**variables, **{name: name in allowed for name in document.permissions}}
    operation = operation_of(credential, lambda: ApiRequest(document.text, given))
    try:
        with operation.bill.timed():
            result = execute(credential, operation, caller)
            if result.errors:
                raise normalized(result.errors[0])
            return then(result.data or {}, operation)
    finally:
        operation.bill.settle()
