"""Counts actions that can come in floods, such as uses of refused tokens. Only the counts become audit entries.

Each process writes its counts once a second. Once a minute, the scheduler makes audit entries from the counts.
See docs/decisions/floods-are-counted.md.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import Error, connection

from automate.audit.tally_queries import TallyRow, write_tallies
from automate.kernel.addresses import network_of
from automate.kernel.last_writes import write_last
from automate.kernel.principals import SYSTEM, Principal
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform, current_tenant
from automate.kernel.transactions import in_transaction, require_transaction

log = structlog.get_logger(__name__)

WRITE_SECONDS = 1.0
"""Seconds of counts that a killed process can lose."""
SAME_SECONDS = 60.0
MOST_APART = 100
"""Principals or addresses that one process distinguishes within SAME_SECONDS, for a tenant and action. Others are counted together."""
MOST_COUNTS = 16_384
"""Maximum number of counts in one process. Beyond it, new counts of a tenant and action are merged."""
MOST_ADDRESSES = 10
"""Maximum number of addresses in one count."""
FURTHER = "further"
"""Replaces the principal or address in merged counts."""


@dataclass(frozen=True)
class TalliedAction:
    """An action that is only counted. The audit record has one entry for actions of the same reason and ``who``."""

    action: str
    """``noun.verb``."""
    tenant_id: uuid.UUID | None
    """The tenant of the record; None for the platform's."""
    actor: Principal = SYSTEM
    reason: str = ""
    """A short code. Different reasons are counted separately."""
    address: str = ""
    """Of the client; empty if unknown."""
    object_kind: str = "address"
    """The fields ``object_*`` name the affected object. By default, it is the address."""
    object_id: str = ""
    object_label: str = ""
    counted_for: str = ""

    @property
    def who(self) -> str:
        """The value for which the action is counted: the id of the principal, or the network of the client."""
        return self.counted_for or self.actor.id or network_of(self.address)[:64] or self.object_id[:64]


Key = tuple[uuid.UUID | None, str, str, str]


@dataclass
class ActionCount:
    """Counts actions that have the same reason and ``who``, and collects the addresses of their clients."""

    act: TalliedAction
    """The first one."""
    times: int = 0
    addresses: set[str] = field(default_factory=set)
    """At most MOST_ADDRESSES addresses of clients."""

    def add(self, times: int, addresses: set[str]) -> None:
        self.times += times
        for address in addresses:
            if len(self.addresses) < MOST_ADDRESSES:
                self.addresses.add(address)


class Tallies:
    """The counts of actions in one process. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._known_since = clock()
        self._known: dict[tuple[uuid.UUID | None, str], set[str]] = defaultdict(set)
        self.counts: dict[Key, ActionCount] = {}

    def note(self, act: TalliedAction, times: int = 1) -> None:
        """Count an action in memory."""
        address = network_of(act.address)[:64]
        with self._lock:
            self._add(act, self._distinguished(act), times, {address} if address else set())
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_writing, name="audit-tallies", daemon=True)
                self._thread.start()

    def write(self) -> None:
        """Write the counts to the database. After a failure, the counts stay in memory until the next call."""
        with self._writing:
            with self._lock:
                counts, self.counts = self.counts, {}
            if not counts:
                return
            try:
                with acting_for_platform("count acts", AUTHENTICATION_ROLE), in_transaction():
                    write_tallies([_row(count, key[-1]) for key, count in counts.items()])
            except Error as error:
                log.warning("acts were not counted yet", counts=len(counts), error=str(error).strip())
                with self._lock:
                    for key, count in counts.items():
                        self._add(count.act, key[-1], count.times, count.addresses)
            finally:
                connection.close()

    def _add(self, act: TalliedAction, who: str, times: int, addresses: set[str]) -> None:
        key = (act.tenant_id, act.action, act.reason, who)
        count = self.counts.get(key)
        if count is None:
            count = self.counts[key] = ActionCount(act)
        count.add(times, addresses)

    def _distinguished(self, act: TalliedAction) -> str:
        if self._clock() - self._known_since > SAME_SECONDS:
            self._known.clear()
            self._known_since = self._clock()
        known, who = self._known[act.tenant_id, act.action], act.who
        if who not in known:
            if len(known) >= MOST_APART or len(self.counts) >= MOST_COUNTS:
                return FURTHER
            known.add(who)
        return who

    def _keep_writing(self) -> None:
        while True:
            time.sleep(WRITE_SECONDS)
            self.write()


def _row(count: ActionCount, who: str) -> TallyRow:
    act, together = count.act, who == FURTHER
    return TallyRow(
        tenant_id=act.tenant_id,
        action=act.action,
        reason=act.reason,
        who=who,
        actor=_named(SYSTEM if together and act.actor.id else act.actor),
        object=_about(act, together=together),
        addresses=sorted(count.addresses),
        times=count.times,
    )


def _named(actor: Principal) -> Mapping[str, str]:
    return {"kind": actor.kind, "id": actor.id, "name": actor.name}


def _about(act: TalliedAction, *, together: bool) -> Mapping[str, str]:
    default = network_of(act.address)[:64]
    found = FURTHER if together else act.object_id or default
    return {"kind": act.object_kind, "id": found, "label": found if together else act.object_label or default}


tallies = Tallies()


def note(act: TalliedAction, times: int = 1) -> None:
    """Count a frequent action. Call this function only in processes that have the database login of the web process."""
    tallies.note(act, times)


def record_counted(act: TalliedAction, times: int = 1) -> None:
    """Count an action of the current tenant in the caller's transaction, so that the count is exact.

    Requires a transaction. Raises ValueError if the action belongs to another tenant.
    """
    require_transaction()
    count = ActionCount(act)
    count.add(times, {network_of(act.address)[:64]} if act.address else set())
    if act.tenant_id != current_tenant().id:
        raise ValueError("the action must belong to the current tenant")
    write_tallies([_row(count, act.who)])


def write_at_end() -> None:
    """Write the counts of the last second before the process ends."""
    tallies.write()


write_last(write_at_end)


def shown_counts(rows: Sequence[TallyRow], most: int = MOST_APART) -> list[TallyRow]:
    """Keep the ``most`` highest counts of each action in each tenant.

    One further row has the sum of the other counts of the action in the tenant.
    """
    groups: dict[tuple[uuid.UUID | None, str], list[TallyRow]] = defaultdict(list)
    for row in rows:
        groups[row.tenant_id, row.action].append(row)
    return [row for group in groups.values() for row in _most_frequent(group, most)]


def _most_frequent(group: Sequence[TallyRow], most: int) -> list[TallyRow]:
    ranked = sorted(group, key=lambda row: (row.who == FURTHER, -row.times, row.reason, row.who))
    shown, rest = list(ranked[:most]), ranked[most:]
    if rest:
        addresses = sorted({address for row in rest for address in row.addresses})[:MOST_ADDRESSES]
        first = rest[0]
        shown.append(
            TallyRow(
                tenant_id=first.tenant_id,
                action=first.action,
                reason=first.reason if len({row.reason for row in rest}) == 1 else "",
                who=FURTHER,
                actor=_named(SYSTEM),
                object={"kind": first.object["kind"], "id": FURTHER, "label": FURTHER},
                addresses=addresses,
                times=sum(row.times for row in rest),
            )
        )
    return shown
