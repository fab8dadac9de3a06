"""Texts that name the place of an encrypted value in the database. Decryption needs the same text as encryption."""

from __future__ import annotations

import uuid


def secret_place(tenant_id: uuid.UUID, name: str, version: int | str) -> str:
    return f"secret {tenant_id} {name} {version}"
