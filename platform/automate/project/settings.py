"""Django's settings. Every value that differs between machines comes from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from automate.kernel.limits import LIMITS
from automate.project.databases import database
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
    retention_days,
    switch,
    text,
)
from automate.project.mail_server import mail_server
from automate.project.metrics_bind import Bind
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

PROCESS = env.str("AUTOMATE_PROCESS", default="automate")
# Relay and workers serve no browsers. They start without the apps that do, which saves 2 MB in each process.
# The scheduler needs them all: it migrates tenants' schemas, and the mark of a schema stands for the migrations of all apps.
_SERVES_BROWSERS = PROCESS.partition("-")[0] not in ("relay", "worker")
_BROWSER_APPS = ["tenants.sign_in", "allauth.account", "allauth.mfa", "tenants.staff"] if _SERVES_BROWSERS else []
SHARED_APPS = [
    "tenants",  # first: its commands stand in front of django-tenants'
    "django_tenants",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "tenants.people",
    *_BROWSER_APPS,
    "automate.outbox",
    "automate.budgets",
    "automate.usage",
    "automate.retention",
]
TENANT_APPS = [
    "automate.audit",
    "automate.vault",
    "automate.mail",
    "automate.notices",
    "automate.saved_views",
    "automate.events",
    "automate.workflows",
    "automate.rules",
    "automate.runs",
    "automate.recovery",
    "automate.triggers.schedules",
    "automate.endpoints",
]
# actors: before django_dramatiq, in front of whose command its own stands
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS, "actors", "django_dramatiq"]
if _SERVES_BROWSERS:
    INSTALLED_APPS += ["allauth", "allauth.headless"]

# People and their sessions: docs/sign_in.md
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["tenants.sign_in.hashers.PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
_HTTPS = AUTOMATE_BASE_URL.startswith("https://")
# With this prefix a browser takes the cookie from this host alone, by https, so no subdomain can plant one.
_COOKIE_PREFIX = "__Host-" if _HTTPS else ""
SESSION_ENGINE = "tenants.sign_in.sessions"
SESSION_COOKIE_AGE = positive_int("AUTOMATE_SESSION_SECONDS", 14 * 86_400)
"""For how long a browser stays signed in."""
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}automate_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}automate_csrf"
# A page reads it and sends it as a header: that it can read it proves that it is ours.
CSRF_COOKIE_HTTPONLY = False
CSRF_TRUSTED_ORIGINS = ["/".join(AUTOMATE_BASE_URL.lower().split("/")[:3])]
CSRF_FAILURE_VIEW = "tenants.sign_in.csrf.failure"
CACHES = {"default": {"BACKEND": "tenants.sign_in.cache.SharedCache", "LOCATION": "sign-in"}}

ACCOUNT_ADAPTER = "tenants.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "tenants.sign_in.adapters.shown_name"
ACCOUNT_EMAIL_VERIFICATION = "none"
# Django's own: allauth's writes a row for the address of each person who asks.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - a class
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
# An address that belongs to no person gets no mail: whoever types addresses may not have us write to strangers.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
HEADLESS_ADAPTER = "tenants.sign_in.adapters.HeadlessAdapter"
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
MFA_ADAPTER = "tenants.sign_in.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# The code of the last half minute and that of the next are good, too: RFC 6238's allowance for clocks.
MFA_TOTP_TOLERANCE = 1
AUTOMATE_PASSWORD_RESET_URL = text(
    "AUTOMATE_PASSWORD_RESET_URL", f"{AUTOMATE_BASE_URL}/account/reset-password?key={{key}}"
)
"""The page that a password reset mail leads to, with ``{key}`` in it."""
if "{key}" not in AUTOMATE_PASSWORD_RESET_URL:
    raise ImproperlyConfigured(
        "AUTOMATE_PASSWORD_RESET_URL must hold {key}, such as https://portal.example.com/reset-password?key={key}"
    )
AUTOMATE_MAIL = mail_server("AUTOMATE_MAIL_URL")
globals().update(AUTOMATE_MAIL.settings)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = text("AUTOMATE_MAIL_FROM", "automate@localhost")
AUTOMATE_NOTICE_URL = text("AUTOMATE_NOTICE_URL", f"{AUTOMATE_BASE_URL}/t/{{tenant}}/{{path}}")
"""The page that a notice leads to, with ``{tenant}`` and ``{path}`` in it, such as ``runs/<id>``."""
if "{tenant}" not in AUTOMATE_NOTICE_URL or "{path}" not in AUTOMATE_NOTICE_URL:
    raise ImproperlyConfigured(
        "AUTOMATE_NOTICE_URL must hold {tenant} and {path}, such as https://portal.example.com/t/{tenant}/{path}"
    )
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

SILENCED_SYSTEM_CHECKS = [
    "django_tenants.W003",
    # What Django's three middlewares do for all URLs, ours do where browsers come: TraceMiddleware, BrowserMiddleware (CSRF)
    # and StaffMiddleware (frames, referrers, HSTS). The proxy redirects to https.
    "security.W001",
    "security.W002",
    "security.W003",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

ROOT_URLCONF = "automate.web.urls"
ASGI_APPLICATION = "automate.web.asgi.application"
MIDDLEWARE = [
    "automate.serving.middleware.TraceMiddleware",
    "automate.serving.middleware.ErrorMiddleware",
    "tenants.sign_in.middleware.BrowserMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.middleware.TenantMiddleware",
    "tenants.staff.middleware.StaffMiddleware",
]
TEMPLATES = [
    {"BACKEND": "tenants.staff.templating.AdminTemplates", "NAME": "admin"},
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
]
STATIC_URL = "/static/"
AUTOMATE_STATIC_FILES = "tenants.portal.static_files.application"

METRICS_BIND = Bind.parse(text("AUTOMATE_METRICS_BIND", "127.0.0.1:0"))
"""Where this process serves /metrics; port 0 is one that the kernel chooses and the log names."""
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


_COMMON_TO_DATABASES: dict[str, Any] = {
    "process": PROCESS,
    "connect_seconds": CONNECT_SECONDS,
    "idle_timeout_ms": IDLE_TRANSACTION_TIMEOUT_MS,
}
DATABASES: dict[str, dict[str, Any]] = {
    "default": database(
        postgres_url("DATABASE_URL", default="postgresql://automate_app@127.0.0.1/automate"),
        pool_size=count("AUTOMATE_DATABASE_POOL_SIZE", WEB_CONNECTIONS if PROCESS == "web" else 0),
        statement_timeout_ms=STATEMENT_TIMEOUT_MS,
        lock_timeout_ms=LOCK_TIMEOUT_MS,
        by_key=PROCESS.partition("-")[0] == "worker",
        **_COMMON_TO_DATABASES,
    )
}
if admin_url := postgres_url("AUTOMATE_ADMIN_DATABASE_URL"):
    DATABASES["admin"] = database(
        admin_url, pool_size=0, statement_timeout_ms=0, lock_timeout_ms=0, **_COMMON_TO_DATABASES
    )

REDIS_URL = redis_url("REDIS_URL")

# The relay, the queue and the leases
RELAY_POLL_SECONDS = positive_float("AUTOMATE_RELAY_POLL_SECONDS", 1.0)
RELAY_WINDOW_JOBS = positive_int("AUTOMATE_RELAY_WINDOW_JOBS", 80)
RELAY_BATCH_JOBS = positive_int("AUTOMATE_RELAY_BATCH_JOBS", 40)
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

# How long data is kept, as docs/retention.md says
RETENTION_DAYS = retention_days("AUTOMATE_RETENTION_DAYS")
"""Days that data is kept after the run's end, by data class and plan: see ``automate.retention.classes``."""
RETENTION_SHARE = positive_float("AUTOMATE_RETENTION_SHARE", 0.1)
"""The part of its time that the scheduler spends on removing old data, while there is any."""
if RETENTION_SHARE > 1:
    raise ImproperlyConfigured(f"AUTOMATE_RETENTION_SHARE is {RETENTION_SHARE:g}; it must be at most 1")
RETENTION_EVERY_SECONDS = positive_float("AUTOMATE_RETENTION_EVERY_SECONDS", 3_600)
"""How long after the end of one sweep of a tenant the next one begins."""
TENANT_DELETION_DAYS = positive_float("AUTOMATE_TENANT_DELETION_DAYS", 7)
"""How long after deleteTenant the data of the tenant is removed for good."""

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
# They delete rows of a table that is nowhere here, over a queue of their own.
DRAMATIQ_IGNORED_MODULES = ["django_dramatiq.tasks"]

STRAWBERRY_DJANGO = {"FIELD_DESCRIPTION_FROM_HELP_TEXT": True}

# Strings, because imports point one way.
AUTOMATE_CONNECTOR_SPECS = "actors.connectors.registry.specs"
AUTOMATE_CONNECTOR_PREVIEW = "actors.connectors.registry.preview"
HEAVY_PRELOAD = [
    "automate.workflows.checking",
    "automate.rules.explanations",
    "automate.runs.previews",
    "automate.simulation.testing.playing",
    AUTOMATE_CONNECTOR_SPECS.rpartition(".")[0],
]
"""What children compute with."""
AUTOMATE_MEMBER_LOOKUP = "tenants.people.approvers.find_member"
AUTOMATE_GRAPHQL_VIEW = "graphql_schema.views.graphql"
AUTOMATE_GRAPHQL_STREAM = "graphql_schema.event_stream.stream"
AUTOMATE_GRAPHQL_ACCOUNT = "graphql_schema.account.views.account"
AUTOMATE_ACCOUNT_URLS = "tenants.sign_in.urls"
AUTOMATE_PORTAL_URLS = "tenants.portal.urls"
AUTOMATE_STAFF_URLS, AUTOMATE_STAFF_TENANT_URLS = "tenants.staff.urls", "tenants.staff.tenant_urls"
AUTOMATE_GRAPHQL_WEBSOCKET = "graphql_schema.websocket.application"
AUTOMATE_REST_URLS = "rest_api.urls"
AUTOMATE_WEB_LANES = "tenants.lanes.lane_of"

# GraphQL
GRAPHQL_INTROSPECTION = switch("AUTOMATE_GRAPHQL_INTROSPECTION", default=True)
GRAPHIQL = switch("AUTOMATE_GRAPHIQL", default=False)

# Bodies are bounded while they come in, see ``project.http``; a view that is given too much refuses in its own words.
DATA_UPLOAD_MAX_MEMORY_SIZE = None

LOGGING_CONFIG = None
