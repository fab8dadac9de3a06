"""What a bulk operation is refused for: a filter that names what is not there, what does not fit its kind, who may not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from graphql_schema.ids import global_id
from tests.support.api import Api
from tests.support.bulk_api import PREVIEW, START, refused, started

UNKNOWN = str(uuid.UUID(int=7))


@pytest.mark.parametrize(
    "case",
    [
        ("RETRY", "runs", "workflow", "nope"),
        ("CANCEL", "runs", "workflow", global_id("Workflow", uuid.UUID(UNKNOWN))),
        ("CANCEL", "runs", "workflow", ""),
        ("RETRY", "runs", "rule", "nope"),
        ("RETRY", "runs", "rule", global_id("RuleSpec", uuid.UUID(UNKNOWN))),
        ("RETRY", "runs", "version", UNKNOWN),
        ("RETRY", "runs", "event", UNKNOWN),
        ("RETRY", "runs", "event", "nonsense"),
        ("RETRY", "runs", "fingerprint", "ab" * 16),
        ("CANCEL", "runs", "fingerprint", "nonsense"),
        ("REPLAY", "events", "source", "nope"),
        ("REDRIVE", "jobs", "fingerprint", "ab" * 16),
    ],
    ids=str,
)
def test_filter_that_names_what_is_not_there_is_refused_with_its_place(
    api: Api, plane: Any, named: dict[str, str], case: tuple[str, str, str, str]
) -> None:
    """A slug mistyped would else be an operation that does nothing, and succeeds."""
    kind, of, field, given = case
    asked = {"kind": kind, of: {field: given}}
    payload = api.data(START, i=asked)["startBulkOperation"]
    (error,) = payload["errors"]
    assert (payload["operation"], error["code"], error["path"]) == (None, "NOT_FOUND", [of, field])
    assert api.code(PREVIEW, i=asked) == "NOT_FOUND"
    assert plane.rows("SELECT id FROM bulk_operation") == []


def test_what_another_tenant_has_is_not_there(
    tenant_factory: Callable[[], Any], named: dict[str, str], plane: Any
) -> None:
    stranger = Api(tenant_factory().token)
    for field in ("workflow", "version", "rule", "event"):
        assert refused(stranger, runs={field: named[field]}) == ("NOT_FOUND", ["runs", field])
    assert refused(stranger, runs={"fingerprint": named["failure"]}) == ("NOT_FOUND", ["runs", "fingerprint"])
    dead = {"kind": "REDRIVE", "runs": None, "jobs": {"fingerprint": named["death"]}}
    assert refused(stranger, **dead) == ("NOT_FOUND", ["jobs", "fingerprint"])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"runs": None}, ("BAD_USER_INPUT", ["runs"])),
        ({"events": {}}, ("BAD_USER_INPUT", ["events"])),
        ({"kind": "CANCEL", "retry": {}}, ("BAD_USER_INPUT", ["retry"])),
        ({"kind": "REDRIVE", "runs": None, "jobs": {}, "retry": {"from": "START"}}, ("BAD_USER_INPUT", ["retry"])),
        ({"kind": "REPLAY"}, ("BAD_USER_INPUT", ["runs"])),
        ({"kind": "REDRIVE", "runs": None, "jobs": {"states": ["DONE"]}}, ("BAD_USER_INPUT", ["jobs", "states"])),
        ({"retry": {"from": "STEP"}}, ("BAD_USER_INPUT", ["fromStep"])),
        ({"ceiling": 0}, ("BAD_USER_INPUT", ["ceiling"])),
    ],
)
def test_what_does_not_fit_the_kind_is_refused(
    api: Api, options: dict[str, Any], expected: tuple[str, list[str]]
) -> None:
    assert refused(api, **options) == expected


def test_who_may_not_do_it_to_one_may_not_do_it_to_many(
    tenant: Any, token_for: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role of the future that may cancel in bulk, and not retry."""
    from automate.kernel import permissions
    from automate.kernel.permissions import CONTROL_RUNS, ROLES, START_BULK, VIEW_RUNS

    monkeypatch.setitem(permissions.ROLES, "viewer", ROLES["viewer"] | {START_BULK, CONTROL_RUNS, VIEW_RUNS})
    api = Api(token_for(tenant.ref, "viewer"))
    assert started(api, kind="CANCEL")["kind"] == "CANCEL"
    (error,) = api.data(START, i={"kind": "RETRY", "runs": {}})["startBulkOperation"]["errors"]
    assert (error["code"], error["details"]) == ("FORBIDDEN", {"permission": "retry_runs"})
