"""The bounds of what is taken in, kept and waited for, each with its unit. They are the same everywhere and fixed: docs/decisions/limits-are-fixed.md."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Limits:
    """run_output_bytes: outputs of one run together; a setting of the worker overrides it. template_read_bytes: large values that one
    expression or condition reads. for_each: items of one step. waiting_runs: of one tenant, begun and not ended, for each of them may wait at any time.
    source_per_second, source_burst: webhooks of one source, at most configured. text_characters: of event types, subjects and other
    labels, as wide as their columns. bulk_rate: items of one bulk operation a second. backtests_running, schedules: of one tenant.
    schedule_interval_seconds: between two ticks of an interval, at least. window_matches: that one key of a rule remembers.
    open_windows: of the rules of one tenant. throttled_runs: that wait for one key.
    tokens: of one tenant, neither revoked nor expired. members: of one tenant, with its open invitations.
    invitation_mails: of one tenant in 24 hours. event_types: of one tenant. filter_rows: of an index that one page reads.
    """

    event_bytes: int = MIB
    batch_events: int = 100
    json_depth: int = 64
    step_output_bytes: int = MIB
    run_output_bytes: int = 32 * MIB
    template_read_bytes: int = 4 * MIB
    steps_per_run: int = 1_000
    for_each: int = 10_000
    rule_depth: int = 20
    rule_nodes: int = 200
    rule_bytes: int = 8 * KIB
    workflow_bytes: int = 256 * KIB
    idempotency_key_characters: int = 255
    text_characters: int = 255
    name_characters: int = 200
    rule_priority: int = 2**31 - 1
    page_size: int = 100
    answer_payload_bytes: int = 8 * MIB
    default_page_size: int = 50
    wait_seconds: int = 366 * DAY_SECONDS
    causation_depth: int = 8
    waiting_runs: int = 20_000
    source_per_second: int = 10_000
    source_burst: int = 20_000
    bulk_items: int = 100_000
    bulk_rate: int = 1_000
    backtest_events: int = 500_000
    backtests_running: int = 2
    schedules: int = 1_000
    schedule_interval_seconds: int = 60
    window_matches: int = 1_000
    open_windows: int = 20_000
    throttled_runs: int = 10_000
    tokens: int = 1_000
    event_types: int = 1_000
    filter_rows: int = 20_000
    members: int = 2_500
    invitation_mails: int = 500


LIMITS = Limits()
