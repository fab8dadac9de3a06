"""Browsers that are signed in. The proof of a sign-in lets row-level security accept what the person manages."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tenants.people import transitions

REASON = "sign-ins"


def proof_of_session(session_key: str) -> str:
    """The proof of a session, 64 hexadecimal digits. Nothing leads from the proof back to the key."""
    return hashlib.sha256(f"session {session_key}".encode()).hexdigest()


def _stored(session_key: str) -> str:
    return hashlib.sha256(proof_of_session(session_key).encode()).hexdigest()


def begin(user_id: uuid.UUID, session_key: str, expires_at: datetime) -> None:
    """Note that a session belongs to a person until a time; again, to prolong it."""
    with acting_for_platform(REASON, AUTHENTICATION_ROLE):
        transitions.begin_sign_in(user_id, _stored(session_key), expires_at)


def end(session_key: str) -> None:
    """Forget one session."""
    with acting_for_platform(REASON, AUTHENTICATION_ROLE):
        transitions.end_sign_in(_stored(session_key))


def end_all(user_id: uuid.UUID) -> None:
    """Forget all sessions of a person."""
    with acting_for_platform(REASON, AUTHENTICATION_ROLE):
        transitions.end_sign_ins(user_id)
