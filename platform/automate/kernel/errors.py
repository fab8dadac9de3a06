"""The error type of the platform, and the catalogue of its codes.

Every answer that reports a failure contains a NormalizedError. A code keeps its meaning in later releases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.kernel.json_values import JsonValue


@dataclass(frozen=True)
class ErrorDefinition:
    """An error code, with its HTTP status and meaning."""

    name: str
    """Stable."""
    status: int
    """The HTTP status of answers with this code."""
    retryable: bool
    """Whether a retry can succeed."""
    meaning: str


def _catalogue(*codes: ErrorDefinition) -> Mapping[str, ErrorDefinition]:
    return {code.name: code for code in codes}


CODES: Mapping[str, ErrorDefinition] = _catalogue(
    ErrorDefinition("UNAUTHENTICATED", 401, False, "no valid token, signature or session came with the request"),
    ErrorDefinition("FORBIDDEN", 403, False, "the principal lacks a permission"),
    ErrorDefinition(
        "CSRF_FAILED", 403, False, "a request with a session's cookie does not prove that one of our own pages sent it"
    ),
    ErrorDefinition("TENANT_SUSPENDED", 403, True, "the tenant is suspended; its work waits until it is resumed"),
    ErrorDefinition("NOT_FOUND", 404, False, "the caller can see no object with this id or name"),
    ErrorDefinition(
        "EXPIRED",
        410,
        False,
        "the retention of the tenant has removed all objects of this age, also this one if it existed",
    ),
    ErrorDefinition("METHOD_NOT_ALLOWED", 405, False, "the URL does not answer this HTTP method"),
    ErrorDefinition("NOT_ACCEPTABLE", 406, False, "the URL does not answer in a media type that Accept names"),
    ErrorDefinition("REQUEST_TIMEOUT", 408, True, "the headers or the body of a request did not arrive in time"),
    ErrorDefinition(
        "CONFLICT",
        409,
        False,
        "the key was used with other content, the revision has changed, or the state does not allow the operation",
    ),
    ErrorDefinition("PAYLOAD_TOO_LARGE", 413, False, "a body, value or document is over its limit"),
    ErrorDefinition("UNSUPPORTED_MEDIA_TYPE", 415, False, "the content type or encoding is not accepted here"),
    ErrorDefinition("BAD_USER_INPUT", 422, False, "a field does not accept this value"),
    ErrorDefinition("INVALID_JSON", 400, False, "the body is not JSON that the platform accepts"),
    ErrorDefinition("INVALID_CURSOR", 400, False, "the cursor was not issued for this list, filter and tenant"),
    ErrorDefinition("PAYLOAD_ERASED", 410, False, "the event's payload was erased; its hash remains"),
    ErrorDefinition(
        "CURSOR_EXPIRED", 410, False, "the cursor is older than the resume window, or its place was removed"
    ),
    ErrorDefinition("INVALID_SIGNATURE", 401, False, "the signature does not verify over the raw body"),
    ErrorDefinition("INVALID_TIMESTAMP", 401, False, "the signed time is missing, malformed or outside the tolerance"),
    ErrorDefinition(
        "INVALID_EVENT", 422, False, "the event does not match the schema of its type, which rejects such events"
    ),
    ErrorDefinition("INVALID_RULE", 422, False, "the rule's predicate is refused"),
    ErrorDefinition("INVALID_SCHEDULE", 422, False, "the schedule's plan is refused"),
    ErrorDefinition("INVALID_WORKFLOW", 422, False, "the workflow's definition is refused"),
    ErrorDefinition("INVALID_TEMPLATE", 422, False, "a {{ template }} is refused, or failed on this data"),
    ErrorDefinition("LIMIT_EXCEEDED", 422, False, "the request would exceed a limit of the platform"),
    ErrorDefinition("RATE_LIMITED", 429, True, "too many requests in a short time"),
    ErrorDefinition(
        "SLOW_CONSUMER", 429, True, "a subscriber read its items too slowly; it resumes from its last cursor"
    ),
    ErrorDefinition("HEADERS_TOO_LARGE", 431, False, "the headers of a request are over their limit"),
    ErrorDefinition("BUDGET_EXCEEDED", 429, True, "a budget of the tenant is used up"),
    ErrorDefinition(
        "FILTER_TOO_BROAD",
        422,
        False,
        "the page or `totalCount` would read too many rows; the message names conditions that narrow the filter",
    ),
    ErrorDefinition("GRAPHQL_PARSE_FAILED", 400, False, "the document is not GraphQL"),
    ErrorDefinition("GRAPHQL_VALIDATION_FAILED", 400, False, "the document does not fit the schema"),
    ErrorDefinition(
        "GRAPHQL_TOO_COMPLEX",
        400,
        False,
        "the document is over a limit of cost, depth, aliases, fields, directives or tokens",
    ),
    ErrorDefinition("BAD_REQUEST", 400, False, "the request is malformed"),
    ErrorDefinition("CONNECTOR_TRANSIENT", 502, True, "the receiver failed, and can accept the same request later"),
    ErrorDefinition("CONNECTOR_RATE_LIMITED", 429, True, "the receiver limits the rate of requests"),
    ErrorDefinition("CONNECTOR_AUTH", 502, False, "the receiver refused the credentials"),
    ErrorDefinition(
        "CONNECTOR_REFUSED", 502, False, "the receiver refused the request, and will refuse the same request again"
    ),
    ErrorDefinition("CONNECTOR_BLOCKED", 403, False, "the outbound guard does not allow calls to this address"),
    ErrorDefinition(
        "CONNECTOR_TIMEOUT", 504, True, "no complete answer of the receiver arrived within the step's timeout_seconds"
    ),
    ErrorDefinition("EFFECT_UNCERTAIN", 409, False, "the call was sent, and its outcome is unknown"),
    ErrorDefinition(
        "EFFECT_NOT_MADE", 409, False, "an operator decided that the call had no effect, and it was not repeated"
    ),
    ErrorDefinition("SECRET_UNAVAILABLE", 422, False, "the secret or its version does not exist, or has no value"),
    ErrorDefinition(
        "SECRET_NOT_ALLOWED",
        403,
        False,
        "the rule of a secret does not allow this host, connector or workflow",
    ),
    ErrorDefinition("SECRET_IN_USE", 409, False, "a workflow names the secret that would be deleted"),
    ErrorDefinition(
        "VAULT_KEY_MISSING", 503, False, "the installation has no key pair that encrypts values of secrets"
    ),
    ErrorDefinition(
        "STEP_TIMED_OUT",
        504,
        True,
        "a step exceeded its timeout_seconds: its items or the run that it started had not ended, or its connector ignored the limit",
    ),
    ErrorDefinition("RUN_TIMED_OUT", 504, False, "a run exceeded its timeout_seconds"),
    ErrorDefinition("QUEUE_TIMED_OUT", 504, False, "a run did not start within its queue_timeout_seconds"),
    ErrorDefinition("WAIT_TIMED_OUT", 504, False, "the event that a step waited for did not arrive in time"),
    ErrorDefinition(
        "FAILED_ON_PURPOSE", 422, False, "a flow.fail step ended the run; the message is the workflow's own"
    ),
    ErrorDefinition("CHILD_RUN_FAILED", 502, False, "the run that a flow.run_workflow step started did not succeed"),
    ErrorDefinition("APPROVAL_REJECTED", 403, False, "the approval was rejected, or expired without enough approvals"),
    ErrorDefinition("ITEMS_FAILED", 502, False, "more items of a flow.for_each failed than it tolerates"),
    ErrorDefinition("POISON_JOB", 500, False, "a job ended too many workers and is dead"),
    ErrorDefinition(
        "LOCKED",
        503,
        True,
        "another request or a worker has locked the object for too long; nothing was changed",
    ),
    ErrorDefinition("UNAVAILABLE", 503, True, "a part of the platform is unavailable for a short time"),
    ErrorDefinition("INTERNAL", 500, True, "a fault of the platform; the trace id finds it in the logs"),
)


class NormalizedError(Exception):
    """An error that may be shown to the caller.

    - code: a name of CODES.
    - message: the fault and the fix.
    - details: JSON with values, never with a secret.
    - path: the place of the fault in the input, outermost part first.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        details: Mapping[str, JsonValue] | None = None,
        path: Sequence[str | int] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.entry = CODES[code]
        self.message = message
        self.details: dict[str, JsonValue] = dict(details or {})
        self.path: list[str] = [str(part) for part in path or ()]

    def __reduce__(self) -> tuple[object, ...]:
        return restored, (self.code, self.message, self.details, self.path)

    @property
    def code(self) -> str:
        return self.entry.name

    @property
    def status(self) -> int:
        return self.entry.status

    @property
    def retryable(self) -> bool:
        return self.entry.retryable

    def as_json(self) -> dict[str, JsonValue]:
        """Return the error in the form that rows store: ``{code, message, details}``."""
        return {"code": self.code, "message": self.message, "details": self.details}

    def as_answer(self, trace_id: str) -> dict[str, JsonValue]:
        """Return the error in the form of an answer: ``{code, message, details, trace_id}``."""
        return {**self.as_json(), "trace_id": trace_id}


def restored(code: str, message: str, details: Mapping[str, JsonValue], path: Sequence[str]) -> NormalizedError:
    """Restore an error that another process pickled."""
    return NormalizedError(code, message, details=details, path=path)
