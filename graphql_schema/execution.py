"""Executes a GraphQL request: authenticates the caller, computes the price, and runs the operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from graphql import ExecutionResult, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.execution import execute as execute_document
from graphql.language import DocumentNode
from strawberry import Schema

from automate.kernel.causation import depth_in
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.principals import acting_as
from automate.kernel.roles import AUTHENTICATION_ROLE, OPERATOR_ROLE
from automate.kernel.tenancy import TenantRef, acting_for, acting_for_platform
from graphql_schema.account.schema import account_schema
from graphql_schema.allowance import allowance_of
from graphql_schema.billing import Bill
from graphql_schema.completion import EXECUTOR_ARGUMENT, PlannedExecutor
from graphql_schema.context import Caller
from graphql_schema.cost import Priced, check_cost
from graphql_schema.documents import Prepared, operation_in, prepare
from graphql_schema.errors import RefusedAnswer, formatted
from graphql_schema.loaded import CoreValue, Selections
from graphql_schema.schema import platform_schema, tenant_schema
from graphql_schema.variables import check_variables
from tenants.authentication import authenticate, invalid_token, note_refusal
from tenants.credentials import Credential, Face
from tenants.sign_in.members import authenticate_session, no_such_tenant


@dataclass(frozen=True)
class ApiRequest:
    """A GraphQL request as a client sent it."""

    query: str
    variables: Mapping[str, JsonValue] = field(default_factory=dict)
    operation_name: str | None = None


@dataclass(frozen=True)
class ApiOperation:
    """A checked and priced operation."""

    document: DocumentNode
    node: OperationDefinitionNode
    request: ApiRequest
    cost: int
    """The price of the operation in points."""
    priced: Priced
    bill: Bill
    """The charge of the operation, which grows during the execution."""
    selections: Selections = field(default_factory=dict)
    """Compiled selections of the document, see ``graphql_schema.straight``."""

    @property
    def kind(self) -> OperationType:
        return self.node.operation

    @property
    def values(self) -> int:
        """The number of values in a large answer, without the values inside of fields of type JSON."""
        return self.priced.cost.values(self.request.variables)


class InvalidDocument(Exception):  # noqa: N818 - an outcome with an answer of its own
    """An invalid document. ``answer`` has the ``errors`` to send."""

    def __init__(self, prepared: Prepared) -> None:
        super().__init__("invalid document")
        self.answer: RefusedAnswer = {"errors": [formatted(error, known) for error, known in prepared.problems]}


def request_from(body: JsonValue) -> ApiRequest:
    """Read a request from its body. Raises BAD_REQUEST if the body is malformed."""
    if isinstance(body, list):
        raise _malformed(
            "The body is a list, and batches of operations are not supported. Send one operation in each request."
        )
    if not isinstance(body, dict):
        raise _malformed('The body is no JSON object. Send an object such as {"query": "{ __typename }"}.')
    query, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    if not isinstance(query, str) or not query:
        raise _malformed("`query` is missing or no string. Send a GraphQL document as a string.")
    if not isinstance(variables, dict | None):
        raise _malformed("`variables` must be a JSON object or null.")
    if not isinstance(name, str | None):
        raise _malformed("`operationName` must be a string or null.")
    if not isinstance(body.get("extensions"), dict | None):
        raise _malformed("`extensions` must be a JSON object or null.")
    return ApiRequest(query, variables or {}, name or None)


def _malformed(message: str) -> NormalizedError:
    return NormalizedError("BAD_REQUEST", message)


def credential_of(
    authorization: str | None, address: str, slug: str | None = None, session_key: str | None = None
) -> Credential:
    """Authenticate the request by its token. Without a token, authenticate it by the session of the browser.

    Raises UNAUTHENTICATED, FORBIDDEN, NOT_FOUND.
    """
    if slug is not None and not authorization:
        return authenticate_session(session_key, slug)
    credential = _credential_of_token(authorization, address)
    if slug is not None and (credential.tenant is None or credential.tenant.slug != slug):
        # An unknown tenant gets the same answer.
        raise NormalizedError(
            "UNAUTHENTICATED",
            "The token does not belong to the tenant in the URL. Check the tenant's name in the URL, or send a token of this "
            "tenant.",
        )
    return credential


def _credential_of_token(authorization: str | None, address: str) -> Credential:
    if not is_bearer(authorization):
        raise NormalizedError(
            "UNAUTHENTICATED", "The request has no API token. Send it in the header `Authorization: Bearer …`."
        )
    return authenticate(authorization.partition(" ")[2].strip(), address)


def is_bearer(authorization: str | None) -> TypeGuard[str]:
    """Whether a value of ``Authorization`` has the form ``Bearer <token>``."""
    kind, _, token = (authorization or "").partition(" ")
    return kind.lower() == "bearer" and bool(token.strip())


def agree(credential: Credential, host: TenantRef | None) -> None:
    """Check that a credential belongs to the tenant of the hostname.

    If it does not, raises NOT_FOUND for a member, and UNAUTHENTICATED for a token.
    """
    if host is not None and credential.tenant != host:
        raise no_such_tenant() if credential.principal.kind == "member" else invalid_token()


SCHEMAS: Mapping[Face, Schema] = {"tenant": tenant_schema, "platform": platform_schema, "account": account_schema}


def schema_for(credential: Credential) -> GraphQLSchema:
    return SCHEMAS[credential.face]._schema  # noqa: SLF001 - graphql-core's


def _distinguished(credential: Credential, query: str, prepared: Prepared) -> Prepared:
    # If the document is valid with the other kind of token, one error states this.
    if credential.face == "account":
        return prepared
    other, message = (
        (
            platform_schema,
            "This is a tenant's token, but the operation belongs to the platform. Send the platform's token.",
        )
        if credential.tenant is not None
        else (
            tenant_schema,
            "This is the platform's token, but the operation belongs to a tenant. Send a tenant's token.",
        )
    )
    if prepare(other._schema, query).document is None:  # noqa: SLF001 - graphql-core's
        return prepared
    ((error, _), *_others) = prepared.problems
    return Prepared(None, ((error, NormalizedError("GRAPHQL_VALIDATION_FAILED", message)),))


def operation_of(credential: Credential, read: Callable[[], ApiRequest]) -> ApiOperation:
    """Check a request, compute its price, and charge the minimum. ``read`` parses the request.

    Raises InvalidDocument for an invalid document, or NormalizedError with one of these codes:

    - RATE_LIMITED: the caller owes points, or has too few points. If the caller owes points, nothing is parsed.
    - GRAPHQL_TOO_COMPLEX: the document exceeds a limit.
    """
    bill = _bill_of(credential)
    try:
        with bill.timed():
            return _priced(credential, read(), bill)
    except (NormalizedError, InvalidDocument) as refusal:
        bill.settle()
        if isinstance(refusal, NormalizedError):
            _note_throttled(credential, refusal)
        raise


def _bill_of(credential: Credential) -> Bill:
    # Raises RATE_LIMITED if the caller owes points.
    try:
        return Bill(allowance_of(credential))
    except NormalizedError as refusal:
        _note_throttled(credential, refusal)
        raise


def _note_throttled(credential: Credential, refusal: NormalizedError) -> None:
    if refusal.code == "RATE_LIMITED":
        note_refusal(credential.principal, credential.tenant, "rate_limited", "")


def _priced(credential: Credential, request: ApiRequest, bill: Bill) -> ApiOperation:
    schema = schema_for(credential)
    prepared = prepare(schema, request.query)
    if prepared.document is None:
        raise InvalidDocument(_distinguished(credential, request.query, prepared))
    node = operation_in(prepared.document, request.operation_name)
    check_variables(schema, node, request.variables)
    priced = prepared.operations[node.name.value if node.name else ""]
    cost = priced.cost.of(request.variables)
    check_cost(cost)
    bill.admit(cost, priced.floor(cost))
    return ApiOperation(prepared.document, node, request, cost, priced, bill, prepared.selections)


def caller_of(
    credential: Credential, headers: Mapping[str, str] | None = None, selections: Selections | None = None
) -> Caller:
    """Return a Caller object for an operation of the API."""
    return Caller(
        credential.principal,
        credential.tenant,
        depth=depth_in(headers, credential.tenant.id) if headers and credential.tenant else 0,
        proof=credential.proof,
        selections={} if selections is None else selections,
    )


def scope_of(credential: Credential) -> AbstractContextManager[object]:
    if credential.tenant is not None:
        return acting_for(credential.tenant)
    if credential.face == "account":
        return acting_for_platform("a person's account", AUTHENTICATION_ROLE, proof=credential.proof)
    return acting_for_platform("a request with the platform's token", OPERATOR_ROLE, proof=credential.proof)


def _never(_value: object) -> bool:
    return False


def execute(credential: Credential, operation: ApiOperation, caller: Caller) -> ExecutionResult:
    """Run a query or a mutation in the caller's scope."""
    with acting_as(credential.principal), scope_of(credential):
        return _executed(schema_for(credential), operation, caller)


def executed_item(operation: ApiOperation, caller: Caller, item: object) -> ExecutionResult:
    """Execute one item of a tenant's subscription. Open the tenant's scope before the call."""
    return _executed(tenant_schema._schema, operation, caller, item)  # noqa: SLF001 - graphql-core's


def _executed(schema: GraphQLSchema, operation: ApiOperation, caller: Caller, root: object = None) -> ExecutionResult:
    executor: dict[str, CoreValue] = {EXECUTOR_ARGUMENT: PlannedExecutor}
    result: object = execute_document(
        schema,
        operation.document,
        root_value=root,
        variable_values=dict(operation.request.variables),
        operation_name=operation.request.operation_name,
        context_value=caller
        if caller.selections is operation.selections
        else replace(caller, selections=operation.selections),
        is_awaitable=_never,  # type: ignore[arg-type] # graphql-core wants a TypeGuard, and nothing is awaitable here
        **executor,
    )
    if not isinstance(result, ExecutionResult):
        raise TypeError("a resolver was asynchronous")
    return result
