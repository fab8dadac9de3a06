"""Each example of docs/sources.md, as it stands there: the input saves a source, and the request becomes the event that is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from automate.events.models import Event
from automate.kernel.tenancy import acting_for
from automate.triggers import views
from automate.triggers.schemes import Cause, Scheme
from tests.support.api import Api

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text()
NOW = 1_700_000_000.0
EXAMPLE = re.compile(
    r"```json\n(?P<source>.+?)\n```\n\n```http\nPOST (?P<path>\S+) HTTP/1\.1\n(?P<headers>.+?)\n\n(?P<body>.+?)\n```\n\n"
    r"The request becomes an event `(?P<type>.+?)` with the idempotency key `(?P<key>.+?)`\.",
    re.DOTALL,
)
EXAMPLES = [match.groupdict() for match in EXAMPLE.finditer(PAGE)]
SAVE = "mutation($input: SaveSourceInput!) { saveSource(input: $input) { source { url } errors { message path } } }"
each = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: json.loads(example["source"])["slug"])


def send(example: dict[str, str], tenant: Any, body: str) -> Any:
    headers = dict(line.split(": ", 1) for line in example["headers"].splitlines())
    path = example["path"].replace("/t/acme/", f"/t/{tenant.ref.slug}/")
    return Client().post(path, data=body.encode(), content_type=headers.pop("Content-Type"), headers=headers)


@each
def test_example_of_the_page_is_taken_in_and_with_another_body_is_not(example, tenant, monkeypatch):
    monkeypatch.setattr(views.time, "time", lambda: NOW)
    source = json.loads(example["source"])
    assert Api(tenant.token).data(SAVE, input=source)["saveSource"]["errors"] == []
    assert send(example, tenant, example["body"]).status_code == 202
    with acting_for(tenant.ref):
        event = Event.objects.get()
        assert (event.type, event.idempotency_key) == (example["type"], example["key"])
    if source["scheme"] not in {"BASIC", "BEARER", "UNSIGNED"}:
        assert send(example, tenant, example["body"] + " ").status_code == 401


def test_page_has_an_example_of_each_scheme_and_each_cause():
    assert {json.loads(example["source"])["scheme"] for example in EXAMPLES} == {scheme.value for scheme in Scheme}
    assert PAGE.count("```json") == len(EXAMPLES) == PAGE.count("```http")
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)) == {c.value for c in Cause} - {
        Cause.VERIFIED.value
    }


def test_queries_of_the_page_are_answered(tenant):
    found = re.findall(r"```graphql\n(.+?)```", PAGE, re.DOTALL)
    assert len(found) == 2
    (erp,) = [one for one in (json.loads(example["source"]) for example in EXAMPLES) if one["slug"] == "erp"]
    api = Api(tenant.token)
    assert api.data(SAVE, input=erp)["saveSource"]["errors"] == []
    listed, verified = (api.data(query) for query in found)
    assert listed["deliveries"]["edges"] == []
    assert [one["cause"] for one in verified["verifyDelivery"]["secrets"]] == ["HEADER"]
