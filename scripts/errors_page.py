"""Make ``docs/errors.md`` from the catalogue of codes: ``make reference`` writes it."""

from __future__ import annotations

from automate.kernel.errors import CODES

HEAD = """# Error codes

`make reference` makes this page from `platform/automate/kernel/errors.py`. A test checks that this page is up to date.

Every error that a caller receives is a NormalizedError. The format of an error depends on the transport:

| where | format |
|---|---|
| HTTP | `{code, message, details, trace_id}` |
| GraphQL's `errors[].extensions` | `{code, message, details, trace_id}`; also `path` if the error is about a part of the input |
| the `errors` of a mutation's payload | `{code message details path retryable traceId}` |

The meaning of an error code never changes. The message of an error states the fix, and its wording can change. The column "retry" says whether the same request can succeed later.

The column "status" is the HTTP status of answers to webhooks and to REST. If `/graphql` refuses a request before reading the request's document, the answer has the status in the column "status". For example, `/graphql` refuses an invalid token, a body that is not JSON, and an operation that costs too much. Errors in the document or in its fields have the status that GraphQL over HTTP requires. The status of an answer of the type `application/json` is 200. The status of an answer of the type `application/graphql-response+json` is 200 if the answer contains `data`, and 400 otherwise. For examples, see the section about [the status of GraphQL answers](graphql.md#status).

| code | status | retry | meaning |
|---|---|---|---|
"""


def page() -> str:
    rows = (
        f"| `{code.name}` | {code.status} | {'yes' if code.retryable else 'no'} | {code.meaning} |\n"
        for code in CODES.values()
    )
    return HEAD + "".join(rows)
