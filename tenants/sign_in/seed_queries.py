"""Removes expired sessions, and encrypts second factors with the current key."""

from __future__ import annotations

import json

from django.db.backends.base.base import BaseDatabaseWrapper

from automate.kernel.tenancy import PUBLIC_SCHEMA, administering
from automate.vault.sealing import current_mark, resealed

PLACE = "totp seed"
"""The context of the seal. allauth's hook does not provide the person to whom the seed belongs."""
SEALED_KEYS = ("secret", "seed")
"""The keys in an authenticator's data: the seed of a TOTP, and the seed of recovery codes."""
AT_ONCE = 500

FORGET = """
DELETE FROM {table} WHERE {key} = ANY (ARRAY(SELECT {key} FROM {table} WHERE {expires} < now() LIMIT %s))
"""
EXPIRING = (("browser_session", "session_key", "expire_date"), ("sign_in", "id", "expires_at"))
OLDER = """
SELECT id, data::text FROM mfa_authenticator
WHERE data ?| ARRAY['secret', 'seed'] AND NOT starts_with(coalesce(data->>'secret', data->>'seed'), %s) LIMIT %s
"""
# Only if the seed has not changed in the meantime. The mask of used codes beside it stays.
RESEAL = "UPDATE mfa_authenticator SET data = jsonb_set(data, ARRAY[%s::text], to_jsonb(%s::text)) WHERE id = %s AND data->>%s::text = %s"


def forget_expired(connection: BaseDatabaseWrapper) -> int:
    """Remove some expired sessions, and return their number."""
    count = 0
    with administering(PUBLIC_SCHEMA), connection.cursor() as cursor:
        for table, key, expires in EXPIRING:
            cursor.execute(FORGET.format(table=table, key=key, expires=expires), [AT_ONCE])
            count += cursor.rowcount
    return count


def reseal_seeds(connection: BaseDatabaseWrapper) -> int:
    """Encrypt up to AT_ONCE second factors with the current key. Returns the number of encrypted values.

    Raises INTERNAL if a value cannot be decrypted, for example because its key is missing.
    """
    count = 0
    with administering(PUBLIC_SCHEMA), connection.cursor() as cursor:
        cursor.execute(OLDER, [current_mark(), AT_ONCE])
        for authenticator_id, text in cursor.fetchall():
            data = json.loads(text)
            for name in SEALED_KEYS:
                if isinstance(old := data.get(name), str):
                    cursor.execute(RESEAL, [name, resealed(old, PLACE), authenticator_id, name, old])
                    count += cursor.rowcount
    return count
