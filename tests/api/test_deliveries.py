"""Deliveries that made no event, through the API: listed, narrowed, opened one by one, and taken in after all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.triggers import rejected_deliveries
from automate.triggers.sources import save_source
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.source_requests import post

FIELDS = """
id outcome type idempotencyKey secretVersion payloadBytes redeliverable traceId
reason { code message } source { slug } event { id } redeliveredEvent { id }
"""
LIST = f"""
query($filter: DeliveryFilter, $first: Int, $after: String) {{
  deliveries(first: $first, after: $after, filter: $filter) {{
    totalCount pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {FIELDS} }} }} }} }}"""
REDELIVER = """
mutation($input: RedeliverInput!) {
  redeliver(input: $input) { events { id type source { slug } } errors { code path message } } }"""


@pytest.fixture
def kinds(tenant: NewTenant) -> list[str]:
    """One delivery of each outcome, to two sources; the ids of the events that stand."""
    with acting_for(tenant.ref):
        for slug in ("open", "other"):
            save_source(slug=slug, scheme="UNSIGNED", secrets=None, options=None, expected_revision=None)
        save_source(slug="token", scheme="BEARER", secrets=["the-first-token"], options=None, expected_revision=None)
    path = f"/t/{tenant.ref.slug}/hooks"
    first = [
        post(f"{path}/{slug}", b'{"type": "a"}', **{"webhook-id": "w"}).json()["event_id"] for slug in ("open", "other")
    ]
    post(f"{path}/open", b'{"type": "a"}', **{"webhook-id": "w"})
    post(f"{path}/other", b'{"type": "b"}', **{"webhook-id": "w"})
    post(f"{path}/token", b'{"type": "c"}', Authorization="Bearer the-second-token")
    return first


def nodes(api: Api, **given: Any) -> list[Any]:
    return [edge["node"] for edge in api.data(LIST, **{"first": 10, **given})["deliveries"]["edges"]]


def test_deliveries_are_listed_newest_first_with_their_reasons(api: Api, kinds: list[str]) -> None:
    refused, conflict, duplicate = nodes(api)
    assert (refused["outcome"], refused["reason"]["code"], refused["event"]) == ("REFUSED", "INVALID_SIGNATURE", None)
    assert (refused["source"]["slug"], refused["redeliverable"], refused["payloadBytes"]) == ("token", True, 13)
    assert (conflict["outcome"], conflict["event"]["id"], conflict["type"]) == ("CONFLICT", _event(kinds[1]), "b")
    assert (duplicate["outcome"], duplicate["reason"], duplicate["idempotencyKey"]) == ("DUPLICATE", None, "w")
    assert (duplicate["event"]["id"], duplicate["redeliverable"]) == (_event(kinds[0]), False)
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on Delivery {{ {FIELDS} }} }} }}"
    assert api.data(document, id=refused["id"])["node"] == refused


def test_deliveries_are_narrowed_and_paged(api: Api, kinds: list[str]) -> None:
    def outcomes(**wanted: Any) -> list[str]:
        return [node["outcome"] for node in nodes(api, filter=wanted)]

    assert outcomes(source="other") == ["CONFLICT"]
    assert outcomes(source="api") == []
    assert api.code(LIST, filter={"source": "nothing"}) == "NOT_FOUND"
    assert outcomes(outcomes=["DUPLICATE", "REFUSED"]) == ["REFUSED", "DUPLICATE"]
    assert outcomes(codes=["INVALID_SIGNATURE"]) == ["REFUSED"]
    assert outcomes(receivedBefore="2020-01-01T00:00:00Z") == []
    page = api.data(LIST, first=2)["deliveries"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    rest = api.data(LIST, first=2, after=page["pageInfo"]["endCursor"])["deliveries"]
    assert [edge["node"]["outcome"] for edge in rest["edges"]] == ["DUPLICATE"]
    filtered = {"source": "open"}
    assert api.code(LIST, filter=filtered, after=page["pageInfo"]["endCursor"]) == "INVALID_CURSOR"


def test_refused_delivery_is_redelivered_and_says_what_it_became(api: Api, tenant: NewTenant, kinds: list[str]) -> None:
    refused, conflict, duplicate = nodes(api)
    given = {"deliveries": [refused["id"], conflict["id"], duplicate["id"], "nonsense"]}
    answer = api.data(REDELIVER, input=given)["redeliver"]
    assert answer["events"] == []
    assert [(error["code"], error["path"]) for error in answer["errors"]] == [
        ("INVALID_SIGNATURE", ["deliveries", "0"]),
        ("CONFLICT", ["deliveries", "1"]),
        ("BAD_USER_INPUT", ["deliveries", "2"]),
        ("NOT_FOUND", ["deliveries", "3"]),
    ]
    with acting_for(tenant.ref):
        save_source(
            slug="token",
            scheme="BEARER",
            secrets=None,
            add_secrets=["the-second-token"],
            options=None,
            expected_revision=None,
        )
    answer = api.data(REDELIVER, input={"deliveries": [refused["id"], conflict["id"]], "newKeys": True})["redeliver"]
    assert [(event["type"], event["source"]["slug"]) for event in answer["events"]] == [("c", "token"), ("b", "other")]
    assert [node["redeliveredEvent"] for node in nodes(api)] == [{"id": event["id"]} for event in answer["events"]] + [
        None
    ]


def test_viewer_sees_deliveries_and_redelivers_none(
    tenant: NewTenant, kinds: list[str], token_for: Callable[..., str]
) -> None:
    viewer = Api(token_for(tenant.ref, "viewer"))
    refused, *_ = nodes(viewer)
    assert viewer.code(REDELIVER, input={"deliveries": [refused["id"]]}) == "FORBIDDEN"
    operator = Api(token_for(tenant.ref, "operator"))
    (error,) = operator.data(REDELIVER, input={"deliveries": [refused["id"]]})["redeliver"]["errors"]
    assert error["code"] == "INVALID_SIGNATURE"


def test_another_tenants_delivery_is_unknown(
    kinds: list[str], api: Api, tenant_factory: Callable[[], NewTenant]
) -> None:
    stranger = Api(tenant_factory().token)
    refused, *_ = nodes(api)
    assert nodes(stranger) == []
    assert stranger.data("query($id: ID!) { node(id: $id) { id } }", id=refused["id"]) == {"node": None}
    (error,) = stranger.data(REDELIVER, input={"deliveries": [refused["id"]]})["redeliver"]["errors"]
    assert error["code"] == "NOT_FOUND"


def test_source_says_how_many_deliveries_were_only_counted(
    api: Api, tenant: NewTenant, kinds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejected_deliveries, "BOUNDS", rejected_deliveries.TallyLimits(rows=2, bytes=1 << 20))
    for _ in range(4):
        post(f"/t/{tenant.ref.slug}/hooks/open", b'{"type": "a"}', **{"webhook-id": "w"})
    document = "query($slug: String) { source(slug: $slug) { unkeptDeliveries } }"
    assert api.data(document, slug="open")["source"] == {"unkeptDeliveries": "3"}
    assert api.data(document, slug="token")["source"] == {"unkeptDeliveries": "0"}


def _event(row_id: str) -> str:
    import uuid

    from graphql_schema.ids import global_id

    return global_id("Event", uuid.UUID(row_id))
