"""A retry after an answer that says of no effect that it did not happen: another request is not sent under the same key."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from actors.connectors.base import ConnectorError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.recovery.once import OperationResult
from automate.recovery.plans import LATEST, Plans, RetryRequest
from automate.recovery.retrying import plan_retry, retry_runs
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.republishing import publish_anew

ONCE = {"retry": {"max_attempts": 1}}
CHANGES: list[dict[str, Any]] = [{"edited": True, "payload": {"n": 2}}, {"version": LATEST}]


def answered(status: int, code: str = "CONNECTOR_TRANSIENT") -> ConnectorError:
    return ConnectorError(code, f"It answered {status}.", details={"status": status})


def newest(plane: Plane) -> uuid.UUID:
    ((run,),) = plane.rows("SELECT id FROM execution_run ORDER BY created_at DESC LIMIT 1")
    found: uuid.UUID = run
    return found


def retry(plane: Plane, run: uuid.UUID | None = None, **request: Any) -> OperationResult:
    with acting_for(plane.tenant), acting_as(Principal(kind="member", name="ada")):
        return retry_runs([run or newest(plane)], RetryRequest(**request))


def planned(plane: Plane, **request: Any) -> Plans:
    with acting_for(plane.tenant):
        return plan_retry([newest(plane)], RetryRequest(**request))


def steps(scripted: Scripted, version: int = 1, *, last: int = 1) -> list[dict[str, Any]]:
    return [
        {"key": "a", "uses": scripted.name, "with": {"n": "{{ event.payload.n }}", "v": version}, **ONCE},
        {"key": "b", "uses": scripted.name, "with": {"v": last}, **ONCE},
    ]


@pytest.mark.parametrize("change", CHANGES)
def test_another_request_after_an_answer_of_5xx_needs_consent_and_a_new_key(
    plane: Plane, change: dict[str, Any]
) -> None:
    with connectors(scripted := Scripted(acts=(answered(503), {}))):
        made = plane.publish("two", steps(scripted))
        plane.send({"n": 1})
        plane.drain()
        publish_anew(plane, made, steps(scripted, 2))
        plan = planned(plane, **change)
        assert [(e.step, e.state, e.needs_consent) for e in plan.runs[0].effects] == [("a", "failed", True)]
        (error,) = retry(plane, **change).errors
        assert (error.code, error.path, error.details) == ("CONFLICT", ["runs", "0"], {"steps": ["a"]})
        assert retry(plane, **change, repeat_effects=True).errors == []
        plane.drain()
    first, again = [call for call in scripted.calls if "n" in call.input]
    assert first.input != again.input
    assert first.idempotency_key != again.idempotency_key


def test_same_request_after_an_answer_of_5xx_is_sent_again_under_its_key(plane: Plane) -> None:
    """Also under a version in which only a later step is another one."""
    with connectors(scripted := Scripted(acts=(answered(503), answered(503), {}))):
        made = plane.publish("two", steps(scripted))
        plane.send({"n": 1})
        plane.drain()
        assert planned(plane).runs[0].effects == ()
        assert retry(plane).errors == []
        plane.drain()
        publish_anew(plane, made, steps(scripted, last=2))
        assert retry(plane, version=LATEST).errors == []
        plane.drain()
    calls = scripted.calls[:3]
    assert [call.input for call in calls] == [{"n": 1, "v": 1}] * 3
    assert len({call.idempotency_key for call in calls}) == 1
    assert scripted.calls[3].input == {"v": 2}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    "refusal", [answered(422, "CONNECTOR_REFUSED"), answered(501, "CONNECTOR_REFUSED"), failing("CONNECTOR_TRANSIENT")]
)
def test_what_was_refused_or_never_sent_needs_no_consent(
    plane: Plane, change: dict[str, Any], refusal: ConnectorError
) -> None:
    with connectors(scripted := Scripted(acts=(refusal, {}))):
        made = plane.publish("two", steps(scripted))
        plane.send({"n": 1})
        plane.drain()
        publish_anew(plane, made, steps(scripted, 2))
        assert retry(plane, **change).errors == []
        plane.drain()
    assert scripted.calls[0].idempotency_key == scripted.calls[1].idempotency_key


def test_answer_of_5xx_to_an_earlier_attempt_counts_too(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(answered(503), answered(422, "CONNECTOR_REFUSED"), {}))):
        content = steps(scripted)
        content[0]["retry"] = {"max_attempts": 2, "initial_seconds": 0}
        plane.publish("two", content)
        plane.send({"n": 1})
        plane.drain()
        assert len(scripted.calls) == 2
        assert [error.code for error in retry(plane, edited=True, payload={"n": 2}).errors] == ["CONFLICT"]


def test_former_request_after_an_answer_of_5xx_to_an_edited_one_is_another_one(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(answered(422, "CONNECTOR_REFUSED"), answered(503), {}))):
        plane.publish("two", steps(scripted))
        plane.send({"n": 1})
        plane.drain()
        former = newest(plane)
        assert retry(plane, edited=True, payload={"n": 2}).errors == []
        plane.drain()
        assert [error.details for error in retry(plane, former).errors] == [{"steps": ["a"]}]
        assert retry(plane).errors == []
        plane.drain()
    assert [call.input.get("n") for call in scripted.calls] == [1, 2, 2, None]
