"""Ids of traces and spans: their shape, and that no two processes create the same ones."""

from __future__ import annotations

import re
import subprocess
import sys

from automate.kernel.trace import from_traceparent, new_trace

FORKED = """
import os
from automate.kernel.trace import new_trace
new_trace()
reading, writing = os.pipe()
for _ in range(2):
    if os.fork() == 0:
        os.write(writing, (new_trace().trace_id + "\\n").encode())
        os._exit(0)
    os.wait()
print(new_trace().trace_id, os.read(reading, 1000).decode())
"""


def test_ids_are_hex_digits_and_differ() -> None:
    traces = [new_trace() for _ in range(1_000)]
    assert all(
        re.fullmatch("[0-9a-f]{32}", one.trace_id) and re.fullmatch("[0-9a-f]{16}", one.span_id) for one in traces
    )
    assert len({one.trace_id for one in traces}) == len({one.span_id for one in traces}) == 1_000
    assert all(from_traceparent(one.traceparent()).trace_id == one.trace_id for one in traces)


def test_forked_processes_create_other_ids() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, check=True)
    found = done.stdout.split()
    assert len(found) == len(set(found)) == 3
