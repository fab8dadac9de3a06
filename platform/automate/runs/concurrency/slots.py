"""The slots of concurrency keys. A slot is a database row of one run. The run holds a key, or waits for a key.

To avoid deadlocks, a transaction locks keys before jobs. A worker locks keys without waiting. If a key is locked, the
worker rolls back.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from automate.kernel.json_values import as_text
from automate.kernel.large import turn_of
from automate.runs.concurrency import claims
from automate.runs.work import HeldRun
from automate.workflows.keys import key_text, shown_key


class KeysBusyError(Exception):
    """Another transaction has locked a key. Roll back, call ``lock`` with the ``digests``, and start again."""

    def __init__(self, digests: Collection[str]) -> None:
        super().__init__("a concurrency key is locked by another transaction")
        self.digests = frozenset(digests)


@dataclass(frozen=True)
class ConcurrencyKey:
    digest: str
    """Checksum of tenant, workflow and key."""
    shown: str
    """The key in the form that people see."""


def key_of(tenant_id: uuid.UUID, run: HeldRun) -> ConcurrencyKey | None:
    """Return the concurrency key of a run. Return None if the workflow has no key.

    Raises NormalizedError if the template of the key fails.
    """
    template, concurrency = run.version.key, run.version.definition.concurrency
    if template is None or concurrency is None:
        return None
    with turn_of(run):
        value = template.render(run.seen())["input"]
    text = key_text(concurrency.key, value, called="concurrency", path=("concurrency", "key"))
    digest = hashlib.sha256(f"{tenant_id}\n{run.version.workflow_id}\n{text}".encode()).hexdigest()
    shown = shown_key(concurrency.key, text)
    return ConcurrencyKey(digest, shown if run.hider is None else run.hider.scrub_text(shown))


def lock(digests: Collection[str], *, wait: bool) -> None:
    """Lock concurrency keys until the transaction ends.

    Raises KeysBusyError if ``wait`` is False and another transaction has locked a key.
    """
    if not digests:
        return
    locks = sorted(int.from_bytes(bytes.fromhex(digest)[:8], "big", signed=True) for digest in digests)
    if wait:
        claims.lock(locks)
    elif not claims.try_lock(locks):
        raise KeysBusyError(digests)


def lock_of(run_ids: Sequence[uuid.UUID], *, wait: bool) -> set[str]:
    """Lock the concurrency keys of these runs. Returns the digests of the keys."""
    digests = claims.digests_of(run_ids) if run_ids else set()
    lock(digests, wait=wait)
    return digests


def release(run_ids: Sequence[uuid.UUID], *, wait: bool = False) -> bool:
    """Release the slots of ended runs, and wake the next runs. Returns whether a run was woken."""
    digests = lock_of(run_ids, wait=wait)
    return bool(digests and claims.leave(run_ids) and hand_over(digests))


def hand_over(digests: Collection[str], *, in_hand: Collection[uuid.UUID] = ()) -> bool:
    """Give the free slots of concurrency keys to waiting runs. Return whether a run was woken.

    The transaction must have locked these keys.
    """
    taken = [run_id for run_id in claims.hand_over(digests) if run_id not in in_hand]
    return bool(taken and claims.wake(taken))


def as_arrival(run: HeldRun, key: ConcurrencyKey) -> claims.Arrival:
    concurrency, event = run.version.definition.concurrency, run.event
    assert concurrency is not None and event is not None, "the run has a key"  # noqa: S101, PT018 - narrows the types
    return claims.Arrival(
        run.id, key.digest, as_text(event["id"]), as_text(event["received_at"]), key.shown, concurrency.limit
    )
