"""Texts that name the place of an encrypted value in the database. Decryption needs the same text as encryption."""

from __future__ import annotations

import uuid


def endpoint_place(tenant_id: uuid.UUID, endpoint_id: uuid.UUID) -> str:
    return f"{tenant_id}|webhook_endpoint|{endpoint_id}"
