"""Texts that name the place of an encrypted value in the database. Decryption needs the same text as encryption."""

from __future__ import annotations

import uuid


def source_place(tenant_id: uuid.UUID, source_id: uuid.UUID) -> str:
    return f"{tenant_id}|source|{source_id}"
