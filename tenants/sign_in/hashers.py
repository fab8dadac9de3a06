"""Computes the hashes of passwords."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher

KIB_OF_MEMORY = 64 * 1024


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the second recommended parameters of RFC 9106: 64 MiB, three passes, four lanes.

    Django's default uses 100 MiB and two passes. It would cost web more memory for each concurrent sign-in.
    """

    time_cost = 3
    memory_cost = KIB_OF_MEMORY
    parallelism = 4
