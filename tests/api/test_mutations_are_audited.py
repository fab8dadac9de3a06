"""Every mutation of the schemas writes an entry of the audit record when it changes anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.held_secrets import hold_secret
from tests.support.mutation_walk import Walker


@pytest.fixture
def walker(plane: Any, api: Api, platform: Api, monkeypatch: pytest.MonkeyPatch) -> Walker:
    # A recipe's workflow names it.
    hold_secret(monkeypatch, plane.tenant, "SLACK_TOKEN", "xoxb-1")
    return Walker(plane, api, platform)


def mutations() -> tuple[set[str], set[str]]:
    """Of a tenant's schema, and of the platform's."""
    from graphql_schema.schema import platform_schema, tenant_schema

    return tuple(set(one._schema.mutation_type.fields) for one in (tenant_schema, platform_schema))  # type: ignore[return-value]


def unaudited(walker: Walker) -> list[str]:
    """Mutations that the walk leaves out, and mutations that wrote no entry."""
    return sorted(
        name
        for names, walked in zip(mutations(), (walker.walked, walker.of_platform), strict=True)
        for name in names
        if not walked.get(name)
    )


def test_every_mutation_is_walked() -> None:
    """Fails at once for a new mutation; the walk itself is slow."""
    from tests.support import mutation_walk

    source = Path(mutation_walk.__file__).read_text()
    assert [name for names in mutations() for name in sorted(names) if f'"{name}"' not in source] == []


@pytest.mark.slow
def test_every_mutation_writes_an_entry(walker: Walker) -> None:
    walker.walk()
    assert unaudited(walker) == []


def test_mutation_that_writes_no_entry_is_found(walker: Walker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: a verb that forgets its entry."""
    from automate.vault import services
    from tests.support import mutation_walk

    mutation_walk.tenants(walker)
    walker.act("saveSecret", {"name": "A_KEY", "allowedHosts": []})
    before = unaudited(walker)
    walker.walked.clear()
    mutation_walk.tenants(walker)
    monkeypatch.setattr(services.audit, "record", lambda *_entry: None)
    walker.act("saveSecret", {"name": "B_KEY", "allowedHosts": []})
    assert set(unaudited(walker)) - set(before) == {"saveSecret"}
