"""Slots of concurrency keys: how many runs of one workflow and key may go on, in which order, and who is next.

A slot is a row, from the moment that a run first asks for its key until its final state. One that ends hands its slot to
who came first of those that wait, in its own transaction: nobody who comes later can take it in between, and nobody who waits is
forgotten. Whoever does either holds the key's lock.

Keys are locked before jobs, in one order, so that nobody waits in a circle. A worker learns only from what it reads
under the fence which keys it needs; there it takes them without waiting, and where one is taken it begins anew with that
one: see ``KeysBusyError``.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from automate.kernel.large import turn_of
from automate.runs.concurrency import claims
from automate.runs.work import RunState
from automate.workflows.keys import key_text, shown_key


class KeysBusyError(Exception):
    """Somebody else has a key's lock. Let the transaction go, and begin it anew with ``lock`` of these."""

    def __init__(self, digests: Collection[str]) -> None:
        super().__init__("a concurrency key is locked by another transaction")
        self.digests = frozenset(digests)


@dataclass(frozen=True)
class Key:
    """digest: of tenant, workflow and key, which is what it is known by. shown: as people may see it."""

    digest: str
    shown: str


def key_of(tenant_id: uuid.UUID, run: RunState) -> Key | None:
    """The key that a run needs a slot of; None where its workflow has none. Raises NormalizedError."""
    template, concurrency = run.version.key, run.version.definition.concurrency
    if template is None or concurrency is None:
        return None
    with turn_of(run):
        value = template.render(run.seen())["input"]
    text = key_text(concurrency.key, value, called="concurrency", path=("concurrency", "key"))
    digest = hashlib.sha256(f"{tenant_id}\n{run.version.workflow_id}\n{text}".encode()).hexdigest()
    shown = shown_key(concurrency.key, text)
    return Key(digest, shown if run.hider is None else run.hider.scrub_text(shown))


def lock(digests: Collection[str], *, wait: bool) -> None:
    """Take the locks of keys for this transaction. wait: only where it holds no job yet. Raises KeysBusyError."""
    if not digests:
        return
    locks = sorted(int.from_bytes(bytes.fromhex(digest)[:8], "big", signed=True) for digest in digests)
    if wait:
        claims.lock(locks)
    elif not claims.try_lock(locks):
        raise KeysBusyError(digests)


def lock_of(run_ids: Sequence[uuid.UUID], *, wait: bool) -> set[str]:
    """Take the locks of the keys that runs hold or wait for. Returns these keys."""
    digests = claims.digests_of(run_ids) if run_ids else set()
    lock(digests, wait=wait)
    return digests


def release(run_ids: Sequence[uuid.UUID], *, wait: bool = False) -> bool:
    """Take runs that ended out of their keys, and let the next ones go on. Whether any was woken."""
    digests = lock_of(run_ids, wait=wait)
    return bool(digests and claims.leave(run_ids) and hand_over(digests))


def hand_over(digests: Collection[str], *, in_hand: Collection[uuid.UUID] = ()) -> bool:
    """Give slots that are free to who waits for these keys, which are locked. in_hand: runs that need no wake-up.
    Whether any was woken.
    """
    taken = [run_id for run_id in claims.hand_over(digests) if run_id not in in_hand]
    return bool(taken and claims.wake(taken))


def as_arrival(run: RunState, key: Key) -> claims.Arrival:
    concurrency: Any = run.version.definition.concurrency
    event: Any = run.event
    return claims.Arrival(run.id, key.digest, event["id"], event["received_at"], key.shown, concurrency.limit)
