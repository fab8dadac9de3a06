"""What this process knows of a tenant's circuit breakers, and what it has counted of calls that came back.

While all are closed this costs no statement: whether one is not is read with the tenant, once a second.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from automate.kernel.bounded import BoundedCache
from automate.kernel.errors import Json
from automate.kernel.metrics import BREAKER_CHANGES
from automate.runs.breakers import transitions
from automate.runs.breakers.transitions import ANSWERED, CAUSE, WINDOW_SECONDS, Breaker, Counted, Key, Probed
from automate.runs.noticing.causes import of_hosts
from automate.runs.round import StepResult
from automate.runs.states import BREAKER_CLOSED, BREAKER_OPEN

REMEMBER_SECONDS = 1.0
"""How old what is known of breakers that are not closed may be."""
SUSPECT_SECONDS = 3.0
"""After a breaker was opened here: longer than what is remembered of a tenant may say that none is."""
SPREAD_SECONDS = 0.02
"""For each job that is parked: over so long the parked ones come back, that they may not all come for one probe."""
LOOK_SECONDS = 60.0
"""How often a run looks again that only a person lets go on."""
PROBE_SECONDS, GRACE_SECONDS = 30.0, 5.0
"""How long a probe is waited for at most, and how much longer than its call may take: then another one may leave, lest the
runs of a worker that died in its probe wait for long.
"""
MOST_TENANTS, MOST_KEYS = 4_096, 256

ILL = frozenset({"CONNECTOR_TRANSIENT", "CONNECTOR_TIMEOUT", "STEP_TIMED_OUT"})
"""Codes that say that the host does not answer, or answers that it cannot."""
ITS_FAULT = range(300, 500)
"""Statuses that a healthy host gives, though nobody can do anything with them."""


@dataclass(frozen=True)
class Bar:
    """Why a call may not leave now. cause: for which its job is parked. seconds: when to look again."""

    cause: str
    seconds: float
    reason: str


@dataclass(frozen=True)
class Passage:
    """probe: this call is to show whether the host is well again."""

    bar: Bar | None = None
    probe: bool = False


FREE = Passage()


@dataclass
class _Tally:
    """Calls that came back well, since a moment on the monotonic clock."""

    since: float
    calls: int = 0


class View:
    """Of one tenant, for one process. Its lane reads and writes it, one pass at a time."""

    def __init__(self, tenant_id: uuid.UUID) -> None:
        self._tenant_id = tenant_id
        self._known: dict[Key, tuple[Breaker, float]] = {}
        self._read_at = self._suspect_until = float("-inf")
        self._well: BoundedCache[Key, _Tally] = BoundedCache(MOST_KEYS)

    def refresh(self, *, broken: bool) -> None:
        """Call it before each pass. broken: whether a breaker of the tenant's is not closed, as far as is known."""
        now = time.monotonic()
        if not broken and now >= self._suspect_until:
            self._known = {}
        elif now - self._read_at >= REMEMBER_SECONDS:
            self._read()

    def _read(self) -> None:
        now = self._read_at = time.monotonic()
        found = transitions.known(self._tenant_id)
        self._known = {one.key: (one, now + (one.seconds or 0.0)) for one in found}

    @property
    def holding(self) -> bool:
        """Whether a breaker is known that is not closed."""
        return bool(self._known)

    def passage(self, key: Key, timeout_seconds: float) -> Passage:
        """Whether a call may leave. One of those that come when it is time becomes the probe."""
        entry = self._known.get(key)
        if entry is None:
            return FREE
        breaker, probe_at = entry
        left = probe_at - time.monotonic()
        if breaker.forced == BREAKER_OPEN:
            return Passage(Bar(CAUSE + breaker.digest, LOOK_SECONDS, f"calls to {_host(key)} are held by hand"))
        if left <= 0:
            if transitions.take_probe(key, min(timeout_seconds, PROBE_SECONDS) + GRACE_SECONDS):
                self._read()
                return Passage(probe=True)
            self._read()
            if key not in self._known:
                return FREE
            breaker, probe_at = self._known[key]
            left = max(0.0, probe_at - time.monotonic())
        spread = min(breaker.interval_seconds, breaker.parked * SPREAD_SECONDS)
        seconds = left + random.uniform(0, spread)  # noqa: S311 - spreads load, guards nothing
        return Passage(Bar(CAUSE + breaker.digest, seconds, f"{_host(key)} is ill; waiting for it"))

    def record(self, results: Iterable[StepResult]) -> bool:
        """Write down what calls say of their hosts, where that is not that all is well. Requires the transaction that writes
        the results. Returns whether runs fell due.
        """
        failures: dict[Key, list[str]] = {}
        well: Counter[Key] = Counter()
        probes: dict[Key, Probed] = {}
        for result in results:
            key = result.call.uses, result.call.target
            if not key[1]:
                continue
            healthy = health(result.error.as_json() if result.error else None)
            code = result.error.code if result.error else ""
            if result.call.probe:
                probes[key] = Probed(key, healthy, code)
            elif healthy is False:
                failures.setdefault(key, []).append(code)
            else:
                well[key] += healthy is True
        if failures:
            counted = [
                Counted(key, len(codes) + well[key] + self._well_of(key), len(codes), codes[-1])
                for key, codes in sorted(failures.items())
            ]
            opened = transitions.count(self._tenant_id, counted)
            if opened:
                self._changed()
                of_hosts(opened)
            for connector, _ in opened:
                BREAKER_CHANGES.labels(connector, BREAKER_OPEN).inc()
        closed = transitions.probed(self._tenant_id, [probes[key] for key in sorted(probes)]) if probes else []
        if probes:
            self._changed()
        for connector, _ in closed:
            BREAKER_CHANGES.labels(connector, BREAKER_CLOSED).inc()
        return bool(closed)

    def remember(self, results: Iterable[StepResult]) -> None:
        """Count calls that came back well, in memory; and forget those that a failure has brought into the database. Call it
        after the commit.
        """
        now = time.monotonic()
        told: dict[Key, list[bool | None]] = {}
        for result in results:
            key = result.call.uses, result.call.target
            if key[1] and not result.call.probe:
                told.setdefault(key, []).append(health(result.error.as_json() if result.error else None))
        for key, of_calls in told.items():
            tally = self._well.get(key)
            written = False in of_calls
            if written or tally is None or tally.since < now - WINDOW_SECONDS:
                tally = _Tally(now)
                self._well.put(key, tally)
            tally.calls += 0 if written else of_calls.count(True)

    def still_open(self, causes: Sequence[str]) -> set[str]:
        """Those of the causes for which a job may be parked: nobody ends them before the transaction does."""
        found = transitions.still_open(causes)
        if len(found) < len(set(causes)):
            self._changed()
        return found

    def _well_of(self, key: Key) -> int:
        tally = self._well.get(key)
        return tally.calls if tally is not None and tally.since >= time.monotonic() - WINDOW_SECONDS else 0

    def _changed(self) -> None:
        """What is known is out of date, and what is remembered of the tenant may be, too."""
        self._read_at, self._suspect_until = float("-inf"), time.monotonic() + SUSPECT_SECONDS


def health(error: Json) -> bool | None:
    """What a call's error says of the host: True also where there is none; None where it did not come as far."""
    if error is None:
        return True
    if error["details"].get("asked") is False:  # no token for it, or no place of the tenant's own
        return None
    if error["code"] in ILL:
        return error["details"].get("status") in ITS_FAULT
    return True if error["code"] in ANSWERED else None


def _host(key: Key) -> str:
    return f"{key[1]} ({key[0]})"


_views: BoundedCache[uuid.UUID, View] = BoundedCache(MOST_TENANTS)


def view_of(tenant_id: uuid.UUID) -> View:
    """What this process knows of a tenant's breakers."""
    view = _views.get(tenant_id)
    if view is None:
        view = View(tenant_id)
        _views.put(tenant_id, view)
    return view
