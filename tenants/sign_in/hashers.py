"""Computes the hashes of passwords."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher

KIB_OF_MEMORY = 64 * 1024


class PasswordHasher(Argon2PasswordHasher):
    """Hashes passwords by Argon2id (RFC 9106): 64 MiB, 3 passes, 4 lanes. Django's default would need 100 MiB."""

    time_cost = 3
    memory_cost = KIB_OF_MEMORY
    parallelism = 4
