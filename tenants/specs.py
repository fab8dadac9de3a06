"""The input of ``upsertTenants``, and the checks of this input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import available_timezones

from automate.kernel.email_addresses import checked
from automate.kernel.errors import NormalizedError
from automate.kernel.inside import WANTED, read_inside
from automate.kernel.limits import LIMITS
from automate.kernel.text import TENANT_SLUG, Path, check_pattern, check_text
from tenants.plans import STANDARD_PLAN

MAX_TENANTS_PER_CALL = 100
MAX_ALLOWED_NETWORKS = 100


@dataclass(frozen=True)
class TenantSpec:
    external_id: str
    """Your id of the tenant. It never changes."""
    slug: str
    """The name in URLs. It never changes."""
    name: str
    plan: str = STANDARD_PLAN
    allowed_networks: tuple[str, ...] | None = None
    """All internal networks that the tenant's connectors may reach. None keeps the current networks."""
    owner: str | None = None
    """The address of the first owner, who is invited if the tenant has no owner; None to invite no owner."""
    timezone: str | None = None
    """The zone of the days and months of its budgets. None keeps the current one, which is UTC for a new tenant."""


def check_specs(specs: Sequence[TenantSpec]) -> None:
    """Check each of the tenant specs in the input.

    Raises BAD_USER_INPUT or LIMIT_EXCEEDED for the first error, with the path of its field.
    """
    if not specs:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"`tenants` is empty. One call takes 1 to {MAX_TENANTS_PER_CALL} tenants. Send at least one.",
            path=["tenants"],
        )
    if len(specs) > MAX_TENANTS_PER_CALL:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"`tenants` has {len(specs)} entries. One call takes 1 to {MAX_TENANTS_PER_CALL} tenants. Send several calls.",
            details={"most": MAX_TENANTS_PER_CALL},
            path=["tenants"],
        )
    external_ids: set[str] = set()
    slugs: set[str] = set()
    for index, spec in enumerate(specs):
        place = ("tenants", index)
        check_text(spec.external_id, path=(*place, "externalId"), most=LIMITS.text_characters)
        check_text(spec.name, path=(*place, "name"), most=LIMITS.name_characters)
        check_pattern(
            spec.slug,
            TENANT_SLUG,
            path=(*place, "slug"),
            wanted="2 to 63 lower-case letters, digits and single hyphens; it begins with a letter and does not end with a hyphen",
        )
        _check_networks(spec.allowed_networks or (), (*place, "allowedNetworks"))
        if spec.timezone is not None and spec.timezone not in zones():
            message = f"{spec.timezone[:64]!r} is not the name of a time zone. Write a name of the IANA database, such as Europe/Berlin."
            raise NormalizedError("BAD_USER_INPUT", message, path=(*place, "timezone"))
        if spec.owner is not None:
            checked(spec.owner, (*place, "owner"))
        if spec.external_id in external_ids or spec.slug in slugs:
            field = "externalId" if spec.external_id in external_ids else "slug"
            raise NormalizedError(
                "BAD_USER_INPUT",
                f"Two tenants in this call have the same `{field}`. Send each tenant once.",
                path=(*place, field),
            )
        external_ids.add(spec.external_id)
        slugs.add(spec.slug)


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """Return the names of all time zones. Cached, because reading some hundred files takes time."""
    return frozenset(available_timezones())


def _check_networks(entries: Sequence[str], path: Path) -> None:
    if len(entries) > MAX_ALLOWED_NETWORKS:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"`allowedNetworks` has {len(entries)} entries, and the maximum is {MAX_ALLOWED_NETWORKS}. Send fewer entries.",
            details={"most": MAX_ALLOWED_NETWORKS},
            path=path,
        )
    for index, entry in enumerate(entries):
        place = (*path, index)
        check_text(entry, path=place, most=LIMITS.text_characters)
        try:
            read_inside(entry)
        except ValueError:
            message = (
                f"{entry!r} is not an entry that allows a network. Each entry of `allowedNetworks` must be {WANTED}."
            )
            raise NormalizedError("BAD_USER_INPUT", message, path=place) from None
