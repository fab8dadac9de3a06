"""The input for a new token, and the checks of this input."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from automate.kernel.addresses import is_part_of, read_network
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.permissions import MEMBER_ROLES, ONLY_BY_SCOPE, permissions_of, token_permissions
from automate.kernel.queries import database_now
from automate.kernel.text import check_text
from tenants.tokens import UNBOUNDED, TokenRestrictions

MOST_NETWORKS = 50
SIGN_IN = "Sign in as an owner or admin, or use a token whose `scopes` list the permission."
MOST_OVERLAP_SECONDS = 30 * DAY_SECONDS


@dataclass(frozen=True)
class TokenSpec:
    name: str
    role: str
    bounds: TokenRestrictions = UNBOUNDED
    """The restrictions that the caller sent."""

    @property
    def permissions(self) -> frozenset[str]:
        return token_permissions(self.role, self.bounds.scopes)


def checked(spec: TokenSpec) -> TokenSpec:
    """Check the input and sort its lists. Raises BAD_USER_INPUT."""
    check_text(spec.name, path=["name"], most=LIMITS.name_characters)
    if spec.role not in MEMBER_ROLES:
        raise _refused(
            "role", f"`role` is {spec.role!r}, which is not a role. Choose one of {', '.join(MEMBER_ROLES)}."
        )
    bounds = spec.bounds
    if bounds.scopes is not None:
        bounds = replace(bounds, scopes=_scopes(bounds.scopes, spec.role))
    if bounds.allowed_ips is not None:
        bounds = replace(bounds, allowed_ips=_networks(bounds.allowed_ips))
    if bounds.expires_at is not None:
        check_expiry(bounds.expires_at)
    return replace(spec, bounds=bounds)


def check_expiry(expires_at: datetime) -> None:
    """Raise BAD_USER_INPUT for an expiry in the past."""
    if expires_at <= database_now():
        raise _refused(
            "expiresAt",
            f"`expiresAt` is {expires_at.isoformat()}, which is in the past. Send a later time, or null for never.",
        )


def within(spec: TokenSpec, permissions: Collection[str], maker: TokenRestrictions) -> TokenSpec:
    """Return the new token's spec, limited to the permissions and restrictions of the token's creator.

    Raises FORBIDDEN if the new token would have a permission that the creator lacks. Raises FORBIDDEN if a
    restriction of the new token would be weaker than the same restriction of the creator.
    """
    require_covered(spec.permissions, permissions, ["scopes"])
    bounds = spec.bounds
    if maker.expires_at is not None:
        if bounds.expires_at is not None and bounds.expires_at > maker.expires_at:
            raise _exceeding(
                "expiresAt",
                f"Your token expires at {maker.expires_at.isoformat()}, so a token that your token creates cannot last longer.",
            )
        bounds = replace(bounds, expires_at=bounds.expires_at or maker.expires_at)
    if maker.allowed_ips is not None:
        for entry in bounds.allowed_ips or ():
            if not is_part_of(read_network(entry), maker.allowed_ips):
                raise _exceeding(
                    "allowedIps",
                    f"Your token may not be used from {entry}, but only from {', '.join(maker.allowed_ips)}.",
                )
        bounds = replace(bounds, allowed_ips=bounds.allowed_ips or maker.allowed_ips)
    return replace(spec, bounds=bounds)


def require_covered(wanted: Collection[str], permissions: Collection[str], path: Sequence[str]) -> None:
    """Raise FORBIDDEN if ``wanted`` contains a permission that the caller does not have."""
    lacking = sorted(set(wanted) - set(permissions))
    if lacking:
        fix = (
            SIGN_IN if ONLY_BY_SCOPE.issuperset(lacking) else "Choose a lower role or fewer `scopes`, or ask an owner."
        )
        raise NormalizedError(
            "FORBIDDEN",
            f"The token has permissions that you lack: {', '.join(lacking)}. {fix}",
            details={"permissions": [*lacking]},
            path=path,
        )


def check_overlap(seconds: int) -> int:
    """Return ``seconds``. Raises BAD_USER_INPUT if ``seconds`` is below 0 or exceeds 30 days."""
    if not 0 <= seconds <= MOST_OVERLAP_SECONDS:
        raise _refused(
            "overlapSeconds",
            f"`overlapSeconds` is {seconds}, and must be from 0 to {MOST_OVERLAP_SECONDS} (30 days). Send another number.",
        )
    return seconds


def _scopes(scopes: Sequence[str], role: str) -> tuple[str, ...]:
    known = permissions_of(role)
    unknown = sorted(set(scopes) - known)
    if unknown:
        raise _refused(
            "scopes",
            f"`scopes` has {unknown[0]!r}, which is not a permission of the role {role}. Choose from: {', '.join(sorted(known))}.",
        )
    if not scopes:
        raise _refused(
            "scopes", "`scopes` is empty, so the token could do nothing. Send null for all permissions of the role."
        )
    return tuple(sorted(set(scopes)))


def _networks(entries: Sequence[str]) -> tuple[str, ...]:
    if not 0 < len(entries) <= MOST_NETWORKS:
        raise _refused(
            "allowedIps",
            f"`allowedIps` has {len(entries)} entries, and must have 1 to {MOST_NETWORKS}. Send null to allow all addresses.",
        )
    found = []
    for entry in entries:
        try:
            found.append(str(read_network(entry)))
        except ValueError:
            raise _refused(
                "allowedIps",
                f"`allowedIps` has {entry[:64]!r}, which is neither an address nor a network. Send an entry such as 203.0.113.7 or 10.0.0.0/8, "
                "without host bits after the prefix.",
            ) from None
    return tuple(dict.fromkeys(found))


def _refused(field: str, message: str) -> NormalizedError:
    return NormalizedError("BAD_USER_INPUT", message, path=[field])


def _exceeding(field: str, message: str) -> NormalizedError:
    return NormalizedError("FORBIDDEN", f"{message} Send a narrower `{field}`.", path=[field])


def lifetime_left(created_at: datetime, expires_at: datetime | None, now: datetime) -> datetime | None:
    # Valid for as long as the old token was. None if the old token never expires.
    return None if expires_at is None else now + (expires_at - created_at)
