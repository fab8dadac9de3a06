"""Print docs/errors.md from the catalogue of codes: ``python scripts/errors_page.py > docs/errors.md``."""

from __future__ import annotations

import sys

from automate.kernel.errors import CODES

HEAD = """# Error codes

Made by `scripts/errors_page.py` from `platform/automate/kernel/errors.py`; a test keeps it current.

Every error is a NormalizedError. Its format depends on the transport:

| where | format |
|---|---|
| HTTP, and GraphQL's `errors[].extensions` | `{code, message, details, trace_id}` |
| the `errors` of a mutation's payload | `{code message details path retryable traceId}` |

A code never changes its meaning. The message has the fix and may change. "Retry" says whether the same request can succeed later.

"Status" is the HTTP status of webhooks and REST. `/graphql` uses it for requests that are refused before their document is read: no valid token, a body that is not JSON, an operation that costs too much.
Later errors, of the document or of its fields, have the status of GraphQL over HTTP: `application/json` gets 200; `application/graphql-response+json` gets 400 without `data` and 200 with it. [GraphQL from the shell](graphql.md#status) has examples.

| code | status | retry | meaning |
|---|---|---|---|
"""


def page() -> str:
    rows = (
        f"| `{code.name}` | {code.status} | {'yes' if code.retryable else 'no'} | {code.meaning} |\n"
        for code in CODES.values()
    )
    return HEAD + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(page())
