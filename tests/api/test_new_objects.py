"""A save with expectedRevision 0 makes an object, and replaces none."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.saved_views.services import save_view
from tests.conftest import NewTenant
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.racing import race

STEPS = {"schema": 1, "steps": [{"key": "note", "uses": "log.write", "with": {"message": "hello"}}]}
SAVES: dict[str, dict[str, Any]] = {
    "saveWorkflow": {"slug": "flow", "name": "Flow", "definition": STEPS},
    "saveRule": {"slug": "rule", "name": "Rule", "workflow": "flow", "when": {"==": [{"var": "type"}, "a.b"]}},
    "saveSource": {"slug": "shop", "scheme": "GITHUB", "secrets": ["a-long-random-text"]},
    "saveSchedule": {"slug": "nightly", "name": "Nightly", "plan": {"interval": {"everySeconds": 5_400}}},
    "saveWebhookEndpoint": {"slug": "ep", "url": "https://a.example/", "secrets": ["whsec_" + "c2VjcmV0" * 5]},
    "saveEventType": {"name": "a.b", "schema": {"type": "object"}},
    "saveSecret": {"name": "KEY", "allowedHosts": ["a.example"]},
    "setSecret": {"name": "KEY", "value": "a long value"},
}


def send(api: Api, mutation: str, /, **given: Any) -> list[dict[str, Any]]:
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    document = (
        f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code message path details }} }} }}"
    )
    errors: list[dict[str, Any]] = api.data(document, input=given)[mutation]["errors"]
    return errors


UNNUMBERED: dict[str, dict[str, Any]] = {
    "setBudget": {"metric": "RUNS", "window": "DAY", "limit": 5, "action": "ALERT"},
    "saveView": {"page": "runs", "name": "Mine", "search": "state=failed"},
}
"""Saves of objects without a revision."""


@pytest.mark.parametrize("name", SAVES)
def test_object_that_exists_is_not_replaced_by_a_new_one(api: Api, name: str) -> None:
    if name == "saveRule":
        send(api, "saveWorkflow", **SAVES["saveWorkflow"])
    assert send(api, name, **SAVES[name], expectedRevision=0) == []
    (refused,) = send(api, name, **SAVES[name], expectedRevision=0)
    assert (refused["code"], refused["path"]) == ("CONFLICT", ["expectedRevision"])
    assert refused["details"] == {"expected": 0, "actual": 1}
    assert refused["message"] == naming("revision", "1", "another name")


@pytest.mark.parametrize("name", UNNUMBERED)
def test_object_without_a_revision_is_not_replaced_by_a_new_one(api: Api, name: str) -> None:
    assert send(api, name, **UNNUMBERED[name], onlyNew=True) == []
    (refused,) = send(api, name, **UNNUMBERED[name], onlyNew=True)
    assert (refused["code"], refused["path"]) == ("CONFLICT", ["onlyNew"])
    assert send(api, name, **UNNUMBERED[name]) == []


def test_of_two_new_views_of_one_name_one_is_saved(tenant: NewTenant) -> None:
    def save(_number: int) -> str:
        try:
            with acting_for(tenant.ref), acting_as(Principal(kind="api_token", name="ada", id="1", role="owner")):
                save_view("runs", "Mine", "", shared=True, only_new=True)
        except NormalizedError as error:
            return error.code
        return "saved"

    assert sorted(race(4, save)) == ["CONFLICT", "CONFLICT", "CONFLICT", "saved"]
