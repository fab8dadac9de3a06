"""Finds the lane of a request. The search needs no database query. Each lane is one tenant's share of the web process."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.http import parse_cookie

from automate.kernel.bounded import BoundedCache
from automate.kernel.tenancy import TenantRef
from automate.kernel.text import TENANT_SLUG
from automate.serving.fair_threads import UNKNOWN
from tenants.sign_in.paths import session_tenant_in
from tenants.tokens import lookup_key

MOST_REMEMBERED = 16_384
"""Maximum number of remembered tokens. The same maximum applies to slugs, and to sessions."""
PLATFORM = "platform"
TENANT_PATH = "/t/"

_tokens: BoundedCache[str, str] = BoundedCache(MOST_REMEMBERED)
_slugs: BoundedCache[str, str] = BoundedCache(MOST_REMEMBERED)
_sessions: BoundedCache[tuple[str, str], str] = BoundedCache(MOST_REMEMBERED)
"""The tenant's lane, by the digest of the session's key and the slug."""


def lane_of_tenant(tenant: TenantRef | None) -> str:
    """Return the lane of a tenant's requests. For None, return the lane of the platform's requests."""
    return PLATFORM if tenant is None else f"tenant {tenant.id}"


def lane_of_token(authorization: str | None) -> str:
    """Return the lane of requests with the token in this Authorization header. Return UNKNOWN for an unknown token."""
    token = (authorization or "").partition(" ")[2].strip()
    return (_tokens.get(lookup_key(token)) if token else None) or UNKNOWN


def lane_of_session(session_key: str | None, slug: str) -> str:
    """Return the lane for requests of a session to the tenant ``slug``. Return UNKNOWN if the session is unknown."""
    return (_sessions.get((_digest(session_key), slug)) if session_key else None) or UNKNOWN


def lane_of(path: str, authorization: str | None, cookies: str | None = None) -> str:
    """Return the lane of an HTTP request."""
    slug = session_tenant_in(path)
    if slug is not None and not authorization:
        return lane_of_session(session_key_in(cookies), slug)
    if slug is None and path.startswith(TENANT_PATH):
        slug = path[len(TENANT_PATH) :].partition("/")[0]
        return (_slugs.get(slug) if TENANT_SLUG.fullmatch(slug) else None) or UNKNOWN
    return lane_of_token(authorization)


def session_key_in(cookies: str | None) -> str | None:
    return parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME) if cookies else None


def remember_session(session_key: str, tenant: TenantRef) -> None:
    _sessions.put((_digest(session_key), tenant.slug), lane_of_tenant(tenant))


def _digest(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()


def remember_token(digest: str, tenant: TenantRef | None) -> None:
    _tokens.put(digest, lane_of_tenant(tenant))


def remember_slug(tenant: TenantRef) -> None:
    _slugs.put(tenant.slug, f"path of {tenant.slug}")
