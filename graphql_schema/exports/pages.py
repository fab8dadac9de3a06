"""Pages of an export as lines of JSON, oldest record first."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.timestamps import parse_timestamp
from graphql_schema.context import Caller
from graphql_schema.exports.lists import ExportedList
from graphql_schema.exports.page import MOST_ROWS, ExportPage
from graphql_schema.fixed_documents import executed
from graphql_schema.json_text import dumps
from graphql_schema.limits import ANSWER_BYTES
from graphql_schema.loaded import AnswerData
from graphql_schema.payloads import PayloadBytes
from tenants.credentials import Credential

SETTLED_SECONDS = 40.0
"""Records younger than this are left to a later export, because an open transaction can still add a record before
them.

The time is longer than the longest statement plus the difference between two clocks.
"""
_TOO_LARGE = frozenset({"answer_payload_bytes", "answer_bytes"})


def page_after(  # noqa: PLR0917 - a page's place in its list
    credential: Credential, caller: Caller, listed: ExportedList, wanted: JsonValue, after: str | None, rows: int
) -> ExportPage:
    """Read the next page of a list. Raises NormalizedError."""
    while True:
        variables = {"last": rows, "before": after, "filter": wanted}
        # Each page has the payload bytes of an answer.
        own = replace(caller, payload_bytes=PayloadBytes())
        try:
            return executed(
                credential,
                own,
                listed.document,
                variables,
                lambda data, _: _page(data[listed.field], listed, after, rows),  # noqa: B023 - called before it changes
            )
        except NormalizedError as error:
            if error.details.get("limit") not in _TOO_LARGE or rows == 1:
                raise
            rows = max(1, rows // 2)


def _page(connection: AnswerData, listed: ExportedList, after: str | None, rows: int) -> ExportPage:
    horizon = datetime.now(timezone.utc) - timedelta(seconds=SETTLED_SECONDS)
    edges = connection["edges"][::-1]
    settled = list(itertools.takewhile(lambda edge: _timestamp(edge["node"][listed.made]) <= horizon, edges))
    jsonl = b"".join(dumps(edge["node"]) + b"\n" for edge in settled)
    if len(jsonl) > ANSWER_BYTES and rows > 1:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            "The page of the export is too large. Request fewer rows.",
            details={"limit": "answer_bytes"},
        )
    return ExportPage(
        jsonl,
        settled[-1]["cursor"] if settled else after,
        more=len(settled) == len(edges) and connection["pageInfo"]["hasPreviousPage"],
        rows=min(MOST_ROWS, rows * 2),
    )


def _timestamp(value: str | datetime) -> datetime:
    # Some reads return a string, and others a datetime.
    return value if isinstance(value, datetime) else parse_timestamp(value)
