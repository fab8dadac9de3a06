from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.isolation import TENANTS, marker_of


@pytest.fixture(scope="session")
def eight(tenant_factory: Callable[[], Any]) -> list[Any]:
    """Eight tenants with three events each, whose type is the tenant's marker. Tests only read them."""
    made = [tenant_factory() for _ in range(TENANTS)]
    for tenant in made:
        with acting_for(tenant.ref):
            for _ in range(3):
                rows.event({"marker": marker_of(tenant)}, kind=marker_of(tenant))
    return made
