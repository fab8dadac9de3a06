"""The whole suite runs on servers of its own, with the separate database roles that production has.

With ``-n`` each worker has such servers, and takes whole files: what a file's tests share is made once.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import psycopg
import pytest
import structlog

from tests.support import bytecode, examples, quick_stops  # noqa: F401 - prepare the session as they are imported
from tests.support.heeding import heed_signals
from tests.support.servers import Servers, start_servers
from tests.support.tenants import NewTenant
from tests.support.turns import FOLDER, turn

if TYPE_CHECKING:
    from tests.support.plane import Plane, Root

pytest_plugins = [
    "tests.support.time_limits",
    "tests.support.last_words",
    "tests.support.first_failure",
    "tests.support.lent_tenants",
]

VAULT_KEY = "k1:dGhlIHByaXZhdGUga2V5IG9mIHRoZSB0ZXN0IHJ1biE="
"""The session acts as web and as worker: the private key opens, and gives the public key that seals."""
CORE = "--core"
"""For the lane of another Django: see noxfile.py."""
MOST_WORKERS = 4
"""Each takes half a gigabyte with its servers."""

_servers = pytest.StashKey[Servers]()
_home = pytest.StashKey[Path]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(CORE, action="store_true", help="leave out tests that meet neither a server nor Django")


def pytest_configure(config: pytest.Config) -> None:
    """Settings are read at import, so the servers run before the first test module is imported."""
    if config.option.collectonly:
        # Test modules name models; no server is asked.
        os.environ.update(
            DJANGO_SETTINGS_MODULE="automate.project.settings",
            AUTOMATE_SECRET_KEY="a secret of a session that signs nothing",
        )
        django.setup()
        return
    home = config.stash[_home] = Path(tempfile.mkdtemp(prefix="automate-tests-"))
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    config.stash[FOLDER] = Path(worker["turns"]) if worker else home
    if config.getoption("numprocesses", None) and not worker:
        return
    heed_signals()
    servers = config.stash[_servers] = start_servers(home)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="automate.project.settings",
        AUTOMATE_SECRET_KEY="a secret of the test session, long enough to sign with",
        AUTOMATE_VAULT_PRIVATE_KEYS=VAULT_KEY,
        AUTOMATE_HOME=str(home),
        AUTOMATE_ALLOWED_HOSTS="127.0.0.1,localhost,[::1],testserver",
        DATABASE_URL=servers.app_url,
        AUTOMATE_ADMIN_DATABASE_URL=servers.admin_url,
        REDIS_URL=servers.redis_url,
    )
    django.setup()
    from automate.audit import tallies
    from tenants import token_uses
    from tenants.sign_in import failures, hashers

    # Passwords of tests are worth no third of a second each.
    hashers.PasswordHasher.memory_cost, hashers.PasswordHasher.time_cost, hashers.PasswordHasher.parallelism = 8, 1, 1
    # A test that counts entries of the audit record is not to meet one that the minute brings.
    token_uses.WRITE_SECONDS = failures.WRITE_SECONDS = tallies.WRITE_SECONDS = 86_400.0
    # As processes log. By itself structlog draws every variable of every frame, for seconds where a set of runs failed.
    log = structlog.processors
    structlog.configure(processors=[log.add_log_level, log.format_exc_info, log.JSONRenderer()])


def pytest_unconfigure(config: pytest.Config) -> None:
    servers = config.stash.get(_servers, None)
    if servers is not None:
        from automate.audit.tallies import tallies
        from tenants.sign_in.failures import failures
        from tenants.token_uses import uses

        uses.used.clear()
        failures.forget()
        tallies.counts.clear()
        servers.stop()
    if (home := config.stash.get(_home, None)) is not None:
        shutil.rmtree(home, ignore_errors=True)


def pytest_xdist_auto_num_workers() -> int:
    """For ``-n auto``: one more than there are cores, since many tests wait."""
    return min(len(os.sched_getaffinity(0)) + 1, MOST_WORKERS)


def pytest_configure_node(node: Any) -> None:
    """Of xdist, before it starts a worker."""
    node.workerinput["turns"] = str(node.config.stash[FOLDER])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Those that want the machine alone come first: later they might wait for another worker's test of minutes.

    Then come those that take longest, by their own time limits: at the end the other workers would have nothing left to do.
    """
    if config.getoption(CORE, default=False):
        config.hook.pytest_deselected(items=[item for item in items if not may_differ(item)])
        items[:] = filter(may_differ, items)
    items.sort(key=lambda item: (item.get_closest_marker("alone") is None, -longest_seconds(item)))


def may_differ(item: pytest.Item) -> bool:
    """Whether a test may end otherwise with another Django: it needs servers, or its file names Django."""
    return "servers" in getattr(item, "fixturenames", ()) or b"django" in _text(item.path)


@cache
def _text(path: Path) -> bytes:
    return path.read_bytes()


def longest_seconds(item: pytest.Item) -> float:
    """The time limit of its own that a test has; 0 for none."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker else 0.0


def pytest_collection_finish() -> None:
    """What was collected lives as long as the process: no collection of garbage looks at it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Around the test and its fixtures, and outside its time-out: waiting for the machine is no fault of its own."""
    with turn(item.config.stash[FOLDER], alone=item.get_closest_marker("alone") is not None):
        return (yield)


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    return pytestconfig.stash[_servers]


@pytest.fixture(scope="session")
def redis_url(servers: Servers) -> str:
    return servers.redis_url


@pytest.fixture(scope="session")
def database(servers: Servers) -> Servers:
    """The session's database, migrated."""
    from tenants.provisioning import migrate

    migrate()
    return servers


@pytest.fixture(scope="session")
def superuser(database: Servers) -> Iterator[psycopg.Connection[Any]]:
    """The one session of the superuser, with autocommit, in the first database."""
    with psycopg.connect(database.superuser_url, autocommit=True, dbname="automate") as session:
        yield session


@pytest.fixture
def root(database: Servers, superuser: psycopg.Connection[Any]) -> Iterator[Root]:
    """The superuser's view of every tenant. The queue is empty before and after."""
    from tests.support.plane import Root

    root = Root(database.superuser_url, superuser)
    root.empty_queue()
    yield root
    root.empty_queue()


@pytest.fixture
def plane(root: Root, tenant: NewTenant) -> Plane:
    """The execution plane of the test's tenant, act by act."""
    from tests.support.plane import Plane

    return Plane(tenant.ref, root)
