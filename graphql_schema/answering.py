"""Executes a query or mutation, encodes its answer, and charges the caller for the operation. One thread does all of this."""

from __future__ import annotations

from automate.kernel.bounded import BoundedCache
from automate.kernel.json_values import JsonValue
from graphql_schema.context import Caller
from graphql_schema.encoding import EncodedAnswer, encoded
from graphql_schema.execution import ApiOperation, execute
from graphql_schema.json_text import dumps
from graphql_schema.limits import MIB
from tenants.credentials import Credential, Face

KEPT_BYTES = 8 * MIB
"""The maximum size of cached introspection answers: about twenty answers of 400 KB each."""
_ENTRY_BYTES = 1_000
_KEPT_VARIABLES = 256
"""The maximum size of the variables of a cached introspection query, in bytes. The names of types are short."""
_descriptions: BoundedCache[tuple[Face, str, bytes], EncodedAnswer] = BoundedCache(KEPT_BYTES)


def answer_to(credential: Credential, operation: ApiOperation, caller: Caller) -> EncodedAnswer:
    """Return the answer to an operation, with its cost in ``extensions``. Failed operations are charged too."""
    bill = operation.bill
    try:
        with bill.timed():
            found = (_described if operation.priced.description else _executed)(credential, operation, caller)
    finally:
        cost = bill.settle()
    return found.with_cost(cost)


def _executed(credential: Credential, operation: ApiOperation, caller: Caller) -> EncodedAnswer:
    return encoded(execute(credential, operation, caller), operation.values)


def _described(credential: Credential, operation: ApiOperation, caller: Caller) -> EncodedAnswer:
    # The same for all callers of a schema.
    variables = dumps(_declared(operation))
    if len(variables) > _KEPT_VARIABLES:
        return _executed(credential, operation, caller)
    key = (credential.face, operation.priced.description, variables)
    found = _descriptions.get(key)
    if found is None:
        found = _executed(credential, operation, caller)
        if not found.errors:
            weight = _ENTRY_BYTES + len(found.content) + len(operation.priced.description)
            _descriptions.put(key, found, weight)
    return found


def _declared(operation: ApiOperation) -> dict[str, JsonValue]:
    names = [entry.variable.name.value for entry in operation.node.variable_definitions or ()]
    return {name: operation.request.variables[name] for name in names if name in operation.request.variables}
