"""The SQL statements of the sweeper. Each batch of removals is one transaction."""

from __future__ import annotations

from automate.outbox.states import JOB_OPEN_SQL
from automate.recovery.transitions import LINE_LOCK
from automate.retention.lock_queries import EVENTS
from automate.runs.states import JOB_OF_RUN

BEGIN = """
SELECT set_config('automate.retention', 'on', true), set_config('synchronous_commit', 'off', true),
       set_config('lock_timeout', '200ms', true), set_config('statement_timeout', '5s', true)
"""
"""Declares that the owner removes rows for retention. Commits do not wait for the disk, because a removal that
is lost in a crash is repeated."""

OVER = "r.finished_at IS NOT NULL AND r.finished_at < %(before)s"
# Runs of a line share the keys of their effects, and a retry keeps steps of the run before it.
LINE = "coalesce(r.line_id, r.origin_id)"

# Runs that ended long enough ago, in the order of their ends. The last column is false while a transaction retries a run of
# the same line.
ENDED_RUNS = f"""
SELECT r.id, r.finished_at, r.event_id, {LINE}, pg_try_advisory_xact_lock({LINE_LOCK}, hashtext({LINE}::text))
FROM (SELECT * FROM execution_run r WHERE {OVER} AND (r.finished_at, r.id) > (%(at)s, %(after)s)
      ORDER BY r.finished_at, r.id LIMIT %(most)s) AS r
ORDER BY r.finished_at, r.id
"""
# A run of the same line is unfinished, or ended less long ago.
LINE_IN_USE = f"""EXISTS (
    SELECT 1 FROM execution_run o WHERE coalesce(o.line_id, o.origin_id) = {LINE} AND o.retry_of_id IS NOT NULL
      AND (o.finished_at IS NULL OR o.finished_at >= %(before)s))"""
# An open bulk operation has chosen its runs by a filter, and must find all of them.
BULK_AT_WORK = "EXISTS (SELECT 1 FROM bulk_operation WHERE finished_at IS NULL)"
FREE_RUNS = f"""
SELECT r.id FROM execution_run r
WHERE r.id = ANY (%(runs)s) AND {OVER} AND NOT {BULK_AT_WORK} AND NOT {LINE_IN_USE}
  AND NOT EXISTS (SELECT 1 FROM step_run p JOIN execution_run parent ON parent.id = p.run_id
                  WHERE p.id = r.parent_step_id AND parent.finished_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM step_run s JOIN execution_run child ON child.parent_step_id = s.id
                  WHERE s.run_id = r.id AND child.parent_step_id IS NOT NULL AND child.finished_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.run_id = r.id AND e.state = 'uncertain')
  AND NOT EXISTS (SELECT 1 FROM rule_window w WHERE w.run_id = r.id AND w.open)
  AND NOT EXISTS (SELECT 1 FROM public.outbox_job j WHERE j.id = {JOB_OF_RUN} AND j.state IN ({JOB_OPEN_SQL}))
FOR UPDATE OF r SKIP LOCKED
"""
# All runs of the lines of these runs. Their outputs and requests are removed together.
LINES_OF_RUNS = f"""
SELECT DISTINCT m.id FROM execution_run r
JOIN execution_run m ON m.id = {LINE} OR (coalesce(m.line_id, m.origin_id) = {LINE} AND m.retry_of_id IS NOT NULL) OR m.id = r.id
WHERE r.id = ANY (%(runs)s) AND {OVER} AND NOT {BULK_AT_WORK} AND NOT {LINE_IN_USE}
  AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.run_id = m.id AND e.state = 'uncertain')
"""

EVENTS_LOCKED = f"""
SELECT e.id FROM unnest(%(events)s::uuid[]) AS e (id) WHERE pg_try_advisory_xact_lock({EVENTS}, hashtext(e.id::text))
"""
# No open work needs the event.
UNUSED = f"""
NOT EXISTS (SELECT 1 FROM public.outbox_job j WHERE j.id = e.id AND j.state IN ({JOB_OPEN_SQL}))
  AND NOT EXISTS (SELECT 1 FROM rule_window w WHERE w.event_id = e.id AND w.open)
"""
FREE_EVENTS = f"""
SELECT e.id FROM event e
WHERE e.id = ANY (%(events)s) AND e.received_at < %(before)s AND {UNUSED}
  AND NOT EXISTS (SELECT 1 FROM execution_run r WHERE r.event_id = e.id)
"""
# No run of the event is unfinished, or ended less long ago.
DONE_EVENTS = f"""
SELECT e.id FROM event e
WHERE e.id = ANY (%(events)s) AND e.received_at < %(before)s AND {UNUSED}
  AND NOT EXISTS (SELECT 1 FROM execution_run r
                  WHERE r.event_id = e.id AND (r.finished_at IS NULL OR r.finished_at >= %(before)s))
"""
NEXT_EVENTS = "SELECT e.id FROM event e WHERE e.id > %(after)s AND e.id < %(below)s ORDER BY e.id LIMIT %(most)s"
NEXT_PAYLOADS = """
SELECT p.event_id FROM event_payload p WHERE p.event_id > %(after)s AND p.event_id < %(below)s ORDER BY p.event_id LIMIT %(most)s
"""
NEXT_MATCHES = """
SELECT m.id, m.event_id FROM rule_match m WHERE m.id > %(after)s AND m.id < %(below)s ORDER BY m.id LIMIT %(most)s
"""
NEXT_DELIVERIES = """
SELECT d.id FROM delivery d WHERE d.id > %(after)s AND d.id < %(below)s ORDER BY d.id LIMIT %(most)s
"""
NEXT_SENT = """
SELECT d.id FROM webhook_delivery d WHERE d.id > %(after)s AND d.id < %(below)s ORDER BY d.id LIMIT %(most)s
"""
NEXT_RESOLUTIONS = """
SELECT s.id FROM secret_resolution s WHERE s.id > %(after)s AND s.id < %(below)s ORDER BY s.id LIMIT %(most)s
"""

# Not compared with the columns of the primary key: the epoch is equal in nearly all rows, so the planner expects an
# empty range, reads all of it, and looks up the run of each row.
BEFORE_KEPT = "(epoch + 0, xid, id) < (%(epoch)s, %(xid)s, %(entry)s)"
REMOVE_LOG = (f"DELETE FROM run_log WHERE run_id = ANY (%(runs)s) AND {BEFORE_KEPT}",)
REMOVE_RUNS = (
    "DELETE FROM webhook_delivery USING effect e WHERE e.run_id = ANY (%(runs)s) AND webhook_delivery.key = e.key",
    "DELETE FROM effect WHERE run_id = ANY (%(runs)s)",
    "DELETE FROM approval_decision USING step_run s WHERE s.run_id = ANY (%(runs)s) AND approval_decision.approval_id = s.id",
    "DELETE FROM approval USING step_run s WHERE s.run_id = ANY (%(runs)s) AND approval.step_id = s.id",
    "DELETE FROM step_wait WHERE run_id = ANY (%(runs)s)",
    "DELETE FROM step_input WHERE run_id = ANY (%(runs)s)",
    *REMOVE_LOG,
    (
        "DELETE FROM public.outbox_job j USING execution_run r"
        f" WHERE r.id = ANY (%(runs)s) AND j.id = {JOB_OF_RUN} AND j.state NOT IN ({JOB_OPEN_SQL})"
    ),
    "DELETE FROM step_run WHERE run_id = ANY (%(runs)s)",
    "DELETE FROM execution_run WHERE id = ANY (%(runs)s)",
)
"""The order matters: rows that are found by means of another row are removed before the other row."""
REMOVE_EVENTS = (
    "DELETE FROM event_payload WHERE event_id = ANY (%(events)s)",
    "DELETE FROM event_search WHERE event_id = ANY (%(events)s)",
    "DELETE FROM decision WHERE event_id = ANY (%(events)s)",
    "DELETE FROM rule_match WHERE event_id = ANY (%(events)s)",
    f"DELETE FROM public.outbox_job WHERE id = ANY (%(events)s) AND state NOT IN ({JOB_OPEN_SQL})",
    "DELETE FROM event WHERE id = ANY (%(events)s)",
)
"""Keys of events stay until they expire, so that a late repeat starts nothing."""
REMOVE_PAYLOADS = (
    "DELETE FROM event_search WHERE event_id = ANY (%(events)s)",
    "DELETE FROM event_payload WHERE event_id = ANY (%(events)s)",
)
REMOVE_OUTPUTS = (
    "UPDATE step_run SET output = NULL WHERE run_id = ANY (%(runs)s) AND output IS NOT NULL",
    (
        "UPDATE effect SET request = '{\"input\": null}', resolution = resolution - 'output'"
        " WHERE run_id = ANY (%(runs)s) AND request <> '{\"input\": null}'"
    ),
    "UPDATE step_input SET input = '[]' WHERE run_id = ANY (%(runs)s) AND input <> '[]'",
    (
        "UPDATE step_wait SET outcome = '{\"output\": null}' WHERE run_id = ANY (%(runs)s) AND outcome ? 'output'"
        " AND outcome <> '{\"output\": null}'"
    ),
)
"""The rows stay. So the ledger still has the key, the state and the outcome of each call."""
REMOVE_DECISIONS = (
    "DELETE FROM decision WHERE event_id = ANY (%(events)s) AND decided_at < %(before)s",
    "DELETE FROM rule_match WHERE event_id = ANY (%(events)s) AND decided_at < %(before)s",
)
REMOVE_DELIVERIES = ("DELETE FROM delivery WHERE id = ANY (%(ids)s) AND received_at < %(before)s",)
# A person needs the row to decide about an uncertain effect.
REMOVE_SENT = (
    (
        "DELETE FROM webhook_delivery d WHERE d.id = ANY (%(ids)s) AND d.at < %(before)s"
        " AND NOT EXISTS (SELECT 1 FROM effect e LEFT JOIN execution_run r ON r.id = e.run_id"
        " WHERE e.key = d.key AND (e.state = 'uncertain' OR (r.id IS NOT NULL AND r.finished_at IS NULL)))"
    ),
)
REMOVE_RESOLUTIONS = (
    (
        "DELETE FROM secret_resolution s WHERE s.id = ANY (%(ids)s) AND s.at < %(before)s"
        " AND NOT EXISTS (SELECT 1 FROM execution_run r WHERE r.id = s.run_id)"
    ),
)
# Rows of the log whose run is removed. The last old row of a turn must stay, see ``kept_place``.
REMOVE_ORPHANS = """
DELETE FROM run_log l USING (SELECT epoch, xid, id, run_id FROM run_log ORDER BY epoch, xid, id LIMIT 500) AS oldest
WHERE (l.epoch, l.xid, l.id) = (oldest.epoch, oldest.xid, oldest.id)
  AND (oldest.epoch + 0, oldest.xid, oldest.id) < (%(epoch)s, %(xid)s, %(entry)s)
  AND NOT EXISTS (SELECT 1 FROM execution_run r WHERE r.id = oldest.run_id)
"""
