# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""The type Backtest: a test of a rule on stored events."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import orjson
import strawberry
import strawberry_django

from automate.kernel.permissions import VIEW_EVENTS, VIEW_RULES
from automate.rules import models
from automate.rules.backtests import states
from automate.rules.backtests.queries import BacktestRow, SampleRow
from automate.rules.backtests.states import DIFFERENCES
from automate.rules.backtests.transitions import KEPT_SECONDS
from automate.rules.choices import BacktestDifference, BacktestState, Verdict
from graphql_schema.backtests.loaders import events_of_samples, rules_of_backtests, samples_of_backtests
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.errors import ErrorAnswer, stored_answer
from graphql_schema.events.filters import EventFilter
from graphql_schema.events.types import Event
from graphql_schema.ids import global_id
from graphql_schema.loaded import Loaded
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.rules.types import RuleSpec
from graphql_schema.scalars import JSON


@strawberry.type(description="The number of tested events for which the condition gave one verdict.")
class BacktestVerdict:
    verdict: Verdict = strawberry.field(description="The verdict.")
    count: int = strawberry.field(description="The number of events for which the draft gave this verdict.")
    live_count: int | None = strawberry.field(
        description="The number of events for which the live rule gave this verdict. Null without a live rule."
    )


@strawberry_django.type(models.BacktestSample, description="An example event of a backtest.")
class BacktestSample:
    difference: BacktestDifference
    verdict: Verdict
    live_verdict: Verdict | None
    reason: strawberry.auto
    path: list[str]
    row: strawberry.Private[SampleRow]
    loaded: strawberry.Private[Loaded] = dataclasses.field(default_factory=dict)

    @planned(events_of_samples, VIEW_EVENTS)
    @strawberry.field(description="The event. Null if retention has removed it.")
    def event(self, info: Info) -> Event | None:
        return prefetched(self, info)


@strawberry_django.type(
    models.Backtest,
    description="A test of a condition on stored events, newest first. It may be compared with a live rule. "
    "Workers run it in chunks.",
)
class Backtest(Node):
    state: BacktestState
    when: strawberry.auto
    live_when: strawberry.auto
    filter: JSON = strawberry.field(description="The filter of events, as an EventFilter.")
    most: strawberry.auto
    total: strawberry.auto
    older: strawberry.auto
    tested: strawberry.auto
    erased: strawberry.auto
    newly_matched: int = strawberry.field(description="The number of tested events that only the draft matches.")
    no_longer_matched: int = strawberry.field(
        description="The number of tested events that only the live rule matches."
    )
    still_matched: int = strawberry.field(description="The number of tested events that both match.")
    still_unmatched: int = strawberry.field(description="The number of tested events that neither matches.")
    verdicts: list[BacktestVerdict] = strawberry.field(description="The number of tested events for each verdict.")
    error: ErrorAnswer | None
    started_by: strawberry.auto
    trace_id: strawberry.auto
    created_at: strawberry.auto
    finished_at: strawberry.auto
    expires_at: datetime | None = strawberry.field(
        description="The time after which the backtest may be deleted. Null while it runs."
    )
    row: strawberry.Private[BacktestRow]

    @planned(rules_of_backtests, VIEW_RULES)
    @strawberry.field(description="The live rule in its current form. Null without a live rule, or if it was deleted.")
    def rule(self, info: Info) -> RuleSpec | None:
        return prefetched(self, info)

    @planned(samples_of_backtests, VIEW_EVENTS)
    @strawberry.field(description="Example events, the newest first: at most ten for each pair of verdicts.")
    def samples(
        self, info: Info, first: int = 50, difference: BacktestDifference | None = None
    ) -> list[BacktestSample]:
        return prefetched(self, info)


_backtest = copier(
    Backtest,
    BacktestRow,
    "id",
    "state",
    "when",
    "live_when",
    "filter",
    "newly_matched",
    "no_longer_matched",
    "still_matched",
    "still_unmatched",
    "verdicts",
    "error",
    "expires_at",
    "row",
)


def backtest_of(row: BacktestRow) -> Backtest:
    differences, drafts, lives = Counter[str](), Counter[str](), Counter[str]()
    for draft, below in row.tally.items():
        for live, count in below.items():
            differences[DIFFERENCES[draft == "matched", live == "matched"]] += count
            drafts[draft] += count
            lives[live] += count
    return _backtest(
        row,
        id=strawberry.ID(global_id("Backtest", row.id)),
        state=BacktestState(row.state),
        when=orjson.loads(row.draft.when),
        live_when=orjson.loads(row.live.when) if row.live is not None else None,
        filter=JSON(EventFilter.shown(row.wanted)),
        newly_matched=differences[states.NEWLY_MATCHED],
        no_longer_matched=differences[states.NO_LONGER_MATCHED],
        still_matched=differences[states.STILL_MATCHED],
        still_unmatched=differences[states.STILL_UNMATCHED],
        verdicts=_verdicts(drafts, lives if row.live is not None else None),
        error=stored_answer(row.error, row.trace_id) if row.error else None,
        expires_at=row.finished_at + timedelta(seconds=KEPT_SECONDS) if row.finished_at is not None else None,
        row=row,
    )


def _verdicts(drafts: Mapping[str, int], lives: Mapping[str, int] | None) -> list[BacktestVerdict]:
    return [
        BacktestVerdict(
            verdict=one,
            count=drafts.get(one.value, 0),
            live_count=lives.get(one.value, 0) if lives is not None else None,
        )
        for one in map(Verdict, Verdict.values)
        if drafts.get(one.value) or (lives or {}).get(one.value)
    ]


_backtest_sample = copier(BacktestSample, SampleRow, "difference", "verdict", "live_verdict", "row")


@makes(BacktestSample)
def sample_of(row: SampleRow) -> BacktestSample:
    return _backtest_sample(
        row,
        difference=BacktestDifference(row.difference),
        verdict=Verdict(row.verdict),
        live_verdict=Verdict(row.live_verdict) if row.live_verdict else None,
        row=row,
    )
