"""Which events start which workflow, and what was decided for each event."""

from __future__ import annotations

import uuid

from django.db import models

from automate.kernel.models import Row, check
from automate.rules.backtests.states import MOVES, RUNNING
from automate.rules.windows.deciding import EPOCH
from automate.rules.windows.words import FOLLOWED, OUTCOMES, WINDOWED
from automate.workflows.models import Workflow


class RuleSpec(Row):
    """when: JsonLogic over ``type source subject payload headers occurred_at``. priority: higher is matched first.
    options: see ``windows.options``; empty where each match starts a run. enabled: whether it is asked at all.
    paused_at: since when what it starts waits; null while it does not."""

    slug = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    enabled = models.BooleanField(default=True)
    paused_at = models.DateTimeField(null=True)
    priority = models.IntegerField(default=0)
    when = models.JSONField()
    options = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="rules")
    revision = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "rule_spec"


class RuleSet(models.Model):
    """The one row that says which version of all rules is in force; each change of a rule raises it. kept_from: rules as they
    stood before it may have been forgotten."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=1)
    kept_from = models.BigIntegerField(default=0)

    class Meta:
        db_table = "rule_set"


class RuleHistory(models.Model):
    """A rule as it stood, from one version of the rule set until another; to_version: null while it stands. generation: the
    version since which it has meant the same, whatever it is called: what is kept of it over time counts anew with each.

    Written by a trigger on `rule_spec`, which raises the version as well. Kept as long as matches of its versions are, see ``retention``.
    """

    id = models.BigAutoField(primary_key=True)
    rule_id = models.UUIDField()
    slug = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    enabled = models.BooleanField()
    priority = models.IntegerField()
    when = models.JSONField()
    options = models.JSONField(default=dict)
    generation = models.BigIntegerField(default=1)
    workflow_id = models.UUIDField()
    from_version = models.BigIntegerField()
    to_version = models.BigIntegerField(null=True)

    class Meta:
        db_table = "rule_history"
        constraints = [
            models.UniqueConstraint(
                fields=["rule_id"], condition=models.Q(to_version__isnull=True), name="rule_history_one_stands"
            )
        ]
        indexes = [
            models.Index(fields=["rule_id", "from_version"], name="rule_history_rule"),
            models.Index(fields=["from_version"], name="rule_history_from"),
            models.Index(fields=["to_version"], name="rule_history_to"),
            models.Index(fields=["-priority", "rule_id"], name="rule_history_order", condition=models.Q(enabled=True)),
        ]


class RuleMatch(Row):
    """That an event was matched under one version of the rule set, which had so many rules. Written once, with the
    decisions of those rules that were evaluated; what the others said follows from the rules as they stood. Kept for 90 days,
    see ``retention``."""

    event_id = models.UUIDField()
    rule_set_version = models.BigIntegerField()
    rules = models.IntegerField()
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "rule_match"
        constraints = [models.UniqueConstraint(fields=["event_id", "rule_set_version"], name="rule_match_once")]


class Decision(Row):
    """What one rule said of one event, under one version of the rule set. Written once, for rules that were evaluated.

    run_id: of the run that the match started by itself. window_id: what took the match in otherwise; its run is the
    window's, if there ever is one."""

    event_id = models.UUIDField()
    rule_id = models.UUIDField()
    rule_set_version = models.BigIntegerField()
    verdict = models.CharField(max_length=16)
    reason = models.TextField(blank=True)
    path = models.JSONField(default=list)
    run_id = models.UUIDField(null=True)
    window_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "decision"
        constraints = [
            models.UniqueConstraint(fields=["event_id", "rule_id", "rule_set_version"], name="decision_once")
        ]


class RuleWindow(Row):
    """What a rule remembers of the matches of one key, for one of its options; see ``windows.deciding``.

    digest: of the key. shown: as people may see it. settings: the option as it stood at the last match. closes_at: when it
    lapses, or fires, by itself. times: of matches that count, in microseconds since 1970;
    of a debounce, that of event_id alone. since: of a count that was
    reached, when the first of its matches was received; before that, until when the one before it counted. matches: that
    it has taken in. waiting: runs that are queued. event_id, run_id: what it starts, or has started. job_id: the one job
    that is its timer. outcome: how it ended, or fired; empty before that. Of a key one is open, and of those that a timer
    fires, such as have closed and are still to fire. Kept for 90 days after its end, see ``retention``.
    """

    rule_id = models.UUIDField()
    generation = models.BigIntegerField()
    option = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    shown = models.CharField(max_length=120, blank=True)
    settings = models.JSONField()
    open = models.BooleanField(default=True)
    outcome = models.CharField(max_length=16, blank=True, default="")
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True)
    times = models.JSONField(default=list)
    matches = models.BigIntegerField(default=0)
    waiting = models.IntegerField(default=0)
    event_id = models.UUIDField(null=True)
    run_id = models.UUIDField(null=True)
    job_id = models.UUIDField(null=True)

    class Meta:
        db_table = "rule_window"
        constraints = [
            models.UniqueConstraint(
                "rule_id",
                "generation",
                "option",
                "digest",
                models.Case(
                    models.When(option__in=FOLLOWED, then="opened_at"),
                    default=models.Value(EPOCH, models.DateTimeField()),
                ),
                condition=models.Q(open=True),
                name="rule_window_one_open",
            ),
            check("rule_window_option_known", models.Q(option__in=WINDOWED)),
            check("rule_window_outcome_known", models.Q(outcome__in=OUTCOMES)),
        ]
        indexes = [
            models.Index(fields=["rule_id", "id"], name="rule_window_page"),
            models.Index(fields=["closes_at"], condition=models.Q(open=True), name="rule_window_lapses"),
            models.Index(fields=["closed_at"], condition=models.Q(open=False), name="rule_window_ended"),
            models.Index(fields=["run_id"], condition=models.Q(run_id__isnull=False), name="rule_window_run"),
        ]


NO_EVENT = uuid.UUID(int=0)


class ThrottledRun(models.Model):
    """A run that waits for its turn. place: when its event was received, in microseconds; by it, and by the id of the event, the
    queue of its window is in order. Rows of the release before count from 1, and are ahead of all others.
    """

    run_id = models.UUIDField(primary_key=True)
    window_id = models.UUIDField()
    place = models.BigIntegerField()
    event_id = models.UUIDField(default=NO_EVENT)

    class Meta:
        db_table = "throttled_run"
        indexes = [models.Index(fields=["window_id", "place", "event_id", "run_id"], name="throttled_run_order")]


class Backtest(Row):
    """A draft condition beside the live rule, over stored events, newest first.

    rule_id, live_when: the live rule, as it stood at the start; null where there is none yet. anchor, live_anchor: which of
    its necessary conditions each is found by among the tenant's rules; null for none. wanted: the filter of events, as JSON.
    most: how many are tested at most. floor_id: no event below it is looked at. count_id: above it events are counted.
    total: how many fit; null while they are counted, and found: so far. older: whether more do than are tested.
    cursor_id: above it events are tested, which are: tested. erased: those of them whose payload was asked for and is gone.
    tally: draft's verdict -> live verdict -> events.
    """

    state = models.CharField(max_length=16, default=RUNNING)
    rule_id = models.UUIDField(null=True)
    when = models.JSONField()
    live_when = models.JSONField(null=True)
    anchor = models.SmallIntegerField(null=True)
    live_anchor = models.SmallIntegerField(null=True)
    wanted = models.JSONField()
    most = models.IntegerField()
    floor_id = models.UUIDField()
    count_id = models.UUIDField()
    cursor_id = models.UUIDField()
    found = models.IntegerField(default=0)
    total = models.IntegerField(null=True)
    older = models.BooleanField(default=False)
    tested = models.IntegerField(default=0)
    erased = models.IntegerField(default=0)
    tally = models.JSONField(default=dict)
    error = models.JSONField(null=True)
    started_by = models.CharField(max_length=200)
    trace_id = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "backtest"
        indexes = [
            models.Index(fields=["finished_at"], condition=models.Q(finished_at__isnull=False), name="backtest_final"),
            models.Index(fields=["id"], condition=models.Q(state=RUNNING), name="backtest_running"),
        ]
        constraints = [
            check("backtest_state_known", models.Q(state__in=sorted(MOVES))),
            check(
                "backtest_finished_when_final",
                models.Q(state=RUNNING, finished_at__isnull=True)
                | (~models.Q(state=RUNNING) & models.Q(finished_at__isnull=False)),
            ),
        ]


class BacktestSample(Row):
    """One event of a kind of difference and verdict. live_verdict: empty where there is no live rule. reason, path: of the
    draft's verdict."""

    backtest_id = models.UUIDField()
    event_id = models.UUIDField()
    difference = models.CharField(max_length=24)
    verdict = models.CharField(max_length=16)
    live_verdict = models.CharField(max_length=16, blank=True)
    reason = models.TextField(blank=True)
    path = models.JSONField(default=list)

    class Meta:
        db_table = "backtest_sample"
        constraints = [models.UniqueConstraint(fields=["backtest_id", "event_id"], name="backtest_sample_once")]
