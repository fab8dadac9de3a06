"""The catalogue of the sentences about runs, rules over time, effects and schedules: each kind once, from the functions that make them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timezone
from typing import Any

import pytest

from automate.effects import states as effect_states
from automate.effects.proof import proof
from automate.effects.rows import EffectRow
from automate.rules.windows import absences, deciding
from automate.rules.windows.deciding import MatchedEvent, WindowSlot, WindowStore
from automate.rules.windows.keys import WindowKey
from automate.rules.windows.options import Absence, Count, Debounce, RateLimit, Throttle
from automate.runs import states
from automate.runs.waiting import Hold, waiting_for
from automate.runs.waiting import RunThrottle as HeldBy
from automate.triggers.schedules.crontab import problems_of
from automate.triggers.schedules.plan import TickPlan

START = datetime(2027, 3, 1, tzinfo=timezone.utc)
RUN = uuid.UUID(int=7)
ACME = WindowKey("acme", "acme")


class Clock:
    """The matches of one rule for the key acme, all at START."""

    def __init__(self, option: str, decide: Callable[..., Any], given: Any) -> None:
        self._place = WindowSlot.of(uuid.UUID(int=1), 1, option, ACME)
        self._decide, self._given, self._open = decide, given, list[Any]()

    def match(self) -> str:
        book = WindowStore(START, self._open, lambda: 100)
        fate = self._decide(book, self._place, self._given, {}, MatchedEvent(uuid.uuid4(), START, uuid.uuid4()))
        self._open = [*{id(one): one for one in [*self._open, *book.changed()]}.values()]
        reason: str = fate.reason
        return reason


OVER_TIME = [
    (
        Clock("rate_limit", lambda *given: deciding.rate_limit(*given[:4]), RateLimit(2, 60)),
        ["", "", "Dropped by rateLimit: 2 runs of the key acme began within 60 s; the next run may begin after 2027-03-01 00:01:00 UTC."],
    ),
    (
        Clock("debounce", deciding.debounce, Debounce(30, 100)),
        ["Debounced: one run begins for all matches of the key acme after 30 s without a match, at 2027-03-01 00:01:40 UTC at the latest."],
    ),
    (
        Clock("throttle", deciding.throttle, Throttle(6, 60)),
        ["", "Queued by throttle of the key acme: 6 runs in 60 s; the run begins at 2027-03-01 00:00:10 UTC."],
    ),
    (
        Clock("count", deciding.count, Count(2, 60)),
        [
            "1 of 2 of the key acme within 60 s.",
            "2 of 2 of the key acme within 60 s.",
            "Collapsed: 2 matches came within 60 s, and their run covers all matches of the key acme until 2027-03-01 00:01:00 UTC.",
        ],
    ),
    (
        Clock("absence", absences.absence, Absence({}, 100)),
        [
            "Waiting for the key acme: the run begins at 2027-03-01 00:01:40 UTC unless an event ends the wait earlier.",
            "Collapsed: another match of the key acme waits until 2027-03-01 00:01:40 UTC, and its run covers this match.",
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("clock", "reasons"), OVER_TIME, ids=["rate limit", "debounce", "throttle", "count", "absence"]
)
def test_reason_of_a_rule_over_time_says_what_begins_when(clock: Clock, reasons: list[str]) -> None:
    assert [clock.match() for _ in reasons] == reasons


NOTHING = Hold(**{one.name: None for one in fields(Hold)} | {"run_id": RUN, "reason": "", "workflow": "ship"})  # type: ignore[arg-type]
QUEUED = replace(NOTHING, state=states.QUEUED)
ILL = replace(
    QUEUED,
    position=3,
    breaker_connector="http.request",
    breaker_target="x.example",
    breaker_state=effect_states.BREAKER_OPEN,
)
HELD_BACK = replace(
    QUEUED, rule="one", turn=2, throttle='{"limit": 1, "period_seconds": 60, "burst": 1}', throttle_free_at=START
)


def held(kind: str, name: str, holder: uuid.UUID | None = None) -> HeldBy:
    return HeldBy(RUN, kind, name, 2, holder, None)


@pytest.mark.parametrize(
    ("hold", "by", "sentence"),
    [
        (QUEUED, held("budget", "concurrent_runs"), 'The run waits because the budget "concurrent_runs" is full. The run is number 2 in the queue.'),
        (replace(NOTHING, state=states.WAITING), held("budget", "concurrent_runs"), 'The run waits because the budget "concurrent_runs" is full, and started runs resume before new ones start. The run is number 2 in the queue.'),
        (QUEUED, held("limit", "waiting_runs"), "The run waits because the limit waiting_runs of 20,000 open runs is reached. The run is number 2 in the queue."),
        (QUEUED, held("key", "acme", RUN), f"The run waits because other runs hold the concurrency key acme; the earliest is run {RUN}. The run is number 2 in the queue."),
        (HELD_BACK, None, "The rule one starts at most 1 run in 60 s. The run is number 2 in the queue."),
        (ILL, None, "X.example, which http.request calls, is unhealthy. The next probe is due. The run is number 3 in the queue."),
        (replace(ILL, breaker_code="CONNECTOR_TIMEOUT", breaker_probe_at=START), None, "X.example, which http.request calls, is unhealthy (last error CONNECTOR_TIMEOUT). The next probe is due at 00:00:00 UTC. The run is number 3 in the queue."),
        (replace(ILL, breaker_state=effect_states.BREAKER_HALF_OPEN), None, "X.example, which http.request calls, was unhealthy. A probe is in flight. The next probe is due. The run is number 3 in the queue."),
        (replace(ILL, breaker_forced=effect_states.BREAKER_OPEN), None, "An operator holds calls to x.example, which http.request calls, until they are released with setBreaker. The run is number 3 in the queue."),
        (replace(NOTHING, state=states.PAUSED, reason="look first"), None, "The run is paused until it is resumed: look first."),
        (replace(NOTHING, state=states.WAITING, step_key="a", step_state=states.RETRYING, step_error="CONNECTOR_TRANSIENT"), None, "Step a is retried after CONNECTOR_TRANSIENT."),
        (replace(NOTHING, state=states.WAITING, step_key="a", step_state=states.UNCERTAIN), None, "The outcome of the call of step a is unknown. Decide the outcome with resolveEffect."),
    ],
    ids=["budget", "woken", "limit", "key", "rule", "ill", "ill until", "probed", "by hand", "paused", "retry", "uncertain"],
)  # fmt: skip
def test_sentence_of_a_run_that_waits_names_the_first_that_holds_it(
    hold: Hold, by: HeldBy | None, sentence: str
) -> None:
    waiting = waiting_for(hold, by)
    assert waiting is not None
    assert waiting.sentence == sentence


def effect(
    state: str, tries: int = 1, *, did_nothing: bool = False, faults: int = 0, kind: str = "unsafe", **more: Any
) -> EffectRow:
    blank: dict[str, Any] = {one.name: None for one in fields(EffectRow)}
    given = {"state": state, "tries": tries, "did_nothing": did_nothing, "faults": faults, "effect": kind, "former": ()}
    return EffectRow(**blank | given | more)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (effect(effect_states.EFFECT_CONFIRMED), "Sent at most once; it is confirmed."),
        (effect(effect_states.EFFECT_UNCERTAIN), "Sent at most once; its outcome is unknown."),
        (effect(effect_states.EFFECT_CONFIRMED, 2), "Sent at most once, and one other try is known to have had no effect; it is confirmed."),
        (effect(effect_states.EFFECT_CONFIRMED, 3), "Sent at most once, and 2 other tries are known to have had no effect; it is confirmed."),
        (effect(effect_states.EFFECT_FAILED, 2, did_nothing=True), "Known to have had no effect in 2 tries: refused, or never sent."),
        (effect(effect_states.EFFECT_FAILED, 3, faults=1), "Answered with a fault in 1 of 3 tries, which does not prove that it had no effect."),
        (
            effect(effect_states.EFFECT_CONFIRMED, 5, faults=2),
            "Sent up to 3 times under one Idempotency-Key, but the receiver does not recognize a repeat; it is confirmed. 2 of 5 tries answered with a fault, which does not prove that it had no effect.",
        ),
    ],
    ids=["once", "uncertain", "one other", "two others", "nothing", "fault", "several times"],
)  # fmt: skip
def test_proof_of_an_effect_says_how_often_it_was_sent(row: EffectRow, sentence: str) -> None:
    assert proof(row) == sentence


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (TickPlan("cron", "30 2 * * *", "Europe/Berlin"), "At 02:30 every day, Europe/Berlin"),
        (
            TickPlan("cron", "30 2 * * *", "Mars/Base"),
            "30 2 * * *, in Mars/Base, a time zone that does not exist any more",
        ),
        (TickPlan("interval", every_seconds=5_400), "Every 1 hour and 30 minutes"),
        (TickPlan("interval", every_seconds=900, starts_at=START), "Every 15 minutes, from 2027-03-01 00:00 UTC"),
        (TickPlan("at", at=START), "Once, at 2027-03-01 00:00 UTC"),
    ],
    ids=["cron", "no zone", "interval", "from", "once"],
)
def test_plan_of_a_schedule_in_words(plan: TickPlan, sentence: str) -> None:
    assert plan.sentence == sentence


@pytest.mark.parametrize(
    ("expression", "sentences"),
    [
        ("61 25 * * FOO", ["'61' is no minute.", "'25' is no hour.", "'FOO' is no day of the week."]),
        ("0 0 31 2,4 *", ["None of these months has such a day"]),
        ("* * * *", ["Write five fields"]),
    ],
)
def test_problem_of_a_cron_expression_names_its_field(expression: str, sentences: list[str]) -> None:
    found = problems_of(expression)
    assert [said[: len(begin)] for said, begin in zip(found, sentences, strict=True)] == sentences
