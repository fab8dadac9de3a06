"""Each test has the queue to itself, and a tenant of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.api import Api

if TYPE_CHECKING:
    from tests.support.plane import Plane, Root


@pytest.fixture
def planes(root: Root, tenant_factory: Callable[[], Any]) -> Callable[[int], list[Plane]]:
    """Several tenants at once, in the order of their ids."""
    from tests.support.plane import Plane

    def make(count: int) -> list[Plane]:
        refs = sorted((tenant_factory().ref for _ in range(count)), key=lambda ref: ref.id)
        return [Plane(ref, root) for ref in refs]

    return make


@pytest.fixture
def lanes(root: Root) -> Iterator[None]:
    """For tests of tests.support.lanes: the weights of its tenants end with the test."""
    yield
    root.execute("DELETE FROM public.outbox_lane WHERE tenant_id < '00000001-0000-0000-0000-000000000000'")


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of circuit breakers: tests let time pass by moving times in the database, so what is known of it is never remembered."""
    from automate.runs import breaker_view as view

    monkeypatch.setattr(view, "REMEMBER_SECONDS", 0.0)
    monkeypatch.setattr(view, "SUSPECT_SECONDS", 600.0)


@pytest.fixture
def member(plane: Plane) -> Callable[..., Api]:
    """The API as a named principal of a role sees it."""

    def make(name: str, role: str = "owner") -> Api:
        from automate.kernel.tenancy import acting_for_platform
        from tenants.models import Tenant
        from tenants.tokens import mint

        with acting_for_platform("mint a token for a test"):
            token, row = mint(Tenant.objects.get(id=plane.tenant.id), name, role)
            row.save()
        return Api(token)

    return make
