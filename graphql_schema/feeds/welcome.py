"""Whether the tokens of a hub's subscribers still hold: each token is asked about once, whatever its subscribers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import TenantRef
from graphql_schema.feeds.subscribers import Subscriber
from graphql_schema.threads import in_thread
from tenants.lanes import lane_of_tenant

AT_ONCE = 20
"""Tokens that one step in a thread asks about."""


@dataclass(eq=False)
class _Guest:
    """checked: when the token was last known to hold, by the event loop's clock."""

    still_welcome: Callable[[], None]
    checked: float
    subscribers: dict[Subscriber, None] = field(default_factory=dict)


class Guests:
    def __init__(self, tenant: TenantRef) -> None:
        self._lane = lane_of_tenant(tenant)
        self._guests: dict[str, _Guest] = {}

    def add(self, subscriber: Subscriber) -> None:
        guest = self._guests.get(subscriber.token)
        if guest is None:
            guest = _Guest(subscriber.still_welcome, asyncio.get_running_loop().time())
            self._guests[subscriber.token] = guest
        guest.subscribers[subscriber] = None

    def remove(self, subscriber: Subscriber) -> None:
        guest = self._guests[subscriber.token]
        guest.subscribers.pop(subscriber, None)
        if not guest.subscribers:
            del self._guests[subscriber.token]

    async def check(self, seconds: float) -> None:
        """Ask about the tokens that were not asked about for so long, and end the subscribers of those that no longer hold."""
        now = asyncio.get_running_loop().time()
        due = [guest for guest in self._guests.values() if now - guest.checked >= seconds]
        for start in range(0, len(due), AT_ONCE):
            some = due[start : start + AT_ONCE]
            refusals = await in_thread(self._lane, lambda: _asked(some))  # noqa: B023 - awaited before it changes
            for guest, refusal in zip(some, refusals, strict=True):
                guest.checked = now
                if refusal is not None:
                    for subscriber in list(guest.subscribers):
                        subscriber.end(refusal)


def _asked(guests: Sequence[_Guest]) -> list[NormalizedError | None]:
    return [_refusal(guest) for guest in guests]


def _refusal(guest: _Guest) -> NormalizedError | None:
    try:
        guest.still_welcome()
    except NormalizedError as refusal:
        return refusal
    return None
