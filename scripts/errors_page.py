"""Print docs/errors.md from the catalogue of codes: ``python scripts/errors_page.py > docs/errors.md``."""

from __future__ import annotations

import sys

from automate.kernel.errors import CODES

HEAD = """# Error codes

Made by `scripts/errors_page.py` from `platform/automate/kernel/errors.py`; a test keeps it current.

Everything that is not a success is a NormalizedError. Over HTTP and in GraphQL's `errors[].extensions` it is
`{code, message, details, trace_id}`; in the `errors` of a mutation's payload it is
`{code message details path retryable traceId}`. A code never changes its meaning. The message says how to mend the cause and may
change. "Try again" tells whether the same request can succeed later.

The status is that of webhooks, and of `/graphql` where a request is refused before its document is looked at: no valid token, a body that is no JSON, an operation that costs too much. What comes after that,
a document that does not fit the schema and whatever its fields fail with, answers a client of plain `application/json` with 200, and one that accepts `application/graphql-response+json` with 400 where
there is no `data`, and with 200 where there is. [GraphQL from the shell](graphql.md#status) has examples.

| code | HTTP status | try again | meaning |
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
