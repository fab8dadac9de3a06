"""The kinds and states of notices, as the database stores them. This module imports no Django."""

from __future__ import annotations

FAILURE, DIGEST, APPROVAL, BUDGET, HOST, FAILING = "failure", "digest", "approval", "budget", "host", "failing"
KINDS = (FAILURE, DIGEST, APPROVAL, BUDGET, HOST, FAILING)
PLANNED, NOTIFIED, DROPPED, MUTED = "planned", "told", "dropped", "muted"
STATES = (PLANNED, NOTIFIED, DROPPED, MUTED)
