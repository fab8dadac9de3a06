from __future__ import annotations

import time
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models.functions import Now
from django.test import Client

from automate.audit.hashing import FIELDS, entry_hash
from automate.audit.models import AuditEntry
from automate.audit.services import record
from automate.budgets.models import Budget
from automate.events.models import Source
from automate.kernel import access_changes
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.kernel.transactions import in_transaction
from automate.outbox.models import OutboxLane
from automate.rules.models import RuleSet
from tenants import directory, provisioning, services
from tenants.authentication import authenticate
from tenants.demo import ensure_demo_tenants
from tenants.models import ApiToken, Domain, PlatformAuditEntry, SpareSchema, Tenant
from tenants.services import resume_tenant, suspend_tenant, upsert_tenants
from tenants.specs import TenantSpec
from tests.support.facts import naming
from tests.support.racing import race

HOST = Principal(kind="api_token", name="host product", id="1")


def spec_of(external_id: str, **changes: Any) -> TenantSpec:
    return TenantSpec(**{"external_id": external_id, "slug": external_id, "name": external_id, **changes})


@pytest.fixture
def no_spares(database):
    with acting_for_platform("test"):
        SpareSchema.objects.all().delete()


def test_repeated_upsert_changes_name_without_token(tenant):
    slug = tenant.ref.slug
    (again,) = upsert_tenants([spec_of(slug, name="Renamed", plan="business")])
    assert again == services.Upserted(tenant.ref.id, None)
    with acting_for_platform("test"):
        row = Tenant.objects.get(slug=slug)
        assert (row.name, row.plan) == ("Renamed", "business")
        assert OutboxLane.objects.get(tenant_id=row.id).weight == 2
        assert ApiToken.objects.filter(tenant=row).count() == 1


def test_new_tenant_has_what_it_needs(tenant):
    with acting_for(tenant.ref):
        assert sorted(Source.objects.values_list("slug", "built_in", "enabled")) == [
            ("api", True, True),
            ("manual", True, True),
            ("runs", True, True),
            ("schedules", True, True),
            ("signals", True, True),
        ]
        assert RuleSet.objects.get().version == 1
        assert list(Budget.objects.values_list("metric", "window", "limit", "action")) == [
            ("concurrent_runs", "always", 100, "throttle")
        ]
    with acting_for_platform("test"):
        assert list(OutboxLane.objects.filter(tenant_id=tenant.ref.id).values_list("weight", "paused")) == [(1, False)]


@pytest.mark.parametrize(
    "slug", ["a", "Acme", "1acme", "acme_x", "a" * 64, "acme\n", "-acme", "", "acme--eu", "acme-", "a-"]
)
def test_malformed_slug_is_refused(database, slug):
    with pytest.raises(NormalizedError) as refusal:
        upsert_tenants([spec_of("ok", slug=slug)])
    assert (refusal.value.code, refusal.value.path) == ("BAD_USER_INPUT", ["tenants", "0", "slug"])


def test_taken_slug_is_a_conflict(tenant, no_spares):
    with pytest.raises(NormalizedError) as refusal:
        upsert_tenants([spec_of("somebody-else", slug=tenant.ref.slug)])
    assert (refusal.value.code, refusal.value.path) == ("CONFLICT", ["tenants", "0", "slug"])


def test_slug_of_a_tenant_never_changes(tenant):
    with pytest.raises(NormalizedError) as refusal:
        upsert_tenants([spec_of(tenant.ref.slug, slug="another-name")])
    assert refusal.value.code == "CONFLICT"


def test_hundred_and_one_tenants_are_refused(database):
    with pytest.raises(NormalizedError) as refusal:
        upsert_tenants([spec_of(f"many-{number}") for number in range(101)])
    assert (refusal.value.code, refusal.value.details) == ("LIMIT_EXCEEDED", {"most": 100})


def test_list_without_enough_spares_is_all_or_nothing(no_spares, monkeypatch):
    monkeypatch.setattr(services, "WAIT_SECONDS", 0.0)
    provisioning.create_spare_schema()
    names = [spec_of("partly-1"), spec_of("partly-2"), spec_of("partly-3")]
    with pytest.raises(NormalizedError) as refusal:
        upsert_tenants(names)
    assert (refusal.value.code, refusal.value.retryable, refusal.value.details["wanted"]) == ("UNAVAILABLE", True, 3)
    with acting_for_platform("test"):
        assert not Tenant.objects.filter(slug__startswith="partly-").exists()
    assert provisioning.spare_schema_count() == 1
    assert provisioning.keep_spare_schemas() == 2
    made = upsert_tenants(names)
    assert [bool(one.token) for one in made] == [True, True, True]
    assert provisioning.spare_schema_count() == 0
    connections["admin"].close()


def test_racing_upserts_make_one_tenant(no_spares):
    for _ in range(3):
        provisioning.create_spare_schema()
    made = race(6, lambda _: upsert_tenants([spec_of("raced")])[0])
    assert len({one.tenant_id for one in made}) == 1
    assert sum(one.token is not None for one in made) == 1
    assert provisioning.spare_schema_count() == 2


def test_revoked_expired_and_unknown_tokens_answer_alike(tenant_factory):
    revoked, expired = tenant_factory(), tenant_factory()
    assert authenticate(revoked.token).tenant == revoked.ref
    with acting_for_platform("test"):
        ApiToken.objects.filter(tenant_id=revoked.ref.id).update(revoked_at=Now())
        ApiToken.objects.filter(tenant_id=expired.ref.id).update(expires_at=Now())
    # What verbs do by their record.
    access_changes.changed()
    answers = set()
    for token in (revoked.token, expired.token, "automate_" + "x" * 43, "nonsense", "", "\x00", "automate_é"):
        with pytest.raises(NormalizedError) as refusal:
            authenticate(token)
        answers.add((refusal.value.code, refusal.value.message, str(refusal.value.details)))
    assert len(answers) == 1
    assert answers.pop()[0] == "UNAUTHENTICATED"


def test_token_is_stored_as_digest_only(tenant):
    assert len(tenant.token) == len("automate_") + 43 + 6
    with acting_for_platform("test"):
        ((row,),) = fetch("SELECT to_jsonb(a)::text FROM api_token a WHERE tenant_id = %s", [tenant.ref.id])
    assert tenant.token[13:] not in row
    assert tenant.token[:13] in row


def test_suspension_closes_lane_and_refuses_webhooks(tenant):
    url = f"/t/{tenant.ref.slug}/hooks/nothing"
    assert Client().post(url).status_code == 404
    with acting_as(HOST):
        assert suspend_tenant(tenant.ref.slug, "unpaid") == tenant.ref.id
        assert suspend_tenant(tenant.ref.slug, "unpaid") == tenant.ref.id
    answer = Client().post(url)
    assert (answer.status_code, answer.json()["code"]) == (403, "TENANT_SUSPENDED")
    assert authenticate(tenant.token).suspended
    with acting_for_platform("test"):
        assert OutboxLane.objects.get(tenant_id=tenant.ref.id).paused
    assert resume_tenant(tenant.ref.slug) == tenant.ref.id
    assert not authenticate(tenant.token).suspended
    assert Client().post(url).status_code == 404
    with acting_for_platform("test"):
        assert not OutboxLane.objects.get(tenant_id=tenant.ref.id).paused
        entries = PlatformAuditEntry.objects.filter(object_id=str(tenant.ref.id)).order_by("id")
        assert [(entry.action, entry.actor_name) for entry in entries] == [
            ("tenant.create", "automate"),
            ("tenant.suspend", "host product"),
            ("tenant.resume", "automate"),
        ]


@pytest.mark.parametrize("act", [lambda: suspend_tenant("nobody", "x"), lambda: resume_tenant("nobody")])
def test_unknown_tenant_is_not_found(database, act):
    with pytest.raises(NormalizedError) as refusal:
        act()
    assert refusal.value.code == "NOT_FOUND"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE platform_audit_entry SET action = 'x'",
        "DELETE FROM platform_audit_entry",
        "TRUNCATE platform_audit_entry",
    ],
)
def test_platform_record_cannot_be_changed(tenant, statement):
    with acting_for_platform("test"):
        assert PlatformAuditEntry.objects.exists()
        with pytest.raises(DatabaseError, match="permission denied"):
            execute(statement)


def test_tenant_reads_the_acts_upon_itself_alone_in_the_platform_record(tenant, tenant_factory):
    tenant_factory()
    with acting_for(tenant.ref):
        assert set(PlatformAuditEntry.objects.values_list("object_id", flat=True)) == {str(tenant.ref.id)}
    with acting_for(tenant.ref), pytest.raises(DatabaseError, match="permission denied"):
        PlatformAuditEntry.objects.create(at=Now(), tenant_id=tenant.ref.id)


def test_hash_of_an_entry_can_be_recomputed(tenant):
    with acting_for_platform("test"):
        entry = PlatformAuditEntry.objects.get(object_id=str(tenant.ref.id))
    fields = {name: getattr(entry, name) for name in FIELDS}
    assert entry_hash(entry.at, {**fields, "id": str(entry.id)}) == entry.hash
    assert entry_hash(entry.at, {**fields, "id": str(entry.id), "action": "other"}) != entry.hash


def test_audit_entry_dies_with_its_transaction(tenant):
    def act():
        with in_transaction():
            record("thing.change", "thing", "1", "one", {"api_key": (None, "sk_live_abcdef")})
            raise LookupError

    with acting_for(tenant.ref):
        with pytest.raises(LookupError):
            act()
        assert not AuditEntry.objects.exists()
        with in_transaction():
            record("thing.change", "thing", "1", "one", {"api_key": (None, "sk_live_abcdef")})
        assert "sk_live_abcdef" not in str(AuditEntry.objects.get().changes)


def test_hostname_and_path_must_agree(tenant_factory, settings_by_hostname):
    one, other = tenant_factory(), tenant_factory()
    with acting_for_platform("test"):
        Domain.objects.create(domain="one.example.com", tenant_id=one.ref.id)

    def status(slug: str, host: str) -> int:
        return Client().get(f"/t/{slug}/hooks/nothing", headers={"host": host}).status_code

    assert status(one.ref.slug, "one.example.com") == 405
    assert status(one.ref.slug, "one.example.com:8000") == 405
    assert status(other.ref.slug, "one.example.com") == 404
    assert status(other.ref.slug, "shared.example.com") == 405


@pytest.fixture
def settings_by_hostname(monkeypatch):
    monkeypatch.setattr(settings, "TENANT_BY_HOSTNAME", True)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", [".example.com"])


def test_directory_is_bounded_and_remembers_for_a_second(tenant, monkeypatch):
    known = directory.tenant_by_slug(tenant.ref.slug)
    assert (known.ref, known.suspended, known.allowed_networks) == (tenant.ref, False, ())
    with acting_for_platform("test"):
        Tenant.objects.filter(id=tenant.ref.id).update(allowed_networks=["10.0.0.0/8"])
    assert directory.tenant_by_slug(tenant.ref.slug) == known
    later = time.monotonic() + 1.1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert directory.tenant_by_slug(tenant.ref.slug).allowed_networks == ("10.0.0.0/8",)


def test_allowed_networks_are_set_kept_and_cleared(tenant):
    slug = tenant.ref.slug

    def known() -> tuple[str, ...]:
        return directory.tenant_by_id(tenant.ref.id).allowed_networks

    assert known() == ()
    upsert_tenants([spec_of(slug, allowed_networks=("10.1.0.0/16", "db.internal:8443"))])
    assert known() == ("10.1.0.0/16", "db.internal:8443")  # this process asks anew at once
    upsert_tenants([spec_of(slug, name="Renamed")])
    assert known() == ("10.1.0.0/16", "db.internal:8443")
    upsert_tenants([spec_of(slug, name="Renamed", allowed_networks=())])
    assert known() == ()
    with acting_for_platform("test"):
        entries = PlatformAuditEntry.objects.filter(object_id=str(tenant.ref.id)).order_by("id")
        told = [entry.changes.get("allowedNetworks") for entry in entries if entry.action == "tenant.update"]
    assert told == [[[], ["10.1.0.0/16", "db.internal:8443"]], None, [["10.1.0.0/16", "db.internal:8443"], []]]


@pytest.mark.parametrize("entry", ["", "10.0.0.0/33", "localhost", "http://10.0.0.1", "*", "host:65536", "a" * 256])
def test_allowed_network_that_allows_nothing_is_refused(tenant, entry):
    with pytest.raises(NormalizedError) as refusal:
        upsert_tenants([spec_of(tenant.ref.slug, allowed_networks=("10.0.0.0/8", entry))])
    assert (refusal.value.code, refusal.value.path) == ("BAD_USER_INPUT", ["tenants", "0", "allowedNetworks", "1"])


@pytest.mark.parametrize("plan", ["", "gold", "Standard"])
def test_plan_that_there_is_not_is_refused_with_those_that_are(tenant, plan):
    with pytest.raises(NormalizedError) as refusal:
        upsert_tenants([spec_of(tenant.ref.slug, plan=plan)])
    assert (refusal.value.code, refusal.value.path) == ("BAD_USER_INPUT", ["tenants", "0", "plan"])
    assert refusal.value.message == naming("plan", "free", "standard", "business", "enterprise")


def test_hundred_and_one_allowed_networks_are_refused(tenant):
    with pytest.raises(NormalizedError) as refusal:
        upsert_tenants([spec_of(tenant.ref.slug, allowed_networks=("10.0.0.0/8",) * 101)])
    assert (refusal.value.code, refusal.value.details) == ("LIMIT_EXCEEDED", {"most": 100})


def test_demo_tenants_get_fresh_tokens_at_each_start(database):
    first, second = ensure_demo_tenants(), ensure_demo_tenants()
    assert set(first) == set(second) == {"acme", "globex", "platform"}
    assert authenticate(second["platform"]).tenant is None
    assert directory.tenant_by_id(authenticate(second["acme"]).tenant.id).allowed_networks == ("127.0.0.0/8",)
    assert directory.tenant_by_id(authenticate(second["globex"]).tenant.id).allowed_networks == ()
    for token in first.values():
        with pytest.raises(NormalizedError, match="UNAUTHENTICATED"):
            authenticate(token)
