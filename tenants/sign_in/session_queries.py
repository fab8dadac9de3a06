"""Deletes the sessions of a person."""

from __future__ import annotations

import uuid

from automate.kernel.sql import execute

END_ALL = """
DELETE FROM browser_session WHERE session_key IN (SELECT proof FROM sign_in WHERE user_id = %s) AND session_key <> %s
"""
FORGET_SIGN_INS = "DELETE FROM sign_in WHERE user_id = %s AND proof <> %s"


def end_all(user_id: uuid.UUID, kept: str) -> None:
    """Delete the sessions of a person, except the session with the digest ``kept``. Requires a transaction."""
    execute(END_ALL, [user_id, kept])
    execute(FORGET_SIGN_INS, [user_id, kept])
