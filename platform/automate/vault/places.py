"""Texts that identify an encrypted value's place in the database. Another place's text cannot decrypt the value."""

from __future__ import annotations

import uuid


def secret_place(tenant_id: uuid.UUID, name: str, version: int | str) -> str:
    return f"secret {tenant_id} {name} {version}"
