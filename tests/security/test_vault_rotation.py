"""``automate vault rotate``: values of older keys come under the current ones, online, in as many attempts as it takes."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from automate.endpoints import sealed_secrets
from automate.endpoints.places import endpoint_place
from automate.endpoints.queries import receivers
from automate.endpoints.sealed_secrets import open_secret
from automate.endpoints.services import save_endpoint
from automate.events.models import Source
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.triggers.places import source_place
from automate.triggers.services import save_source
from automate.vault import envelope, sealing
from automate.vault.keys import new_pair, public_of, vault_keys
from automate.vault.queries import stored_secrets
from automate.vault.resolving import find_values
from automate.vault.services import set_secret
from tenants import vault_rotation
from tests.support.plane import Plane

ADA = Principal(kind="member", name="Ada", id="ada", role="admin")
VALUE, HOOK, BEARER = "sk_live_the_value", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a-long-enough-token"
MASTER = {name: os.urandom(32) for name in ("m1", "m2")}
OLD, NEW = new_pair("k1")[1], new_pair("k2")[1]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Starts the process again with other keys."""

    def use(*private: str, public: str = "", master: tuple[str, ...] = ()) -> None:
        monkeypatch.setattr(settings, "AUTOMATE_VAULT_KEYS", vault_keys(public, private))
        monkeypatch.setattr(settings, "AUTOMATE_MASTER_KEYS", {name: MASTER[name] for name in master})
        envelope._unwrapped.cache_clear()
        sealing._keys.cache_clear()

    yield use
    monkeypatch.undo()
    envelope._unwrapped.cache_clear()
    sealing._keys.cache_clear()


@pytest.fixture
def mine(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Plane:
    monkeypatch.setattr(vault_rotation, "all_tenants", lambda: [plane.tenant])
    return plane


def store(plane: Plane) -> None:
    with acting_for(plane.tenant), acting_as(ADA):
        for _ in range(2):
            set_secret(name="KEY", value=VALUE, allowed={}, overlap_seconds=None, expected_revision=None)


def hook_and_source(plane: Plane) -> None:
    with acting_for(plane.tenant), acting_as(ADA):
        save_endpoint(slug="billing", url="https://x.example", secrets=[HOOK], expected_revision=None)
        save_source(slug="shop", scheme="BEARER", secrets=[BEARER], options=None, expected_revision=None)


def rotate() -> tuple[int, list[str]]:
    done = vault_rotation.rotate(lambda _done, _total: None)
    return done.values, done.unopened


def read(plane: Plane, version: int | None = None) -> str:
    wanted = [("KEY", version)]
    with acting_for(plane.tenant):
        return find_values(plane.tenant.slug, wanted, stored_secrets(wanted)).read("KEY", version)


def key_ids(plane: Plane) -> set[tuple[str, ...]]:
    texts = [text for (text,) in plane.rows("SELECT sealed FROM secret_version")]
    texts += [text for (text,) in plane.rows("SELECT jsonb_array_elements_text(secrets) FROM webhook_endpoint")]
    texts += [text for (text,) in plane.rows("SELECT jsonb_path_query(secrets, '$[*].sealed') #>> '{}' FROM source")]
    return {tuple(text.split(".")[:2]) for text in texts}


def test_all_values_come_under_the_current_keys_and_the_old_ones_may_go(mine: Plane, keys: Any) -> None:
    keys(OLD, master=("m1",))
    store(mine)
    hook_and_source(mine)
    before = mine.rows("SELECT split_part(sealed, '.', 4) FROM secret_version ORDER BY number")
    keys(NEW, OLD, master=("m2", "m1"))
    assert rotate() == (4, [])
    assert key_ids(mine) == {("v2", "k2"), ("v1", "m2")}
    assert mine.rows("SELECT split_part(sealed, '.', 4) FROM secret_version ORDER BY number") == before
    assert rotate() == (0, [])
    keys(NEW, master=("m2",))
    assert (read(mine), read(mine, 1)) == (VALUE, VALUE)
    with acting_for(mine.tenant):
        (row,) = receivers({"key": "billing"})
        assert open_secret(row.secrets[0], endpoint_place(mine.tenant.id, row.id)) == HOOK
        source = Source.objects.get(slug="shop")
        assert sealing.open_sealed(source.secrets[0]["sealed"], source_place(mine.tenant.id, source.id)) == BEARER
    rotations = mine.rows("SELECT object_kind FROM audit_entry WHERE action = 'vault.rotate' ORDER BY id")
    assert rotations == [("secret_version",), ("webhook_endpoint",), ("source",)]


def test_values_that_older_releases_sealed_open_before_and_after_they_move(mine: Plane, keys: Any) -> None:
    """Without a key pair, as during an upgrade, what is written is what an older release reads."""
    keys()
    hook_and_source(mine)
    assert key_ids(mine) == {("v1", "derived")}
    keys(NEW)
    assert rotate() == (1, [])
    assert key_ids(mine) == {("v2", "k2"), ("v1", "derived")}
    with acting_for(mine.tenant):
        (row,) = receivers({"key": "billing"})
        assert open_secret(row.secrets[0], endpoint_place(mine.tenant.id, row.id)) == HOOK


def test_interrupted_rotation_is_continued(
    mine: Plane, keys: Any, tenant_factory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Plane(tenant_factory().ref, mine.root)
    monkeypatch.setattr(vault_rotation, "all_tenants", lambda: [mine.tenant, other.tenant])
    keys(OLD)
    store(mine)
    store(other)
    keys(NEW, OLD)
    seen: list[tuple[int, int]] = []

    def reached(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vault_rotation.rotate(reached)
    assert (seen, key_ids(mine), key_ids(other)) == ([(0, 2), (1, 2)], {("v2", "k2")}, {("v2", "k1")})
    assert (read(mine), read(other)) == (VALUE, VALUE)
    assert rotate() == (2, [])
    assert key_ids(other) == {("v2", "k2")}


def test_value_whose_key_is_lost_is_named_and_left_alone(mine: Plane, keys: Any) -> None:
    keys(OLD)
    store(mine)
    before = mine.rows("SELECT sealed FROM secret_version ORDER BY number")
    keys(NEW)
    values, unopened = rotate()
    assert (values, len(unopened)) == (0, 2)
    assert "secret KEY@1" in unopened[0]
    assert "k1" in unopened[0]
    assert mine.rows("SELECT sealed FROM secret_version ORDER BY number") == before


def test_endpoint_that_is_saved_meanwhile_keeps_what_was_saved(
    mine: Plane, keys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys(OLD)
    hook_and_source(mine)
    keys(NEW, OLD)
    other = f"whsec_{base64.b64encode(b'x' * 24).decode()}"
    reseal = sealed_secrets.resealed

    def saved_meanwhile(stored: str, place: str) -> str:
        save_endpoint(slug="billing", url="https://x.example", secrets=[other], expected_revision=None)
        return reseal(stored, place)

    monkeypatch.setattr(sealed_secrets, "resealed", saved_meanwhile)
    assert rotate()[0] == 0
    with acting_for(mine.tenant):
        (row,) = receivers({"key": "billing"})
        assert open_secret(row.secrets[0], endpoint_place(mine.tenant.id, row.id)) == other


def test_web_recognises_an_endpoint_s_secret_that_it_cannot_open(mine: Plane, keys: Any) -> None:
    keys(OLD)
    hook_and_source(mine)
    keys(public=public_of(OLD))
    with acting_for(mine.tenant), acting_as(ADA):
        before = mine.rows("SELECT revision, secrets::text FROM webhook_endpoint")
        save_endpoint(slug="billing", url="https://x.example", secrets=[HOOK], expected_revision=None)
        assert mine.rows("SELECT revision, secrets::text FROM webhook_endpoint") == before
        save_endpoint(slug="billing", url="https://x.example", secrets=[f"{HOOK[:-4]}AAAA"], expected_revision=None)
        assert mine.rows("SELECT revision, secrets::text FROM webhook_endpoint") != before
