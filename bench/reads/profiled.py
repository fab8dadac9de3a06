"""Where the time of a request goes in its thread of web, by parts of the program.

``profiles`` starts a process with web's login, which calls the view in its main thread. A timer that counts processor
time interrupts it; the innermost frame of a known file names the part.
"""

from __future__ import annotations

import contextvars
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any

from automate.cli.becoming import become

if TYPE_CHECKING:
    from bench.reads.scenes import Scene
    from bench.system import System

PARTS: Mapping[str, Sequence[str]] = {
    "SQL: send, receive, values": ("/psycopg", "/django/db/", "/automate/kernel/sql.py", "/tenants/postgresql/"),
    "statements, rows to objects": (
        "/graphql_schema/straight/",
        "/straight.py",
        "/automate/kernel/queries.py",
        "_queries.py",
    ),
    "cursors": ("/automate/kernel/cursors.py",),
    "JSON text": ("/graphql_schema/encoding.py", "/graphql_schema/json_text.py", "/automate/kernel/strict_json.py"),
    "token, price, points": ("/tenants/", "/graphql_schema/allowance.py", "/graphql_schema/billing.py"),
    "document and its execution": ("/graphql/", "/strawberry", "/graphql_schema/"),
    "Django and its middleware": ("/django/", "/automate/serving/", "/automate/web/"),
}
"""Parts of paths. The first match of the innermost frame counts."""
REST = "the rest"
TICK_SECONDS = 0.001
WARM_REQUESTS = 30


@dataclass(frozen=True)
class Profile:
    """The processor time of a request in its thread, in microseconds."""

    scene: str
    whole: float
    parts: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        return {"scene": self.scene, "us": self.whole, "parts": dict(self.parts)}


def profiles(system: System, scenes: Sequence[Scene], token: str, seconds: float) -> list[Profile]:
    """seconds: of processor time for each scene. Raises CalledProcessError where an answer is no success."""
    asked = [[one.name, json.dumps({"query": one.document, "variables": one.ours[0]})] for one in scenes]
    given = json.dumps({"token": token, "seconds": seconds, "scenes": asked})
    done = subprocess.run(
        [sys.executable, "-m", "bench.reads.profiled"],
        env=system.environ,
        input=given,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [Profile(name, whole, parts) for name, whole, parts in json.loads(done.stdout.splitlines()[-1])]


def table(found: Sequence[Profile]) -> str:
    """The parts as lines, in microseconds of a request."""
    head = f"\n{'us of the thread':30}" + "".join(f"{one.scene:>20}" for one in found)
    parts = [*PARTS, REST]
    lines = [f"{part:30}" + "".join(f"{one.parts.get(part, 0.0):20,.0f}" for one in found) for part in parts]
    return "\n".join([head, *lines, f"{'all':30}" + "".join(f"{one.whole:20,.0f}" for one in found)])


def part_of(frame: FrameType | None) -> str:
    """The part to which a stack belongs."""
    while frame is not None:
        path = frame.f_code.co_filename
        for part, files in PARTS.items():
            if any(file in path for file in files):
                return part
        frame = frame.f_back
    return REST


def _main() -> None:
    """The process of ``profiles``: reads what is asked from its input, and prints a line of JSON."""
    become("web")
    from automate.web import asgi  # noqa: PLC0415 - the settings need the login of web

    given = json.load(sys.stdin)
    handler = asgi._http  # noqa: SLF001 - the handler of web
    print(
        json.dumps([_profile(handler, given["token"], given["seconds"], *one) for one in given["scenes"]]), flush=True
    )


def _profile(handler: Any, token: str, seconds: float, name: str, body: str) -> tuple[str, float, Mapping[str, float]]:
    content = body.encode()
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 80),
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", b"application/json"),
            (b"authorization", f"Bearer {token}".encode()),
            (b"content-length", b"%d" % len(content)),
        ],
    }

    def request() -> None:
        answer = contextvars.copy_context().run(handler._respond, scope, content)  # noqa: SLF001 - as its thread does
        if b'"data"' not in answer.content[:20]:
            raise RuntimeError(answer.content[:300])

    for _ in range(WARM_REQUESTS):
        request()
    seen: Counter[str] = Counter()
    signal.signal(signal.SIGPROF, lambda _signal, frame: seen.update([part_of(frame)]))
    signal.setitimer(signal.ITIMER_PROF, TICK_SECONDS, TICK_SECONDS)
    began, requests = time.thread_time(), 0
    while time.thread_time() - began < seconds:
        request()
        requests += 1
    signal.setitimer(signal.ITIMER_PROF, 0)
    whole, samples = (time.thread_time() - began) / requests * 1e6, max(1, sum(seen.values()))
    return name, whole, {part: whole * count / samples for part, count in seen.items()}


if __name__ == "__main__":
    _main()
