"""A tenant's circuit breakers, as this process knows them.

While all breakers are closed, a process executes no SQL statement to read their state.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from automate.effects.breakers import transitions
from automate.effects.breakers.transitions import ANSWERED, CAUSE, WINDOW_SECONDS, Breaker, HostOutcomes, Key, Probed
from automate.effects.states import BREAKER_CLOSED, BREAKER_OPEN
from automate.kernel.bounded import BoundedCache
from automate.kernel.json_values import JsonObject, as_object
from automate.kernel.metrics import BREAKER_CHANGES
from automate.runs.noticing.causes import of_hosts
from automate.runs.permits import FREE, BreakerHold, Permit
from automate.runs.step_call import StepResult

REMEMBER_SECONDS = 1.0
"""Maximum age of the state of breakers that are not closed."""
SUSPECT_SECONDS = 3.0
"""How long this process keeps reading the breakers after it has opened a breaker. The tenant's cached state is
outdated for a shorter time."""
SPREAD_SECONDS = 0.02
"""The parked jobs of a breaker return one after another, on average at this interval. So they do not all
return for the same probe."""
CHECK_SECONDS = 60.0
"""The interval at which a run checks a breaker that only a person can release."""
PROBE_SECONDS, GRACE_SECONDS = 30.0, 5.0
"""The maximum wait for a probe (or the timeout of its call, if shorter), and the extra time after this wait.
Then another probe can be sent. Otherwise runs would wait long for a worker that died during its probe.
"""
MOST_TENANTS, MOST_KEYS = 4_096, 256

UNHEALTHY = frozenset({"CONNECTOR_TRANSIENT", "CONNECTOR_TIMEOUT", "STEP_TIMED_OUT"})
"""Error codes that show that the host does not answer, or that it answers with a fault of its own."""
ITS_FAULT = range(300, 500)
"""Statuses by which a healthy host refuses a call."""


@dataclass
class _Tally:
    since: float
    """The start of the tally, on the monotonic clock."""
    calls: int = 0


class BreakerView:
    """The breakers of one tenant in this process. Not thread-safe."""

    def __init__(self, tenant_id: uuid.UUID) -> None:
        self._tenant_id = tenant_id
        self._known: dict[Key, tuple[Breaker, float]] = {}
        self._read_at = self._suspect_until = float("-inf")
        self._healthy: BoundedCache[Key, _Tally] = BoundedCache(MOST_KEYS)

    def refresh(self, *, broken: bool) -> None:
        """Read the breakers again from the database if their known state is too old."""
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
        """True if at least one breaker is in a state other than closed."""
        return bool(self._known)

    def permit(self, key: Key, timeout_seconds: float) -> Permit:
        """Decide whether the breaker allows a call to be sent."""
        entry = self._known.get(key)
        if entry is None:
            return FREE
        breaker, probe_at = entry
        left = probe_at - time.monotonic()
        if breaker.forced == BREAKER_OPEN:
            return Permit(
                BreakerHold(CAUSE + breaker.digest, CHECK_SECONDS, f"an operator holds calls to {_host(key)}")
            )
        if left <= 0:
            if transitions.take_probe(key, min(timeout_seconds, PROBE_SECONDS) + GRACE_SECONDS):
                self._read()
                return Permit(probe=True)
            self._read()
            if key not in self._known:
                return FREE
            breaker, probe_at = self._known[key]
            left = max(0.0, probe_at - time.monotonic())
        spread = min(breaker.interval_seconds, breaker.parked * SPREAD_SECONDS)
        seconds = left + random.uniform(0, spread)  # noqa: S311 - spreads load, guards nothing
        return Permit(BreakerHold(CAUSE + breaker.digest, seconds, f"waiting until {_host(key)} is healthy"))

    def record(self, results: Iterable[StepResult]) -> bool:
        """Store failures of hosts, and the results of probes. Returns whether waiting runs are due now."""
        failures: dict[Key, list[str]] = {}
        healthy_calls: Counter[Key] = Counter()
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
                healthy_calls[key] += healthy is True
        if failures:
            counted = [
                HostOutcomes(key, len(codes) + healthy_calls[key] + self._healthy_of(key), len(codes), codes[-1])
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
        """Add successful calls to the counts in memory. The results must be committed already."""
        now = time.monotonic()
        health_by_key: dict[Key, list[bool | None]] = {}
        for result in results:
            key = result.call.uses, result.call.target
            if key[1] and not result.call.probe:
                health_by_key.setdefault(key, []).append(health(result.error.as_json() if result.error else None))
        for key, of_calls in health_by_key.items():
            tally = self._healthy.get(key)
            written = False in of_calls
            if written or tally is None or tally.since < now - WINDOW_SECONDS:
                tally = _Tally(now)
                self._healthy.put(key, tally)
            tally.calls += 0 if written else of_calls.count(True)

    def still_open(self, causes: Sequence[str]) -> set[str]:
        """Return the causes whose circuit breaker is not closed. Each item of ``causes`` belongs to one circuit breaker.

        These circuit breakers cannot change until the transaction ends.
        """
        found = transitions.still_open(causes)
        if len(found) < len(set(causes)):
            self._changed()
        return found

    def _healthy_of(self, key: Key) -> int:
        tally = self._healthy.get(key)
        return tally.calls if tally is not None and tally.since >= time.monotonic() - WINDOW_SECONDS else 0

    def _changed(self) -> None:
        self._read_at, self._suspect_until = float("-inf"), time.monotonic() + SUSPECT_SECONDS


def health(error: JsonObject | None) -> bool | None:
    """Return True if the host of a call is healthy, False if it is unhealthy, or None if the call did not reach it."""
    if error is None:
        return True
    details = as_object(error["details"])
    if details.get("asked") is False:  # no token for the call, or no call slot of the tenant
        return None
    if error["code"] in UNHEALTHY:
        return details.get("status") in ITS_FAULT
    return True if error["code"] in ANSWERED else None


def _host(key: Key) -> str:
    return f"{key[1]} ({key[0]})"


_views: BoundedCache[uuid.UUID, BreakerView] = BoundedCache(MOST_TENANTS)


def view_of(tenant_id: uuid.UUID) -> BreakerView:
    view = _views.get(tenant_id)
    if view is None:
        view = BreakerView(tenant_id)
        _views.put(tenant_id, view)
    return view
