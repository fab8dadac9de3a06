"""The kinds of step that workers die in, each as small as it can be. A new kind of step gets a scenario here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from tests.support.crash_case import Case, Condition, Scenario
from tests.support.crash_lines import one_run_at_a_time, second_waits_for_the_first, woken_run_waits_for_a_slot
from tests.support.crash_points import HELD, LOOKABLE, UNSAFE
from tests.support.crash_world import CASE, CASE_HEADER, ENDPOINT
from tests.support.slack import CHANNEL

N = "{{ event.payload.n }}"
SAYS_CASE = CASE.format(N)
SOON: dict[str, Any] = {"retry": {"max_attempts": 3, "initial_seconds": 0.05, "max_seconds": 0.05}}
ONCE: dict[str, Any] = {"retry": {"max_attempts": 1}}
NEVER = {"==": [1, 2]}
SIGNALLED = "SELECT 1 FROM public.outbox_job WHERE trace_id = %(trace)s AND signals <> 0"
Steps = Sequence[dict[str, Any]]


def post(
    url: str, key: str = "tell", *, uses: str = "http.request", of: Mapping[str, Any] | None = None, **step: Any
) -> Any:
    """A step that tells the receiver. of: what the receiver is to do."""
    body = {"n": N, "step": key, **(of or {})}
    return {"key": key, "uses": uses, "with": {"method": "POST", "url": url, "json": body}, **step}


def workflow(slug: str, steps: Steps, **definition: Any) -> dict[str, Any]:
    return {"slug": slug, "steps": steps, "when": {"==": [{"var": "payload.scenario"}, slug]}, **definition}


def _log(_url: str) -> Steps:
    step = {"key": "note", "uses": "log.write", "with": {"message": "noted", "data": {"n": N}}}
    return [workflow("log", [step])]


def _mail(url: str) -> Steps:
    server = {"host": "127.0.0.1", "port": urlsplit(url).port, "security": "none"}
    message = {"from": "robot@host.example", "to": "ada@host.example", "subject": SAYS_CASE, "text": "It is."}
    return [workflow("mail", [{"key": "tell", "uses": "email.send", "with": {**server, **message}}])]


def _slack(_url: str) -> Steps:
    given = {"token": "$secret:SLACK_TOKEN", "channel": CHANNEL, "text": SAYS_CASE}
    return [workflow("slack", [{"key": "tell", "uses": "slack.post_message", "with": given}])]


def _webhook(_url: str) -> Steps:
    given = {"endpoint": ENDPOINT, "type": "order.seen", "data": {"n": SAYS_CASE}}
    return [workflow("webhook", [{"key": "tell", "uses": "webhook.send", "with": given}])]


def _graphql(url: str) -> Steps:
    given = {
        "url": url,
        "query": "mutation ($id: ID!) { closeOrder(id: $id) { state } }",
        "variables": {"id": "17"},
        "headers": {CASE_HEADER: SAYS_CASE},
    }
    return [workflow("graphql", [{"key": "tell", "uses": "graphql.request", "with": given}])]


def _branches(url: str) -> Steps:
    """One answers after the other, so that the order of the commits is the same each time."""
    last = {"key": "both", "uses": "flow.transform", "needs": ["left", "right"], "with": {"output": 1}}
    left = post(url, "left", needs=[], of={"seconds": 0.2})
    right = post(url, "right", needs=[], of={"hold": True})
    return [workflow("branches", [left, right, last])]


def _left_comes_first(case: Case) -> Iterator[Condition]:
    left = """SELECT 1 FROM step_run s JOIN execution_run r ON r.id = s.run_id
              WHERE r.trace_id = %(trace)s AND s.key = 'left' AND s.state = 'succeeded'"""
    case.send("order.created", scenario="branches")
    yield lambda: bool(case.rows(left))
    case.stage.receiver.let_go(case.number)


def _on_failure(url: str) -> Steps:
    broken = post(url, "broken", of={"refuse": True}, on_failure="mend", **ONCE)
    return [workflow("on_failure", [broken, post(url, "mend")])]


def _compensation(url: str) -> Steps:
    undo = {"uses": "http.request", "with": post(url, "undo")["with"]}
    return [
        workflow("compensation", [post(url, "book", compensate=undo), post(url, "pay", of={"refuse": True}, **ONCE)])
    ]


def _emit(url: str) -> Steps:
    doubled = {"key": "doubled", "uses": "flow.transform", "with": {"output": {"n": N}}}
    payload = {"n": "{{ steps.doubled.output.n }}", "scenario": "heard"}
    emit = {"key": "emit", "uses": "flow.emit_event", "with": {"type": "order.seen", "payload": payload}}
    return [workflow("emit", [doubled, emit]), workflow("heard", [post(url, "heard")])]


def _delay(url: str) -> Steps:
    return [workflow("delay", [{"key": "rest", "uses": "flow.delay", "with": {"seconds": 0.3}}, post(url)])]


def _waits(slug: str, url: str) -> Steps:
    correlation = {"event": "payload.n", "equals": N}
    wait = {"type": "payment.settled", "correlation": correlation, "timeout_seconds": 600}
    return [workflow(slug, [{"key": "paid", "uses": "flow.wait_for_event", "with": wait}, post(url)])]


def _event_comes_after(case: Case) -> Iterator[Condition]:
    looked_back = """SELECT 1 FROM step_wait w JOIN execution_run r ON r.id = w.run_id
                     WHERE r.trace_id = %(trace)s AND r.state = 'waiting' AND w.looked_back"""
    case.send("order.created", scenario="event_after")
    yield lambda: bool(case.rows(looked_back))
    case.send("payment.settled")


def _event_comes_before(case: Case) -> Iterator[Condition]:
    """Before the wait, in the time of the run: the step above is not answered until the event is matched."""
    case.send("order.created", scenario="event_before")
    yield lambda: case.stage.receiver.held_of(case.number)
    case.send("payment.settled")
    yield lambda: len(case.rows("SELECT 1 FROM public.outbox_job WHERE trace_id = %(trace)s AND state = 'done'")) == 2
    case.stage.receiver.let_go(case.number)


def ask(*, on_failure: str = "fail", **given: Any) -> Any:
    """A step that asks the owners."""
    asked = {"title": "Refund {{ event.payload.n }}?", "roles": ["owner"], **given}
    return {"key": "ask", "uses": "flow.approval", "with": asked, "on_failure": on_failure}


def _people_decide(case: Case, *outcomes: str) -> Iterator[Condition]:
    """Each once the one before has, and the run waits."""
    pending = """SELECT 1 FROM approval a JOIN execution_run r ON r.id = a.run_id
                 WHERE r.trace_id = %(trace)s AND r.state = 'waiting' AND a.state = 'pending'"""
    case.send("order.created", scenario=case.scenario.name)
    for outcome in outcomes:
        yield lambda: bool(case.rows(pending))
        case.decide(outcome)


def _child(url: str) -> Steps:
    call = {"key": "call", "uses": "flow.run_workflow", "with": {"workflow": "child", "payload": {"n": N}}}
    return [workflow("parent", [call, post(url)]), {**workflow("child", [post(url, "inner")]), "when": NEVER}]


def _for_each(slug: str, url: str, of: Mapping[str, Any], **step: Any) -> Steps:
    """One item at a time, so that the order of the commits is the same each time."""
    inner = {"uses": "http.request", "with": post(url, "{{ item.value }}", of=of)["with"], **step}
    given = {"items": ["a", "b"], "parallel": 1, "step": inner}
    return [workflow(slug, [{"key": "each", "uses": "flow.for_each", "with": given}])]


def _detached(url: str) -> Steps:
    given = {"workflow": "detached_child", "payload": {"n": N}, "wait": False}
    call = {"key": "call", "uses": "flow.run_workflow", "with": given}
    return [workflow("detached", [call]), {**workflow("detached_child", [post(url, "inner")]), "when": NEVER}]


def _fail(url: str) -> Steps:
    broken = {"key": "broken", "uses": "flow.fail", "with": {"message": "On purpose."}, "on_failure": "mend"}
    return [workflow("fail", [broken, post(url, "mend")])]


def _held(slug: str, url: str, **definition: Any) -> Steps:
    return [workflow(slug, [post(url, of={"hold": True})], **definition)]


def _cancelled_in_a_call(case: Case) -> Iterator[Condition]:
    case.send("order.created", scenario="cancel")
    yield lambda: case.stage.receiver.held_of(case.number)
    case.ask("cancels")
    yield lambda: not case.rows(SIGNALLED)
    case.stage.receiver.let_go(case.number)


def _an_operator_says(case: Case) -> Iterator[Condition]:
    """The answer comes too late, and whoever has seen the call there says so; one that died before it left is repeated."""
    held = """SELECT 1 FROM effect e JOIN execution_run r ON r.id = e.run_id
              WHERE r.trace_id = %(trace)s AND r.state = 'waiting' AND e.state = 'uncertain' AND e.resolution IS NULL"""
    receiver = case.stage.receiver
    case.send("order.created", scenario=case.scenario.name)
    while True:
        yield lambda: bool(case.rows(held))
        if receiver.of(case.number):
            break
        case.resolve("repeat")
    yield lambda: bool(receiver.acted.get(case.number))
    case.resolve("happened")


def _a_person_sees(case: Case) -> Iterator[Condition]:
    """Where nobody else knows, a person who sees what arrived says so, or has it sent. What is looked up is looked up first."""
    held = """SELECT 1 FROM effect e JOIN execution_run r ON r.id = e.run_id
              WHERE r.trace_id = %(trace)s AND r.state = 'waiting' AND e.state = 'uncertain' AND e.resolution IS NULL"""

    def rests_or_is_held() -> bool:
        case.hurry()
        return case.at_rest() or bool(case.rows(held))

    case.send("order.created", scenario=case.scenario.name)
    while True:
        yield rests_or_is_held
        if case.at_rest():
            return
        arrived = case.stage.world.keys(case.scenario.server, case.number)
        case.resolve("happened" if arrived else "repeat")


def _host_is_let_go(case: Case) -> Iterator[Condition]:
    """Its calls are held by hand, and let go once the run is parked."""
    parked = (
        "SELECT 1 FROM public.outbox_job WHERE trace_id = %(trace)s AND state = 'pending' AND parked LIKE 'breaker:%%'"
    )
    case.hold(HELD)
    case.send("order.created", scenario="held")
    yield lambda: bool(case.rows(parked))
    case.let_go(HELD)


def _late(url: str) -> Steps:
    """A call whose answer is not waited for, and that cannot be repeated by itself."""
    late = post(url, uses=UNSAFE, of={"seconds": 0.4}, timeout_seconds=0.1)
    return [workflow("resolved", [late, {"key": "then", "uses": "flow.transform", "with": {"output": 1}}])]


def _paused_in_a_call(case: Case) -> Iterator[Condition]:
    case.send("order.created", scenario="paused")
    yield lambda: case.stage.receiver.held_of(case.number)
    case.ask("pauses")
    yield lambda: not case.rows(SIGNALLED)
    case.stage.receiver.let_go(case.number)
    yield lambda: case.in_states("paused")
    case.ask("resumes")


def _retried(case: Case) -> Iterator[Condition]:
    """The receiver refuses a step's call until somebody has mended that."""
    case.send("order.created", scenario="retried")
    yield lambda: case.in_states("failed") and case.at_rest()
    case.stage.receiver.let_go(case.number)
    case.ask("retries")


def _replayed(case: Case) -> Iterator[Condition]:
    case.send("order.created", scenario="replayed")
    yield lambda: case.in_states("succeeded") and case.at_rest()
    case.ask("replays")


def _a_person_decides(case: Case) -> Iterator[Condition]:
    """Where the outcome is uncertain, the person gives the run up."""
    uncertain = """SELECT 1 FROM step_run s JOIN execution_run r ON r.id = s.run_id
                   WHERE r.trace_id = %(trace)s AND r.state = 'waiting' AND s.state = 'uncertain'"""
    case.send("order.created", scenario="unsafe")
    yield lambda: case.at_rest() or bool(case.rows(uncertain))
    if not case.at_rest():
        case.ask("cancels")


def _ticks(url: str) -> Steps:
    mine = {"n": "{{ event.payload.data.n }}", "step": "tell"}
    when = {"==": [{"var": "payload.data.scenario"}, "tick"]}
    return [{**workflow("tick", [post(url, of=mine)]), "when": when}]


def _a_schedule_ticks(case: Case) -> Iterator[Condition]:
    case.schedule()
    yield lambda: case.in_states("succeeded")


def _debounced(url: str) -> Steps:
    """For longer than any case takes, so that only its story ends it."""
    return [workflow("debounce", [post(url)], options={"debounce": {"period_seconds": 600, "key": N}})]


def _it_becomes_quiet(case: Case) -> Iterator[Condition]:
    """Two events, one after the other, and then none."""
    for _ in range(2):
        case.send("order.created", scenario="debounce")
        yield case.at_rest
    case.pass_window()
    yield lambda: case.in_states("succeeded")


SCENARIOS: Sequence[Scenario] = (
    Scenario("post", "One POST, keyed", lambda url: [workflow("post", [post(url)])], effects=1),
    Scenario("log", "One log line, idempotent", _log, effects=1),
    Scenario(
        "unsafe",
        "One call that is unsafe to repeat",
        lambda url: [workflow("unsafe", [post(url, uses=UNSAFE)])],
        effects=1,
        ends=("succeeded", "cancelled"),
        story=_a_person_decides,
        unsafe=True,
    ),
    Scenario(
        "lookup",
        "One call that is unsafe to repeat, and whose connector can look it up",
        lambda url: [workflow("lookup", [post(url, uses=LOOKABLE)])],
        effects=1,
        unsafe=True,
        looked_up=True,
    ),
    Scenario(
        "mail", "`email.send`, unsafe", _mail, effects=1, story=_a_person_sees, unsafe=True, seen=True, server="mail"
    ),
    Scenario(
        "slack",
        "`slack.post_message`, unsafe, and found by its lookup where it arrived",
        _slack,
        effects=1,
        story=_a_person_sees,
        unsafe=True,
        seen=True,
        server="slack",
    ),
    Scenario("webhook", "`webhook.send`, keyed", _webhook, effects=1, server="webhook"),
    Scenario("graphql", "`graphql.request`, keyed", _graphql, effects=1, server="graphql"),
    Scenario(
        "resolved",
        "A call with an unknown outcome, and an operator who confirms it",
        _late,
        effects=1,
        story=_an_operator_says,
        unsafe=True,
        unsure=1,
    ),
    Scenario(
        "held",
        "A call that a circuit breaker holds back until an operator lets it go",
        lambda url: [workflow("held", [post(url, uses=HELD)])],
        effects=1,
        story=_host_is_let_go,
    ),
    Scenario(
        "sequence",
        "Three POSTs in sequence",
        lambda url: [workflow("sequence", [post(url, key) for key in ("one", "two", "three")])],
        effects=3,
    ),
    Scenario(
        "branches", "Two branches side by side, and what needs both", _branches, effects=2, story=_left_comes_first
    ),
    Scenario(
        "retry",
        "A POST that is tried again after a 503",
        lambda url: [workflow("retry", [post(url, of={"busy": 1}, **SOON)])],
        effects=1,
    ),
    Scenario("on_failure", "A step that fails, and its handler", _on_failure, effects=1),
    Scenario(
        "compensation", "A failure, and the compensation of what was done", _compensation, effects=2, ends=("failed",)
    ),
    Scenario("emit", "`flow.transform`, `flow.emit_event`, and the run that this starts", _emit, effects=1),
    Scenario("tick", "A schedule's tick, and the run that it starts", _ticks, effects=1, story=_a_schedule_ticks),
    Scenario(
        "debounce",
        "A rule's `debounce` of two events, and the run of the last",
        _debounced,
        effects=1,
        story=_it_becomes_quiet,
    ),
    Scenario("delay", "`flow.delay`", _delay, effects=1),
    Scenario(
        "event_before",
        "`flow.wait_for_event`, the event before the wait",
        lambda url: [
            {
                **_waits("event_before", url)[0],
                "steps": [post(url, "first", of={"hold": True}), *_waits("event_before", url)[0]["steps"]],
            }
        ],
        effects=2,
        story=_event_comes_before,
    ),
    Scenario(
        "event_after",
        "`flow.wait_for_event`, the event after the wait",
        lambda url: _waits("event_after", url),
        effects=1,
        story=_event_comes_after,
    ),
    Scenario("parent", "`flow.run_workflow`, awaited", _child, effects=2),
    Scenario("detached", "`flow.run_workflow`, not awaited", _detached, effects=1),
    Scenario("for_each", "`flow.for_each` over two items", lambda url: _for_each("for_each", url, {}), effects=2),
    Scenario(
        "items_again",
        "`flow.for_each`, each item tried again after a 503",
        lambda url: _for_each("items_again", url, {"busy": 1}, **SOON),
        effects=2,
    ),
    Scenario("fail", "`flow.fail`, and its handler", _fail, effects=1),
    Scenario(
        "key",
        "Two runs of one concurrency key",
        lambda url: _held("key", url, concurrency={"key": N, "limit": 1, "strategy": "queue"}),
        effects=2,
        story=lambda case: second_waits_for_the_first(case, "key"),
    ),
    Scenario(
        "budget",
        "Two runs, and a budget of one at a time",
        lambda url: _held("budget", url),
        effects=2,
        story=one_run_at_a_time,
    ),
    Scenario(
        "slot",
        "A run that waits, is woken and waits for a run slot, and a budget of one at a time",
        lambda url: [*_waits("slot", url), *_held("slot_busy", url)],
        effects=2,
        story=woken_run_waits_for_a_slot,
    ),
    Scenario(
        "cancel",
        "A cancel during a call",
        lambda url: [workflow("cancel", [post(url, of={"hold": True}), post(url, "never")])],
        effects=1,
        ends=("cancelled",),
        story=_cancelled_in_a_call,
    ),
    Scenario(
        "paused",
        "A pause during a call, and a resumption",
        lambda url: [workflow("paused", [post(url, of={"hold": True}), post(url, "then")])],
        effects=2,
        story=_paused_in_a_call,
    ),
    Scenario(
        "retried",
        "A run that failed, and the retry that takes its place",
        lambda url: [workflow("retried", [post(url, "first"), post(url, "second", of={"refuse_until": True}, **ONCE)])],
        effects=2,
        ends=("failed", "succeeded"),
        all_end=("failed", "succeeded"),
        story=_retried,
    ),
    Scenario(
        "replayed",
        "An event that is replayed",
        lambda url: [workflow("replayed", [post(url)])],
        effects=2,
        story=_replayed,
    ),
    Scenario(
        "approval",
        "`flow.approval`, approved by two people",
        lambda url: [workflow("approval", [ask(quorum=2), post(url)])],
        effects=1,
        story=lambda case: _people_decide(case, "approved", "approved"),
    ),
    Scenario(
        "rejection",
        "`flow.approval`, rejected, and its handler",
        lambda url: [workflow("rejection", [ask(on_failure="mend"), post(url, "mend")])],
        effects=1,
        story=lambda case: _people_decide(case, "rejected"),
    ),
    Scenario(
        "expiry_approves",
        "`flow.approval`, the end of its time approves",
        lambda url: [workflow("expiry_approves", [ask(expires_seconds=0.3, on_expiry="approve"), post(url)])],
        effects=1,
    ),
    Scenario(
        "expiry_rejects",
        "`flow.approval`, the end of its time rejects, and its handler",
        lambda url: [workflow("expiry_rejects", [ask(expires_seconds=0.3, on_failure="mend"), post(url, "mend")])],
        effects=1,
    ),
)
BY_NAME: Mapping[str, Scenario] = {scenario.name: scenario for scenario in SCENARIOS}
