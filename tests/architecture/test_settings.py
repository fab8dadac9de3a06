"""A process with a wrong environment does not start, and says which variable is wrong."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import traceback
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import ImproperlyConfigured

from automate.project.environment import choose_login
from tests.support.facts import naming
from tests.support.tree import ROOT

SETTINGS = ROOT / "platform" / "automate" / "project" / "settings.py"
GOOD = {
    "AUTOMATE_SECRET_KEY": "architecture" * 3,
    "DATABASE_URL": "postgresql://automate_app@127.0.0.1/automate",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}
WRONG = [
    ("AUTOMATE_SECRET_KEY", ""),
    ("AUTOMATE_SECRET_KEY", "x" * 31),
    ("DATABASE_URL", "mysql://127.0.0.1/automate"),
    ("DATABASE_URL", "postgresql://automate_app:hidden@127.0.0.1:port/automate"),
    ("DATABASE_URL", "postgresql://automate_app:hidden@127.0.0.1:70000/automate"),
    ("DATABASE_URL", "postgresql://automate_app:hidden@[::1/automate"),
    ("DATABASE_URL", "postgresql://automate_app:hidden@127.0.0.1/automate?sslmod=require"),
    ("DATABASE_URL", "postgresql://automate_app:hidden%zz@127.0.0.1/automate"),
    ("AUTOMATE_ADMIN_DATABASE_URL", "sqlite:///automate.db"),
    ("AUTOMATE_ADMIN_DATABASE_URL", "postgresql://automate_admin:hidden@127.0.0.1:port/automate"),
    ("REDIS_URL", "redis://:hidden@127.0.0.1:port/0"),
    ("REDIS_URL", "redis://:hidden@127.0.0.1:6379/0?socket_timeout=soon"),
    ("AUTOMATE_SECRET_KEY", "\udcff"),
    ("REDIS_URL", "http://127.0.0.1:6379"),
    ("AUTOMATE_WORKER_THREADS", "many"),
    ("AUTOMATE_WORKER_THREADS", "0"),
    ("AUTOMATE_RUN_OUTPUT_BYTES", "32M"),
    ("AUTOMATE_FEED_HORIZON_SECONDS", "0"),
    ("AUTOMATE_WEB_SOCKETS", "0"),
    ("AUTOMATE_SOCKETS_PER_TENANT", "many"),
    ("AUTOMATE_STREAMS_PER_TENANT", "0"),
    ("AUTOMATE_FEED_BACKLOG_BYTES", "4M"),
    ("AUTOMATE_RELAY_WINDOW_JOBS", "-1"),
    ("AUTOMATE_RELAY_BATCH_JOBS", "1.5"),
    ("AUTOMATE_RELAY_POLL_SECONDS", "soon"),
    ("AUTOMATE_RESEND_SECONDS", "0"),
    ("AUTOMATE_LEASE_SECONDS", "nan"),
    ("AUTOMATE_LEASE_SECONDS", "inf"),
    ("AUTOMATE_HEARTBEAT_SECONDS", "29"),
    ("AUTOMATE_HEARTBEAT_SECONDS", "15.1"),
    ("AUTOMATE_STATEMENT_TIMEOUT_MS", "30s"),
    ("AUTOMATE_IDLE_TRANSACTION_TIMEOUT_MS", "0"),
    ("AUTOMATE_OVERDUE_SECONDS", "44"),
    ("AUTOMATE_OVERDUE_SECONDS", "never"),
    ("AUTOMATE_DATABASE_POOL_SIZE", "four"),
    ("AUTOMATE_SPARE_SCHEMAS", "two"),
    ("AUTOMATE_SPARE_SCHEMAS", "-1"),
    ("AUTOMATE_TENANT_BY_HOSTNAME", "perhaps"),
    ("AUTOMATE_INVITATION_URL", "https://portal.example.com/join"),
    ("AUTOMATE_GRAPHQL_INTROSPECTION", "perhaps"),
    ("AUTOMATE_GRAPHIQL", "perhaps"),
    ("AUTOMATE_MASTER_KEYS", "not-a-key"),
    ("AUTOMATE_MASTER_KEYS", "first:ключ"),
    ("AUTOMATE_VAULT_PUBLIC_KEY", "not-a-key"),
    ("AUTOMATE_VAULT_PRIVATE_KEYS", "k1:c2hvcnQ="),
    ("AUTOMATE_BASE_URL", "http://[::1"),
    ("AUTOMATE_BASE_URL", "http://127.0.0.1:port"),
    ("AUTOMATE_BASE_URL", "automate.example"),
    ("AUTOMATE_SESSION_SECONDS", "0"),
    ("AUTOMATE_PASSWORD_RESET_URL", "https://portal.example/reset"),
    ("AUTOMATE_MAIL_URL", "mail.example.com:587"),
    ("AUTOMATE_MAIL_URL", "smtp+tls://mail.example.com:port"),
    ("AUTOMATE_MAIL_URL", "smtp://"),
]


def read_settings(**changes: str) -> dict[str, Any]:
    """The settings as a new process with this environment reads them. Their module runs again, under another name."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AUTOMATE_") and name not in {"DATABASE_URL", "REDIS_URL"}
    }
    with mock.patch.dict(os.environ, {**inherited, **GOOD, **changes}, clear=True):
        return runpy.run_path(str(SETTINGS), run_name="settings_of_this_test")


def test_good_environment_is_read() -> None:
    assert read_settings(AUTOMATE_LEASE_SECONDS="45")["LEASE_SECONDS"] == 45.0


@pytest.mark.parametrize(("scheme", "secure", "prefix"), [("https", True, "__Host-"), ("http", False, "")])
def test_base_url_decides_whether_cookies_are_secure(scheme: str, secure: bool, prefix: str) -> None:  # noqa: FBT001 - a column
    read = read_settings(AUTOMATE_BASE_URL=f"{scheme}://automate.example")
    assert (read["SESSION_COOKIE_SECURE"], read["CSRF_COOKIE_SECURE"]) == (secure, secure)
    assert (read["SESSION_COOKIE_NAME"], read["CSRF_COOKIE_NAME"]) == (
        f"{prefix}automate_session",
        f"{prefix}automate_csrf",
    )
    assert (read["SESSION_COOKIE_HTTPONLY"], read["SESSION_COOKIE_SAMESITE"]) == (True, "Lax")


def test_heartbeat_may_take_half_of_a_lease() -> None:
    assert read_settings(AUTOMATE_LEASE_SECONDS="30", AUTOMATE_HEARTBEAT_SECONDS="15")["HEARTBEAT_SECONDS"] == 15.0


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        read_settings(**{name: value})
    assert name in str(refused.value)
    assert "hidden" not in "".join(traceback.format_exception(refused.value))


def test_command_refuses_without_a_stack_trace() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "automate.cli", "relay"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **GOOD, "AUTOMATE_WORKER_THREADS": "many"},
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr == naming("configuration", "AUTOMATE_WORKER_THREADS")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("process", ["relay", "worker"])
def test_who_needs_redis_refuses_to_start_without(process: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "automate.cli", process],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **GOOD, "REDIS_URL": ""},
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr == naming("configuration", "REDIS_URL")


LOGINS = {
    f"AUTOMATE_{name}_DATABASE_URL": f"postgresql://automate_{name.lower()}:hidden@127.0.0.1/automate"
    for name in ("WEB", "RELAY", "WORKER")
}


@pytest.mark.parametrize(
    ("process", "login"), [("web", "WEB"), ("relay", "RELAY"), ("worker", "WORKER"), ("scheduler", "WORKER")]
)
def test_process_takes_its_own_login_and_forgets_the_others(process: str, login: str) -> None:
    with mock.patch.dict(os.environ, {**GOOD, **LOGINS}):
        choose_login(process)
        assert os.environ["DATABASE_URL"] == LOGINS[f"AUTOMATE_{login}_DATABASE_URL"]
        assert not LOGINS.keys() & os.environ.keys()


def test_process_without_a_login_of_its_own_keeps_the_shared_one() -> None:
    with mock.patch.dict(os.environ, {**GOOD, "AUTOMATE_RELAY_DATABASE_URL": ""}):
        choose_login("relay")
        assert os.environ["DATABASE_URL"] == GOOD["DATABASE_URL"]


def test_login_that_is_no_url_is_refused_by_name() -> None:
    wrong = {"AUTOMATE_RELAY_DATABASE_URL": "postgresql://automate_relay:hidden@[::1/automate"}
    with mock.patch.dict(os.environ, {**GOOD, **wrong}), pytest.raises(ImproperlyConfigured) as refused:
        choose_login("relay")
    assert "AUTOMATE_RELAY_DATABASE_URL" in str(refused.value)
    assert "hidden" not in "".join(traceback.format_exception(refused.value))


def test_without_redis_url_no_other_redis_is_meant() -> None:
    assert "6379" not in str(read_settings(REDIS_URL="")["DRAMATIQ_BROKER"])


def test_parameters_of_a_database_url_are_used() -> None:
    url = GOOD["DATABASE_URL"] + "?sslmode=verify-full&sslrootcert=system&application_name=mine"
    options = read_settings(DATABASE_URL=url)["DATABASES"]["default"]["OPTIONS"]
    assert (options["sslmode"], options["sslrootcert"], options["application_name"]) == (
        "verify-full",
        "system",
        "automate",
    )
