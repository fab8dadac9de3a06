from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest

from automate.kernel.json_values import as_object
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.definition import (
    Compensation,
    Concurrency,
    ItemStep,
    RetryPolicy,
    Step,
    is_flow,
    item_step,
    parse,
)
from automate.workflows.parts import Part, read_part, schema_of


def step(**fields):
    (parsed,) = parse({"schema": 1, "steps": [{"key": "a", "uses": "x.y"} | fields]}).steps
    return parsed


def test_failure_ends_the_run_and_nothing_is_undone_unless_told():
    assert (step().on_failure, step().compensate) == ("fail", None)
    assert step(on_failure="tell").on_failure == "tell"


def test_compensation_has_the_defaults_of_a_step():
    assert step(compensate={"uses": "x.undo"}).compensate == Compensation("x.undo", {}, RetryPolicy(), 60)
    raw: Any = {"uses": "x.undo", "with": {"n": 1}, "retry": {"max_attempts": 9}, "timeout_seconds": 5}
    assert step(compensate=raw).compensate == Compensation("x.undo", {"n": 1}, RetryPolicy(9), 5)


def test_run_waits_to_start_for_as_long_as_it_takes_unless_told():
    raw: Any = {"schema": 1, "steps": []}
    assert (parse(raw).queue_timeout_seconds, parse(raw).concurrency) == (None, None)
    assert parse(raw | {"queue_timeout_seconds": 5}).queue_timeout_seconds == 5
    assert parse(raw | {"concurrency": {"key": "k"}}).concurrency == Concurrency("k", 1, "queue")
    given = {"key": "k", "limit": 7, "strategy": "cancel_newest"}
    assert parse(raw | {"concurrency": given}).concurrency == Concurrency("k", 7, "cancel_newest")


def test_flow_step_may_by_default_take_as_long_as_its_run():
    assert step(uses="flow.delay").timeout_seconds == 86_400
    assert step(uses="flow.run_workflow", timeout_seconds=9).timeout_seconds == 9
    assert (is_flow("flow.delay"), is_flow("flower.water")) == (True, False)


def test_attempt_of_a_webhook_ends_sooner() -> None:
    assert step(uses="webhook.send").timeout_seconds == 15
    assert step(uses="webhook.send", timeout_seconds=30).timeout_seconds == 30


@pytest.mark.parametrize(("own", "expected"), [({}, 60), ({"timeout_seconds": 30}, 30)])
def test_item_step_has_the_defaults_of_a_step_and_never_outlasts_its_own(own, expected):
    whole = step(uses="flow.for_each", **{"with": {"items": [], "step": {"uses": "x.y"}}}, **own)
    assert item_step(whole) == ItemStep("x.y", {}, RetryPolicy(), expected)


def test_item_step_says_what_its_definition_says():
    raw: Any = {"uses": "x.y", "with": {"n": "{{ item.value }}"}, "retry": {"factor": 3}, "timeout_seconds": 7}
    whole = step(uses="flow.for_each", **{"with": {"items": [], "step": raw}})
    assert item_step(whole) == ItemStep("x.y", {"n": "{{ item.value }}"}, RetryPolicy(factor=3), 7)


def test_no_connector_can_be_called_like_a_flow_step():
    with pytest.raises(ValueError, match=r"\bflow\.delay\b"):
        ConnectorSpec("flow.delay", "Delay", "idempotent", {}, {})


@dataclass(frozen=True)
class WiderStep(Step):
    """Step with one more option, as an edit would make it."""

    priority: Annotated[int, Part("Priority", "What it does.", {"minimum": 0, "maximum": 9}, examples=[1])] = 0


def test_new_option_of_a_step_is_in_the_schema_and_in_the_reader() -> None:
    found: Any = schema_of(WiderStep, Part("Step", "A step."))
    assert found["properties"]["priority"] == {
        "title": "Priority", "description": "What it does.", "type": "integer",
        "minimum": 0, "maximum": 9, "default": 0, "examples": [1],
    }  # fmt: skip
    assert found["required"] == ["key", "uses"]
    raw: dict[str, Any] = {"key": "a", "uses": "log.write"}
    assert read_part(WiderStep, {**raw, "priority": 3.0}).priority == 3
    assert read_part(WiderStep, raw).priority == 0


def test_what_no_client_writes_is_not_in_the_schema() -> None:
    assert "given" not in as_object(schema_of(RetryPolicy, Part("Retry", "Retries."))["properties"])
    assert not read_part(Step, {"key": "a", "uses": "log.write"}).retry.given
    assert read_part(Step, {"key": "a", "uses": "log.write", "retry": {}}).retry.given
