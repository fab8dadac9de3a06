"""The SQL that stores an operator's decision about an effect."""

from __future__ import annotations

from automate.effects.states import EFFECT_FAILED, EFFECT_UNCERTAIN
from automate.kernel.errors import Json
from automate.kernel.sql import as_set, execute

# A second decision changes no row. An effect that is to be repeated stays uncertain until a worker sends it.
RESOLVE = f"""
UPDATE effect SET resolution = %(said)s::jsonb || jsonb_build_object('at', now()), state = %(state)s, settled_at = now(),
    response_sha256 = %(digest)s, external_id = %(external_id)s, faults = CASE WHEN %(nothing)s THEN 0 ELSE faults END
WHERE key = %(key)s AND state = '{EFFECT_UNCERTAIN}' AND resolution IS NULL
"""


def resolve(key: str, said: dict[str, Json], *, state: str, digest: str, external_id: str) -> bool:
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
