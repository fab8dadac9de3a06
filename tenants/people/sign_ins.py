"""Records which browsers are signed in.

A proof is computed from the key of a browser's session. The signed-in person needs this proof to change
members and tokens.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from tenants.people import transitions

REASON = "sign-ins"


def proof_of_session(session_key: str) -> str:
    """Return the proof of a session key: 64 hexadecimal characters. The key cannot be computed from the proof."""
    return hashlib.sha256(f"session {session_key}".encode()).hexdigest()


def _stored(session_key: str) -> str:
    return hashlib.sha256(proof_of_session(session_key).encode()).hexdigest()


def begin(user_id: uuid.UUID, session_key: str, expires_at: datetime) -> None:
    """Record that a session belongs to a person until ``expires_at``."""
    with acting_for_platform(REASON, AUTHENTICATION_ROLE):
        transitions.begin_sign_in(user_id, _stored(session_key), expires_at)


def end(session_key: str) -> None:
    """Delete the record of one signed-in session."""
    with acting_for_platform(REASON, AUTHENTICATION_ROLE):
        transitions.end_sign_in(_stored(session_key))


def end_all(user_id: uuid.UUID) -> None:
    """Delete the records of all signed-in sessions of a person."""
    with acting_for_platform(REASON, AUTHENTICATION_ROLE):
        transitions.end_sign_ins(user_id)
