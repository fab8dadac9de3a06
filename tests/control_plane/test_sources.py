"""A source's secrets have versions: each event says which one proved its sender, and the old one can go."""

from __future__ import annotations

import base64
import hmac
import json

import pytest
from django.db import OperationalError

from automate.audit.models import AuditEntry
from automate.events import services
from automate.events.models import Event, Source
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.triggers import receiving
from automate.triggers.queries import find_source
from automate.triggers.sources import delete_source, save_source, set_enabled
from tests.support.facts import naming
from tests.support.source_requests import post, recorded_statements

NEW, OLD, OLDEST = "the newest secret", "the older secret", "the oldest secret"
BODY = b'{"zen": "Design for failure."}'


def save(**changes):
    given = {"slug": "gh", "scheme": "GITHUB", "secrets": None, "options": None, "expected_revision": None}
    return save_source(**{**given, **changes})


def versions() -> dict[str, int | None]:
    """Of the secrets that stand, by their text."""
    found = find_source("gh")
    assert found is not None
    return {text: found.version_of(place) for place, text in enumerate(found.opened_secrets())}


def refusal(**changes) -> tuple[str, list[str]]:
    with pytest.raises(NormalizedError) as caught:
        save(**changes)
    assert NEW not in caught.value.message
    return caught.value.code, caught.value.path


@pytest.fixture
def acting(tenant):
    with acting_for(tenant.ref):
        yield


def sent(tenant, secret: str):
    proof = "sha256=" + hmac.new(secret.encode(), BODY, "sha256").hexdigest()
    return post(f"/t/{tenant.ref.slug}/hooks/gh", BODY, **{"X-Hub-Signature-256": proof, "X-GitHub-Event": "ping"})


def test_secrets_are_numbered_the_newest_highest(acting):
    save(secrets=[OLD, OLDEST])
    assert versions() == {OLD: 2, OLDEST: 1}
    save(add_secrets=[NEW])
    assert versions() == {NEW: 3, OLD: 2, OLDEST: 1}
    save(revoke_secrets=[1, 2])
    assert versions() == {NEW: 3}
    save(secrets=[OLD, NEW])
    assert versions() == {OLD: 4, NEW: 3}, "a number is never given out again, and what stands keeps its own"
    changes = list(
        AuditEntry.objects.filter(action__startswith="source.").order_by("id").values_list("changes", flat=True)
    )
    assert [entry["versions"] for entry in changes] == [
        [[], [1, 2]],
        [[1, 2], [1, 2, 3]],
        [[1, 2, 3], [3]],
        [[3], [3, 4]],
    ]
    stored = json.dumps([Source.objects.get(slug="gh").secrets, changes])
    for secret in (NEW, OLD, OLDEST):
        assert secret not in stored
        assert base64.b64encode(secret.encode()).decode() not in stored


def test_change_of_secrets_that_cannot_be_is_refused_with_its_place(acting):
    save(secrets=[OLD])
    assert refusal(secrets=[NEW], add_secrets=[NEW]) == ("BAD_USER_INPUT", ["addSecrets"])
    assert refusal(secrets=[NEW], revoke_secrets=[1]) == ("BAD_USER_INPUT", ["revokeSecrets"])
    assert refusal(add_secrets=["short"]) == ("BAD_USER_INPUT", ["addSecrets", "0"])
    assert refusal(add_secrets=[NEW], revoke_secrets=[7]) == ("BAD_USER_INPUT", ["revokeSecrets", "0"])
    assert refusal(revoke_secrets=[1]) == ("BAD_USER_INPUT", ["secrets"]), "anyone could send"
    assert refusal(scheme="SHOPIFY") == ("BAD_USER_INPUT", ["secrets"]), "another scheme begins without"
    assert versions() == {OLD: 1}
    save(scheme="SHOPIFY", secrets=[NEW])
    assert versions() == {NEW: 2}


def test_event_says_which_secret_proved_its_sender_until_that_one_is_revoked(tenant):
    with acting_for(tenant.ref):
        save(secrets=[NEW, OLD])
    assert [sent(tenant, secret).status_code for secret in (OLD, NEW, OLDEST)] == [202, 202, 401]
    with acting_for(tenant.ref):
        assert list(Event.objects.order_by("id").values_list("secret_version", flat=True)) == [1, 2]
        save(revoke_secrets=[1])
    assert [sent(tenant, secret).status_code for secret in (OLD, NEW)] == [401, 202]


def test_use_of_a_secret_is_noted_once_in_a_minute(tenant, monkeypatch):
    monkeypatch.setattr(services, "KEYS_PER_PRUNING", 1 << 128)  # else one key in 64 prunes, by chance

    def used() -> dict[str, str]:
        with acting_for(tenant.ref):
            return Source.objects.get(slug="gh").secret_uses

    with acting_for(tenant.ref):
        save(secrets=[NEW, OLD])
    with recorded_statements() as statements:
        assert sent(tenant, OLD).status_code == sent(tenant, OLD).status_code == 202
    said = [statement.split()[0] for statement in statements if "FROM tenant" not in statement]
    assert said == ["SELECT", "WITH", "UPDATE", "SELECT", "WITH"]
    first = used()
    assert list(first) == ["1"]
    monkeypatch.setattr(receiving, "EXACT_TO_SECONDS", 0)
    assert sent(tenant, OLD).status_code == 202
    assert used()["1"] > first["1"]


def test_use_that_cannot_be_noted_costs_no_webhook(tenant, monkeypatch):
    with acting_for(tenant.ref):
        save(secrets=[NEW])

    def broken(*_args, **_kwargs):
        raise OperationalError("away")

    monkeypatch.setattr(receiving, "mark_used", broken)
    assert sent(tenant, NEW).status_code == 202


def test_disabled_source_answers_as_none_until_it_is_enabled(tenant):
    with acting_for(tenant.ref):
        save(secrets=[NEW])
        set_enabled("gh", enabled=False, expected_revision=1)
    answer = sent(tenant, NEW)
    assert (answer.status_code, answer.json()["message"]) == (404, naming("URL"))
    with acting_for(tenant.ref):
        set_enabled("gh", enabled=False, expected_revision=None)
        set_enabled("gh", enabled=True, expected_revision=2)
    assert sent(tenant, NEW).status_code == 202
    with acting_for(tenant.ref):
        actions = AuditEntry.objects.filter(object_kind="source").order_by("id").values_list("action", flat=True)
        assert list(actions) == ["source.create", "source.disable", "source.enable"]


def test_deleted_source_leaves_its_events_and_frees_its_slug(tenant):
    with acting_for(tenant.ref):
        first = save(secrets=[NEW])
    assert sent(tenant, NEW).status_code == 202
    with acting_for(tenant.ref):
        assert delete_source("gh", expected_revision=1) == first
        gone = Source.objects.get(id=first)
        assert (gone.secrets, gone.enabled, gone.slug) == ([], False, "gh")
        assert find_source("gh") is None
    assert sent(tenant, NEW).status_code == 404
    with acting_for(tenant.ref):
        second = save(secrets=[OLD])
    assert second != first
    assert sent(tenant, OLD).status_code == 202
    with acting_for(tenant.ref):
        assert set(Event.objects.values_list("source_id", flat=True)) == {first, second}
        entry = AuditEntry.objects.get(action="source.delete")
        assert (entry.object_id, entry.object_label, entry.changes["secret_count"]) == (str(first), "gh", [1, 0])


@pytest.mark.parametrize("act", [delete_source, lambda slug, **given: set_enabled(slug, enabled=False, **given)])
@pytest.mark.parametrize(
    ("slug", "revision", "refused"),
    [
        ("nothing", None, ("NOT_FOUND", ["source"])),
        ("api", None, ("BAD_USER_INPUT", ["source"])),
        ("gh", 7, ("CONFLICT", ["expectedRevision"])),
    ],
)
def test_source_that_is_not_there_or_built_in_or_newer_is_left_alone(acting, act, slug, revision, refused):
    save(secrets=[NEW])
    with pytest.raises(NormalizedError) as caught:
        act(slug, expected_revision=revision)
    assert (caught.value.code, caught.value.path) == refused
    assert find_source("gh").enabled
