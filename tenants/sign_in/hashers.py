"""Computes the hashes of passwords."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher

KIB_OF_MEMORY = 64 * 1024


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with 64 MiB, three passes and four lanes (RFC 9106). Django's default would need 100 MiB."""

    time_cost = 3
    memory_cost = KIB_OF_MEMORY
    parallelism = 4
