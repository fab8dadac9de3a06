"""How passwords are hashed."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher

KIB_OF_MEMORY = 64 * 1024


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the second parameters that RFC 9106 recommends: 64 MiB, three passes, four lanes.

    Django's 100 MiB would cost web more memory for each sign-in at the same time, and has one pass less.
    """

    time_cost = 3
    memory_cost = KIB_OF_MEMORY
    parallelism = 4
