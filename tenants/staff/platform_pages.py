"""The pages of Django admin that show data of all tenants."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial

from django.contrib.admin import action
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html

from tenants.models import ApiToken, Plan, PlatformAuditEntry, Tenant
from tenants.people.models import Membership, User
from tenants.staff.acts import revoke_tokens
from tenants.staff.models import REVOKE_TOKENS, VIEW_AUDIT, VIEW_TENANTS, named
from tenants.staff.pages import ActionRedirect, ReadOnlyAdmin, chosen, load_slugs, uuid_in
from tenants.staff.paths import tenant_path
from tenants.staff.plan_pages import PlanPage
from tenants.staff.rows import AdminRow, Rows
from tenants.staff.showing import EMPTY, actor, column, document, flag, inert, reference, state, text, timestamp

NO_TENANT = uuid.UUID(int=0)


def _of_tenant(queryset: Rows, term: str) -> Rows | None:
    # None if no such tenant exists.
    row_id = uuid_in(term)
    tenants = Tenant.objects.filter(id=row_id) if row_id is not None else Tenant.objects.filter(slug=term)
    tenant = tenants.values_list("id", flat=True).first()
    return queryset.filter(tenant_id=tenant) if tenant is not None else None


class PlatformPage(ReadOnlyAdmin):
    history = "tenants_platformauditentry"


class OfTenants(PlatformPage):
    """A page of Django admin. Each row of the page belongs to a tenant."""

    def load_related(self, rows: Sequence[Model]) -> None:
        load_slugs(rows, Tenant, "tenant")

    def history_term(self, row: AdminRow) -> str:
        """Return the id of the row's tenant."""
        return str(row.tenant_id or "")


def _door(row: Tenant) -> str:
    return format_html('<a href="{}">open</a>', tenant_path(row.slug))


class TenantPage(PlatformPage):
    permission = VIEW_TENANTS
    names = "Tenants"
    searched = "beginning of the slug, id, or external id"
    shown = (
        text("slug"), text("name"), state("state"), text("plan"), timestamp("created_at", "created"), column("data", _door),
    )  # fmt: skip
    details = (
        text("slug"), text("name"), column("data", _door), state("state"), text("state_reason"), text("external_id"), text("plan"),
        text("timezone"), document("allowed_networks", lambda row: row.allowed_networks), timestamp("created_at", "created"), reference("id"),
    )  # fmt: skip

    def found(self, queryset: Rows, term: str) -> Rows:
        if uuid_in(term) is not None:
            return super().found(queryset, term)
        by_slug = queryset.filter(slug__startswith=term)
        return by_slug if by_slug.exists() else queryset.filter(external_id=term)

    def label(self, row: Tenant) -> str:
        return str(row.slug)


class PersonPage(PlatformPage):
    permission = VIEW_TENANTS
    names = "People"
    hidden = ("password",)
    searched = "beginning of the e-mail address, or id"
    shown = (
        text("email"),
        text("name"),
        flag("is_staff", "staff"),
        flag("is_active", "active"),
        timestamp("last_login"),
    )
    details = (
        text("email"), text("name"), flag("is_staff", "staff"), flag("is_superuser", "superuser"), flag("is_active", "active"),
        timestamp("date_joined", "joined"), timestamp("last_login"), reference("id"),
    )  # fmt: skip

    def found(self, queryset: Rows, term: str) -> Rows:
        if uuid_in(term) is not None:
            return super().found(queryset, term)
        return queryset.filter(email__startswith=term.lower())

    def label(self, row: User) -> str:
        return str(row.email)


def _email(row: Membership) -> str:
    return inert(row.user.email)


class MembershipPage(OfTenants):
    permission = VIEW_TENANTS
    names = "Members"
    searched = "slug or id of a tenant, or a person's whole e-mail address"
    shown = (column("person", _email), text("tenant_slug", "tenant"), text("role"), timestamp("created_at", "since"))
    details = (*shown, reference("id"))

    def get_queryset(self, request: HttpRequest) -> Rows:
        return (
            super()
            .get_queryset(request)
            .select_related("user")
            .only("id", "tenant_id", "role", "created_at", "user__email")
        )

    def found(self, queryset: Rows, term: str) -> Rows:
        if "@" in term:
            person = User.objects.filter(email=term.lower()).values_list("id", flat=True).first()
            return queryset.filter(user_id=person or NO_TENANT)
        found = _of_tenant(queryset, term)
        return super().found(queryset, term) if found is None else found

    def label(self, row: Membership) -> str:
        return f"{row.user.email}, {row.role}"


def _scopes(row: ApiToken) -> str:
    return "all of the role" if row.scopes is None else inert(", ".join(map(str, row.scopes)), 1_000)


def _maker(row: ApiToken) -> str:
    return inert(str((row.created_by or {}).get("name", ""))) or EMPTY


def _standing(row: ApiToken) -> str:
    return "revoked" if row.revoked_at is not None else "not revoked"


class TokenPage(OfTenants):
    permission = VIEW_TENANTS
    names = "API tokens"
    hidden = ("digest", "proof")
    actions = ("revoke",)
    searched = "slug or id of a tenant, or id of a token"
    shown = (
        text("prefix"), text("name"), text("tenant_slug", "tenant"), text("role"), column("standing", _standing),
        timestamp("expires_at", "expires"), timestamp("created_at", "created"),
    )  # fmt: skip
    details = (
        *shown, column("scopes", _scopes), document("allowed_ips", lambda row: row.allowed_ips, "allowed addresses"),
        column("maker", _maker, "created by"), timestamp("revoked_at", "revoked"), reference("id"),
    )  # fmt: skip

    def found(self, queryset: Rows, term: str) -> Rows:
        found = _of_tenant(queryset, term)
        return super().found(queryset, term) if found is None else found

    def label(self, row: ApiToken) -> str:
        return f"{row.prefix}… {row.name}"

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(named(REVOKE_TOKENS)))

    @action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, _queryset: Rows) -> ActionRedirect:
        reason, proof = request.POST.get("reason", ""), request.staff_proof  # type: ignore[attr-defined] # set by StaffMiddleware; django-stubs knows no attributes of ours
        return ActionRedirect(request.get_full_path(), partial(revoke_tokens, chosen(request), reason, proof))


class PlatformAuditPage(OfTenants):
    permission = VIEW_AUDIT
    names = "The platform's audit record"
    searched = "slug or id of a tenant, or id of an entry"
    shown = (
        timestamp("at", "time"), actor(), text("action"), text("object_label", "object"), text("tenant_slug", "tenant"),
    )  # fmt: skip
    details = (
        *shown, text("object_kind"), reference("object_id"), document("changes", lambda row: row.changes), reference("trace_id"),
        reference("hash"), reference("id"),
    )  # fmt: skip

    def found(self, queryset: Rows, term: str) -> Rows:
        found = _of_tenant(queryset, term)
        return super().found(queryset, term) if found is None else found

    def label(self, row: PlatformAuditEntry) -> str:
        return str(row.action)


PAGES: dict[type[Model], type[ReadOnlyAdmin]] = {
    Tenant: TenantPage,
    Plan: PlanPage,
    User: PersonPage,
    Membership: MembershipPage,
    ApiToken: TokenPage,
    PlatformAuditEntry: PlatformAuditPage,
}
