"""Finds the tenant of a request or job. The process remembers each tenant for at most a second."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from typing import TypeVar

from automate.kernel.bounded import BoundedCache
from automate.kernel.errors import NormalizedError
from automate.kernel.roles import DIRECTORY_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.text import TENANT_SLUG
from tenants.queries import KnownTenant, find_by_host, find_by_id, find_by_ids, find_by_slug

REMEMBER_SECONDS = 1.0
"""The longest time until another process notices a suspension."""

MOST_REMEMBERED = 4_096
"""The cache also holds unknown names, which clients send. The limit keeps a flood of them from using up memory."""

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class _Answer:
    known: KnownTenant | None
    until: float


_answers: BoundedCache[tuple[str, Hashable], _Answer] = BoundedCache(MOST_REMEMBERED)


def tenant_by_slug(slug: str) -> KnownTenant:
    """Find a tenant by its slug. Raises NOT_FOUND."""
    if not TENANT_SLUG.fullmatch(slug):
        raise _not_found()
    return _remembered("slug", slug, find_by_slug)


def tenant_by_id(tenant_id: uuid.UUID) -> KnownTenant:
    """Find a tenant by its id. Raises NOT_FOUND."""
    return _remembered("id", tenant_id, find_by_id)


def remember_by_id(ids: Collection[uuid.UUID]) -> None:
    """Find many tenants with one SQL statement, and remember them in this process."""
    until = time.monotonic() + REMEMBER_SECONDS
    with acting_for_platform("tenant directory", DIRECTORY_ROLE):
        found = {known.ref.id: known for known in find_by_ids(sorted(ids))}
    for tenant_id in ids:
        _answers.put(("id", tenant_id), _Answer(found.get(tenant_id), until))


def remembered_by_id(tenant_id: uuid.UUID) -> KnownTenant | None:
    """Return the tenant with this id. Return None if this process does not remember it. Never reads the database."""
    answer = _answers.get(("id", tenant_id))
    return answer.known if answer is not None and answer.until > time.monotonic() else None


def tenant_by_host(hostname: str) -> KnownTenant:
    """Find the tenant of a hostname without port. Raises NOT_FOUND."""
    return _remembered("host", hostname.lower().rstrip("."), find_by_host)


def forget(known_tenant: uuid.UUID, slug: str) -> None:
    """Remove a tenant from the memory of this process, because the tenant has just changed."""
    expired = _Answer(None, 0.0)
    _answers.put(("id", known_tenant), expired)
    _answers.put(("slug", slug), expired)


def _remembered(kind: str, value: K, find: Callable[[K], KnownTenant | None]) -> KnownTenant:
    now = time.monotonic()
    answer = _answers.get((kind, value))
    if answer is None or answer.until <= now:
        with acting_for_platform("tenant directory", DIRECTORY_ROLE):
            answer = _Answer(find(value), now + REMEMBER_SECONDS)
        _answers.put((kind, value), answer)
    if answer.known is None:
        raise _not_found()
    return answer.known


def _not_found() -> NormalizedError:
    return NormalizedError("NOT_FOUND", "There is no such tenant. Check the tenant's name in the URL.")
