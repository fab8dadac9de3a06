"""connectors: what a client needs to make a form of a connector's input, and to explain its errors."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from tests.support.api import Api

CONNECTORS = """
{ connectors {
    name title description effect lookup takesSecrets hosts hostFields inputSchema outputSchema
    failures { name code retryable mayHaveArrived when } } }"""


def test_each_connector_is_told_by_name_with_its_schemas_and_failures(api: Api) -> None:
    from actors.connectors.registry import CONNECTORS as REGISTRY

    found: list[dict[str, Any]] = api.data(CONNECTORS)["connectors"]
    assert [one["name"] for one in found] == sorted(REGISTRY)
    for one in found:
        spec = REGISTRY[one["name"]].spec
        assert (one["title"], one["effect"], one["lookup"]) == (spec.title, spec.effect.upper(), spec.lookup)
        assert [row["name"] for row in one["failures"]] == [row.name for row in spec.failures]
        for schema in (one["inputSchema"], one["outputSchema"]):
            jsonschema_rs.Draft202012Validator(schema)
    (http,) = [one for one in found if one["name"] == "http.request"]
    assert (http["hosts"], http["hostFields"]) == ([], ["url", "auth.oauth2.token_url"])
    assert (http["takesSecrets"], http["inputSchema"]["required"]) == (True, ["url"])
    (limited,) = [row for row in http["failures"] if row["name"] == "rate_limited"]
    assert (limited["code"], limited["retryable"], limited["mayHaveArrived"]) == ("CONNECTOR_RATE_LIMITED", True, False)
