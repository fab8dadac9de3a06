"""Requests as vendors send them, signed by the vendors' own libraries where there are such: ``made_by`` says which."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.triggers.schemes import Cause, Scheme, SignedRequest, check_secrets, diagnose, identify, verify

REQUESTS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "vendor_requests.json").read_text())
IDENTITIES = {
    "GITHUB": ("github_app_authorization", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
    "STRIPE": ("setup_intent.created", "evt_1NG8Du2eZvKYlo2CUI79vXWy"),
    "SLACK": ("app_mention", "Ev123ABC456"),
    "SHOPIFY": ("orders/create", "orders/create 98880550-7158-44d4-b7cd-2c97c8a091b5"),
}
each = pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request["scheme"])


def parts(request_: dict[str, Any]) -> tuple[Scheme, dict[str, str], bytes]:
    headers = {name.lower(): value for name, value in request_["headers"].items()}
    return Scheme(request_["scheme"]), headers, request_["body"].encode()


@each
def test_request_of_a_vendor_is_proved_and_understood(request_):
    scheme, headers, body = parts(request_)
    check_secrets(scheme, [request_["secret"]])
    assert verify(scheme, ["another secret", request_["secret"]], headers, body, request_["now"], {}) == 1
    identity = identify(scheme, headers, json.loads(body), "shop")
    assert (identity.event_type, identity.idempotency_key) == IDENTITIES[scheme.value]


@each
def test_request_whose_body_was_written_anew_is_refused_and_the_reason_is_found(request_):
    scheme, headers, body = parts(request_)
    anew = json.dumps(json.loads(body), separators=(", ", ": "), sort_keys=True, indent=1).encode()
    with pytest.raises(NormalizedError, match="INVALID_SIGNATURE"):
        verify(scheme, [request_["secret"]], headers, anew, request_["now"], {})
    longer = body + b"\n"
    finding = diagnose(scheme, request_["secret"], SignedRequest(headers, longer, request_["now"], {}))
    assert finding.cause is Cause.BODY
