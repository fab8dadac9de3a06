"""The embedded servers and the database roles, without the processes that use them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from automate.devserver import postgres, roles, servers
from automate.devserver.ports import free_port
from automate.kernel.errors import NormalizedError
from automate.kernel.roles import RELAY_LOGIN, TAKEN_BY, WEB_LOGIN, WORKER_LOGIN
from automate.project import home as homes
from tests.support.facts import naming
from tests.support.installations import processes_of
from tests.support.servers import Servers, start_servers

pytestmark = pytest.mark.slow

LONG = "a rather long name for a folder " * 4


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    started = start_servers(tmp_path_factory.mktemp("own servers"))
    yield started
    started.stop()


def one(url: str, query: str, *values: object) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query, values).fetchone()
    assert row is not None
    return row[0]


def test_long_path_with_spaces_is_no_obstacle(tmp_path: Path) -> None:
    home = homes.prepare(tmp_path / LONG.strip() / LONG.strip() / ".automate")
    started = servers.start(home, {}, lambda _line: None, death_signal=signal.SIGINT)
    assert one(started.database.web_url, "SELECT current_database()") == "automate"
    started.stop()
    assert processes_of(home) == []


def test_parent_folders_keep_their_modes(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = homes.prepare(closed / ".automate")
    servers.start(home, {}, lambda _line: None, death_signal=signal.SIGINT).stop()
    assert [oct(folder.stat().st_mode & 0o777) for folder in (closed, home)] == ["0o700", "0o700"]


def test_writes_are_durable_and_no_socket_file_exists(tmp_path: Path) -> None:
    started = servers.start(homes.prepare(tmp_path), {}, lambda _line: None, death_signal=signal.SIGINT)
    superuser_url = started.embedded[0].url
    assert one(superuser_url, "SHOW fsync") == "on"
    assert one(superuser_url, "SHOW synchronous_commit") == "on"
    assert one(superuser_url, "SHOW unix_socket_directories") == ""
    assert one(superuser_url, "SHOW listen_addresses") == "127.0.0.1"
    started.stop()


def test_wrong_password_is_refused(own: Servers) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(roles.with_parts(own.superuser_url, user="postgres", password="guess"))


def test_passwords_are_on_no_command_line(own: Servers) -> None:
    secrets = [path.read_text() for path in (own.home / "secrets").iterdir()]
    lines = [" ".join(process.cmdline()) for process in processes_of(own.home)]
    assert len(secrets) == 6  # of the superuser, four logins and Valkey
    assert len(lines) >= 2
    assert not [line for line in lines if any(secret in line for secret in secrets)]


@pytest.mark.parametrize("login", TAKEN_BY)
def test_login_of_a_process_owns_nothing_and_may_nothing(own: Servers, login: str) -> None:
    url = own.login_urls[login]
    attributes = "rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolbypassrls"
    query = f"SELECT ARRAY[{attributes}] FROM pg_roles WHERE rolname = current_user"
    assert one(url, query) == [False, False, False, False, False]
    owned = f"SELECT count(*) FROM pg_shdepend WHERE refobjid = '{login}'::regrole AND deptype = 'o'"
    assert one(url, owned) == 0
    for statement in ("CREATE TABLE public.t ()", "CREATE SCHEMA s", "CREATE ROLE r", "SET ROLE automate_admin"):
        with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_administrator_hands_tenant_roles_to_web_and_worker(own: Servers) -> None:
    with psycopg.connect(own.admin_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE t_first NOLOGIN")
        admin.execute("GRANT automate_tenant TO t_first")
        admin.execute("GRANT t_first TO automate_any_tenant")
        admin.execute("CREATE SCHEMA t_first_schema")
    for login in (WEB_LOGIN, WORKER_LOGIN):
        assert one(own.login_urls[login], "SELECT set_config('role', 't_first', false)") == "t_first"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        one(own.login_urls[RELAY_LOGIN], "SELECT set_config('role', 't_first', false)")


def test_second_database_shares_roles_and_passwords(own: Servers) -> None:
    app_url, admin_url = own.new_database("second one")
    assert one(app_url, "SELECT current_database()") == "second one"
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert one(admin_url, owner) == "automate_admin"
    assert one(own.login_urls[WEB_LOGIN], "SELECT current_user") == WEB_LOGIN, "the first login still works"
    assert own.new_database("second one") == (app_url, admin_url)


def test_others_may_not_connect(own: Servers) -> None:
    with psycopg.connect(own.superuser_url, autocommit=True) as superuser:
        superuser.execute("CREATE ROLE stranger LOGIN PASSWORD 'known'")
    stranger = roles.with_parts(own.app_url, user="stranger", password="known")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(stranger)


def test_real_server_gets_the_same_roles(own: Servers, tmp_path: Path) -> None:
    url = roles.with_parts(own.superuser_url, database="real")
    started = servers.start(
        homes.prepare(own.home), {"DATABASE_URL": url, "REDIS_URL": own.redis_url}, lambda _line: None
    )
    assert (started.embedded, started.redis_url) == ([], own.redis_url)
    for login, started_url in started.database.app_urls.items():
        assert one(started_url, "SELECT current_user::text || ' ' || current_database()") == f"{login} real"


def test_url_that_may_not_create_roles_says_what_to_set(own: Servers, tmp_path: Path) -> None:
    environ = {"DATABASE_URL": own.app_url, "REDIS_URL": own.redis_url}
    with pytest.raises(NormalizedError, match="AUTOMATE_ADMIN_DATABASE_URL") as refused:
        servers.start(homes.prepare(tmp_path), environ, lambda _line: None)
    assert refused.value.code == "FORBIDDEN"


@pytest.mark.parametrize("name", ["DATABASE_URL", "AUTOMATE_ADMIN_DATABASE_URL", "REDIS_URL"])
@pytest.mark.parametrize("url", ["nonsense", "postgresql://u:hidden@[::1/x", "redis://:hidden@h:port/0"])
def test_url_that_is_none_is_refused_by_name(tmp_path: Path, name: str, url: str) -> None:
    with pytest.raises(NormalizedError, match=f"^BAD_USER_INPUT: .*{name}") as refused:
        servers.start(homes.prepare(tmp_path), {name: url}, lambda _line: None)
    assert "hidden" not in str(refused.value)


def test_database_that_is_down_is_said_with_what_to_do(tmp_path: Path) -> None:
    url = f"127.0.0.1:{free_port()}/shop"
    with pytest.raises(NormalizedError) as refused:
        servers.start(homes.prepare(tmp_path), {"DATABASE_URL": f"postgresql://boss:hidden@{url}"}, lambda _line: None)
    assert refused.value.code == "UNAVAILABLE"
    assert refused.value.message == naming("PostgreSQL", url, "DATABASE_URL", "unset")
    assert "\n" not in refused.value.message
    assert "hidden" not in refused.value.message


def test_both_urls_are_used_as_they_are(own: Servers, tmp_path: Path) -> None:
    environ = {
        "DATABASE_URL": "postgresql://a",
        "AUTOMATE_ADMIN_DATABASE_URL": "postgresql://b",
        "REDIS_URL": own.redis_url,
    }
    started = servers.start(homes.prepare(tmp_path), environ, lambda _line: None)
    assert (set(started.database.app_urls.values()), started.embedded) == ({"postgresql://a"}, [])
    assert started.database.admin_url == "postgresql://b"
    own_login = {**environ, "AUTOMATE_RELAY_DATABASE_URL": "postgresql://c"}
    started = servers.start(homes.prepare(tmp_path), own_login, lambda _line: None)
    assert [started.database.app_urls[login] for login in TAKEN_BY] == [
        "postgresql://a",
        "postgresql://c",
        "postgresql://a",
    ]


def test_foreign_process_in_the_pid_file_is_no_obstacle(tmp_path: Path) -> None:
    home = homes.prepare(tmp_path)
    first = postgres.PROGRAM.start(home, print, death_signal=signal.SIGINT)
    pid_file = home / "postgres" / "postmaster.pid"
    content = pid_file.read_text()
    first.stop()
    pid_file.write_text(content.replace(str(first.process.pid), str(os.getpid()), 1))
    second = postgres.PROGRAM.start(home, print, death_signal=signal.SIGINT)
    assert (second.note, second.url) == ("started", first.url)
    second.stop()


@pytest.mark.long
def test_server_that_does_not_answer_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ANSWER_SECONDS", 0.1)
    home, said = homes.prepare(tmp_path), list[str]()
    first = postgres.PROGRAM.start(home, said.append, death_signal=signal.SIGINT)
    first.process.send(signal.SIGSTOP)
    with pytest.MonkeyPatch.context() as impatient:
        impatient.setattr(postgres, "ENDING", ((signal.SIGKILL, 10.0),))
        first.process.child, reaped = None, first.process.child
        assert reaped is not None
        second = postgres.PROGRAM.start(home, said.append, death_signal=signal.SIGINT)
    assert said == [naming("PostgreSQL", first.process.pid)]
    assert second.process.pid != first.process.pid
    assert reaped.wait(10) == -signal.SIGKILL
    second.stop()


@pytest.mark.parametrize(("gigabytes", "megabytes"), [(0.5, 128), (4, 512), (64, 1_024)])
def test_shared_buffers_follow_the_memory_of_the_machine(gigabytes: float, megabytes: int) -> None:
    assert postgres.shared_buffers_mb(int(gigabytes * 2**30)) == megabytes
