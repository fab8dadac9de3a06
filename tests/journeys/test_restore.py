"""The backup of the deploy page, restored as the page says into an empty cluster: old runs are there, new ones run."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from automate.cli.options import bare_id
from automate.client import operations
from automate.client.api import Api
from automate.devserver import postgres
from automate.devserver.database_urls import with_parts
from automate.devserver.ports import free_port
from automate.devserver.server import Server
from automate.kernel.errors import NormalizedError
from automate.kernel.roles import ADMIN_LOGIN as ADMIN
from automate.kernel.roles import VARIABLE_OF
from automate.project import home as homes
from automate.project.reaching import LOOPBACK
from tests.support.facts import naming
from tests.support.installations import Installation, clean_environ
from tests.support.receiver import Receiver
from tests.support.terminal import Terminal
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "deploy.md").read_text()
SECONDS = 60
FOLLOWED = """query($after: String, $last: Int) {
  events(order: COMMITTED, after: $after, last: $last) { pageInfo { endCursor } } }"""
OLDER_TRANSACTIONS = 5_000
"""More than a restore takes."""

RUN = """automate run first --payload '{"n": 1, "total": 120}' --wait"""
SEND = "automate send order.created"
LATE = SEND + """ --payload '{"n": 3, "total": 400}' --key late"""


def commands_of(section: str, place: int = 0) -> str:
    """A block of a section of the page, the first where none is said."""
    (text,) = re.findall(rf"^## {section}\n(.*?)^(?=## )", PAGE, re.MULTILINE | re.DOTALL)
    return str(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[place])


def as_superuser(url: str, commands: str, folder: Path) -> str:
    """Run the page's commands as the database's superuser, in a folder. Returns what they said to standard error."""
    parts = urlsplit(url)
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
        "PATH": f"{Path(postgres.binary('pg_dump')).parent}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port),
        "PGUSER": "postgres",
        "PGPASSWORD": unquote(parts.password or ""),
    }
    done = subprocess.run(
        ["sh", "-euc", commands], check=False, capture_output=True, text=True, env=environ, cwd=folder, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture
def empty_cluster(tmp_path: Path) -> Iterator[Server]:
    server = postgres.PROGRAM.start(homes.prepare(tmp_path / "other"), lambda _line: None)
    yield server
    server.stop()


def superuser_of(home: Path) -> str:
    return with_parts(
        f"postgresql://{LOOPBACK}:{(home / 'postgres.port').read_text()}/postgres",
        user="postgres",
        password=homes.kept_secret(home, "postgres"),
    )


def age(superuser_url: str) -> None:
    """Make the cluster older than one that was just restored: its transaction ids are ahead of the other's."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for _ in range(OLDER_TRANSACTIONS):
            connection.execute("SELECT pg_current_xact_id()")


def restored(first: Path, second: Path, cluster: Server) -> Installation:
    """An installation of its own on the restored database: with the roles' passwords and the key of the first."""
    port = free_port()
    logins = {
        name: with_parts(cluster.url, user=role, password=homes.kept_secret(first, role), database="automate")
        for role, name in {**VARIABLE_OF, ADMIN: "AUTOMATE_ADMIN_DATABASE_URL"}.items()
    }
    homes.write_private(homes.prepare(second) / "secrets" / "secret_key", homes.kept_secret(first, "secret_key"))
    return Installation(second, port=port, environ={**clean_environ(second, port), **logins})


def await_decision(terminal: Terminal, event: list[str]) -> None:
    """The event starts no run that could be followed, and a worker may decide about it last."""
    until = time.monotonic() + 60
    while naming("payload.total", "50", "100") not in terminal.run(f"automate explain {event[0].split()[1]}")[0][1]:
        assert time.monotonic() < until, "no rule has decided about the event"


@pytest.mark.long
def test_backup_becomes_a_platform_again(tmp_path: Path, empty_cluster: Server) -> None:
    home, folder = tmp_path / "home", tmp_path / "backup"
    folder.mkdir()
    with Installation(home) as first, closing(Terminal(first, tmp_path / "first")) as terminal:
        up = first.await_ready()
        age(superuser_of(home))
        terminal.run("automate init", "automate apply first.yaml")
        following = terminal.follow("automate tail --workflow first")
        (status, run), (sent, event) = terminal.run(RUN, f'{SEND} --payload \'{{"n": 2, "total": 50}}\'')
        assert (status, sent) == (0, 0), (run, event)
        following.await_ends(1)
        go_on = following.end()
        await_decision(terminal, event)
        with Api(up["graphql"], up["token"]) as api:
            followed = api.query(FOLLOWED, {"last": 0})["events"]["pageInfo"]["endCursor"]
        as_superuser(superuser_of(home), commands_of("Backup"), folder)
        ((_, late),) = terminal.run(LATE)
        assert late[-1] == "outcome NEW"
    assert as_superuser(empty_cluster.url, commands_of("Restore"), folder) == ""
    with (
        restored(home, tmp_path / "home-2", empty_cluster) as second,
        closing(Terminal(second, tmp_path / "second")) as terminal,
    ):
        up = second.await_ready()
        with Api(up["graphql"], up["token"]) as api:
            given = {"id": run[0].split()[1]}
            old, steps = (api.query(query, given)["run"] for query in (operations.RUN, operations.RUN_STEPS))
            with pytest.raises(NormalizedError) as refused:
                api.query(FOLLOWED, {"after": followed})
        assert refused.value.code == "CURSOR_EXPIRED"
        assert [old["state"], *(edge["node"]["state"] for edge in steps["page"]["edges"])] == ["SUCCEEDED"] * 3
        (status, explained), (healthy, checked) = terminal.run(
            f"automate explain {event[0].split()[1]}", "automate doctor"
        )
        assert (status, healthy) == (0, 0), (explained, checked)
        assert naming("payload.total", "50", "100") in explained
        # What came after the backup is gone, and its sender may send it again. A feed says that there is a gap.
        resumed = terminal.follow(go_on)
        ((_, again),) = terminal.run(LATE)
        assert again[-1] == "outcome NEW"
        gap, *transitions = resumed.await_ends(1)
        assert gap == naming("gone")
        assert len(transitions) == 7


@pytest.mark.long
def test_feed_goes_on_in_a_base_backup(tmp_path: Path) -> None:
    first_home, second_home = tmp_path / "home", homes.prepare(tmp_path / "home-2")
    with Installation(first_home) as first, closing(Terminal(first, tmp_path / "first")) as terminal:
        first.await_ready()
        terminal.run("automate init", "automate apply first.yaml")
        following = terminal.follow("automate tail --workflow first")
        terminal.run(RUN)
        following.await_ends(1)
        go_on = following.end()
        ((_, kept),) = terminal.run(RUN)  # before the backup, and after what the feed has shown
        as_superuser(superuser_of(first_home), commands_of("Backup", 2), second_home)
    (second_home / "base").rename(second_home / "postgres")
    for secret in (first_home / "secrets").iterdir():
        homes.write_private(second_home / "secrets" / secret.name, secret.read_text())
    with Installation(second_home) as second, closing(Terminal(second, tmp_path / "second")) as terminal:
        second.await_ready()
        resumed = terminal.follow(go_on)
        ((_, new),) = terminal.run(RUN)
        seen = resumed.await_ends(2)
        assert [line.split()[1] for line in seen] == [
            bare_id(said[0].split()[1]) for said in (kept, new) for _ in range(7)
        ]


NUMBERS = """
SELECT (convert_from(p.body, 'UTF8')::json ->> 'n')::int FROM public.outbox_job j
LEFT JOIN {schema}.execution_run r ON r.id = j.subject_id
JOIN {schema}.event_payload p ON p.event_id = coalesce(r.event_id, j.subject_id) WHERE j.open AND j.restored
"""
OPEN_WORK = "SELECT count(*) FROM public.outbox_job WHERE open AND topic IN ('event.match', 'run.advance')"
TELL = {"key": "tell", "uses": "http.request", "with": {"method": "POST", "json": {"n": "{{ event.payload.n }}"}}}
AGAIN = {"key": "again", "needs": ["tell"], "uses": "http.request", "with": TELL["with"]}
SAVE = "mutation($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code message } } }"
PUBLISH = "mutation($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { errors { code message } } }"
SAVE_RULE = "mutation($input: SaveRuleInput!) { saveRule(input: $input) { errors { code message } } }"
INGEST = "mutation($input: IngestEventsInput!) { ingestEvents(input: $input) { errors { code message } } }"
SET, FRESH = 20, 1_000_000


class Load:
    """Events for as long as the block lasts, a set at a time. sent: how many."""

    def __init__(self, api: Api) -> None:
        self.sent = 0
        self._api, self._over = api, threading.Event()
        self._thread = threading.Thread(target=self._send)

    def _send(self) -> None:
        while not self._over.is_set():
            numbers = range(self.sent, self.sent + SET)
            self._api.mutate(INGEST, {"events": [{"type": "order", "payload": {"n": n}} for n in numbers]})
            self.sent += SET

    def __enter__(self) -> Load:  # noqa: PYI034 - typing.Self is newer than Python 3.10
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join()


def install(api: Api, url: str) -> None:
    """A workflow that tells the receiver of each event twice, one after the other."""
    steps = [{**step, "with": {**step["with"], "url": url}} for step in (TELL, AGAIN)]  # type: ignore[dict-item]
    api.mutate(SAVE, {"slug": "tell", "name": "Tell", "definition": {"schema": 1, "steps": steps}})
    api.mutate(PUBLISH, {"workflow": "tell"})
    api.mutate(
        SAVE_RULE, {"slug": "orders", "name": "Orders", "workflow": "tell", "when": {"==": [{"var": "type"}, "order"]}}
    )


@pytest.mark.long
def test_dump_of_a_running_load_repeats_nothing_unseen(tmp_path: Path, empty_cluster: Server) -> None:
    """Commands of the page on restores, between a dump under load and the end of all that it held."""
    home, folder = tmp_path / "home", tmp_path / "backup"
    folder.mkdir()
    with Receiver(delay_seconds=0.3) as receiver:
        with Installation(home) as first:
            up = first.await_ready()
            with Api(up["graphql"], up["token"]) as api:
                install(api, receiver.url)
                with Load(api) as load:
                    receiver.wait(lambda: len(receiver.calls) >= SET, "the load")
                    as_superuser(superuser_of(home), commands_of("Backup"), folder)
                receiver.wait(lambda: len(receiver.calls) == 2 * load.sent, "all that was sent")
        before = Counter(call.number for call in receiver.calls)
        assert set(before.values()) == {2}
        assert as_superuser(empty_cluster.url, commands_of("Restore"), folder) == ""
        with (
            restored(home, tmp_path / "home-2", empty_cluster) as second,
            closing(Terminal(second, tmp_path / "second")) as terminal,
            psycopg.connect(with_parts(empty_cluster.url, database="automate"), autocommit=True) as database,
        ):
            up = second.await_ready()
            ((schema,),) = database.execute("SELECT schema_name FROM tenant WHERE slug = 'acme'").fetchall()
            # The workers are at work: they do what is new.
            with Api(up["graphql"], up["token"]) as api:
                api.mutate(INGEST, {"events": [{"type": "order", "payload": {"n": FRESH}}]})
            receiver.wait(lambda: sum(call.number == FRESH for call in list(receiver.calls)) == 2, "new work")
            held = {n for (n,) in database.execute(NUMBERS.format(schema=schema)).fetchall()}
            assert held
            assert Counter(call.number for call in receiver.calls if call.number != FRESH) == before
            ((shown, listed),) = terminal.run("automate held")
            assert (shown, listed[-1]) == (0, naming(f"{len(held):,}"))
            assert listed[0] == naming("epoch 2", "system_identifier")
            ((status, said),) = terminal.run("automate release --all --reason 'compared with the receiver'")
            assert (status, said) == (0, [naming(f"{len(held):,}", "0")])
            deadline = time.monotonic() + SECONDS
            while database.execute(OPEN_WORK).fetchall() != [(0,)]:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        repeated = {call.number for call in receiver.calls[sum(before.values()) :]} - {FRESH}
        assert repeated <= held
