"""``automate vault rotate`` from the shell: it says how many values it sealed, and what it could not open."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from automate.kernel.tenancy import acting_for
from automate.vault import envelope
from automate.vault.keys import PRIVATE, new_pair, vault_keys
from automate.vault.services import set_secret
from tenants import vault_rotation
from tests.support.command import Command

OLD, NEW = new_pair("k1")[1], new_pair("k2")[1]


@pytest.fixture
def stored(tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that an older key sealed."""
    monkeypatch.setattr(vault_rotation, "all_tenants", lambda: [tenant.ref])
    monkeypatch.setattr(settings, "AUTOMATE_VAULT_KEYS", vault_keys("", [OLD]))
    with acting_for(tenant.ref):
        set_secret(name="KEY", value="sk_live_value", allowed={}, overlap_seconds=None, expected_revision=None)


def use(monkeypatch: pytest.MonkeyPatch, *private: str) -> None:
    monkeypatch.setenv(PRIVATE, ",".join(private))
    monkeypatch.setattr(settings, "AUTOMATE_VAULT_KEYS", vault_keys("", private))
    envelope._unwrapped.cache_clear()


@pytest.mark.slow
@pytest.mark.usefixtures("stored")
def test_rotation_says_how_many_values_it_sealed(automate: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, NEW, OLD)
    done = automate("vault", "rotate")
    assert (done.status, done.out.split()[:3]) == (0, ["Sealed", "1", "value"])
    assert automate("vault", "rotate").out.split()[:3] == ["Sealed", "0", "values"]


@pytest.mark.slow
@pytest.mark.usefixtures("stored")
def test_rotation_without_the_old_key_names_the_value(
    automate: Command, monkeypatch: pytest.MonkeyPatch, tenant: Any
) -> None:
    use(monkeypatch, NEW)
    done = automate("vault", "rotate")
    assert done.status == 1
    assert f"{tenant.ref.slug}: secret KEY@1" in done.err
    assert "sk_live" not in done.out + done.err


@pytest.mark.slow
@pytest.mark.usefixtures("stored")
def test_interrupted_rotation_says_how_to_continue(automate: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, NEW, OLD)

    def interrupt() -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(vault_rotation, "rewrap_secrets", interrupt)
        assert automate("vault", "rotate").status == 130
    assert automate("vault", "rotate").out.split()[:3] == ["Sealed", "1", "value"]


def test_rotation_needs_the_private_keys(automate: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PRIVATE)
    assert automate("vault", "rotate").status == 1
