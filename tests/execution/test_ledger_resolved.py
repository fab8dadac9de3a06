"""An operator says what became of an effect of which nobody else knows: once, with a reason, and the run goes on."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

import pytest

from automate.effects import states as effect_states
from automate.effects.queries import effects_of
from automate.effects.rows import EffectRow
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, as_object, as_text
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.kernel.transactions import in_transaction
from automate.recovery.effects import Saying, resolve_effect
from automate.runs import control
from automate.runs.step_call import StepResult
from tests.support.api import Api
from tests.support.facts import naming
from tests.support.for_each import do, whole
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.racing import race

LATE = failing("CONNECTOR_TIMEOUT", arrived=True)
RESOLVE = """
mutation ($input: ResolveEffectInput!) { resolveEffect(input: $input) {
  effect { id state proof mostSent resolution { how reason by } } run { state } errors { code message path } } }"""
EFFECTS = """
query ($id: ID!, $states: [EffectState!]) { run(id: $id) { waitingFor { cause sentence } effects(states: $states) {
  id key step item compensates connector effect target state tries mostSent proof code externalId responseSha256 lookups
  request earlierTries { number state code run resolution { how by reason } } resolution { how } intendedAt settledAt } } }"""
OPERATOR = Principal(kind="member", name="Olga", id="olga", role="operator")


@pytest.fixture
def scripted() -> Scripted:
    return Scripted("unsafe", acts=(LATE, {"n": 1}))


def hold(plane: Plane, scripted: Scripted, **definition: Any) -> EffectRow:
    """A run that waits for a person; a step after it tells what it was given."""
    after = {"key": "after", "uses": "flow.transform", "with": {"output": "{{ steps.a.output }}"}}
    plane.publish("one", [{"key": "a", "uses": scripted.name, "with": {"to": "Zoe"}}, after], **definition)
    plane.send({})
    plane.drain()
    return effect_of(plane)


def effect_of(plane: Plane) -> EffectRow:
    with acting_for(plane.tenant):
        runs = [row[0] for row in plane.rows("SELECT id FROM execution_run")]
        (found,) = [effect for run in effects_of(runs, None, 10).values() for effect in run]
    return found


def say(plane: Plane, effect: uuid.UUID, how: str, who: Principal = OPERATOR, **given: Any) -> EffectRow | str:
    """Returns the code of a refusal."""
    with acting_for(plane.tenant), acting_as(who):
        try:
            return resolve_effect(effect, Saying(how, "I rang them up", **given))
        except NormalizedError as error:
            return error.code


def token_of(plane: Plane, role: str) -> str:
    from tenants.models import Tenant
    from tenants.tokens import mint

    with acting_for_platform("mint a token for a test"):
        token, row = mint(Tenant.objects.get(id=plane.tenant.id), f"test {role}", role)
        row.save()
    return token


def after(plane: Plane) -> list[tuple[str, str]]:
    return plane.rows("SELECT state, coalesce(output::text, '') FROM step_run WHERE key = 'after'")


def test_what_happened_lets_the_run_go_on_with_its_output(plane: Plane, scripted: Scripted) -> None:
    with connectors(scripted):
        effect = hold(plane, scripted)
        said = say(plane, effect.id, effect_states.HAPPENED, output={"ticket": 7}, external_id="T-7")
        assert isinstance(said, EffectRow)
        plane.drain()
    assert len(scripted.calls) == 1
    assert plane.runs() == [("succeeded", "")]
    assert after(plane) == [("succeeded", '{"ticket": 7}')]
    now = effect_of(plane)
    assert (now.state, now.tries, now.external_id, now.most_sent) == ("confirmed", 1, "T-7", 1)
    assert now.resolution is not None
    assert {**now.resolution, "at": ""} == {"how": "happened", "reason": "I rang them up", "by": "Olga", "at": ""}


def test_what_did_not_happen_fails_its_step(plane: Plane, scripted: Scripted) -> None:
    with connectors(scripted):
        effect = hold(plane, scripted)
        say(plane, effect.id, effect_states.DID_NOT_HAPPEN)
        plane.drain()
    assert len(scripted.calls) == 1
    assert plane.runs() == [("failed", "EFFECT_NOT_MADE")]
    assert (effect_of(plane).state, effect_of(plane).most_sent) == ("failed", 0)


def test_repeat_sends_the_same_request_under_the_same_key(plane: Plane, scripted: Scripted) -> None:
    with connectors(scripted):
        effect = hold(plane, scripted)
        say(plane, effect.id, effect_states.REPEAT)
        plane.drain()
    first, second = scripted.calls
    assert (first.idempotency_key, first.input) == (second.idempotency_key, second.input)
    assert plane.runs() == [("succeeded", "")]
    now = effect_of(plane)
    assert (now.state, now.tries, now.most_sent, now.resolution) == ("confirmed", 2, 2, None)
    (former,) = now.former
    assert (former.number, former.state, former.code) == (1, "uncertain", "CONNECTOR_TIMEOUT")
    assert former.resolution is not None
    assert former.resolution["how"] == "repeat"


def test_repeat_that_is_uncertain_again_can_be_resolved_again(plane: Plane) -> None:
    scripted = Scripted("unsafe", acts=(LATE,))
    with connectors(scripted):
        effect = hold(plane, scripted)
        say(plane, effect.id, effect_states.REPEAT)
        plane.drain()
        assert effect_of(plane).state == "uncertain"
        say(plane, effect.id, effect_states.HAPPENED)
        plane.drain()
    assert len(scripted.calls) == 2
    assert plane.runs() == [("succeeded", "")]


@pytest.mark.parametrize("how", effect_states.RESOLUTIONS)
def test_only_the_first_word_counts(plane: Plane, scripted: Scripted, how: str) -> None:
    with connectors(scripted):
        effect = hold(plane, scripted)
        say(plane, effect.id, how)
        assert say(plane, effect.id, effect_states.HAPPENED) == "CONFLICT"
        plane.drain()
        assert say(plane, effect.id, effect_states.HAPPENED) == "CONFLICT"
    assert plane.rows("SELECT count(*) FROM audit_entry WHERE action = 'effect.resolve'") == [(1,)]


def test_word_is_heard_by_a_worker_that_holds_the_run(plane: Plane, scripted: Scripted) -> None:
    """Another branch's call is under way; the fence tells its worker."""
    with connectors(scripted, other := Scripted("keyed", name="test.other")):
        steps: list[Any] = [{"key": "a", "uses": scripted.name}, {"key": "b", "uses": other.name, "needs": []}]
        plane.publish("two", steps)
        plane.send({})
        jobs, run_set = plane.claim(), plane.run_set()
        with acting_for(plane.tenant):
            from automate.runs.matching import match_events

            calls = {call.step.key: call for call in match_events(run_set, jobs)}
            late = StepResult(calls["a"], error=LATE, arrived=True)
            run_set.commit([run_set.settle(calls["a"].run, [late])])
            effect = next(e for e in plane_effects(plane) if e.step_key == "a")
        assert isinstance(say(plane, effect.id, effect_states.HAPPENED, output={"x": 1}), EffectRow)
        with acting_for(plane.tenant):
            run = run_set.held[calls["b"].run.id]
            assert run_set.commit([run_set.settle(run, [StepResult(calls["b"], output={})])]) == []
    assert plane.runs() == [("succeeded", "")]
    assert scripted.calls == []


def plane_effects(plane: Plane) -> list[EffectRow]:
    runs = [row[0] for row in plane.rows("SELECT id FROM execution_run")]
    return [effect for run in effects_of(runs, None, 10).values() for effect in run]


def test_ledger_of_a_run_that_has_ended_can_be_settled_and_nothing_is_repeated(
    plane: Plane, scripted: Scripted
) -> None:
    with connectors(scripted):
        effect = hold(plane, scripted)
        with acting_for(plane.tenant), in_transaction():
            control.cancel([effect.run_id], "given up")
        plane.drain()
        assert say(plane, effect.id, effect_states.REPEAT) == "CONFLICT"
        say(plane, effect.id, effect_states.DID_NOT_HAPPEN)
        plane.drain()
    assert plane.runs() == [("cancelled", "given up")]
    assert (effect_of(plane).state, len(scripted.calls)) == ("failed", 1)


def test_paused_run_obeys_and_sends_nothing_until_it_is_resumed(plane: Plane, scripted: Scripted) -> None:
    with connectors(scripted):
        effect = hold(plane, scripted)
        with acting_for(plane.tenant), in_transaction():
            control.pause([effect.run_id], "wait")
        say(plane, effect.id, effect_states.REPEAT)
        plane.drain()
        assert (len(scripted.calls), plane.runs()) == (1, [("paused", "wait")])
        with acting_for(plane.tenant), in_transaction():
            control.resume([effect.run_id], "go on")
        plane.drain()
    assert len(scripted.calls) == 2
    assert plane.runs() == [("succeeded", "")]


def test_item_and_compensation_are_resolved_too(plane: Plane) -> None:
    broken = Scripted("keyed", name="test.broken", acts=(failing("CONNECTOR_REFUSED"),))
    undo = Scripted("unsafe", name="test.undo", acts=(LATE,))
    done = Scripted("keyed")
    with connectors(broken, undo, done):
        plane.publish(
            "undone",
            [
                {"key": "a", "uses": done.name, "compensate": {"uses": undo.name, "with": {}}},
                {"key": "b", "uses": broken.name},
            ],
        )
        plane.send({})
        plane.drain()
        with acting_for(plane.tenant):
            (effect,) = (one for one in plane_effects(plane) if one.state == "uncertain")
        assert effect.compensates
        say(plane, effect.id, effect_states.HAPPENED)
        plane.drain()
    assert plane.runs() == [("failed", "CONNECTOR_REFUSED")]
    assert len(undo.calls) == 1


@pytest.mark.parametrize(("output", "seen"), [({"id": 7, "headers": {"a": "b"}}, {"id": 7}), (None, None)])
def test_of_an_item_that_happened_is_kept_what_its_step_names(plane: Plane, output: Any, seen: Any) -> None:
    late = Scripted("unsafe", acts=(LATE,))
    with connectors(late):
        do(plane, late, [1], keep=["id"])
        say(plane, effect_of(plane).id, effect_states.HAPPENED, output=output)
        plane.drain()
    assert whole(plane)[1] == {
        "items": [{"state": "succeeded", "output": seen, "error": None}],
        "succeeded": 1,
        "failed": 0,
    }


@pytest.mark.parametrize("hows", [effect_states.RESOLUTIONS])
def test_of_many_operators_one_is_heard(plane: Plane, scripted: Scripted, hows: tuple[str, ...]) -> None:
    with connectors(scripted):
        effect = hold(plane, scripted)
        said = race(6, lambda number: say(plane, effect.id, hows[number % 3]))
        won = [one for one in said if isinstance(one, EffectRow)]
        assert (len(won), Counter(one for one in said if isinstance(one, str))) == (1, Counter({"CONFLICT": 5}))
        plane.drain()
    ends = {"happened": ("succeeded", 1), "did_not_happen": ("failed", 1), "repeat": ("succeeded", 2)}
    assert (plane.runs()[0][0], len(scripted.calls)) == ends[as_text(as_object(won[0].resolution)["how"])]


@pytest.mark.slow
def test_operator_against_worker_has_one_winner(plane: Plane) -> None:
    """The end of the run's time comes as the operator speaks: either the run goes on, or only the ledger changes."""
    ends = Counter[str]()
    for number in range(12):
        scripted = Scripted("unsafe", acts=(LATE, {}), name=f"test.s{number}")
        slug = f"w{number}"
        with connectors(scripted):
            plane.publish(slug, [{"key": "a", "uses": scripted.name}], when={"==": [{"var": "type"}, slug]})
            plane.send({}, kind=slug)
            plane.drain()
            ((run,),) = plane.rows("SELECT id FROM execution_run ORDER BY id DESC LIMIT 1")
            with acting_for(plane.tenant):
                (effect,) = effects_of([run], None, 1)[run]
                plane.rows("UPDATE execution_run SET deadline_at = now() WHERE id = %s RETURNING id", run)
            plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE id = %s", run)

            def act(number: int, effect: EffectRow = effect) -> Any:
                return plane.work() if number else say(plane, effect.id, effect_states.HAPPENED)

            said, _ = race(2, act)
            plane.drain()
        ((state,),) = plane.rows("SELECT state FROM execution_run WHERE id = %s", run)
        assert isinstance(said, EffectRow)
        assert len(scripted.calls) == 1
        ends[state] += 1
    assert set(ends) <= {"succeeded", "timed_out"}
    assert plane.rows("SELECT DISTINCT state FROM effect") == [("confirmed",)]


def test_without_the_lock_two_operators_are_heard(
    plane: Plane, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin: the statement no longer asks whether it was still to be said."""
    from automate.effects import transitions
    from automate.recovery import effects as services

    monkeypatch.setattr(transitions, "RESOLVE", transitions.RESOLVE.partition(" AND state = ")[0])
    monkeypatch.setattr(services, "_check", lambda *_, **__: None)
    with connectors(scripted):
        effect = hold(plane, scripted)
        said = race(2, lambda number: say(plane, effect.id, effect_states.RESOLUTIONS[number]))
    assert [isinstance(one, EffectRow) for one in said] == [True, True]


def test_api_shows_what_was_sent_where_and_takes_the_word(plane: Plane, tenant: Any, scripted: Scripted) -> None:
    from graphql_schema.ids import global_id

    with connectors(scripted):
        effect = hold(plane, scripted)
        run = global_id("ExecutionRun", effect.run_id)
        api = Api(tenant.token)
        shown = api.data(EFFECTS, id=run)["run"]
        (seen,) = shown["effects"]
        assert shown["waitingFor"] == {
            "cause": "UNCERTAIN",
            "sentence": naming("step a", "resolveEffect"),
        }
        assert (seen["state"], seen["effect"], seen["code"]) == ("UNCERTAIN", "UNSAFE", "CONNECTOR_TIMEOUT")
        assert seen["request"] == {"to": "Zoe"}
        assert (seen["mostSent"], seen["proof"]) == (1, naming("once"))
        assert api.data(EFFECTS, id=run, states=["CONFIRMED"])["run"]["effects"] == []
        given = {"effect": seen["id"], "resolution": "HAPPENED", "reason": "I rang them up"}
        viewer = Api(token_of(plane, "viewer"))
        assert viewer.code(RESOLVE, input=given) == "FORBIDDEN"
        operator = Api(token_of(plane, "operator"))
        for wrong, code, path in (
            ({"reason": ""}, "BAD_USER_INPUT", ["reason"]),
            ({"effect": run}, "NOT_FOUND", ["effect"]),
            ({"effect": global_id("Effect", uuid.uuid4())}, "NOT_FOUND", ["effect"]),
            ({"resolution": "REPEAT", "output": {}}, "BAD_USER_INPUT", ["output"]),
        ):
            (error,) = operator.data(RESOLVE, input={**given, **wrong})["resolveEffect"]["errors"]
            assert (error["code"], error["path"]) == (code, path)
        answer = operator.data(RESOLVE, input=given)["resolveEffect"]
        assert (answer["errors"], answer["effect"]["state"]) == ([], "CONFIRMED")
        assert answer["effect"]["resolution"] == {
            "how": "HAPPENED", "reason": "I rang them up", "by": "test operator"
        }  # fmt: skip
        plane.drain()
    (seen,) = api.data(EFFECTS, id=run)["run"]["effects"]
    assert (seen["proof"], seen["mostSent"]) == (naming("once", "confirmed"), 1)
    assert plane.runs() == [("succeeded", "")]
    ((changes,),) = plane.rows("SELECT changes::text FROM audit_entry WHERE action = 'effect.resolve'")
    assert "I rang them up" in changes


def test_output_has_to_be_what_the_connector_gives(plane: Plane) -> None:
    from dataclasses import replace

    scripted = Scripted("unsafe", acts=(LATE,))
    schema: JsonObject = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    scripted.spec = replace(scripted.spec, output_schema=schema)
    with connectors(scripted):
        effect = hold(plane, scripted)
        with acting_for(plane.tenant), acting_as(OPERATOR), pytest.raises(NormalizedError) as caught:
            resolve_effect(effect.id, Saying(effect_states.HAPPENED, "seen", output={"n": "one"}))
        assert (caught.value.code, caught.value.path) == ("BAD_USER_INPUT", ["output", "n"])
        assert isinstance(say(plane, effect.id, effect_states.HAPPENED, output={"n": 1}), EffectRow)
