"""Makes an entry of Django's setting DATABASES from a URL."""

from __future__ import annotations

import math
from urllib.parse import parse_qsl, unquote, urlsplit

import django

from automate.kernel.answering import SOCKET_OPTIONS

BY_KEY = " -c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off -c plan_cache_mode=force_generic_plan"
"""Without these options, a statement that was prepared while a tenant's tables were empty would read whole
tables until the next ANALYZE. Without ``force_generic_plan``, the statement would be planned again for each
set of jobs."""


def database(
    url: str,
    *,
    pool_size: int,
    statement_timeout_ms: int,
    lock_timeout_ms: int,
    process: str,
    connect_seconds: int,
    idle_timeout_ms: int,
    by_key: bool = False,
) -> dict[str, object]:
    """Return an entry of Django's setting DATABASES for a ``postgresql://`` URL."""
    parts = urlsplit(url)
    pooled = pool_size > 0 and django.VERSION >= (5, 1)
    options: dict[str, object] = {
        **SOCKET_OPTIONS,
        "connect_timeout": connect_seconds,
        **dict(parse_qsl(parts.query)),  # such as sslmode, or another tcp_user_timeout
        # Statements of the owner, such as those of a migration, may take hours; the scheduler's rounds may not.
        "answer_seconds": statement_timeout_ms / 1000 + 5 if statement_timeout_ms else math.inf,
        "options": f"-c statement_timeout={statement_timeout_ms}"
        f" -c lock_timeout={lock_timeout_ms}"
        f" -c idle_in_transaction_session_timeout={idle_timeout_ms}"
        # Our statements find their rows by key. At the default of 4, meant for spinning disks, PostgreSQL would read
        # whole tables. No statement runs long enough to be worth compiling.
        " -c random_page_cost=1.1 -c jit=off" + (BY_KEY if by_key else ""),
        "application_name": process,
        "server_side_binding": True,
        # psycopg's default, which Django switches off for pools that share sessions between transactions; our sessions
        # have a role each. Planning was half of the server's cost of a single run.
        "prepare_threshold": 5,
    }
    if pooled:
        # By default, a pool retries for five minutes at growing intervals and starts no new attempt meanwhile. Web
        # would stay unready for as long again as PostgreSQL was unavailable. With these limits, a readiness check fails
        # early. No request waits for anything but a new connection, because a pool has one for each thread.
        patience = {"timeout": 2, "reconnect_timeout": 2}
        options["pool"] = {"min_size": 1, "max_size": pool_size, "max_lifetime": 1800, **patience}
    return {
        "ENGINE": "tenants.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        # A thread of relay or worker keeps its connection; a pooled request returns its connection.
        "CONN_MAX_AGE": 0 if pool_size else None,
        "CONN_HEALTH_CHECKS": not pool_size,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "PLANS_FOR_EACH_SCOPE": by_key,
    }
