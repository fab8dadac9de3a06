"""PostgreSQL that falls silent: statements end by a deadline on this side, and the next one has a new connection."""

from __future__ import annotations

import copy
import select
import time
from collections.abc import Iterator
from typing import Any

import django
import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.db.utils import ConnectionHandler

from automate.kernel import answering, lost_sessions
from automate.kernel.answering import AnsweringConnection, SilentServerError, answers_within
from automate.kernel.outages import is_away
from automate.kernel.tenancy import acting_for_platform
from automate.processes import forgotten_transactions
from tenants.postgresql import base
from tests.support.silent_proxy import SilentProxy

ANSWER_SECONDS = 0.3
SOON_SECONDS = 5.0
"""Much less than for ever, also on a busy machine."""
NAME = "silent-postgres"


@pytest.fixture
def proxy(database: Any) -> Iterator[SilentProxy]:
    with SilentProxy(int(connection.settings_dict["PORT"])) as made:
        yield made


def _wrapper(proxy: SilentProxy, **options: Any) -> base.DatabaseWrapper:
    settings = copy.deepcopy(connection.settings_dict)
    settings |= {"PORT": str(proxy.port), "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": not options}
    settings["OPTIONS"].pop("pool", None)
    settings["OPTIONS"] |= {"answer_seconds": ANSWER_SECONDS, **options}
    return base.DatabaseWrapper(settings, NAME)


@pytest.fixture
def wrapper(proxy: SilentProxy) -> Iterator[base.DatabaseWrapper]:
    made = _wrapper(proxy)
    yield made
    made.close()


@pytest.fixture
def pooled(proxy: SilentProxy) -> Iterator[base.DatabaseWrapper]:
    made = _wrapper(proxy, pool={"min_size": 1, "max_size": 1, "timeout": SOON_SECONDS})
    yield made
    made.close()
    made.close_pool()


def ask(wrapper: base.DatabaseWrapper, statement: str = "SELECT 1") -> Any:
    with acting_for_platform("ask for a test"), wrapper.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_statement_that_is_never_answered_ends(wrapper: base.DatabaseWrapper, proxy: SilentProxy) -> None:
    ask(wrapper)
    assert proxy.silence() == 1
    began = time.monotonic()
    with pytest.raises(OperationalError) as raised:
        ask(wrapper)
    assert ANSWER_SECONDS <= time.monotonic() - began < SOON_SECONDS
    assert isinstance(raised.value.__cause__, SilentServerError)
    assert is_away(raised.value), "it is tried again, as after any lost connection"


def test_next_statement_has_a_new_connection(wrapper: base.DatabaseWrapper, proxy: SilentProxy) -> None:
    ((before,),) = ask(wrapper, "SELECT pg_backend_pid()")
    proxy.silence()
    with pytest.raises(OperationalError):
        ask(wrapper)
    wrapper.close_if_unusable_or_obsolete()
    assert ask(wrapper, "SELECT pg_backend_pid()") != [(before,)]


def _transaction(wrapper: base.DatabaseWrapper, proxy: SilentProxy, *, ask_again: bool) -> None:
    with transaction.atomic(using=NAME):
        ask(wrapper)
        proxy.silence()
        if ask_again:
            ask(wrapper)


def _trip(wrapper: base.DatabaseWrapper) -> None:
    with acting_for_platform("ask for a test"), wrapper.pipeline():
        for _ in range(3):
            wrapper.connection.execute("SELECT 1")


@pytest.mark.parametrize("then", ["COMMIT", "a statement"])
def test_transaction_ends_as_well(wrapper: base.DatabaseWrapper, proxy: SilentProxy, then: str) -> None:
    handler = ConnectionHandler()
    handler[NAME] = wrapper
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(transaction, "connections", handler)
        with pytest.raises(OperationalError):
            _transaction(wrapper, proxy, ask_again=then != "COMMIT")
    wrapper.close_if_unusable_or_obsolete()
    assert ask(wrapper) == [(1,)]


def test_trip_of_several_statements_ends_as_well(wrapper: base.DatabaseWrapper, proxy: SilentProxy) -> None:
    ask(wrapper)
    proxy.silence()
    with pytest.raises(OperationalError):
        _trip(wrapper)
    wrapper.close_if_unusable_or_obsolete()
    assert ask(wrapper) == [(1,)]


def test_slow_statement_is_not_silent_for_longer_than_its_deadline(wrapper: base.DatabaseWrapper) -> None:
    """The deadline counts silence: rows that come slowly are an answer."""
    slowly = f"SELECT n, repeat('x', 10000), pg_sleep({ANSWER_SECONDS / 6}) FROM generate_series(1, 12) n"
    began = time.monotonic()
    assert len(ask(wrapper, slowly)) == 12
    assert time.monotonic() - began > ANSWER_SECONDS


@pytest.fixture
def asks_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "ASK_SECONDS", ANSWER_SECONDS)
    monkeypatch.setattr(lost_sessions, "SETTLED_SECONDS", 0.1)


def sessions(database: Any, pid: int) -> int:
    with psycopg.connect(database.superuser_url) as root:
        ((count,),) = root.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid]).fetchall()
    return int(count)


@pytest.mark.usefixtures("asks_soon")
def test_lost_answer_is_noticed_long_before_the_deadline(proxy: SilentProxy, database: Any) -> None:
    """The server waits for the next command: its session, and with it the locks that it holds, ends at once."""
    wrapper = _wrapper(proxy, answer_seconds=3600.0)
    wrapper.connect()
    wrapper.set_autocommit(False)
    ((pid,),) = ask(wrapper, "SELECT pg_backend_pid() FROM outbox_lane RIGHT JOIN (SELECT 1) one ON true LIMIT 1")
    proxy.silence()
    began = time.monotonic()
    with pytest.raises(OperationalError) as raised:
        ask(wrapper)
    assert time.monotonic() - began < SOON_SECONDS
    assert isinstance(raised.value.__cause__, SilentServerError)
    while sessions(database, pid):
        assert time.monotonic() - began < SOON_SECONDS
    wrapper.close()


@pytest.mark.usefixtures("asks_soon")
def test_statement_that_the_server_works_on_is_waited_for(proxy: SilentProxy, database: Any) -> None:
    wrapper = _wrapper(proxy, answer_seconds=3600.0)
    assert ask(wrapper, f"SELECT 1 FROM pg_sleep({3 * ANSWER_SECONDS})") == [(1,)]
    wrapper.close()


def test_answer_that_arrived_meanwhile_is_not_lost(
    proxy: SilentProxy, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking may take longer than the statement did."""
    monkeypatch.setattr(lost_sessions, "SETTLED_SECONDS", 0.0)
    wrapper = _wrapper(proxy)
    wrapper.connect()
    session = wrapper.connection
    session.pgconn.send_query(b"SELECT 1")
    assert select.select([session.pgconn.socket], [], [], SOON_SECONDS)[0]
    assert not lost_sessions.end_if_lost(session)
    assert sessions(database, session.info.backend_pid) == 1
    wrapper.close()


def _forgotten(wrapper: base.DatabaseWrapper, *, half: bool) -> Any:
    """A transaction whose session sends no more. half: of the next command, the first bytes have arrived."""
    wrapper.connect()
    session = wrapper.connection
    psycopg.Cursor(session).execute("BEGIN")
    if half:
        session.pgconn.enter_pipeline_mode()
        session.pgconn.send_flush_request()
        session.pgconn.flush()
    return session


def _await_end(database: Any, pid: int) -> None:
    over = time.monotonic() + SOON_SECONDS
    while sessions(database, pid):
        assert time.monotonic() < over


@pytest.mark.parametrize("half", [False, True])
def test_postgres_itself_ends_idle_transactions_but_not_amid_a_command(
    database: Any, proxy: SilentProxy, *, half: bool
) -> None:
    """What ours is needed for. Once PostgreSQL ends both, this fails, and ours can go."""
    wrapper = _wrapper(proxy, options="-c idle_in_transaction_session_timeout=50")
    pid = _forgotten(wrapper, half=half).info.backend_pid
    if half:
        time.sleep(0.3)
        assert sessions(database, pid) == 1
    else:
        _await_end(database, pid)
    wrapper.close()


@pytest.mark.parametrize("half", [False, True])
def test_forgotten_transactions_are_ended(database: Any, proxy: SilentProxy, *, half: bool) -> None:
    wrapper = _wrapper(proxy)
    pid = _forgotten(wrapper, half=half).info.backend_pid
    proxy.silence()
    assert forgotten_transactions.end_idle(60.0) == 0, "it may still go on"
    while not forgotten_transactions.end_idle(0.05):
        assert sessions(database, pid) == 1
    _await_end(database, pid)
    wrapper.close()


@pytest.mark.slow
@pytest.mark.usefixtures("asks_soon")
def test_server_that_cannot_be_asked_gets_the_whole_deadline(
    wrapper: base.DatabaseWrapper, proxy: SilentProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(wrapper)
    proxy.silence(new=True)
    monkeypatch.setattr(lost_sessions, "CONNECT_SECONDS", 2)
    with pytest.raises(OperationalError):
        ask(wrapper)


@pytest.mark.usefixtures("asks_soon")
def test_stranger_with_the_pid_is_left_alone(
    proxy: SilentProxy, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pooler reports pids of its own, and one of them may be that of another session."""
    wrapper = _wrapper(proxy)
    ask(wrapper)
    with psycopg.connect(database.superuser_url, application_name="stranger", autocommit=True) as stranger:
        monkeypatch.setattr(psycopg.ConnectionInfo, "backend_pid", stranger.info.backend_pid)
        proxy.silence()
        with pytest.raises(OperationalError):
            ask(wrapper)
        assert stranger.execute("SELECT 1").fetchone() == (1,)


def test_hasty_block_waits_no_longer_than_it_says(proxy: SilentProxy, database: Any) -> None:
    wrapper = _wrapper(proxy, answer_seconds=3600.0)
    ask(wrapper)
    proxy.silence()
    with pytest.raises(OperationalError), answers_within(ANSWER_SECONDS), answers_within(3600.0):
        ask(wrapper)
    wrapper.close()


@pytest.mark.slow
def test_connection_without_a_deadline_is_found_out(proxy: SilentProxy) -> None:
    """The twin: what libpq and TCP notice of such a proxy is nothing."""
    wrapper = _wrapper(proxy, answer_seconds=3600.0, keepalives_idle=1, keepalives_interval=1, tcp_user_timeout=300)
    ask(wrapper)
    proxy.silence()
    session = wrapper.connection
    session.pgconn.send_query(b"SELECT 1")
    ends = time.monotonic() + 1.2
    while time.monotonic() < ends:
        session.pgconn.consume_input()
        assert session.pgconn.is_busy()
        time.sleep(0.05)
    wrapper.close()


@pytest.mark.slow
def test_connection_is_made_within_its_timeout(proxy: SilentProxy, database: Any) -> None:
    wrapper = _wrapper(proxy, connect_timeout=2)
    proxy.silence(new=True)
    began = time.monotonic()
    with pytest.raises(OperationalError):
        ask(wrapper)
    assert time.monotonic() - began < 2 + SOON_SECONDS


@pytest.mark.skipif(django.VERSION < (5, 1), reason="this Django has no pool")
def test_idle_session_of_the_pool_is_asked_before_it_is_lent(
    pooled: base.DatabaseWrapper, proxy: SilentProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((before,),) = ask(pooled, "SELECT pg_backend_pid()")
    session = pooled.connection
    assert isinstance(session, AnsweringConnection)
    pooled.close()
    assert ask(pooled, "SELECT pg_backend_pid()") == [(before,)]
    pooled.close()
    monkeypatch.setattr(base, "CHECK_SECONDS", ANSWER_SECONDS)
    session.answered_at -= base.IDLE_SECONDS
    proxy.silence()
    ((after,),) = ask(pooled, "SELECT pg_backend_pid()")
    assert after != before


def test_url_may_say_other_socket_options() -> None:
    from automate.project.databases import database

    def options(url: str) -> dict[str, Any]:
        made: Any = database(
            url,
            pool_size=0,
            statement_timeout_ms=30_000,
            lock_timeout_ms=0,
            process="web",
            connect_seconds=5,
            idle_timeout_ms=1_000,
        )
        found: dict[str, Any] = made["OPTIONS"]
        return found

    usual = options("postgresql://a@127.0.0.1/a")
    assert {"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"} <= usual.keys()
    assert usual["answer_seconds"] > 30.0
    said = options("postgresql://a@127.0.0.1/a?tcp_user_timeout=90000&keepalives_idle=60&connect_timeout=3")
    assert (said["tcp_user_timeout"], said["keepalives_idle"], said["connect_timeout"]) == ("90000", "60", "3")


def test_options_reach_the_socket(wrapper: base.DatabaseWrapper) -> None:
    ask(wrapper)
    info = wrapper.connection.info.get_parameters()
    assert info["tcp_user_timeout"] == connection.settings_dict["OPTIONS"]["tcp_user_timeout"]
    assert psycopg.pq.version() >= 120000
