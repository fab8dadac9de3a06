"""Django's settings. Every value that differs between machines comes from an environment variable."""

from __future__ import annotations

from functools import partial
from pathlib import Path

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
        "`openssl rand -hex 32` prints; it signs and seals data, and must not change"
    )
AUTOMATE_MASTER_KEYS = master_keys("AUTOMATE_MASTER_KEYS")
AUTOMATE_VAULT_KEYS = key_pair(PUBLIC, PRIVATE)
AUTOMATE_SECRET_BACKENDS = env.list("AUTOMATE_SECRET_BACKENDS", default=["database", "environment"])
"""The backends that provide the values of tenants' secrets, in the order of lookup: see
``automate.vault.backends``."""
ALLOWED_HOSTS = env.list("AUTOMATE_ALLOWED_HOSTS", default=list(DEFAULT_HOSTS))

PROCESS = env.str("AUTOMATE_PROCESS", default="automate")
# Relay and workers serve no browsers. Without the apps for browsers, each process saves 2 MB. The scheduler needs all
# apps: it migrates tenants' schemas, and the mark of a schema stands for the migrations of all apps.
_SERVES_BROWSERS = PROCESS.partition("-")[0] not in ("relay", "worker")
_BROWSER_APPS = ["tenants.sign_in", "allauth.account", "allauth.mfa", "tenants.staff"] if _SERVES_BROWSERS else []
SHARED_APPS = [
    "tenants",  # first: its commands replace those of django-tenants
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
    "automate.simulation",
    "automate.triggers.schedules",
    "automate.endpoints",
]
# actors: before django_dramatiq, whose command it replaces
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
# With this prefix a browser accepts the cookie only from this host and by https, so that no subdomain can set it.
_COOKIE_PREFIX = "__Host-" if _HTTPS else ""
SESSION_ENGINE = "tenants.sign_in.sessions"
SESSION_COOKIE_AGE = positive_int("AUTOMATE_SESSION_SECONDS", 14 * 86_400)
"""How long a browser stays signed in."""
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}automate_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}automate_csrf"
# A page reads the cookie and sends it as a header: only our own pages can read it.
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
# Django's own model: allauth's would store the address of each person who asks.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - a class
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
# An address without a person gets no mail: otherwise callers could send our mails to strangers.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
HEADLESS_ADAPTER = "tenants.sign_in.adapters.HeadlessAdapter"
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
MFA_ADAPTER = "tenants.sign_in.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# The codes of the last and of the next half minute are valid as well: RFC 6238's allowance for clocks.
MFA_TOTP_TOLERANCE = 1
AUTOMATE_PASSWORD_RESET_URL = text(
    "AUTOMATE_PASSWORD_RESET_URL", f"{AUTOMATE_BASE_URL}/account/reset-password?key={{key}}"
)
"""The URL in a password reset mail. ``{key}`` stands for the key of the reset."""
if "{key}" not in AUTOMATE_PASSWORD_RESET_URL:
    raise ImproperlyConfigured(
        "AUTOMATE_PASSWORD_RESET_URL must contain {key}, such as https://portal.example.com/reset-password?key={key}"
    )
AUTOMATE_MAIL = mail_server("AUTOMATE_MAIL_URL")
globals().update(AUTOMATE_MAIL.settings)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = text("AUTOMATE_MAIL_FROM", "automate@localhost")
AUTOMATE_NOTICE_URL = text("AUTOMATE_NOTICE_URL", f"{AUTOMATE_BASE_URL}/portal/{{tenant}}/{{path}}")
"""The URL in a notice. ``{tenant}`` and ``{path}`` are placeholders. The paths are those of the portal, such as ``runs/<id>``."""
if "{tenant}" not in AUTOMATE_NOTICE_URL or "{path}" not in AUTOMATE_NOTICE_URL:
    raise ImproperlyConfigured(
        "AUTOMATE_NOTICE_URL must contain {tenant} and {path}, such as https://portal.example.com/t/{tenant}/{path}"
    )
AUTOMATE_INVITATION_URL = text("AUTOMATE_INVITATION_URL", f"{AUTOMATE_BASE_URL}/account/invitations/{{token}}")
"""The URL in an invitation's mail. ``{token}`` stands for the token of the invitation."""
if "{token}" not in AUTOMATE_INVITATION_URL:
    raise ImproperlyConfigured(
        "AUTOMATE_INVITATION_URL must contain {token}, such as https://portal.example.com/join?token={token}"
    )

TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
DATABASE_ROUTERS = ["tenants.routers.PlacementRouter", "django_tenants.routers.TenantSyncRouter"]

TENANT_BY_HOSTNAME = switch("AUTOMATE_TENANT_BY_HOSTNAME", default=False)

SILENCED_SYSTEM_CHECKS = [
    "django_tenants.W003",
    # Our middlewares do for browsers' URLs what three of Django's do for all URLs: TraceMiddleware, BrowserMiddleware
    # (CSRF) and StaffMiddleware (frames, referrers, HSTS). The proxy redirects to https.
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

METRICS_BIND = Bind.parse(text("AUTOMATE_METRICS_BIND", "127.0.0.1:0"))
"""The address of this process's /metrics. With port 0, the kernel chooses a port. The log shows the chosen
port."""
WEB_THREADS = positive_int("AUTOMATE_WEB_THREADS", 8)
"""The number of concurrent requests in one web process. Webhooks, approval pages and health checks do not
count."""
WEB_INTAKE_THREADS = positive_int("AUTOMATE_WEB_INTAKE_THREADS", 16)
"""The number of concurrent webhooks and approval pages in one web process."""
WEB_SOCKET_THREADS = 8
WEB_SOCKETS = positive_int("AUTOMATE_WEB_SOCKETS", 5_000)
"""The maximum number of open WebSockets in one web process."""
SOCKETS_PER_TENANT = positive_int("AUTOMATE_SOCKETS_PER_TENANT", 2_000)
"""The maximum number of WebSockets of one tenant in one web process."""
STREAMS_PER_TENANT = positive_int("AUTOMATE_STREAMS_PER_TENANT", 2_000)
"""The maximum number of subscriptions of one tenant in one web process, over WebSockets and server-sent events
together."""
FEED_BACKLOG_BYTES = positive_int("AUTOMATE_FEED_BACKLOG_BYTES", 4 * 1024 * 1024)
"""The maximum size of items that wait for one subscriber of a feed, in bytes. Above this size, the
subscription ends with SLOW_CONSUMER."""
WEB_CONNECTIONS = WEB_THREADS + WEB_INTAKE_THREADS + WEB_SOCKET_THREADS + 2
"""One connection for each thread of the web process, including the two threads for health checks. So no request
waits for a connection."""
HEAVY_PROCESSES = count("AUTOMATE_HEAVY_PROCESSES", 2 if PROCESS == "web" else 0)
"""The number of concurrent computations in child processes; 0: each request computes in its own thread."""
if HEAVY_PROCESSES == 1:
    raise ImproperlyConfigured(
        "AUTOMATE_HEAVY_PROCESSES must be 0 or at least 2, because one tenant gets at most half of these processes"
    )
API_POINTS_PER_SECOND = positive_int("AUTOMATE_API_POINTS_PER_SECOND", 10_000)
"""The GraphQL points a second that each tenant may spend in all web processes together. One token may spend
half of them. 20,000 points a second keep one processor busy."""
STATEMENT_TIMEOUT_MS = positive_int("AUTOMATE_STATEMENT_TIMEOUT_MS", 30_000)
LOCK_TIMEOUT_MS = count("AUTOMATE_LOCK_TIMEOUT_MS", 2_000 if PROCESS == "web" else 0)
"""How long a statement waits for a lock. With 0, only the statement timeout limits the wait."""
IDLE_TRANSACTION_TIMEOUT_MS = positive_int("AUTOMATE_IDLE_TRANSACTION_TIMEOUT_MS", 30_000)
ANSWER_SECONDS = STATEMENT_TIMEOUT_MS / 1000 + 5
"""How long a process waits for an answer of PostgreSQL. This is longer than the statement timeout, so
PostgreSQL ends a slow statement first."""
CONNECT_SECONDS = 10
OVERDUE_SECONDS = positive_float("AUTOMATE_OVERDUE_SECONDS", ANSWER_SECONDS + 25)
"""A process ends itself if one of its loops has not turned for this long."""
if OVERDUE_SECONDS < ANSWER_SECONDS + CONNECT_SECONDS:
    raise ImproperlyConfigured(
        f"AUTOMATE_OVERDUE_SECONDS is {OVERDUE_SECONDS:g}; it must be at least {ANSWER_SECONDS + CONNECT_SECONDS:g}, which is "
        f"AUTOMATE_STATEMENT_TIMEOUT_MS and {5 + CONNECT_SECONDS} s. Otherwise a slow PostgreSQL would end processes that "
        "only wait for it"
    )


_database = partial(
    database, process=PROCESS, connect_seconds=CONNECT_SECONDS, idle_timeout_ms=IDLE_TRANSACTION_TIMEOUT_MS
)
DATABASES: dict[str, dict[str, object]] = {
    "default": _database(
        postgres_url("DATABASE_URL", default="postgresql://automate_app@127.0.0.1/automate"),
        pool_size=count("AUTOMATE_DATABASE_POOL_SIZE", WEB_CONNECTIONS if PROCESS == "web" else 0),
        statement_timeout_ms=STATEMENT_TIMEOUT_MS,
        lock_timeout_ms=LOCK_TIMEOUT_MS,
        by_key=PROCESS.partition("-")[0] == "worker",
    )
}
if admin_url := postgres_url("AUTOMATE_ADMIN_DATABASE_URL"):
    DATABASES["admin"] = _database(admin_url, pool_size=0, statement_timeout_ms=0, lock_timeout_ms=0)

REDIS_URL = redis_url("REDIS_URL")

# The relay, the queue and the leases
RELAY_POLL_SECONDS = positive_float("AUTOMATE_RELAY_POLL_SECONDS", 1.0)
RELAY_WINDOW_JOBS = positive_int("AUTOMATE_RELAY_WINDOW_JOBS", 160)
RELAY_BATCH_JOBS = positive_int("AUTOMATE_RELAY_BATCH_JOBS", 120)
RESEND_SECONDS = positive_float("AUTOMATE_RESEND_SECONDS", 15.0)
LEASE_SECONDS = positive_float("AUTOMATE_LEASE_SECONDS", 30.0)
HEARTBEAT_SECONDS = positive_float("AUTOMATE_HEARTBEAT_SECONDS", 10.0)
if HEARTBEAT_SECONDS * 2 > LEASE_SECONDS:
    raise ImproperlyConfigured("AUTOMATE_HEARTBEAT_SECONDS must be at most half of AUTOMATE_LEASE_SECONDS")
WORKER_THREADS = positive_int("AUTOMATE_WORKER_THREADS", 8)
RUN_OUTPUT_BYTES = positive_int("AUTOMATE_RUN_OUTPUT_BYTES", LIMITS.run_output_bytes)
"""The maximum size of all outputs of one run together, in bytes of JSON."""
FEED_HORIZON_SECONDS = positive_int("AUTOMATE_FEED_HORIZON_SECONDS", 86_400)
"""The resume window: how long a cursor of a feed or of a followed list can be resumed."""
SPARE_SCHEMAS = count("AUTOMATE_SPARE_SCHEMAS", 2)

# How long data is kept, see docs/retention.md
RETENTION_DAYS = retention_days("AUTOMATE_RETENTION_DAYS")
"""The days that data is kept after the run's end, by data class and plan: see ``automate.retention.classes``."""
RETENTION_SHARE = positive_float("AUTOMATE_RETENTION_SHARE", 0.1)
"""The share of its time that the scheduler spends on removing old data, while such data exists."""
if RETENTION_SHARE > 1:
    raise ImproperlyConfigured(f"AUTOMATE_RETENTION_SHARE is {RETENTION_SHARE:g}; it must be at most 1")
RETENTION_EVERY_SECONDS = positive_float("AUTOMATE_RETENTION_EVERY_SECONDS", 3_600)
"""The time between the end of one sweep of a tenant and the start of the next."""
TENANT_DELETION_DAYS = positive_float("AUTOMATE_TENANT_DELETION_DAYS", 7)
"""The days between deleteTenant and the permanent removal of the tenant's data."""

# A process without Redis sends nothing: relay and worker require Redis.
DRAMATIQ_BROKER: dict[str, object] = (
    {
        "BROKER": "actors.broker.WakingRedisBroker",
        "OPTIONS": {"url": REDIS_URL, "namespace": "automate"},
        "MIDDLEWARE": [],
    }
    if REDIS_URL
    else {"BROKER": "dramatiq.brokers.stub.StubBroker", "OPTIONS": {}, "MIDDLEWARE": []}
)
DRAMATIQ_AUTODISCOVER_MODULES = ["tasks"]
# They delete rows of a table that does not exist here, over their own queue.
DRAMATIQ_IGNORED_MODULES = ["django_dramatiq.tasks"]

STRAWBERRY_DJANGO = {"FIELD_DESCRIPTION_FROM_HELP_TEXT": True}

# Strings, because lower layers call what packages of higher layers implement.
AUTOMATE_CONNECTOR_SPECS = "actors.connectors.registry.specs"
AUTOMATE_CONNECTOR_PREVIEW = "actors.connectors.registry.preview"
HEAVY_PRELOAD = [
    "automate.workflows.checking",
    "automate.rules.explanations",
    "automate.runs.previews",
    "automate.simulation.testing.playing",
    AUTOMATE_CONNECTOR_SPECS.rpartition(".")[0],
]
"""The modules that the child processes for computations load in advance."""
AUTOMATE_MEMBER_LOOKUP = "tenants.people.approvers.find_member"

# GraphQL
GRAPHQL_INTROSPECTION = switch("AUTOMATE_GRAPHQL_INTROSPECTION", default=True)
GRAPHIQL = switch("AUTOMATE_GRAPHIQL", default=False)

# Bodies are limited while they arrive, see ``serving.bodies``; a view that gets a larger body refuses it itself.
DATA_UPLOAD_MAX_MEMORY_SIZE = None

LOGGING_CONFIG = None
