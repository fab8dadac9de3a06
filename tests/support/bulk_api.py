"""Bulk operations as clients start them: the documents, and what they answer."""

from __future__ import annotations

from typing import Any

from tests.support.api import Api

OPERATION = (
    "id kind state reason rate ceiling stopOnErrorRate total done skipped refused startedBy error { code } finishedAt"
)
ERRORS = "errors { code message path details }"
START = f"mutation($i: StartBulkOperationInput!) {{ startBulkOperation(input: $i) {{ operation {{ {OPERATION} }} {ERRORS} }} }}"
PREVIEW = """query($i: BulkInput!) { previewBulkOperation(input: $i) { previewId count lookedAt newRuns
  effectsThatRepeat { step connector effect consent runs } refusals { code message items } } }"""


def started(api: Api, **options: Any) -> dict[str, Any]:
    payload = api.data(START, i={"kind": "RETRY", "runs": {}, "rate": 1_000, **options})["startBulkOperation"]
    assert payload["errors"] == []
    operation: dict[str, Any] = payload["operation"]
    return operation


def refused(api: Api, **options: Any) -> tuple[str, list[str]]:
    payload = api.data(START, i={"kind": "RETRY", "runs": {}, **options})["startBulkOperation"]
    assert payload["operation"] is None
    (error,) = payload["errors"]
    return error["code"], error["path"]
