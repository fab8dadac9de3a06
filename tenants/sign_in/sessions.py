"""Stores the sessions of browsers in the database. The contents are encrypted. The keys are not stored.

Each method needs the scope of the authentication role. See docs/decisions/browser-sessions.md.
"""

from __future__ import annotations

import hashlib
import json
import uuid

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db import transaction
from django.db.models.functions import Now

from automate.kernel.errors import NormalizedError
from automate.vault.sealing import open_sealed, seal
from tenants.people import sign_ins
from tenants.sign_in import session_queries
from tenants.sign_in.models import Session


def digest_of(session_key: str) -> str:
    """Return the digest of a session's key: 64 hexadecimal characters."""
    return hashlib.sha256(sign_ins.proof_of_session(session_key).encode()).hexdigest()


class SessionStore(db.SessionStore):
    """The session of a browser. ``session_key`` is the key that the browser sent. This key can be unknown."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def exists(self, session_key: str) -> bool:
        return bool(Session.objects.filter(session_key=digest_of(session_key)).exists())

    def load(self) -> dict[str, object]:
        """Load the contents of the session. An unknown key gives an empty session."""
        key = self.session_key or ""
        row = Session.objects.filter(session_key=digest_of(key), expire_date__gt=Now()).first()
        if row is None:
            self._session_key = None
            return {}
        try:
            contents: dict[str, object] = json.loads(open_sealed(row.session_data, _place(row.session_key)))
        except (NormalizedError, ValueError):
            # The key of the seal is gone, or the row was changed manually: the person must sign in again.
            self._session_key = None
            return {}
        return contents

    def create_model_instance(self, data: dict[str, object]) -> Session:
        digest = digest_of(self._get_or_create_session_key())  # type: ignore[attr-defined] # of Django's base
        return Session(
            session_key=digest, session_data=seal(json.dumps(data), _place(digest)), expire_date=self.get_expiry_date()
        )

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        """Store the session. Raises CreateError if the session is new and another session already has the same key."""
        if self.session_key is None:
            self.create()
            return
        with transaction.atomic():
            super().save(must_create=must_create)
            user_id = self._get_session(no_load=must_create).get(SESSION_KEY)  # type: ignore[attr-defined] # of Django's base
            if user_id is not None:
                sign_ins.begin(uuid.UUID(user_id), self.session_key, self.get_expiry_date())

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is None:
            return
        with transaction.atomic():
            sign_ins.end(key)
            Session.objects.filter(session_key=digest_of(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        cls.get_model_class().objects.filter(expire_date__lt=Now()).delete()


def end_all(user_id: uuid.UUID, *, but: str | None = None) -> None:
    """End all sessions of a person. If ``but`` is the key of a session, this session does not end.

    Requires the scope of the authentication role.
    """
    kept = digest_of(but) if but else ""
    with transaction.atomic():
        session_queries.end_all(user_id, kept)


def _place(digest: str) -> str:
    # In another row, decryption fails.
    return f"browser session {digest}"
