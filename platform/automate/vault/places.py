"""The places to which sealed values are bound. A value that is copied to another row does not open there."""

from __future__ import annotations

import uuid


def secret_place(tenant_id: uuid.UUID, name: str, version: int | str) -> str:
    return f"secret {tenant_id} {name} {version}"
