"""Browsers that are signed in. The proof of a sign-in lets row-level security accept what the person manages."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from automate.kernel.ids import new_id
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for_platform

BEGIN = """
INSERT INTO sign_in (id, user_id, proof, created_at, expires_at) VALUES (%s, %s, %s, now(), %s)
ON CONFLICT (proof) DO UPDATE SET expires_at = excluded.expires_at WHERE sign_in.user_id = excluded.user_id
"""
END = "DELETE FROM sign_in WHERE proof = %s"
END_ALL = "DELETE FROM sign_in WHERE user_id = %s"
REASON = "sign-ins"


def proof_of_session(session_key: str) -> str:
    """The proof of a session, 64 hexadecimal digits. Nothing leads from the proof back to the key."""
    return hashlib.sha256(f"session {session_key}".encode()).hexdigest()


def _stored(session_key: str) -> str:
    return hashlib.sha256(proof_of_session(session_key).encode()).hexdigest()


def begin(user_id: uuid.UUID, session_key: str, expires_at: datetime) -> None:
    """Note that a session belongs to a person until a time; again, to prolong it."""
    with acting_for_platform(REASON, AUTHENTICATION_ROLE):
        execute(BEGIN, [new_id(), user_id, _stored(session_key), expires_at])


def end(session_key: str) -> None:
    """Forget one session."""
    with acting_for_platform(REASON, AUTHENTICATION_ROLE):
        execute(END, [_stored(session_key)])


def end_all(user_id: uuid.UUID) -> None:
    """Forget all sessions of a person."""
    with acting_for_platform(REASON, AUTHENTICATION_ROLE):
        execute(END_ALL, [user_id])
