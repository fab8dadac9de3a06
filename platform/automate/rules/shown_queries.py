"""Rules with only the columns that a reader needs. Rows are tuples, and ids are text."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from automate.kernel.queries import Wanted
from automate.kernel.sql import fetch

RULES = "rule_spec AS q"
BY_IDS = " WHERE q.id = ANY(%s)"
JOIN_WORKFLOW = " LEFT JOIN workflow AS {new} ON {new}.id = {old}.workflow_id"


def rules_shown(wanted: Wanted, ids: Sequence[uuid.UUID]) -> list[tuple[Any, ...]]:
    """The rules with these ids, in any order."""
    return fetch(wanted.of(RULES) + BY_IDS, [list(ids)])
