"""A check for schemathesis: the server accepts each request that agrees with the OpenAPI document.

The check leaves out the places whose rule no JSON Schema of one value can state. Each place has its reason.
schemathesis imports this module by ``SCHEMATHESIS_HOOKS``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import positive_data_acceptance

CURSOR = {"cursor": "only the server can make a cursor"}
PAGE = {**CURSOR, "before": "only the server can make a cursor, and `before` excludes `cursor`"}
UNSTATED: Mapping[str, Mapping[str, str]] = {
    "GET /api/v1/events": PAGE,
    "GET /api/v1/runs": {**PAGE, "sort": "`sort` excludes `order=COMMITTED`"},
    "GET /api/v1/workflows": PAGE,
    "GET /api/v1/exports/audit": CURSOR,
    "GET /api/v1/exports/effects": {**CURSOR, "target": "no format is a host name or address with a port"},
    "GET /api/v1/exports/events": CURSOR,
    "GET /api/v1/exports/runs": CURSOR,
    "GET /api/v1/exports/steps": CURSOR,
    "GET /api/v1/exports/tenant": {"ticket": "only the server can make a ticket"},
    "POST /api/v1/events": {"/occurredAt": "the latest time depends on the clock"},
    "POST /api/v1/runs/{run}/retry": {
        "/fromStep": "depends on `from`",
        "/planId": "only the server can make the id of a plan",
        "/toVersion": "depends on `version`",
    },
}
"""By operation and by the `source` of the refusal."""


def has_nul(value: Any) -> bool:
    """Whether a text anywhere below has a NUL character. No keyword of JSON Schema reaches all texts of a value."""
    return "\\u0000" in json.dumps(value, default=repr)


def excused(operation: str, status: int, refusal: Mapping[str, Any], sent: Any) -> bool:
    """Whether the reason of a refusal cannot be stated. `sent`: the parameters and the body of the request."""
    if status != 400 or has_nul(sent):
        return status == 400
    place = "".join((refusal.get("source") or {}).values())
    return any(place == one or place.startswith(f"{one}/") for one in UNSTATED.get(operation, {}))


@schemathesis.check
def accepts_what_it_documents(ctx: Any, response: Any, case: Any) -> bool | None:
    try:
        return positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        sent = [case.path_parameters, case.query, case.headers, case.body]
        if excused(case.operation.label, response.status_code, response.json(), sent):
            return None
        raise
