"""Calls whose outcome is uncertain, and what the ledger knows of them."""

from __future__ import annotations

from typing import Any

from actors.connectors.base import ConnectorError
from automate.effects import states as effect_states
from automate.effects.list_queries import EffectsFilter, effects_page
from automate.effects.queries import effects_of
from automate.effects.rows import EffectRow
from automate.kernel.principals import Principal, acting_as
from automate.kernel.queries import Slice
from automate.kernel.tenancy import acting_for
from automate.recovery.effects import Saying, resolve_effect
from automate.recovery.once import OperationResult
from automate.recovery.plans import RetryRequest
from automate.recovery.retrying import plan_retry, retry_runs
from tests.support.plane import Plane, Scripted, failing

PERSON = Principal(kind="member", name="Olga", id="olga", role="operator")
LATE = failing("CONNECTOR_TIMEOUT", arrived=True)
NOT_SENT = failing("CONNECTOR_TRANSIENT")
REFUSED = failing("CONNECTOR_REFUSED")
AGAIN: dict[str, Any] = {"retry": {"max_attempts": 3, "initial_seconds": 1e-9, "max_seconds": 1e-9}}


def answered(status: int) -> ConnectorError:
    """By a connector that says that it may work later."""
    return ConnectorError("CONNECTOR_TRANSIENT", "By script.", details={"status": status})


FAULT = answered(503)
NO_MORE: dict[str, Any] = {"retry": {"max_attempts": 1}}
NOW_MENDED = {"id": "x-9"}


def begin(plane: Plane, scripted: Scripted, **step: Any) -> None:
    plane.publish("one", [{"key": "a", "uses": scripted.name, "with": {"x": 1}, **step}])
    plane.send({})
    go_on(plane)


def go_on(plane: Plane, times: int = 4) -> None:
    for _ in range(times):
        plane.drain()
        plane.pass_seconds(61)


def effects(plane: Plane) -> list[EffectRow]:
    with acting_for(plane.tenant):
        runs = [run for (run,) in plane.rows("SELECT id FROM execution_run")]
        return sorted((one for found in effects_of(runs, None, 10).values() for one in found), key=lambda one: one.item)


def effect(plane: Plane) -> EffectRow:
    (found,) = [one for one in effects(plane) if one.step_key == "a"]
    return found


def known(plane: Plane) -> tuple[str, int, int, int]:
    """The state, the tries, how many may have arrived, and how many effects wait for a person."""
    with acting_for(plane.tenant):
        waiting = effects_page(EffectsFilter(unresolved=True), Slice(10))
    one = effect(plane)
    return one.state, one.tries, one.most_sent, len(waiting.rows)


def say(plane: Plane, how: str) -> None:
    with acting_for(plane.tenant), acting_as(PERSON):
        resolve_effect(effect(plane).id, Saying(how, "I rang them up"))


def retry(plane: Plane, **request: Any) -> OperationResult:
    newest = plane.rows("SELECT id FROM execution_run ORDER BY created_at DESC LIMIT 1")[0][0]
    with acting_for(plane.tenant), acting_as(PERSON):
        return retry_runs([newest], RetryRequest(**request))


def planned(plane: Plane, **request: Any) -> list[tuple[str, bool]]:
    newest = plane.rows("SELECT id FROM execution_run ORDER BY created_at DESC LIMIT 1")[0][0]
    with acting_for(plane.tenant):
        (plan,) = plan_retry([newest], RetryRequest(**request)).runs
    return [(one.state, one.needs_consent) for one in plan.effects]


def twice(plane: Plane, scripted: Scripted) -> None:
    """Nobody knows of the first try; a person lets it be repeated, and the second one does nothing."""
    begin(plane, scripted)
    say(plane, effect_states.REPEAT)
    go_on(plane)
    assert plane.runs() == [("failed", "CONNECTOR_REFUSED")]
