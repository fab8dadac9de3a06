"""The limits of the platform, each with its unit. No setting changes them.

See docs/decisions/limits-are-fixed.md.
"""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Limits:
    """All limits of the platform."""

    event_bytes: int = MIB
    batch_events: int = 100
    json_depth: int = 64
    step_output_bytes: int = MIB
    run_output_bytes: int = 32 * MIB
    """All outputs of one run. A setting of the worker overrides the limit."""
    template_read_bytes: int = 4 * MIB
    """Large values that one expression or condition reads."""
    steps_per_run: int = 1_000
    for_each: int = 10_000
    """Items of one ``flow.for_each`` step."""
    rule_depth: int = 20
    rule_nodes: int = 200
    rule_bytes: int = 8 * KIB
    workflow_bytes: int = 256 * KIB
    idempotency_key_characters: int = 255
    text_characters: int = 255
    """The length of event types, subjects and other labels; their columns have this width."""
    name_characters: int = 200
    rule_priority: int = 2**31 - 1
    page_size: int = 100
    answer_payload_bytes: int = 8 * MIB
    default_page_size: int = 50
    wait_seconds: int = 366 * DAY_SECONDS
    causation_depth: int = 8
    waiting_runs: int = 20_000
    """Open runs of one tenant, because each of them can wait at any time."""
    source_per_second: int = 10_000
    """Webhooks of one source in a second: the maximum of its setting."""
    source_burst: int = 20_000
    """Webhooks of one source in a burst: the maximum of its setting."""
    bulk_items: int = 100_000
    bulk_rate: int = 1_000
    """Items of one bulk operation in a second."""
    backtest_events: int = 500_000
    backtests_running: int = 2
    """Concurrent backtests of one tenant."""
    schedules: int = 1_000
    """Schedules of one tenant."""
    schedule_interval_seconds: int = 60
    """The minimum between two ticks of an interval."""
    window_matches: int = 1_000
    """Matches that one key of a rule remembers."""
    open_windows: int = 20_000
    """Open windows of all rules of one tenant."""
    throttled_runs: int = 10_000
    """Runs that wait for one key."""
    tokens: int = 1_000
    """Active tokens of one tenant."""
    event_types: int = 1_000
    """Event types of one tenant."""
    filter_rows: int = 20_000
    """Index rows that one page, or one count, of events or runs reads."""
    members: int = 2_500
    """Members of one tenant, with its open invitations."""
    invitation_mails: int = 500
    """Mails of invitations by one tenant in 24 hours."""


LIMITS = Limits()
