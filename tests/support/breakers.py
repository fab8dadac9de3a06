"""Connectors of a host that is ill, and what stands of its circuit breaker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from automate.effects.breakers.services import set_breaker
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.runs.waiting import waiting_for
from automate.runs.waiting_queries import holds_of
from tenants import directory
from tests.support.plane import Plane, Scripted, failing

HOST = "ill.example"
ILL = failing("CONNECTOR_TIMEOUT")
ONCE: dict[str, Any] = {"retry": {"max_attempts": 1}}


@dataclass
class Hosted(Scripted):
    """A scripted connector that calls one host."""

    host: str = HOST

    def __post_init__(self) -> None:
        super().__post_init__()
        self.spec = replace(self.spec, hosts=(self.host,))


def call_it(plane: Plane, hosted: Scripted, slug: str = "one", **step: Any) -> None:
    """A workflow of one step, for events of the slug's type."""
    plane.publish(slug, [{"key": "a", "uses": hosted.name, **step}], when={"==": [{"var": "type"}, slug]})


def send(plane: Plane, count: int = 1, slug: str = "one") -> None:
    """Runs, one after the other, each as far as it goes."""
    for _ in range(count):
        plane.send({}, kind=slug)
        plane.drain()


def breakers(plane: Plane) -> list[tuple[str, str, int, int]]:
    """Host, state, calls and failures of each."""
    return plane.rows("SELECT target, state, calls, failures FROM circuit_breaker ORDER BY target")


def parked(plane: Plane) -> list[str]:
    """The causes of jobs that are parked, without what tells breakers apart."""
    return [
        cause.partition(":")[0]
        for (cause,) in plane.root.rows(
            "SELECT parked FROM public.outbox_job WHERE tenant_id = %s AND parked <> '' ORDER BY id", plane.tenant.id
        )
    ]


def pass_seconds(plane: Plane, seconds: float) -> None:
    """For breakers, too."""
    plane.pass_seconds(seconds)
    plane.root.execute(
        f'UPDATE "{plane.tenant.schema}".circuit_breaker SET probe_at = probe_at - make_interval(secs => {float(seconds)}),'
        f" window_started = window_started - make_interval(secs => {float(seconds)})"
    )


def sentence(plane: Plane, besides: Sequence[UUID] = ()) -> tuple[str, str]:
    """What the newest run, those of ``besides`` left out, waits for: cause and words."""
    with acting_for(plane.tenant):
        ((run,),) = plane.rows(
            "SELECT id FROM execution_run WHERE id <> ALL(%s::uuid[]) ORDER BY id DESC LIMIT 1", list(besides)
        )
        found = waiting_for(holds_of([run])[run], None)
    assert found is not None
    return found.cause, found.sentence


def force(plane: Plane, connector: Scripted, mode: str, host: str = HOST) -> None:
    """By a person; what is remembered of the tenant is asked anew, which takes a second elsewhere."""
    with acting_for(plane.tenant), acting_as(Principal(kind="member", name="Olga", id="olga", role="operator")):
        set_breaker(connector.name, host, mode, "by the test")
    directory.forget(plane.tenant.id, plane.tenant.slug)
