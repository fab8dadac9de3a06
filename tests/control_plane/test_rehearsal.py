"""A rehearsed run comes to what the engine's own rounds make of it, without a database and at once."""

from __future__ import annotations

from typing import Any

import pytest

from actors.connectors.registry import specs
from automate.kernel.errors import NormalizedError
from automate.simulation.rehearsal.case import case_of
from automate.simulation.rehearsal.expectations import differences
from automate.simulation.rehearsal.shape import shape_problems
from automate.simulation.rehearsal.simulator import rehearse
from automate.workflows.connectors import ConnectorSpec
from tests.support.facts import Naming, naming

POST = {"method": "POST", "url": "https://api.example.com/v1/charges", "json": {"amount": "{{ event.payload.total }}"}}
CHARGE = {"key": "charge", "uses": "http.request", "with": POST}
SAY = {"key": "say", "uses": "log.write", "with": {"message": "Charged {{ steps.charge.output.json.id }}"}}
OK = {"output": {"status": 200, "headers": {}, "json": {"id": "ch_1"}, "elapsed_ms": 3}}
SAID = {"output": {"message": "Charged ch_1", "level": "info"}}
BUSY = {"error": {"code": "CONNECTOR_RATE_LIMITED", "message": "Slow down.", "retry_after_seconds": 30}}


def document(steps: list[dict[str, Any]], **given: Any) -> dict[str, Any]:
    whole = {"schema": 1, "steps": steps, **given.pop("whole", {})}
    made = {"definition": whole, "event": {"type": "order.created", "payload": {"total": 120}}, **given}
    made.setdefault("expect", {"run": "succeeded"})
    assert list(shape_problems(made)) == []
    return made


def played(steps: list[dict[str, Any]], **given: Any) -> Any:
    """The ``Rehearsal``. Typed as ``Any``, because tests index its JSON values."""
    made = document(steps, **given)
    return rehearse(case_of(made, workflow="orders", definition=made["definition"]), specs())


def refused(steps: list[dict[str, Any]], **given: Any) -> NormalizedError:
    with pytest.raises(NormalizedError) as caught:
        played(steps, **given)
    return caught.value


def test_steps_calls_and_outputs_are_seen() -> None:
    seen = played([CHARGE, SAY], answers={"charge": [OK], "say": [SAID]})
    assert (seen.state, seen.reason, seen.error, seen.seconds) == ("succeeded", "", None, 0.0)
    assert seen.steps == {
        "charge": {"state": "succeeded", "attempts": 1, "output": OK["output"], "error": None},
        "say": {"state": "succeeded", "attempts": 1, "output": SAID["output"], "error": None},
    }
    assert [call.as_json() for call in seen.calls] == [
        {"step": "charge", "uses": "http.request", "input": {**POST, "json": {"amount": 120}}, "at_seconds": 0.0},
        {"step": "say", "uses": "log.write", "input": {"message": "Charged ch_1"}, "at_seconds": 0.0},
    ]
    assert seen.log == [
        ("charge", "", "running"),
        ("charge", "running", "succeeded"),
        ("say", "", "running"),
        ("say", "running", "succeeded"),
        ("", "running", "succeeded"),
    ]


def test_answer_may_leave_out_what_the_connector_always_gives() -> None:
    seen = played(
        [CHARGE, SAY], answers={"charge": [{"output": {"status": 201, "json": {"id": "ch_1"}}}], "say": [SAID]}
    )
    output = seen.steps["charge"]["output"]
    assert (output["status"], output["json"], set(output)) == (
        201,
        {"id": "ch_1"},
        {"status", "headers", "json", "elapsed_ms"},
    )


def test_two_rehearsals_are_equal() -> None:
    steps = [{"key": "tell", "uses": "flow.emit_event", "with": {"type": "order.seen"}}, CHARGE, SAY]
    once, twice = (played(steps, answers={"charge": [BUSY, OK], "say": [SAID]}) for _ in range(2))
    assert once == twice
    assert once.emitted == [{"type": "order.seen", "subject": "", "payload": {}}]


def test_retries_obey_the_policy_and_take_no_time() -> None:
    fault = {"error": {"code": "CONNECTOR_TRANSIENT"}}
    retried = {**CHARGE, "retry": {"max_attempts": 3, "initial_seconds": 2, "factor": 10}}
    seen = played([retried], answers={"charge": [BUSY, fault, OK]})
    assert [call.at_seconds for call in seen.calls] == [0.0, 30.0, 50.0]
    assert len({call.key for call in seen.calls}) == 1
    assert seen.steps["charge"]["attempts"] == 3
    assert (seen.state, seen.seconds) == ("succeeded", 50.0)


def test_failed_step_fails_the_run_and_undoes_what_was_done() -> None:
    undo = {"uses": "http.request", "with": {"method": "DELETE", "url": "https://api.example.com/v1/charges/ch_1"}}
    no = {"error": {"code": "CONNECTOR_REFUSED", "message": "No such thing."}}
    tell = {"key": "tell", "uses": "http.request", "with": {"url": "https://example.com/"}}
    seen = played(
        [{**CHARGE, "compensate": undo}, tell], answers={"charge": [OK], "tell": [no], "charge.compensate": [OK]}
    )
    assert (seen.state, seen.reason, seen.error["message"]) == ("failed", naming("tell"), "No such thing.")
    assert [call.step for call in seen.calls] == ["charge", "tell", "charge.compensate"]


def test_conditions_skip_and_branches_run_side_by_side() -> None:
    slow = {"key": "slow", "uses": "http.request", "needs": [], "with": {"url": "https://example.com/slow"}}
    quick = {**slow, "key": "quick", "with": {"url": "https://example.com/quick"}}
    never = {**SAY, "key": "never", "needs": ["slow", "quick"], "if": {"==": [1, 2]}, "with": {"message": "x"}}
    answers = {"slow": [{**OK, "takes_seconds": 5}], "quick": [{**OK, "takes_seconds": 1}]}
    seen = played([slow, quick, never], answers=answers)
    assert {key: step["state"] for key, step in seen.steps.items()} == {
        "slow": "succeeded",
        "quick": "succeeded",
        "never": "skipped",
    }
    assert seen.seconds == 5.0
    ends = [move[0] for move in seen.log if move[2] == "succeeded"]
    assert ends == ["quick", "slow", ""]


def test_call_longer_than_its_time_out_times_out() -> None:
    answers = {"charge": [{**OK, "takes_seconds": 61}]}
    seen = played([{**CHARGE, "timeout_seconds": 60, "retry": {"max_attempts": 1}}], answers=answers)
    assert (seen.state, seen.steps["charge"]["error"]["code"], seen.seconds) == ("failed", "CONNECTOR_TIMEOUT", 60.0)


def test_delays_pass_at_once_on_the_events_clock() -> None:
    delay = {"key": "rest", "uses": "flow.delay", "with": {"until": "2026-01-04T00:00:00Z"}}
    seen = played([delay], whole={"timeout_seconds": 400_000})
    assert (seen.state, seen.seconds) == ("succeeded", 3 * 86_400.0)
    assert seen.steps["rest"]["output"] == {"until": "2026-01-04T00:00:00+00:00"}


WAIT = {
    "key": "paid",
    "uses": "flow.wait_for_event",
    "with": {
        "type": "order.paid",
        "correlation": {"event": "payload.order", "equals": "{{ event.payload.total }}"},
        "match": {">": [{"var": "payload.amount"}, 10]},
        "timeout_seconds": 600,
    },
}


def paid(order: int, amount: int, after_seconds: float) -> dict[str, Any]:
    return {"type": "order.paid", "payload": {"order": order, "amount": amount}, "after_seconds": after_seconds}


def test_awaited_event_is_the_first_that_fits() -> None:
    events = [paid(120, 50, 90), paid(7, 50, 10), paid(120, 5, 20), paid(120, 99, 30)]
    seen = played([WAIT], events=events)
    output = seen.steps["paid"]["output"]
    assert (output["event"]["payload"], output["timed_out"], seen.seconds) == (
        {"order": 120, "amount": 99},
        False,
        30.0,
    )


def test_event_that_came_before_the_wait_counts() -> None:
    seen = played([{**CHARGE}, WAIT], answers={"charge": [{**OK, "takes_seconds": 40}]}, events=[paid(120, 99, 5)])
    assert (seen.state, round(seen.seconds)) == ("succeeded", 40)


def test_event_that_never_comes_times_out() -> None:
    seen = played([WAIT], events=[paid(120, 99, 601)])
    assert (seen.state, seen.steps["paid"]["error"]["code"], seen.seconds) == ("failed", "WAIT_TIMED_OUT", 600.0)


ASK = {"key": "ask", "uses": "flow.approval", "with": {"title": "Charge?", "quorum": 2, "expires_seconds": 3600}}


def test_people_decide() -> None:
    yes = {"outcome": "approved", "by": "Ada", "after_seconds": 60}
    seen = played([ASK], decisions={"ask": [yes, {**yes, "by": "Bob", "after_seconds": 90}]})
    decisions = seen.steps["ask"]["output"]["decisions"]
    assert [(made["by"], made["at"]) for made in decisions] == [
        ("Ada", "2026-01-01T00:01:00+00:00"),
        ("Bob", "2026-01-01T00:01:30+00:00"),
    ]
    no = played([ASK], decisions={"ask": [yes, {"outcome": "rejected", "by": "Bob", "after_seconds": 90}]})
    assert (no.state, no.error["message"]) == ("failed", naming("Bob"))
    late = played([ASK], decisions={"ask": [yes]})
    assert (late.state, late.error["details"], late.seconds) == ("failed", {"expired": True}, 3600.0)


def test_run_can_be_looked_at_while_it_waits() -> None:
    seen = played([ASK], stop_after_seconds=600)
    assert (seen.state, seen.reason, seen.steps["ask"]["state"]) == ("waiting", naming("ask"), "waiting")


def test_other_runs_end_as_the_case_says() -> None:
    call = {"key": "sub", "uses": "flow.run_workflow", "with": {"workflow": "other"}}
    seen = played([call], children={"sub": {"outputs": {"a": {"n": 1}}, "takes_seconds": 4}})
    assert (seen.steps["sub"]["output"]["outputs"], seen.seconds) == ({"a": {"n": 1}}, 4.0)
    broken = played([call], children={"sub": {"error": "It broke."}})
    assert (broken.state, broken.error["code"]) == ("failed", "CHILD_RUN_FAILED")
    detached = played([{**call, "with": {"workflow": "other", "wait": False}}])
    assert (detached.state, detached.steps["sub"]["output"]["state"]) == ("succeeded", "queued")


def test_items_are_answered_one_by_one() -> None:
    inner = {
        "uses": "http.request",
        "with": {"url": "https://example.com/{{ item.value }}"},
        "retry": {"max_attempts": 2},
    }
    each = {
        "key": "each",
        "uses": "flow.for_each",
        "with": {"items": [1, 2, 3], "parallel": 2, "step": inner, "tolerate": 1},
    }
    no = {"error": {"code": "CONNECTOR_REFUSED", "message": "No."}}
    busy = {"error": {"code": "CONNECTOR_TRANSIENT"}}
    seen = played([each], answers={"each[*]": [OK], "each[1]": [no], "each[2]": [busy, OK]})
    output = seen.steps["each"]["output"]
    assert [item["state"] for item in output["items"]] == ["succeeded", "failed", "succeeded"]
    assert [call.step for call in seen.calls] == ["each[0]", "each[1]", "each[2]", "each[2]"]


def test_secrets_are_seen_by_their_names() -> None:
    step = {"key": "get", "uses": "http.request"}
    step["with"] = {"url": "https://example.com", "headers": {"Authorization": "Bearer $secret:TOKEN"}}  # type: ignore[assignment]
    seen = played([step], answers={"get": [OK]})
    assert seen.calls[0].input["headers"] == {"Authorization": "Bearer $secret:TOKEN"}


def test_nothing_is_made_up() -> None:
    assert refused([CHARGE]).message == naming("charge", "http.request")
    short = refused([CHARGE], answers={"charge": [BUSY]})
    assert short.message == naming("charge", "http.request", "1")
    assert refused([CHARGE], answers={"charge": [OK], "say": [SAID]}).message == naming("say")
    stale = refused([CHARGE], answers={"charge": [{"output": {"status": "fine"}}]})
    assert stale.message == naming("http.request", "output")
    call = {"key": "sub", "uses": "flow.run_workflow", "with": {"workflow": "other"}}
    assert refused([call]).message == naming("sub")


def test_input_that_the_connector_refuses_fails_the_step() -> None:
    step = {**CHARGE, "with": {**POST, "method": "{{ event.type }}"}}
    seen = played([step], answers={"charge": [OK]})
    assert (seen.state, seen.error["code"], seen.error["details"]) == ("failed", "BAD_USER_INPUT", {"field": "method"})


def test_what_could_not_be_published_is_not_rehearsed() -> None:
    error = refused([{**CHARGE, "uses": "http.requests"}])
    assert (error.code, error.path) == ("INVALID_WORKFLOW", ["definition", "steps", "0", "uses"])


class _Pay:
    """A connector that can be asked what became of a call."""

    def __init__(self, effect: str, *, lookup: bool) -> None:
        self.spec = ConnectorSpec("test.pay", "Pay", effect, {"type": "object"}, {}, lookup=lookup)  # type: ignore[arg-type]


LOST = {"error": {"code": "CONNECTOR_TIMEOUT", "arrived": True}}
PAY = {"key": "pay", "uses": "test.pay", "retry": {"max_attempts": 2, "initial_seconds": 1}}


def paid_for(effect: str, *, lookup: bool, **given: Any) -> Any:
    made = document([PAY], **given)
    known = {"test.pay": _Pay(effect, lookup=lookup).spec}
    return rehearse(case_of(made, workflow="orders", definition=made["definition"]), known)


def test_connector_is_asked_before_a_call_is_repeated() -> None:
    found = {"verdict": "happened", "output": {"id": "p_1"}}
    unknown = {"verdict": "unknown"}
    seen = paid_for("unsafe", lookup=True, answers={"pay": [LOST]}, lookups={"pay": [unknown, found]})
    assert (seen.state, seen.steps["pay"]["output"], len(seen.calls), seen.seconds) == (
        "succeeded",
        {"id": "p_1"},
        1,
        1.0,
    )
    again = {"answers": {"pay": [LOST, {"output": {"id": "p_2"}}]}, "lookups": {"pay": [{"verdict": "did_not_happen"}]}}
    repeated = paid_for("unsafe", lookup=True, **again)
    assert (repeated.state, len(repeated.calls), len({call.key for call in repeated.calls})) == ("succeeded", 2, 1)


def test_person_says_what_became_of_an_unsafe_call() -> None:
    said = {"how": "happened", "output": {"id": "p_1"}, "by": "Ada", "after_seconds": 600}
    seen = paid_for("unsafe", lookup=False, answers={"pay": [LOST]}, resolutions={"pay": said})
    assert (seen.state, seen.steps["pay"]["output"], seen.seconds) == ("succeeded", {"id": "p_1"}, 600.0)
    no = {"how": "did_not_happen", "by": "Ada", "reason": "The bank has nothing."}
    failed = paid_for("unsafe", lookup=False, answers={"pay": [LOST]}, resolutions={"pay": no})
    assert (failed.state, failed.error["code"]) == ("failed", "EFFECT_NOT_MADE")
    repeat = {"how": "repeat", "by": "Ada"}
    answers = {"pay": [LOST, {"output": {}}]}
    assert len(paid_for("unsafe", lookup=False, answers=answers, resolutions={"pay": repeat}).calls) == 2


EXPECTED: dict[str, Any] = {
    "run": "succeeded",
    "steps": {"charge": {"state": "succeeded", "attempts": 1, "output": OK["output"]}, "say": {"state": "succeeded"}},
    "calls": [{"step": "charge", "uses": "http.request"}, {"step": "say", "input": {"message": "Charged ch_1"}}],
    "emitted": [],
    "seconds": 0,
}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, []),
        ({"run": "failed"}, [naming("run:", "failed", "succeeded")]),
        ({"steps": {"charge": {"state": "succeeded"}}}, [naming("steps.say:", "succeeded")]),
        (
            {"steps": {**EXPECTED["steps"], "more": {"state": "skipped"}}},
            [naming("steps.more", "skipped")],
        ),
        (
            {
                "steps": {
                    **EXPECTED["steps"],
                    "charge": {"state": "succeeded", "output": {**OK["output"], "status": True}},
                }
            },
            [naming("steps.charge.output.status:", "true", "200")],
        ),
        ({"calls": EXPECTED["calls"][:1]}, [naming("calls[1]:", '{"step":"say","uses":"log.write",')]),
        (
            {"calls": [EXPECTED["calls"][0], {"step": "say", "input": {"message": "Charged"}}]},
            [naming("calls[1].input.message:", '"Charged"', '"Charged ch_1"')],
        ),
        ({"emitted": [{"type": "x"}]}, [naming("emitted[0]:", '{"type":"x"}')]),
        ({"seconds": 1}, [naming("seconds:", "1", "0.0")]),
    ],
)
def test_each_difference_is_told(changed: dict[str, Any], told: list[Naming]) -> None:
    seen = played([CHARGE, SAY], answers={"charge": [OK], "say": [SAID]})
    assert [str(one) for one in differences({**EXPECTED, **changed}, seen)] == told
