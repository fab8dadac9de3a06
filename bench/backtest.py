"""(i) The duration of a backtest over many stored events, by relay and workers."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

import orjson

from automate.events.services import NewEvent, record_events
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for
from automate.kernel.trace import new_trace, tracing
from automate.rules.backtests.queries import backtests_by_id
from automate.simulation.backtesting import BacktestRequest, start_backtest
from bench.tenant import CHUNK, log_step, make_tenant, set_up
from bench.tenant_payload import PAYLOAD

NAME = "stored"
TESTED_EVENTS = 100_000
GIVE_UP_SECONDS = 300.0
LOOK_SECONDS = 0.05
KIND: JsonValue = {"==": [{"var": "type"}, f"bench.{NAME}"]}
ELSEWHERE: JsonValue = {"==": [{"var": "type"}, "bench.elsewhere"]}

DRAFTS: JsonObject = {
    "every_payload": {"and": [KIND, {">": [{"var": "payload.order.amount"}, 100]}, {"exists": "payload.order.id"}]},
    "no_payload": {"and": [ELSEWHERE, {">": [{"var": "payload.order.amount"}, 100]}]},
}
"""Drafts beside the same live rule, which has the type of the second. The first reads every event completely, the
second only its type."""


@dataclass(frozen=True)
class StoredTenant:
    ref: TenantRef
    events: int

    @classmethod
    def made(cls, slug: str, events: int) -> StoredTenant:
        """Create a tenant with stored, unmatched events, and a live rule for each draft."""
        made = cls(make_tenant(slug), events)
        set_up(made.ref, "elsewhere", [log_step("s0")])
        body = orjson.dumps(PAYLOAD)
        with acting_for(made.ref):
            ((source_id,),) = fetch("SELECT id FROM source WHERE slug = 'api'")
            for start in range(0, events, CHUNK):
                chunk = [
                    NewEvent(
                        source_id=source_id, type=f"bench.{NAME}", body=body, trace_id=uuid.uuid4().hex, matched=False
                    )
                    for _ in range(start, min(start + CHUNK, events))
                ]
                record_events(chunk, audited=False)
        return made

    def seconds(self, when: JsonValue) -> float:
        """The duration of a backtest. Raises AssertionError if it did not test all events."""
        with acting_for(self.ref), acting_as(Principal(kind="system", name="bench")), tracing(new_trace()):
            backtest = start_backtest(BacktestRequest("elsewhere", when, most=self.events))
            ends = time.monotonic() + GIVE_UP_SECONDS
            while (row := backtests_by_id([backtest])[backtest]).finished_at is None:
                assert time.monotonic() < ends, f"not ended after {GIVE_UP_SECONDS:g} s: {row}"
                time.sleep(LOOK_SECONDS)
        assert (row.state, row.tested) == ("finished", self.events), row
        return (row.finished_at - row.created_at).total_seconds()
