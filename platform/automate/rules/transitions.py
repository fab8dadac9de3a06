"""Deletes old matches of rules, and old entries in the history of rules."""

from __future__ import annotations

from automate.kernel.ids import ids_around
from automate.kernel.sql import execute, fetch
from automate.kernel.transactions import require_transaction

# One process at a time works for a tenant; all others skip it.
FORGETTING = 0x666F7267
TRY = f"SELECT pg_try_advisory_xact_lock({FORGETTING}, hashtext(current_schema()))"
CUTOFF = "SELECT now() - make_interval(secs => %s)"
FORGET_MATCHES = """
DELETE FROM rule_match WHERE id = ANY (ARRAY(
    SELECT id FROM rule_match WHERE id < %s AND decided_at < %s ORDER BY id LIMIT %s))
"""
# First records from which version the history is complete. Processes that know an older version read all rules again.
RAISE_KEPT_FROM = """
UPDATE rule_set SET kept_from = oldest.version
FROM (SELECT min(rule_set_version) AS version FROM
      (SELECT rule_set_version FROM rule_match ORDER BY id LIMIT %s) AS first) AS oldest
WHERE rule_set.kept_from < oldest.version
"""
FORGET_HISTORY = """
DELETE FROM rule_history WHERE id = ANY (ARRAY(
    SELECT h.id FROM rule_history h, rule_set s WHERE h.to_version <= s.kept_from ORDER BY h.to_version LIMIT %s))
"""


def forget(kept_seconds: float, *, matches: int, rules: int, oldest: int) -> int:
    """Delete old matches. Also delete rule history that no match needs. Returns the number of deleted matches.

    Requires a transaction.
    """
    require_transaction()
    if fetch(TRY) != [(True,)]:
        return 0
    ((cutoff,),) = fetch(CUTOFF, [kept_seconds])
    gone = execute(FORGET_MATCHES, [ids_around(cutoff)[1], cutoff, matches])
    execute(RAISE_KEPT_FROM, [oldest])
    execute(FORGET_HISTORY, [rules])
    return gone
