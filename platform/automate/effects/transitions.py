"""The SQL that stores an operator's decision about an effect, and that ends reservations of calls."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.budgets.reservations import Reservation, reservation_of
from automate.effects.states import EFFECT_FAILED, EFFECT_UNCERTAIN
from automate.kernel.json_text import value_of
from automate.kernel.json_values import JsonValue, as_object
from automate.kernel.sql import as_set, execute, fetch

# A second decision changes no row. An effect that is to be repeated stays uncertain until a worker sends it.
RESOLVE = f"""
UPDATE effect SET resolution = %(said)s::jsonb || jsonb_build_object('at', now()), state = %(state)s, settled_at = now(),
    response_sha256 = %(digest)s, external_id = %(external_id)s, faults = CASE WHEN %(nothing)s THEN 0 ELSE faults END
WHERE key = %(key)s AND state = '{EFFECT_UNCERTAIN}' AND resolution IS NULL
"""
END_RESERVATIONS = """
UPDATE effect t SET reserved = NULL FROM json_to_recordset(%s::json) AS m (key text)
WHERE t.key = m.key AND t.reserved IS NOT NULL
"""
TAKE_RESERVATIONS = """
WITH held AS (
    SELECT key, reserved FROM effect WHERE run_id = ANY (%s) AND reserved IS NOT NULL FOR UPDATE
), taken AS (UPDATE effect e SET reserved = NULL FROM held h WHERE e.key = h.key)
SELECT reserved::text FROM held
"""


def take_reservations(run_ids: Sequence[uuid.UUID]) -> list[Reservation]:
    """Remove the reservations of runs that fail while no worker has claimed them, and return the reservations.

    The caller must settle the returned reservations in the budgets.
    """
    return [reservation_of(as_object(value_of(text))) for (text,) in fetch(TAKE_RESERVATIONS, [list(run_ids)])]


def resolve(key: str, said: dict[str, JsonValue], *, state: str, digest: str, external_id: str) -> bool:
    """Store an operator's decision. Returns False if the effect is already resolved.

    ``said`` is ``{how, output, reason, by}``.
    """
    parameters = {
        "key": key,
        "said": as_set([said])[1:-1],
        "state": state,
        "nothing": state == EFFECT_FAILED,
        "digest": digest,
        "external_id": external_id,
    }
    return execute(RESOLVE, parameters) == 1
