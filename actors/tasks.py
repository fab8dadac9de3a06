"""The actors of the worker, in the module where Dramatiq's workers look for an app's actors."""

from __future__ import annotations

from actors.advance_bulk import advance_bulk
from actors.advance_runs import advance_runs
from actors.backtest_rules import backtest_rules
from actors.close_windows import close_windows
from actors.index_events import index_events
from actors.mails.actors import notify_approvals, notify_invitations, send_mails, tell_notices
from actors.match_events import match_events
from actors.tick_schedules import tick_schedules

__all__ = [
    "advance_bulk",
    "advance_runs",
    "backtest_rules",
    "close_windows",
    "index_events",
    "match_events",
    "notify_approvals",
    "notify_invitations",
    "send_mails",
    "tell_notices",
    "tick_schedules",
]
