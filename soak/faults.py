"""The faults, one every few seconds: all kinds are shuffled by the seed, injected one by one, and shuffled again."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import psycopg
import redis

from soak.receiver import MUTE, RESET, SLOW
from soak.site import PROCESSES, Outside, Site

Later = Callable[[], None]

TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name <> '' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 5
"""
FLUSHED, VALKEY, POSTGRES, BACKENDS = "Valkey: FLUSHALL", "Valkey", "PostgreSQL", "PostgreSQL: five backends terminated"
MOOD_SECONDS = 2.0


@dataclass(frozen=True)
class Fault:
    """A fault."""

    name: str
    act: Callable[[], Later | None]
    """Injects the fault. Returns a function to run later, or None."""
    seconds: float = 0.0
    """The time until that function runs."""


class Chaos:
    """Injects faults. Single-threaded, in the main thread: processes end with the thread that started them.

    dealt: the number of injections of each fault. revived: how often a process was found dead, by name.
    """

    def __init__(self, site: Site, outside: Outside, seed: int, every_seconds: float) -> None:
        self._site, self._outside = site, outside
        self._rng = random.Random(f"{seed} faults")
        self._every = every_seconds
        self._deck = self._dealt()
        self._next = time.monotonic() + every_seconds
        self._pending: list[tuple[float, Later]] = []
        self._frozen: set[str] = set()
        self.dealt: Counter[str] = Counter()
        self.revived: Counter[str] = Counter()
        self.last = ""

    def look(self) -> None:
        """Do all due work. Call this continuously."""
        now = time.monotonic()
        for due in [due for due in self._pending if due[0] <= now]:
            self._pending.remove(due)
            due[1]()
        self.revived.update(self._site.revive())
        if now >= self._next:
            fault = next(self._deck)
            self.last = fault.name
            if (later := fault.act()) is not None:
                self._pending.append((time.monotonic() + fault.seconds, later))
            self.dealt[fault.name] += 1
            self._next = time.monotonic() + self._rng.uniform(0.6, 1.4) * self._every

    def heal(self) -> None:
        """End every fault, and wait until all processes work."""
        for _, later in self._pending:
            later()
        self._pending.clear()
        self._site.revive()

    def _dealt(self) -> Iterator[Fault]:
        while True:
            deck = self._faults()
            self._rng.shuffle(deck)
            yield from deck

    def _faults(self) -> list[Fault]:
        moods = {
            RESET: "receiver: hangs up before it acts",
            MUTE: "receiver: acts, and hangs up without an answer",
            SLOW: "receiver: a second late",
        }
        return [
            *(Fault(f"{name}: SIGKILL", partial(self._kill, name)) for name in PROCESSES),
            *(
                Fault(f"{name}: SIGSTOP", partial(self._freeze, name), self._rng.uniform(1, 5))
                for name in PROCESSES[:4]
            ),
            *(Fault(name, partial(self._outside.feel, mood, MOOD_SECONDS)) for mood, name in moods.items()),
            Fault(FLUSHED, self._flush),
            Fault(f"{VALKEY}: SIGKILL, and back", self._kill_valkey, self._rng.uniform(0.2, 2)),
            Fault(f"{VALKEY}: SIGSTOP", self._freeze_valkey, self._rng.uniform(1, 3)),
            Fault(f"{POSTGRES}: immediate restart", self._crash_postgres),
            Fault(BACKENDS, self._terminate),
        ]

    def _kill(self, name: str) -> None:
        self._site.kill(name)
        self._site.start(name)

    def _freeze(self, name: str) -> Later | None:
        if name not in self._site.alive():
            return None
        self._site.freeze(name)
        return partial(self._site.thaw, name)

    def _flush(self) -> None:
        try:
            with redis.Redis.from_url(self._site.valkey.url, socket_timeout=1) as client:
                client.flushall()
        except redis.RedisError:
            self.last += " (it was away)"

    def _kill_valkey(self) -> Later | None:
        if not self._site.valkey.process.alive():
            return None
        self._site.valkey.process.send(signal.SIGKILL)
        return self._site.restart_valkey

    def _freeze_valkey(self) -> Later:
        self._site.valkey.process.send(signal.SIGSTOP)
        return lambda: self._site.valkey.process.send(signal.SIGCONT)

    def _crash_postgres(self) -> None:
        self._site.cluster.crash()
        self._site.cluster.restart()

    def _terminate(self) -> None:
        try:
            with self._site.superuser() as connection:
                connection.execute(TERMINATE)
        except psycopg.OperationalError:
            self.last += " (it was away)"
