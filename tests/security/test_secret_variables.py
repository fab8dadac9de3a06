"""No two (tenant, name) pairs share the environment variable that holds a secret."""

from __future__ import annotations

import os
import uuid
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import TenantRef, acting_for, current_tenant, schema_of
from automate.kernel.text import TENANT_SLUG
from automate.vault.backends.environment import EnvironmentBackend, held_names, held_slugs, variable_of
from automate.vault.resolving import Values

# Any text of a slug's characters that the rule for slugs lets through.
slugs = st.text("abz09-", min_size=2, max_size=12).filter(TENANT_SLUG.fullmatch) | st.from_regex(
    r"[a-z][a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,7}", fullmatch=True
)
# Weighted towards what could be mistaken for the separator.
names = st.from_regex(r"[A-Z][A-Z0-9_]{0,63}", fullmatch=True) | st.from_regex(r"[AE][A_]{0,8}", fullmatch=True)


def read_secret(name: str) -> str:
    """As a worker reads it, where the database holds none."""
    openers = EnvironmentBackend().find([(name, None)], {})
    return Values(current_tenant().slug, openers).read(name, None)


def secret_exists(name: str) -> bool:
    return name in held_names(current_tenant().slug)


def tenant_of(slug: str) -> TenantRef:
    tenant_id = uuid.uuid4()
    return TenantRef(tenant_id, schema_of(tenant_id), slug)


@given(slugs, names)
def test_variable_tells_tenant_and_name(slug: str, name: str) -> None:
    """What can be read back from it is the same for no other pair."""
    tenant, separator, rest = variable_of(slug, name).removeprefix("AUTOMATE_SECRET_").partition("__")
    assert (tenant.lower().replace("_", "-"), separator, rest) == (slug, "__", name)
    with mock.patch.dict(os.environ, {variable_of(slug, name): "value"}, clear=True):
        assert (held_slugs(), held_names(slug)) == ([slug], [name])


@pytest.mark.parametrize("slug", ["acme--eu", "acme-", "acme---eu", "a--"])
def test_slug_that_could_be_mistaken_reads_nothing(monkeypatch: pytest.MonkeyPatch, slug: str) -> None:
    """A tenant made before such slugs were refused may still be there."""
    monkeypatch.setenv(f"AUTOMATE_SECRET_{slug.upper().replace('-', '_')}__STRIPE_KEY", "sk_live_somebody's")
    with acting_for(tenant_of(slug)):
        assert not secret_exists("STRIPE_KEY")
        with pytest.raises(NormalizedError) as refusal:
            read_secret("STRIPE_KEY")
    assert refusal.value.code == "SECRET_UNAVAILABLE"


def test_two_underscores_in_a_name_reach_no_other_tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOMATE_SECRET_ACME__EU__STRIPE_KEY", "sk_live_of_acme")
    with acting_for(tenant_of("acme")):
        assert read_secret("EU__STRIPE_KEY") == "sk_live_of_acme"
    with acting_for(tenant_of("acme-eu")):
        assert not secret_exists("STRIPE_KEY")


def test_value_that_is_no_text_is_refused_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the environment gives bytes that are no UTF-8: nothing could send it, or find it again."""
    monkeypatch.setenv("AUTOMATE_SECRET_ACME__KEY", os.fsdecode(b"sk_live_\xff\xfe9"))
    with acting_for(tenant_of("acme")), pytest.raises(NormalizedError) as refusal:
        read_secret("KEY")
    assert refusal.value.code == "SECRET_UNAVAILABLE"
    assert "$secret:KEY" in refusal.value.message
    assert "sk_live" not in refusal.value.message
    monkeypatch.setenv("AUTOMATE_SECRET_ACME__KEY", "sch\u00f6n")
    with acting_for(tenant_of("acme")):
        assert read_secret("KEY") == "sch\u00f6n"
