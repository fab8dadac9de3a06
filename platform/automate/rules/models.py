"""Rules: which events start which workflow, and the decision for each event."""

from __future__ import annotations

import uuid

from django.db import models

from automate.kernel.models import RevisedRow, Row, check
from automate.rules.backtests.states import MOVES, RUNNING
from automate.rules.windows.deciding import EPOCH
from automate.rules.windows.words import FOLLOWED, OUTCOMES, WINDOWED
from automate.workflows.models import Workflow


class RuleSpec(RevisedRow):
    """A rule: a condition on events, and the workflow that a match starts."""

    slug = models.CharField(
        max_length=64, unique=True, help_text="The name in URLs and references. It is unique in the tenant."
    )
    name = models.CharField(max_length=200, help_text="The name that people see.")
    enabled = models.BooleanField(
        default=True, help_text="Whether the rule is enabled, so that events are matched against it."
    )
    paused_at = models.DateTimeField(
        null=True,
        help_text="The time at which the rule was paused. While it is paused, its runs wait to begin. Null otherwise.",
    )
    priority = models.IntegerField(default=0, help_text="Rules with a higher priority are matched first.")
    when = models.JSONField(
        help_text="The condition, in JsonLogic over type, source, subject, payload, headers and occurred_at."
    )
    options = models.JSONField(
        default=dict, help_text="How often, and when, matches start runs. Null: each match starts a run at once."
    )
    """See ``windows.options``."""
    warnings = models.JSONField(
        default=list, help_text="Warnings about the condition, found when the rule was last saved."
    )
    workflow = models.ForeignKey(
        Workflow, on_delete=models.PROTECT, related_name="rules", help_text="The workflow that a match starts."
    )

    class Meta:
        db_table = "rule_spec"


class RuleSet(models.Model):
    """The version of the tenant's rules, in a table of one row. Each change of a rule raises the version."""

    id = models.SmallIntegerField(primary_key=True, default=1, help_text="The row's UUIDv7, which rises with time.")
    version = models.BigIntegerField(
        default=1, help_text="The number of the last change. The tenant's rules are numbered together."
    )
    kept_from = models.BigIntegerField(default=0, help_text="Copies of rules from before this version may be deleted.")
    """The history of rules can be incomplete before this version."""

    class Meta:
        db_table = "rule_set"


class RuleHistory(models.Model):
    """The values that a rule had between two versions of the rule set. A trigger on ``rule_spec`` writes these rows."""

    id = models.BigAutoField(primary_key=True, help_text="The row's UUIDv7, which rises with time.")
    rule_id = models.UUIDField(help_text="The rule.")
    slug = models.CharField(max_length=64, help_text="The rule's slug at that version.")
    name = models.CharField(max_length=200, help_text="The rule's name at that version.")
    enabled = models.BooleanField(help_text="Whether the rule was enabled at that version.")
    priority = models.IntegerField(help_text="The rule's priority at that version.")
    when = models.JSONField(help_text="The condition at that version.")
    options = models.JSONField(default=dict, help_text="The options at that version.")
    generation = models.BigIntegerField(
        default=1, help_text="The version from which on the rule has had the same effect."
    )
    """A change of the name alone keeps the generation. A new generation begins with new windows."""
    workflow_id = models.UUIDField(help_text="The workflow.")
    from_version = models.BigIntegerField(
        help_text="The first version of the rule set in which the rule had this form."
    )
    to_version = models.BigIntegerField(
        null=True,
        help_text="The first version of the rule set in which the rule no longer had this form. Null for the "
        "current form.",
    )

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
    """Records that an event was matched with one version of the rule set. Rows are deleted after 90 days."""

    event_id = models.UUIDField(help_text="The event.")
    rule_set_version = models.BigIntegerField(help_text="The version of the rule set.")
    rules = models.IntegerField(help_text="The number of rules that were enabled.")
    decided_at = models.DateTimeField(help_text="The time at which the event was matched.")

    class Meta:
        db_table = "rule_match"
        constraints = [models.UniqueConstraint(fields=["event_id", "rule_set_version"], name="rule_match_once")]


class Decision(Row):
    """The result of evaluating one rule on one event. The row never changes."""

    event_id = models.UUIDField(help_text="The event.")
    rule_id = models.UUIDField(help_text="The rule.")
    rule_set_version = models.BigIntegerField(
        help_text="The version of the tenant's rules with which the event was matched."
    )
    verdict = models.CharField(max_length=16, help_text="Whether the rule matched the event.")
    reason = models.TextField(blank=True, help_text="The reason for the verdict, as a sentence.")
    path = models.JSONField(
        default=list, help_text="The path of the part of the condition that decided the verdict, outermost part first."
    )
    run_id = models.UUIDField(null=True, help_text="The run that the match started at once. Null without one.")
    window_id = models.UUIDField(null=True, help_text="The window that accepted the match.")
    decided_at = models.DateTimeField(help_text="The time of the decision.")

    class Meta:
        db_table = "decision"
        indexes = [
            models.Index(fields=["rule_id", "event_id"], condition=models.Q(verdict="matched"), name="decision_of_rule")
        ]
        constraints = [
            models.UniqueConstraint(fields=["event_id", "rule_id", "rule_set_version"], name="decision_once")
        ]


class RuleWindow(Row):
    """The state of one option of a rule, such as a count of matches. Each key has a separate state."""

    rule_id = models.UUIDField(help_text="The rule.")
    generation = models.BigIntegerField(
        help_text="The version of the rule set from which on the rule has had the same effect."
    )
    option = models.CharField(max_length=16, help_text="The option of the rule that the window belongs to.")
    digest = models.CharField(max_length=64, help_text="A checksum of the key, by which the row is found.")
    """Computed from the key."""
    shown = models.CharField(
        max_length=120,
        blank=True,
        help_text="The redacted key of the matches. Null if all matches of the rule are counted together.",
    )
    settings = models.JSONField(help_text="The option in its form at the last match.")
    open = models.BooleanField(default=True, help_text="Whether the window still accepts matches.")
    outcome = models.CharField(
        max_length=16, blank=True, default="", help_text="How the window ended. Null before its end."
    )
    opened_at = models.DateTimeField(help_text="The time of the first match.")
    closes_at = models.DateTimeField(
        help_text="The time at which the window starts a run or expires, if no further match comes."
    )
    closed_at = models.DateTimeField(null=True, help_text="The time of the end. Null while the window is open.")
    since = models.DateTimeField(null=True, help_text="Matches count from this time on.")
    """After a count was reached: the receipt of its first match. Before that: the end of the previous count."""
    times = models.JSONField(default=list, help_text="The times of the counted matches, in microseconds since 1970.")
    """For a debounce, the list contains only the time of ``event_id``."""
    matches = models.BigIntegerField(
        default=0, help_text="The number of accepted matches. For a throttle, the number of matches that had to wait."
    )
    waiting = models.IntegerField(default=0, help_text="For a throttle: how many runs wait for their turn.")
    event_id = models.UUIDField(null=True, help_text="The event of the run that the window starts.")
    run_id = models.UUIDField(null=True, help_text="The run that the window started.")
    job_id = models.UUIDField(null=True, help_text="The OutboxJob that is the window's timer.")

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
    """A run in the queue of a throttle."""

    run_id = models.UUIDField(primary_key=True, help_text="The run.")
    window_id = models.UUIDField(help_text="The window.")
    place = models.BigIntegerField(
        help_text="The time at which the run's event was received, in microseconds since 1970."
    )
    """Rows of the previous release have small numbers that start at 1. So these rows come first."""
    event_id = models.UUIDField(default=NO_EVENT, help_text="The event.")

    class Meta:
        db_table = "throttled_run"
        indexes = [models.Index(fields=["window_id", "place", "event_id", "run_id"], name="throttled_run_order")]


class Backtest(Row):
    """A backtest: a draft condition and the live rule are evaluated on stored events, the newest event first."""

    state = models.CharField(max_length=16, default=RUNNING, help_text="The state of the backtest.")
    rule_id = models.UUIDField(null=True, help_text="The live rule. Null without one.")
    when = models.JSONField(help_text="The condition to test.")
    live_when = models.JSONField(
        null=True, help_text="The live rule's condition at the start of the backtest. Null without a live rule."
    )
    anchor = models.SmallIntegerField(
        null=True, help_text="The number of the necessary condition under which the index finds the draft."
    )
    """The condition is chosen among the necessary conditions of ``when``. Null if ``when`` has none."""
    live_anchor = models.SmallIntegerField(
        null=True, help_text="The number of the necessary condition under which the index finds the live rule."
    )
    """The condition is chosen among the necessary conditions of ``live_when``. Null if ``live_when`` has none."""
    wanted = models.JSONField(help_text="The filter of events.")
    most = models.IntegerField(help_text="The maximum number of tested events.")
    floor_id = models.UUIDField(help_text="The lowest id of the events to test. Older events are not tested.")
    count_id = models.UUIDField(help_text="The position of counting. Events above this id have been counted.")
    cursor_id = models.UUIDField(help_text="The position of testing. Events above this id have been tested.")
    found = models.IntegerField(default=0, help_text="How many events have been counted so far.")
    total = models.IntegerField(null=True, help_text="The number of events to test. Null until they have been counted.")
    older = models.BooleanField(default=False, help_text="Whether the filter matches more events than are tested.")
    tested = models.IntegerField(default=0, help_text="How many events have been tested so far.")
    erased = models.IntegerField(
        default=0, help_text="The number of tested events whose payload was erased. The conditions read null instead."
    )
    tally = models.JSONField(
        default=dict, help_text="The number of events for each pair of the draft's and the live rule's verdict."
    )
    """draft's verdict -> live verdict -> number of events"""
    error = models.JSONField(null=True, help_text="The error that ended the backtest early. Null without one.")
    started_by = models.CharField(max_length=200, help_text="The name of the caller who started the backtest.")
    trace_id = models.CharField(
        max_length=32,
        help_text="The trace id: 32 hexadecimal digits. Logs, errors and audit entries of the same work share it.",
    )
    created_at = models.DateTimeField(help_text="The time of the start.")
    finished_at = models.DateTimeField(null=True, help_text="The time of the end. Null before the end.")

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
    """An example of a difference between the draft and the live rule: one event and its two verdicts."""

    backtest_id = models.UUIDField(help_text="The backtest.")
    event_id = models.UUIDField(help_text="The event.")
    difference = models.CharField(max_length=24, help_text="How the draft changes the verdict about the event.")
    verdict = models.CharField(max_length=16, help_text="The draft's verdict.")
    live_verdict = models.CharField(
        max_length=16, blank=True, help_text="The live rule's verdict. Null without a live rule."
    )
    reason = models.TextField(
        blank=True,
        help_text="The reason for the draft's verdict, as a sentence. Values of sensitive fields are not shown.",
    )
    path = models.JSONField(
        default=list, help_text="The path of the part of the draft that decided the verdict, outermost part first."
    )

    class Meta:
        db_table = "backtest_sample"
        constraints = [models.UniqueConstraint(fields=["backtest_id", "event_id"], name="backtest_sample_once")]
