"""The platform's operations on tenants. Each operation writes an audit entry."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models.functions import Now

from automate.audit import services as audit
from automate.budgets.planned.services import derive_budgets
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.problems import no_such
from automate.kernel.roles import OPERATOR_ROLE
from automate.kernel.tenancy import acting_for_platform, schema_of
from automate.kernel.text import check_text
from automate.kernel.transactions import after_commit, in_transaction
from automate.outbox.claims import pause_lane, set_lane
from automate.outbox.wakeups import wake_relay, wake_scheduler
from tenants import claims, directory
from tenants.first_owners import invite_owners
from tenants.models import ACTIVE, SUSPENDED, UTC, ApiToken, Plan, Tenant
from tenants.plan_specs import planned
from tenants.specs import TenantSpec, check_specs
from tenants.tokens import mint

FIRST_TOKEN = "first token"  # noqa: S105 - its name
OWNER = "owner"

WAIT_SECONDS = 2.0
"""How long a call waits for spare schemas before it asks the caller to retry."""
RETRY_SECONDS = 0.1
RETRY_AFTER_SECONDS = 5


@dataclass(frozen=True)
class Upserted:
    """The outcome of ``upsertTenants`` for one tenant."""

    tenant_id: uuid.UUID
    token: str | None
    """The token of a new tenant, which no later call can read; None for a known tenant."""


class _SparesMissingError(Exception):
    # `wanted`: the number of schemas that the call needs.
    def __init__(self, wanted: int) -> None:
        super().__init__(wanted)
        self.wanted = wanted


def upsert_tenants(specs: Sequence[TenantSpec]) -> list[Upserted]:
    """Create or update tenants. If a spec fails, no tenant is created or updated.

    A spec updates the tenant that has the spec's external id. If no tenant has this id, the spec creates a tenant.
    Raises BAD_USER_INPUT or LIMIT_EXCEEDED for an invalid spec. Raises CONFLICT if a spec has the slug of another
    tenant, or would change a tenant's slug. Raises UNAVAILABLE while too few schemas are prepared.
    """
    check_specs(specs)
    with acting_for_platform("upsert tenants", OPERATOR_ROLE):
        give_up_at = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                with in_transaction():
                    return _upsert(specs)
            except _SparesMissingError as missing:
                _ask_for_spares(missing.wanted, last=time.monotonic() >= give_up_at)
            time.sleep(RETRY_SECONDS)


def _upsert(specs: Sequence[TenantSpec]) -> list[Upserted]:
    claims.require_operator()
    claims.lock_tenants()
    known = {
        tenant.external_id: tenant for tenant in Tenant.objects.filter(external_id__in=[s.external_id for s in specs])
    }
    _refuse_taken_slugs(specs, known)
    _refuse_unknown_zones(specs, known)
    plans = _plans_of(specs)
    new = [spec for spec in specs if spec.external_id not in known]
    tokens = _create(new, plans)
    moved = [(tokens[spec.external_id].tenant_id, spec.plan) for spec in new]
    moved += [
        (known[spec.external_id].id, spec.plan)
        for spec in specs
        if spec.external_id in known and _update(known[spec.external_id], spec, plans[spec.plan])
    ]
    for slug in sorted({plan for _, plan in moved}):
        derive_budgets([tenant_id for tenant_id, plan in moved if plan == slug], planned(plans[slug]))
    done = [tokens.get(spec.external_id) or Upserted(known[spec.external_id].id, None) for spec in specs]
    invite_owners({one.tenant_id: spec.owner for one, spec in zip(done, specs, strict=True) if spec.owner is not None})
    return done


def _refuse_taken_slugs(specs: Sequence[TenantSpec], known: Mapping[str, Tenant]) -> None:
    holders = dict(Tenant.objects.filter(slug__in=[spec.slug for spec in specs]).values_list("slug", "external_id"))
    for index, spec in enumerate(specs):
        path = ("tenants", index, "slug")
        if holders.get(spec.slug, spec.external_id) != spec.external_id:
            message = f"Another tenant already has the slug {spec.slug}. Choose another slug."
            raise NormalizedError("CONFLICT", message, path=path)
        tenant = known.get(spec.external_id)
        if tenant is not None and tenant.slug != spec.slug:
            raise NormalizedError(
                "CONFLICT",
                f"The slug of this tenant is {tenant.slug}. A slug cannot change, because URLs of webhooks contain it. "
                f"Send {tenant.slug}.",
                details={"slug": tenant.slug},
                path=path,
            )


def _refuse_unknown_zones(specs: Sequence[TenantSpec], known: Mapping[str, Tenant]) -> None:
    had = {UTC, *(tenant.timezone for tenant in known.values())}
    unknown = set(claims.unknown_zones({spec.timezone for spec in specs if spec.timezone} - had))
    for index, spec in enumerate(specs):
        if spec.timezone in unknown:
            message = f"PostgreSQL does not know the time zone {spec.timezone}. Bring its tzdata up to date, or write another zone."
            raise NormalizedError("BAD_USER_INPUT", message, path=("tenants", index, "timezone"))


def _plans_of(specs: Sequence[TenantSpec]) -> dict[str, Plan]:
    plans = {plan.slug: plan for plan in Plan.objects.order_by("id")}
    for index, spec in enumerate(specs):
        if spec.plan not in plans:
            message = f"No plan has the slug {spec.plan[:64]!r}. Choose one of {', '.join(plans)}, or create a plan with `savePlan`."
            raise NormalizedError("BAD_USER_INPUT", message, path=("tenants", index, "plan"))
    return plans


def _create(specs: Sequence[TenantSpec], plans: Mapping[str, Plan]) -> dict[str, Upserted]:
    # Each gets a schema, a row in the queue, a first token and an audit entry.
    ids = claims.claim_spare_schemas(len(specs))
    if len(ids) < len(specs):
        raise _SparesMissingError(len(specs))
    if specs:
        claims.drop_demand()
    made: dict[str, Upserted] = {}
    tokens: list[ApiToken] = []
    tenants = [
        Tenant(
            id=tenant_id,
            schema_name=schema_of(tenant_id),
            external_id=spec.external_id,
            slug=spec.slug,
            name=spec.name,
            plan=spec.plan,
            allowed_networks=list(spec.allowed_networks or ()),
            timezone=spec.timezone or UTC,
            created_at=Now(),
        )
        for tenant_id, spec in zip(ids, specs, strict=True)
    ]
    Tenant.objects.bulk_create(tenants)
    for tenant in tenants:
        token, row = mint(tenant, FIRST_TOKEN, OWNER)
        tokens.append(row)
        made[tenant.external_id] = Upserted(tenant.id, token)
        set_lane(tenant.id, weight=plans[tenant.plan].weight, paused=False)
        _audit("tenant.create", tenant, {}, {"externalId": tenant.external_id, **_described(tenant)})
    ApiToken.objects.bulk_create(tokens)
    for tenant in tenants:
        # A request may have looked for the slug a short time ago, and its negative result is remembered.
        after_commit(partial(directory.forget, tenant.id, tenant.slug))
    return made


def _update(tenant: Tenant, spec: TenantSpec, plan: Plan) -> bool:
    # Returns whether its plan has changed.
    before, had = _described(tenant), tenant.plan
    tenant.name, tenant.plan = spec.name, spec.plan
    if spec.allowed_networks is not None:
        tenant.allowed_networks = list(spec.allowed_networks)
    tenant.timezone = spec.timezone or tenant.timezone
    after = _described(tenant)
    if before == after:
        return False
    Tenant.objects.filter(id=tenant.id).update(
        name=tenant.name, plan=tenant.plan, allowed_networks=tenant.allowed_networks, timezone=tenant.timezone
    )
    if spec.plan != had:
        set_lane(tenant.id, weight=plan.weight, paused=tenant.state == SUSPENDED)
    _audit("tenant.update", tenant, before, after)
    after_commit(partial(directory.forget, tenant.id, tenant.slug))
    return bool(spec.plan != had)


def _described(tenant: Tenant) -> dict[str, JsonValue]:
    return {
        "name": tenant.name,
        "plan": tenant.plan,
        "allowedNetworks": tenant.allowed_networks,
        "timezone": tenant.timezone,
    }


def _ask_for_spares(wanted: int, *, last: bool) -> None:
    # After the last attempt, raises UNAVAILABLE, so that the client retries.
    with in_transaction():
        claims.demand_spare_schemas(wanted)
    wake_scheduler()
    if last:
        raise NormalizedError(
            "UNAVAILABLE",
            "Each new tenant needs a prepared schema, and too few exist. The scheduler is preparing more."
            " Send the same call again in a few seconds.",
            details={"wanted": wanted, "retry_after_seconds": RETRY_AFTER_SECONDS},
        )


def suspend_tenant(slug: str, reason: str) -> uuid.UUID:
    """Suspend a tenant, and return its id. Raises NOT_FOUND. Raises BAD_USER_INPUT if the reason is not valid."""
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    return _set_state(slug, SUSPENDED, reason)


def resume_tenant(slug: str) -> uuid.UUID:
    """Resume a suspended tenant, and return its id. Raises NOT_FOUND."""
    tenant_id = _set_state(slug, ACTIVE, "")
    wake_relay()
    return tenant_id


def _set_state(slug: str, state: str, reason: str) -> uuid.UUID:
    with acting_for_platform(f"tenant to {state}", OPERATOR_ROLE), in_transaction():
        claims.require_operator()
        claims.lock_tenants()
        tenant = Tenant.objects.filter(slug=check_text(slug, path=["tenant"], most=LIMITS.text_characters)).first()
        if tenant is None:
            raise no_such("tenant", "slug", "tenants", "tenant")
        before = {"state": tenant.state, "reason": tenant.state_reason}
        after = {"state": state, "reason": reason}
        if before != after:
            Tenant.objects.filter(id=tenant.id).update(state=state, state_reason=reason)
            pause_lane(tenant.id, paused=state == SUSPENDED)
            _audit("tenant.suspend" if state == SUSPENDED else "tenant.resume", tenant, before, after)
            after_commit(partial(directory.forget, tenant.id, tenant.slug))
    found: uuid.UUID = tenant.id
    return found


def _audit(action: str, tenant: Tenant, before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> None:
    changes = audit.differences(before, after)
    audit.record_of_platform(action, "tenant", tenant.id, tenant.slug, changes, tenant.id)
