"""The sessions of browsers."""

from __future__ import annotations

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Session(AbstractBaseSession):
    """A session of a browser, whether or not a person is signed in."""

    # sha256 hex of the key in the browser's cookie, as in ``people.sign_ins``. The table holds no key.
    session_key = models.CharField(max_length=64, primary_key=True, help_text="The digest of the session's key.")
    # Sealed for this row by ``vault.sealing``: it may hold the seed of an unconfirmed TOTP.
    session_data = models.TextField(help_text="The signed content of the session.")

    class Meta:
        db_table = "browser_session"

    @classmethod
    def get_session_store_class(cls) -> type:
        from tenants.sign_in.sessions import SessionStore  # noqa: PLC0415 - the store needs this model

        return SessionStore
