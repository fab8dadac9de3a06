"""Limits how many points a caller may spend.

Each caller and each tenant has a bucket of points in Redis.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import redis
from django.conf import settings

from automate.kernel.bounded import BoundedCache
from automate.kernel.errors import NormalizedError
from automate.outbox.wakeups import asked, script
from graphql_schema.limits import DOCUMENT
from tenants.credentials import Credential

SYNC_SECONDS = 1.0
FRESH_SECONDS = 0.05
"""The maximum age, in seconds, of the report from Redis by which a process refuses an operation. If the report is
older, the process first asks Redis for a new report.
"""
SYNC_SHARE = 0.1
"""A process reports to Redis when it has taken the points that a bucket gains in this part of a second."""
FULL_SECONDS = 12
"""The number of seconds in which an empty bucket becomes full. The capacity is at least the maximum price of an
operation.
"""
MOST_ACCOUNTS = 4_096
MICROSECONDS = 1_000_000

# KEYS: the token's bucket, the tenant's. ARGV, for each: points a second, capacity, points spent since the last report.
# Returns the points left in each. A bucket may owe points, at most its capacity.
SPEND = """
local now = redis.call('TIME')
local at = now[1] * 1000000 + now[2]
local left = {}
for i = 1, 2 do
    local rate, most, spent = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
    local held = redis.call('HMGET', KEYS[i], 'points', 'at')
    local passed = math.max(0, at - (tonumber(held[2]) or at))
    local points = math.min(most, (tonumber(held[1]) or most) + passed * rate / 1000000)
    points = math.max(-most, points - spent)
    redis.call('HSET', KEYS[i], 'points', string.format('%.3f', points), 'at', string.format('%.0f', at))
    redis.call('PEXPIRE', KEYS[i], math.ceil((most - points) / rate * 1000) + 1000)
    left[i] = math.floor(points)
end
return left
"""

Clock = Callable[[], float]


@dataclass(frozen=True)
class PointsBucket:
    """A bucket of points. Time adds points, and operations take points."""

    key: str
    """The key of the bucket in Redis."""
    owner: str
    """The owner's kind: ``token``, ``member`` or ``tenant``; ``caller`` without a tenant."""
    per_second: int

    @property
    def capacity(self) -> int:
        return max(self.per_second * FULL_SECONDS, DOCUMENT.cost)


class Account:
    """The state of one bucket of points.

    Redis reports how many points the bucket has left. This object stores the last reported number of points, and the
    points that this process has taken since the last report.
    """

    def __init__(self, bucket: PointsBucket, clock: Clock = time.monotonic) -> None:
        self.bucket = bucket
        self._clock = clock
        self._lock = threading.Lock()
        self._points = self._capacity = float(bucket.capacity)
        self._at = -math.inf
        """The time of Redis' last report; minus infinity before the first one."""
        self._spent = 0

    def now(self) -> float:
        return self._clock()

    def remaining(self, now: float | None = None) -> float:
        """Return the points that are left. ``now``: the time of the clock, if it was read already."""
        with self._lock:
            return self._left(self._clock() if now is None else now)

    def age(self) -> float:
        return self._clock() - self._at

    def spend(self, points: int) -> None:
        with self._lock:
            self._spent += points

    def is_due(self, now: float) -> bool:
        return now - self._at >= SYNC_SECONDS or self._spent >= self.bucket.per_second * SYNC_SHARE

    def taken(self) -> int:
        with self._lock:
            spent, self._spent = self._spent, 0
            now = self._clock()
            self._points, self._at = self._left(now) - spent, now
            return spent

    def knows(self, points: int) -> None:
        with self._lock:
            self._points, self._at = float(points), self._clock()

    def _left(self, now: float) -> float:
        capacity, points = self._capacity, self._points
        if self._at != -math.inf:
            points += (now - self._at) * self.bucket.per_second
        left = min(capacity, points) - self._spent
        return max(-capacity, left)


class PointsAllowance:
    """The two buckets from which a caller takes points: the caller's own bucket, and the tenant's bucket."""

    def __init__(self, token: Account, tenant: Account) -> None:
        self.token = token
        self.tenant = tenant
        self._visiting = threading.Lock()

    def tighter(self) -> tuple[Account, float]:
        """Return the account that has fewer points left, and the number of these points.

        The account belongs either to the token or to the tenant.
        """
        now = self.token.now()
        of_token, of_tenant = self.token.remaining(now), self.tenant.remaining(now)
        return (self.token, of_token) if of_token <= of_tenant else (self.tenant, of_tenant)

    def spend(self, points: int) -> None:
        self.token.spend(points)
        self.tenant.spend(points)

    def require(self, points: int) -> None:
        """Raise RATE_LIMITED if the token or the tenant has fewer than ``points`` points."""
        now = self.token.now()
        if self.token.is_due(now) or self.tenant.is_due(now):
            self._visit(wait=False)
        elif self.token.remaining(now) >= points and self.tenant.remaining(now) >= points:
            return
        short = self._short_of(points)
        if short is not None and max(self.token.age(), self.tenant.age()) > FRESH_SECONDS:
            self._visit(wait=True)
            short = self._short_of(points)
        if short is not None:
            raise _throttled(short, points)

    def _short_of(self, points: int) -> Account | None:
        # None if both accounts have enough points.
        if self.token.remaining() >= points and self.tenant.remaining() >= points:
            return None
        short = [account for account in (self.token, self.tenant) if account.remaining() < points]
        return max(short, key=lambda account: _wait(account, points), default=None)

    def _visit(self, *, wait: bool) -> None:
        # Only one thread at a time. With `wait`, wait for another thread that reports.
        if not self._visiting.acquire(blocking=wait):
            return
        try:
            accounts = (self.token, self.tenant)
            spent = [account.taken() for account in accounts]
            answer = asked(lambda client: _spend(client, accounts, spent))
            for account, points in zip(accounts, answer or (), strict=False):
                account.knows(points)
        finally:
            self._visiting.release()


def _spend(client: redis.Redis, accounts: tuple[Account, Account], spent: list[int]) -> tuple[int, int]:
    keys = [account.bucket.key for account in accounts]
    numbers = [
        number
        for account, points in zip(accounts, spent, strict=True)
        for number in (account.bucket.per_second, account.bucket.capacity, points)
    ]
    # redis-py types the answer of a script as Any or str.
    return cast("tuple[int, int]", script(SPEND)(keys, numbers, client))


def _wait(account: Account, points: int) -> float:
    return (points - account.remaining()) / account.bucket.per_second


def _throttled(account: Account, points: int) -> NormalizedError:
    bucket = account.bucket
    seconds = max(1, math.ceil(_wait(account, points)))
    return NormalizedError(
        "RATE_LIMITED",
        f"The operation needs {points} points, but this {bucket.owner} has {max(0, int(account.remaining()))} left. "
        f"It gains {bucket.per_second} points a second. Send the operation again in {seconds} s, or request fewer fields.",
        details={
            "limit": f"{bucket.owner}_points",
            "requested": points,
            "remaining": max(0, int(account.remaining())),
            "capacity": bucket.capacity,
            "refillPerSecond": bucket.per_second,
            "retry_after_seconds": seconds,
        },
    )


_accounts: BoundedCache[str, Account] = BoundedCache(MOST_ACCOUNTS)
_allowances: BoundedCache[str, PointsAllowance] = BoundedCache(MOST_ACCOUNTS)
_making = threading.Lock()


def allowance_of(credential: Credential) -> PointsAllowance:
    """Return the allowance of a credential. All threads share this allowance."""
    owner = credential.tenant.id.hex if credential.tenant is not None else credential.purse or "platform"
    # In braces, so that a Redis Cluster keeps both keys on one node.
    key = f"automate:points:{{{owner}}}:{credential.principal.id}"
    spender = "member" if credential.principal.kind == "member" else "token"
    found = _allowances.get(key)
    if found is not None:
        return found
    with _making:
        per_second = settings.API_POINTS_PER_SECOND
        whole = "caller" if credential.purse else "tenant"
        tenant = _account(PointsBucket(f"automate:points:{{{owner}}}", whole, per_second))
        token = _account(PointsBucket(key, spender, max(1, per_second // 2)))
        found = _allowances.get(key) or PointsAllowance(token, tenant)
        _allowances.put(key, found)
        return found


def _account(bucket: PointsBucket) -> Account:
    account = _accounts.get(bucket.key)
    if account is None:
        account = Account(bucket)
        _accounts.put(bucket.key, account)
    return account
