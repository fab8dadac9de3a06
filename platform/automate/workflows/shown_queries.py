"""Parts of SQL queries that join workflows and their current versions."""

from __future__ import annotations

JOIN_WORKFLOW = " LEFT JOIN workflow AS {new} ON {new}.id = {old}.workflow_id"
JOIN_CURRENT = " LEFT JOIN workflow_version AS {new} ON {new}.id = {old}.current_version_id"
