"""verifyDelivery: of a captured request, or of a kept delivery, why its signature fails, secret by secret."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from automate.events.models import Delivery, Event
from automate.kernel.tenancy import acting_for
from automate.triggers.sources import save_source
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.source_requests import post

NEW, OLD = "the newest secret", "the older secret"
BODY = '{"type": "order.paid", "n": 1}'
VERIFY = """
query($input: VerifyDeliveryInput!) { verifyDelivery(input: $input) {
  verified secretVersion secrets { version cause message } refusal { code message } } }"""


@pytest.fixture
def path(tenant: NewTenant) -> str:
    options = {"timestamp_header": "X-Time"}
    with acting_for(tenant.ref):
        save_source(slug="shop", scheme="HMAC", secrets=[NEW, OLD], options=options, expected_revision=None)
    return f"/t/{tenant.ref.slug}/hooks/shop"


def proof(secret: str, body: str = BODY, stamp: str = "1700000000") -> str:
    return hmac.new(secret.encode(), f"{stamp}.{body}".encode(), "sha256").hexdigest()


def captured(signature: str, **more: Any) -> dict[str, Any]:
    headers = [{"name": "X-SIGNATURE", "value": signature}, {"name": "x-time", "value": "1700000000"}]
    return {"source": "shop", "headers": headers, "body": BODY, "receivedAt": "2023-11-14T22:13:20Z", **more}


def verified(api: Api, **given: Any) -> Any:
    answer = api.data(VERIFY, input=given)["verifyDelivery"]
    told = json.dumps(answer)
    for secret in (NEW, OLD):
        assert secret not in told
        assert proof(secret) not in told
    return answer


def test_captured_request_is_judged_by_each_secret(api: Api, tenant: NewTenant, path: str) -> None:
    answer = verified(api, **captured(proof(OLD)))
    assert (answer["verified"], answer["secretVersion"], answer["refusal"]) == (True, 1, None)
    assert [(one["version"], one["cause"]) for one in answer["secrets"]] == [(2, "SECRET"), (1, "VERIFIED")]
    encoded = base64.b64encode(BODY.encode()).decode()
    assert verified(api, **captured(proof(OLD), body=None, bodyBase64=encoded)) == answer
    compact = proof(NEW, '{"type":"order.paid","n":1}')
    answer = verified(api, **captured(compact))
    assert [one["cause"] for one in answer["secrets"]] == ["BODY", "SECRET"]
    assert answer["secrets"][0]["message"] == naming("JSON", "spaces")
    late = verified(api, **captured(proof(NEW), receivedAt="2023-11-14T22:20:20Z"))
    assert (late["verified"], late["secrets"][0]["cause"]) == (False, "TIMESTAMP")
    with acting_for(tenant.ref):
        assert (Event.objects.count(), Delivery.objects.count()) == (0, 0), "nothing is taken in, and nothing kept"


def test_proved_request_that_would_be_refused_says_why(api: Api, path: str) -> None:
    answer = verified(api, **captured(proof(NEW, "{"), body="{"))
    assert (answer["verified"], answer["refusal"]["code"]) == (True, "INVALID_JSON")


def test_kept_delivery_is_judged_as_it_came(api: Api, path: str) -> None:
    post(path, BODY.encode(), **{"X-Signature": proof(NEW), "X-Time": "1700000000"})
    ((kept,),) = [api.data("{ deliveries(first: 5) { edges { node { id reason { code } } } } }")["deliveries"]["edges"]]
    assert kept["node"]["reason"]["code"] == "INVALID_TIMESTAMP"
    answer = verified(api, delivery=kept["node"]["id"])
    assert [one["cause"] for one in answer["secrets"]] == ["TIMESTAMP", "SECRET"]


def test_source_without_proof_verifies_anything(api: Api, tenant: NewTenant) -> None:
    with acting_for(tenant.ref):
        save_source(slug="open", scheme="UNSIGNED", secrets=None, options=None, expected_revision=None)
    answer = verified(api, source="open", body="[]")
    assert answer == {"verified": True, "secretVersion": None, "secrets": [], "refusal": None}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "BAD_USER_INPUT"),
        ({"source": "nothing"}, "NOT_FOUND"),
        ({"source": "api"}, "NOT_FOUND"),
        ({"delivery": "nonsense"}, "NOT_FOUND"),
        ({"delivery": "x", "source": "shop"}, "BAD_USER_INPUT"),
        ({"source": "shop", "body": "{}", "bodyBase64": "e30="}, "BAD_USER_INPUT"),
        ({"source": "shop", "bodyBase64": "*"}, "BAD_USER_INPUT"),
        ({"source": "shop", "headers": [{"name": "a", "value": "b"}] * 101}, "LIMIT_EXCEEDED"),
        ({"source": "shop", "headers": [{"name": "a", "value": "b" * 8_192}] * 2}, "LIMIT_EXCEEDED"),
    ],
)
def test_question_that_cannot_be_answered_is_refused(api: Api, path: str, given: dict[str, Any], code: str) -> None:
    assert api.code(VERIFY, input=given) == code


def test_who_may_not_manage_sources_may_not_ask(tenant: NewTenant, path: str, token_for: Callable[..., str]) -> None:
    assert Api(token_for(tenant.ref, "editor")).code(VERIFY, input=captured(proof(NEW))) == "FORBIDDEN"
