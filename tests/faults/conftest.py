"""Each fault has a platform of its own: real processes over a copy of a migrated database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.books import Books
from tests.support.databases import copied, make_template
from tests.support.processes import WEBHOOK_SECRET, Database, Platform
from tests.support.receiver import Call, Receiver
from tests.support.servers import Servers
from tests.support.webhooks import Senders

CALLS_INSIDE = 4


class Scene:
    """A running web and what stands around it: the rest of the processes is the test's to start."""

    def __init__(self, platform: Platform, receiver: Receiver) -> None:
        self.platform, self.receiver = platform, receiver
        self.books = Books(platform)

    def senders(self, *, patience_seconds: float = 0.0) -> Senders:
        return Senders(self.platform.hooks_url, WEBHOOK_SECRET, patience_seconds=patience_seconds)

    def freeze_inside_calls(self, name: str) -> list[Call]:
        """Freeze a worker while no transaction of its own is open, and each call that is under way is at the
        receiver, which has to hold them. Returns this worker's calls, at least four."""
        calls = list[Call]()

        def frozen_inside_calls() -> bool:
            calls[:] = self.calls_of(name)
            if len(calls) < CALLS_INSIDE:
                return False
            self.platform.freeze(name)
            calls[:] = self.calls_of(name)
            held = {call.key for call in self.receiver.held()}
            if held == self.books.intents() and not self.books.transactions_of(name):
                return True
            self.platform.thaw(name)
            return False

        self.platform.until(frozen_inside_calls, 20, f"{name} to be frozen inside its calls alone")
        return calls

    def calls_of(self, name: str) -> list[Call]:
        ports = self.platform.ports_of(name)
        return [call for call in self.receiver.held() if call.port in ports]


MakeScene = Callable[..., Scene]


@pytest.fixture(scope="session")
def template(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A migrated database that copies are made of."""
    return make_template(servers, tmp_path_factory.mktemp("template"))


@pytest.fixture
def copy(template: Database, servers: Servers) -> Iterator[Database]:
    with copied(template, servers) as database:
        yield database


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Callable[..., Scene]]:
    """Makes the scene on any database. delay_seconds: of the receiver's answers. knobs: of all processes."""
    with ExitStack() as stack:

        def make(database: Database, *, delay_seconds: float = 0.0, **knobs: str) -> Scene:
            receiver = stack.enter_context(Receiver(delay_seconds=delay_seconds))
            platform = stack.enter_context(Platform(tmp_path / "platform", database, **knobs))
            platform.start_all("web")
            platform.install(receiver.url)
            return Scene(platform, receiver)

        yield make


@pytest.fixture
def make_scene(stage: Callable[..., Scene], copy: Database) -> MakeScene:
    """The scene on the test's own copy."""

    def make(**options: object) -> Scene:
        return stage(copy, **options)

    return make
