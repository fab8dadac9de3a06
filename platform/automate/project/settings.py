"""Django's settings. Every value that differs between machines comes from the environment."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import django
from django.core.exceptions import ImproperlyConfigured

from automate.kernel.answering import SOCKET_OPTIONS
from automate.kernel.limits import LIMITS
from automate.project.environment import (
    count,
    env,
    http_url,
    key_pair,
    master_keys,
    positive_float,
    positive_int,
    postgres_url,
    redis_url,
    switch,
    text,
)
from automate.project.metrics.bind import Bind
from automate.project.reaching import DEFAULT_HOSTS
from automate.vault.keys import PRIVATE, PUBLIC

AUTOMATE_HOME = Path(env.str("AUTOMATE_HOME", default=".automate"))
AUTOMATE_BASE_URL = http_url("AUTOMATE_BASE_URL", "http://127.0.0.1:8000")
DEBUG = False
LEAST_SECRET_CHARACTERS = 32
SECRET_KEY = text("AUTOMATE_SECRET_KEY")
if len(SECRET_KEY) < LEAST_SECRET_CHARACTERS:
    raise ImproperlyConfigured(
        f"AUTOMATE_SECRET_KEY must be a random text of at least {LEAST_SECRET_CHARACTERS} characters, such as "
        "`openssl rand -hex 32` prints; it signs and seals, and must stay the same"
    )
AUTOMATE_MASTER_KEYS = master_keys("AUTOMATE_MASTER_KEYS")
AUTOMATE_VAULT_KEYS = key_pair(PUBLIC, PRIVATE)
AUTOMATE_SECRET_BACKENDS = env.list("AUTOMATE_SECRET_BACKENDS", default=["database", "environment"])
"""Where values of tenants' secrets come from, in the order in which they are asked: see ``automate.vault.backends``."""
ALLOWED_HOSTS = env.list("AUTOMATE_ALLOWED_HOSTS", default=list(DEFAULT_HOSTS))

SHARED_APPS = [
    "tenants",  # first: its commands stand in front of django-tenants'
    "django_tenants",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "tenants.people",
    "automate.outbox",
    "automate.budgets",
]
TENANT_APPS = [
    "automate.audit",
    "automate.vault",
    "automate.mail",
    "automate.events",
    "automate.workflows",
    "automate.rules",
    "automate.runs",
    "automate.triggers.schedules",
    "automate.endpoints",
]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS, "django_dramatiq"]

AUTH_USER_MODEL = "people.User"
AUTOMATE_INVITATION_URL = text("AUTOMATE_INVITATION_URL", f"{AUTOMATE_BASE_URL}/account/invitations/{{token}}")
"""The page that an invitation's mail leads to, with ``{token}`` in it."""
if "{token}" not in AUTOMATE_INVITATION_URL:
    raise ImproperlyConfigured(
        "AUTOMATE_INVITATION_URL must hold {token}, such as https://portal.example.com/join?token={token}"
    )

TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
DATABASE_ROUTERS = ["tenants.routers.PlacementRouter", "django_tenants.routers.TenantSyncRouter"]

TENANT_BY_HOSTNAME = switch("AUTOMATE_TENANT_BY_HOSTNAME", default=False)

SILENCED_SYSTEM_CHECKS = ["django_tenants.W003"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

ROOT_URLCONF = "automate.project.urls"
ASGI_APPLICATION = "automate.project.asgi.application"
MIDDLEWARE = [
    "automate.project.middleware.TraceMiddleware",
    "automate.project.middleware.ErrorMiddleware",
    "tenants.middleware.TenantMiddleware",
]

METRICS_BIND = Bind.parse(text("AUTOMATE_METRICS_BIND", "127.0.0.1:0"))
"""Where this process serves /metrics; port 0 is one that the kernel chooses and the log names."""
PROCESS = env.str("AUTOMATE_PROCESS", default="automate")
WEB_THREADS = positive_int("AUTOMATE_WEB_THREADS", 8)
"""How many requests of one web process run at once, beside webhooks and health checks."""
WEB_INTAKE_THREADS = positive_int("AUTOMATE_WEB_INTAKE_THREADS", 16)
"""How many webhooks and approval pages of one web process run at once."""
WEB_SOCKET_THREADS = 8
WEB_SOCKETS = positive_int("AUTOMATE_WEB_SOCKETS", 5_000)
"""WebSockets that one web process holds open."""
SOCKETS_PER_TENANT = positive_int("AUTOMATE_SOCKETS_PER_TENANT", 2_000)
"""WebSockets of one tenant in one web process."""
STREAMS_PER_TENANT = positive_int("AUTOMATE_STREAMS_PER_TENANT", 2_000)
"""Subscriptions of one tenant in one web process, over WebSockets and server-sent events together."""
FEED_BACKLOG_BYTES = positive_int("AUTOMATE_FEED_BACKLOG_BYTES", 4 * 1024 * 1024)
"""Items that may wait for one subscriber of a feed. A subscriber with more is cut with SLOW_CONSUMER."""
WEB_CONNECTIONS = WEB_THREADS + WEB_INTAKE_THREADS + WEB_SOCKET_THREADS + 2
"""Each thread of web has its connection, those of the two health checks too, so that no request waits for one."""
HEAVY_PROCESSES = count("AUTOMATE_HEAVY_PROCESSES", 2 if PROCESS == "web" else 0)
"""How many computations run at once in child processes; 0 for none, so that each request computes its own."""
if HEAVY_PROCESSES == 1:
    raise ImproperlyConfigured(
        "AUTOMATE_HEAVY_PROCESSES must be 0, or at least 2: one tenant gets at most half of them"
    )
API_POINTS_PER_SECOND = positive_int("AUTOMATE_API_POINTS_PER_SECOND", 10_000)
"""What each tenant may spend on GraphQL in all web processes together; a token half of it. 20,000 is one processor."""
STATEMENT_TIMEOUT_MS = positive_int("AUTOMATE_STATEMENT_TIMEOUT_MS", 30_000)
LOCK_TIMEOUT_MS = count("AUTOMATE_LOCK_TIMEOUT_MS", 2_000 if PROCESS == "web" else 0)
"""How long a statement waits for a lock; 0 for as long as the statement may take."""
IDLE_TRANSACTION_TIMEOUT_MS = positive_int("AUTOMATE_IDLE_TRANSACTION_TIMEOUT_MS", 30_000)
ANSWER_SECONDS = STATEMENT_TIMEOUT_MS / 1000 + 5
"""How long PostgreSQL may send nothing. Longer than any statement may take: PostgreSQL ends a slow statement first."""
CONNECT_SECONDS = 10
OVERDUE_SECONDS = positive_float("AUTOMATE_OVERDUE_SECONDS", ANSWER_SECONDS + 25)
"""A process ends itself when one of its loops has not turned for so long."""
if OVERDUE_SECONDS < ANSWER_SECONDS + CONNECT_SECONDS:
    raise ImproperlyConfigured(
        f"AUTOMATE_OVERDUE_SECONDS is {OVERDUE_SECONDS:g}; it must be at least {ANSWER_SECONDS + CONNECT_SECONDS:g}, which is "
        f"AUTOMATE_STATEMENT_TIMEOUT_MS and {5 + CONNECT_SECONDS} s. Otherwise a slow PostgreSQL would end processes that "
        "only wait for it"
    )


def _database(url: str, *, pool_size: int, statement_timeout_ms: int, lock_timeout_ms: int) -> dict[str, Any]:
    parts = urlsplit(url)
    pooled = pool_size > 0 and django.VERSION >= (5, 1)
    options: dict[str, Any] = {
        **SOCKET_OPTIONS,
        "connect_timeout": CONNECT_SECONDS,
        **dict(parse_qsl(parts.query)),  # such as sslmode, or another tcp_user_timeout
        # Statements of the owner, such as those of a migration, may take hours; the scheduler's rounds may not.
        "answer_seconds": statement_timeout_ms / 1000 + 5 if statement_timeout_ms else math.inf,
        "options": f"-c statement_timeout={statement_timeout_ms}"
        f" -c lock_timeout={lock_timeout_ms}"
        f" -c idle_in_transaction_session_timeout={IDLE_TRANSACTION_TIMEOUT_MS}"
        # Our statements know their rows by key; at the default of 4, meant for disks that turn, they read whole tables.
        # And none runs long enough to be worth compiling.
        " -c random_page_cost=1.1 -c jit=off",
        "application_name": PROCESS,
        "server_side_binding": True,
        # psycopg's own default, which Django switches off for those who pool sessions between transactions; ours have a
        # role each. Planning was half of what a lone run cost the server.
        "prepare_threshold": 5,
    }
    if pooled:
        # Left to itself, a pool tries for five minutes at ever longer intervals, and meanwhile asks for nothing anew: web
        # would stay unready for as long again as PostgreSQL was away. And whoever asks whether web is ready is told in
        # good time that it is not: no request waits for anything but a new connection, for a pool has one for each thread.
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
        # A thread of relay or worker keeps its connection; a pooled request gives its own back.
        "CONN_MAX_AGE": 0 if pool_size else None,
        "CONN_HEALTH_CHECKS": not pool_size,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


DATABASES: dict[str, dict[str, Any]] = {
    "default": _database(
        postgres_url("DATABASE_URL", default="postgresql://automate_app@127.0.0.1/automate"),
        pool_size=count("AUTOMATE_DATABASE_POOL_SIZE", WEB_CONNECTIONS if PROCESS == "web" else 0),
        statement_timeout_ms=STATEMENT_TIMEOUT_MS,
        lock_timeout_ms=LOCK_TIMEOUT_MS,
    )
}
if admin_url := postgres_url("AUTOMATE_ADMIN_DATABASE_URL"):
    DATABASES["admin"] = _database(admin_url, pool_size=0, statement_timeout_ms=0, lock_timeout_ms=0)

REDIS_URL = redis_url("REDIS_URL")

# The relay, the queue and the leases
RELAY_POLL_SECONDS = positive_float("AUTOMATE_RELAY_POLL_SECONDS", 1.0)
RELAY_WINDOW_JOBS = positive_int("AUTOMATE_RELAY_WINDOW_JOBS", 80)
RELAY_BATCH_JOBS = positive_int("AUTOMATE_RELAY_BATCH_JOBS", 20)
RESEND_SECONDS = positive_float("AUTOMATE_RESEND_SECONDS", 15.0)
LEASE_SECONDS = positive_float("AUTOMATE_LEASE_SECONDS", 30.0)
HEARTBEAT_SECONDS = positive_float("AUTOMATE_HEARTBEAT_SECONDS", 10.0)
if HEARTBEAT_SECONDS * 2 > LEASE_SECONDS:
    raise ImproperlyConfigured("AUTOMATE_HEARTBEAT_SECONDS must be at most half of AUTOMATE_LEASE_SECONDS")
WORKER_THREADS = positive_int("AUTOMATE_WORKER_THREADS", 8)
RUN_OUTPUT_BYTES = positive_int("AUTOMATE_RUN_OUTPUT_BYTES", LIMITS.run_output_bytes)
"""How much JSON the outputs of one run may have together."""
FEED_HORIZON_SECONDS = positive_int("AUTOMATE_FEED_HORIZON_SECONDS", 86_400)
"""The resume window: for how long a cursor of a feed, or of a list that is followed, can be resumed from."""
SPARE_SCHEMAS = count("AUTOMATE_SPARE_SCHEMAS", 2)

# A process without Redis sends nothing: relay and worker do not start without one.
DRAMATIQ_BROKER: dict[str, Any] = (
    {
        "BROKER": "actors.broker.WakingRedisBroker",
        "OPTIONS": {"url": REDIS_URL, "namespace": "automate"},
        "MIDDLEWARE": [],
    }
    if REDIS_URL
    else {"BROKER": "dramatiq.brokers.stub.StubBroker", "OPTIONS": {}, "MIDDLEWARE": []}
)
DRAMATIQ_AUTODISCOVER_MODULES = ["tasks"]

# Strings, because imports point one way.
AUTOMATE_CONNECTOR_SPECS = "actors.connectors.registry.specs"
AUTOMATE_CONNECTOR_PREVIEW = "actors.connectors.registry.preview"
HEAVY_PRELOAD = [
    "automate.workflows.checking",
    "automate.rules.explanations",
    "automate.runs.previews",
    "automate.runs.testing.playing",
    AUTOMATE_CONNECTOR_SPECS.rpartition(".")[0],
]
"""What children compute with."""
AUTOMATE_MEMBER_LOOKUP = "tenants.people.approvers.find_member"
AUTOMATE_GRAPHQL_VIEW = "graphql_schema.views.graphql"
AUTOMATE_GRAPHQL_STREAM = "graphql_schema.event_stream.stream"
AUTOMATE_GRAPHQL_WEBSOCKET = "graphql_schema.websocket.application"
AUTOMATE_REST_URLS = "rest_api.urls"
AUTOMATE_WEB_LANES = "tenants.lanes.lane_of"

# GraphQL
GRAPHQL_INTROSPECTION = switch("AUTOMATE_GRAPHQL_INTROSPECTION", default=True)
GRAPHIQL = switch("AUTOMATE_GRAPHIQL", default=False)

# Bodies are bounded while they come in, see ``project.http``; a view that is given too much refuses in its own words.
DATA_UPLOAD_MAX_MEMORY_SIZE = None

LOGGING_CONFIG = None
