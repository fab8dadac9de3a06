"""Which tenant a request belongs to, before any thread or query is spent on it.

Tokens and slugs are remembered once they have been found. The answer decides only whose share of web a request uses. It
proves nothing: the token is checked, and the slug looked up, when the request runs.
"""

from __future__ import annotations

from automate.kernel.bounded import BoundedCache
from automate.kernel.tenancy import TenantRef
from automate.kernel.text import TENANT_SLUG
from automate.project.fair_threads import UNKNOWN
from tenants.tokens import digest_of

MOST_REMEMBERED = 16_384
"""Tokens, and slugs, each."""
PLATFORM = "platform"
TENANT_PATH = "/t/"

_tokens: BoundedCache[str, str] = BoundedCache(MOST_REMEMBERED)
_slugs: BoundedCache[str, str] = BoundedCache(MOST_REMEMBERED)


def lane_of_tenant(tenant: TenantRef | None) -> str:
    """tenant: None for the platform."""
    return PLATFORM if tenant is None else f"tenant {tenant.id}"


def lane_of_token(authorization: str | None) -> str:
    """authorization: as the header has it, ``Bearer …``."""
    digest = digest_of((authorization or "").partition(" ")[2].strip())
    return (_tokens.get(digest) if digest is not None else None) or UNKNOWN


def lane_of(path: str, authorization: str | None) -> str:
    """The lane of an HTTP request.

    A path that names a tenant proves no token, so its requests do not use the share of that tenant's tokens.
    """
    if path.startswith(TENANT_PATH):
        slug = path[len(TENANT_PATH) :].partition("/")[0]
        return (_slugs.get(slug) if TENANT_SLUG.fullmatch(slug) else None) or UNKNOWN
    return lane_of_token(authorization)


def remember_token(digest: str, tenant: TenantRef | None) -> None:
    _tokens.put(digest, lane_of_tenant(tenant))


def remember_slug(tenant: TenantRef) -> None:
    _slugs.put(tenant.slug, f"path of {tenant.slug}")
