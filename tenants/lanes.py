"""Finds the lane of a request: the tenant whose share of web the request uses. This needs no thread and no query.

Tokens and slugs are remembered after they were found once. A lane does not prove who the caller is. The request itself
checks the token and looks up the slug.
"""

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
"""The limit for tokens, and the limit for slugs."""
PLATFORM = "platform"
TENANT_PATH = "/t/"

_tokens: BoundedCache[str, str] = BoundedCache(MOST_REMEMBERED)
_slugs: BoundedCache[str, str] = BoundedCache(MOST_REMEMBERED)
_sessions: BoundedCache[tuple[str, str], str] = BoundedCache(MOST_REMEMBERED)
"""The tenant's lane, by the digest of the session's key and the slug."""


def lane_of_tenant(tenant: TenantRef | None) -> str:
    """The lane of a tenant's requests. tenant: None for the platform."""
    return PLATFORM if tenant is None else f"tenant {tenant.id}"


def lane_of_token(authorization: str | None) -> str:
    """The lane of the token in an Authorization header. authorization: the value of the header, such as ``Bearer …``."""
    token = (authorization or "").partition(" ")[2].strip()
    return (_tokens.get(lookup_key(token)) if token else None) or UNKNOWN


def lane_of_session(session_key: str | None, slug: str) -> str:
    """The lane of a signed-in member's request to one tenant. session_key: from the cookie."""
    return (_sessions.get((_digest(session_key), slug)) if session_key else None) or UNKNOWN


def lane_of(path: str, authorization: str | None, cookies: str | None = None) -> str:
    """The lane of an HTTP request. cookies: the value of the Cookie header.

    Most URLs that name a tenant need no token. Requests to these URLs have a lane of their own, and do not use the
    share of the tenant's tokens. The tenant's GraphQL endpoint needs a token or a session. There the token or session
    decides the lane.
    """
    slug = session_tenant_in(path)
    if slug is not None and not authorization:
        return lane_of_session(session_key_in(cookies), slug)
    if slug is None and path.startswith(TENANT_PATH):
        slug = path[len(TENANT_PATH) :].partition("/")[0]
        return (_slugs.get(slug) if TENANT_SLUG.fullmatch(slug) else None) or UNKNOWN
    return lane_of_token(authorization)


def session_key_in(cookies: str | None) -> str | None:
    """The key of the session in a Cookie header."""
    return parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME) if cookies else None


def remember_session(session_key: str, tenant: TenantRef) -> None:
    _sessions.put((_digest(session_key), tenant.slug), lane_of_tenant(tenant))


def _digest(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()


def remember_token(digest: str, tenant: TenantRef | None) -> None:
    _tokens.put(digest, lane_of_tenant(tenant))


def remember_slug(tenant: TenantRef) -> None:
    _slugs.put(tenant.slug, f"path of {tenant.slug}")
