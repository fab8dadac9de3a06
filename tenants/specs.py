"""What the host product says of its tenants, held to the rules before anything is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.text import TENANT_SLUG, check_pattern, check_text
from tenants.models import STANDARD_PLAN

MAX_TENANTS_PER_CALL = 100
PLAN = re.compile(r"[a-z][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class TenantSpec:
    """external_id: what the host product calls the tenant; it never changes. slug: the name in URLs; neither does it."""

    external_id: str
    slug: str
    name: str
    plan: str = STANDARD_PLAN


def check_specs(specs: Sequence[TenantSpec]) -> None:
    """Raises NormalizedError BAD_USER_INPUT or LIMIT_EXCEEDED with the path of the first fault."""
    if not specs:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"One call takes 1 to {MAX_TENANTS_PER_CALL} tenants; this one names none.",
            path=["tenants"],
        )
    if len(specs) > MAX_TENANTS_PER_CALL:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"One call takes 1 to {MAX_TENANTS_PER_CALL} tenants; this one has {len(specs)}. Send several calls.",
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
            wanted="2 to 63 lower-case letters, digits and single hyphens, begin with a letter, and not end with a hyphen",
        )
        check_pattern(spec.plan, PLAN, path=(*place, "plan"), wanted="the slug of a plan, such as standard")
        if spec.external_id in external_ids or spec.slug in slugs:
            field = "externalId" if spec.external_id in external_ids else "slug"
            raise NormalizedError(
                "BAD_USER_INPUT", f"This {field} comes twice in one call; send it once.", path=(*place, field)
            )
        external_ids.add(spec.external_id)
        slugs.add(spec.slug)
