"""The kinds of step that workers die in, each as small as it can be. A new kind of step gets a scenario here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.support import crash_stories as stories
from tests.support import crash_workflows as workflows
from tests.support.crash_case import Scenario
from tests.support.crash_lines import one_run_at_a_time, second_waits_for_the_first, woken_run_waits_for_a_slot
from tests.support.crash_points import HELD, LOOKABLE, UNSAFE
from tests.support.crash_workflows import ONCE, SOON, N, ask, post, workflow

SCENARIOS: Sequence[Scenario] = (
    Scenario("post", "One POST, keyed", lambda url: [workflow("post", [post(url)])], effects=1),
    Scenario("log", "One log line, idempotent", workflows.log, effects=1),
    Scenario(
        "unsafe",
        "One call that is unsafe to repeat",
        lambda url: [workflow("unsafe", [post(url, uses=UNSAFE)])],
        effects=1,
        ends=("succeeded", "cancelled"),
        story=stories.a_person_decides,
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
        "mail",
        "`email.send`, unsafe",
        workflows.mail,
        effects=1,
        story=stories.a_person_sees,
        unsafe=True,
        seen=True,
        server="mail",
    ),
    Scenario(
        "slack",
        "`slack.post_message`, unsafe, and found by its lookup where it arrived",
        workflows.slack,
        effects=1,
        story=stories.a_person_sees,
        unsafe=True,
        seen=True,
        server="slack",
    ),
    Scenario("webhook", "`webhook.send`, keyed", workflows.webhook, effects=1, server="webhook"),
    Scenario("graphql", "`graphql.request`, keyed", workflows.graphql, effects=1, server="graphql"),
    Scenario(
        "resolved",
        "A call with an unknown outcome, and an operator who confirms it",
        workflows.late,
        effects=1,
        story=stories.an_operator_says,
        unsafe=True,
        unsure=1,
    ),
    Scenario(
        "held",
        "A call that a circuit breaker holds back until an operator lets it go",
        lambda url: [workflow("held", [post(url, uses=HELD)])],
        effects=1,
        story=stories.host_is_let_go,
    ),
    Scenario(
        "sequence",
        "Three POSTs in sequence",
        lambda url: [workflow("sequence", [post(url, key) for key in ("one", "two", "three")])],
        effects=3,
    ),
    Scenario(
        "branches",
        "Two branches side by side, and what needs both",
        workflows.branches,
        effects=2,
        story=stories.left_comes_first,
    ),
    Scenario(
        "retry",
        "A POST that is tried again after a 503",
        lambda url: [workflow("retry", [post(url, of={"busy": 1}, **SOON)])],
        effects=1,
    ),
    Scenario("on_failure", "A step that fails, and its handler", workflows.on_failure, effects=1),
    Scenario(
        "compensation",
        "A failure, and the compensation of what was done",
        workflows.compensation,
        effects=2,
        ends=("failed",),
    ),
    Scenario("emit", "`flow.transform`, `flow.emit_event`, and the run that this starts", workflows.emit, effects=1),
    Scenario(
        "tick",
        "A schedule's tick, and the run that it starts",
        workflows.ticks,
        effects=1,
        story=stories.a_schedule_ticks,
    ),
    Scenario(
        "debounce",
        "A rule's `debounce` of two events, and the run of the last",
        workflows.debounced,
        effects=1,
        story=stories.it_becomes_quiet,
    ),
    Scenario("delay", "`flow.delay`", workflows.delay, effects=1),
    Scenario(
        "event_before",
        "`flow.wait_for_event`, the event before the wait",
        lambda url: [
            {
                **workflows.waits("event_before", url)[0],
                "steps": [
                    post(url, "first", of={"hold": True}),
                    *workflows.waits("event_before", url)[0]["steps"],
                ],
            }
        ],
        effects=2,
        story=stories.event_comes_before,
    ),
    Scenario(
        "event_after",
        "`flow.wait_for_event`, the event after the wait",
        lambda url: workflows.waits("event_after", url),
        effects=1,
        story=stories.event_comes_after,
    ),
    Scenario("parent", "`flow.run_workflow`, awaited", workflows.child, effects=2),
    Scenario("detached", "`flow.run_workflow`, not awaited", workflows.detached, effects=1),
    Scenario(
        "for_each", "`flow.for_each` over two items", lambda url: workflows.for_each("for_each", url, {}), effects=2
    ),
    Scenario(
        "items_again",
        "`flow.for_each`, each item tried again after a 503",
        lambda url: workflows.for_each("items_again", url, {"busy": 1}, **SOON),
        effects=2,
    ),
    Scenario("fail", "`flow.fail`, and its handler", workflows.fail, effects=1),
    Scenario(
        "key",
        "Two runs of one concurrency key",
        lambda url: workflows.held("key", url, concurrency={"key": N, "limit": 1, "strategy": "queue"}),
        effects=2,
        story=lambda case: second_waits_for_the_first(case, "key"),
    ),
    Scenario(
        "budget",
        "Two runs, and a budget of one at a time",
        lambda url: workflows.held("budget", url),
        effects=2,
        story=one_run_at_a_time,
    ),
    Scenario(
        "slot",
        "A run that waits, is woken and waits for a run slot, and a budget of one at a time",
        lambda url: [*workflows.waits("slot", url), *workflows.held("slot_busy", url)],
        effects=2,
        story=woken_run_waits_for_a_slot,
    ),
    Scenario(
        "cancel",
        "A cancel during a call",
        lambda url: [workflow("cancel", [post(url, of={"hold": True}), post(url, "never")])],
        effects=1,
        ends=("cancelled",),
        story=stories.cancelled_in_a_call,
    ),
    Scenario(
        "paused",
        "A pause during a call, and a resumption",
        lambda url: [workflow("paused", [post(url, of={"hold": True}), post(url, "then")])],
        effects=2,
        story=stories.paused_in_a_call,
    ),
    Scenario(
        "retried",
        "A run that failed, and the retry that takes its place",
        lambda url: [
            workflow(
                "retried",
                [
                    post(url, "first"),
                    post(url, "second", of={"refuse_until": True}, **ONCE),
                ],
            )
        ],
        effects=2,
        ends=("failed", "succeeded"),
        all_end=("failed", "succeeded"),
        story=stories.retried,
    ),
    Scenario(
        "replayed",
        "An event that is replayed",
        lambda url: [workflow("replayed", [post(url)])],
        effects=2,
        story=stories.replayed,
    ),
    Scenario(
        "approval",
        "`flow.approval`, approved by two people",
        lambda url: [workflow("approval", [ask(quorum=2), post(url)])],
        effects=1,
        story=lambda case: stories.people_decide(case, "approved", "approved"),
    ),
    Scenario(
        "rejection",
        "`flow.approval`, rejected, and its handler",
        lambda url: [workflow("rejection", [ask(on_failure="mend"), post(url, "mend")])],
        effects=1,
        story=lambda case: stories.people_decide(case, "rejected"),
    ),
    Scenario(
        "expiry_approves",
        "`flow.approval`, the end of its time approves",
        lambda url: [workflow("expiry_approves", [ask(expires_seconds=0.3, on_expiry="approved"), post(url)])],
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
