"""``python -m bench.reads --bound`` binds each web process to a different processor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.reads.bound import bind

WAITING = "import threading; threading.Thread(target=input).start(); print(flush=True)"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux")
def test_all_threads_of_a_process_are_bound_to_one_processor() -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", WAITING], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            process.stdout.readline()
        bind([process.pid for process in started])
        own = sorted(os.sched_getaffinity(0))
        for place, process in enumerate(started):
            threads = [int(thread.name) for thread in Path(f"/proc/{process.pid}/task").iterdir()]
            assert len(threads) == 2
            assert [os.sched_getaffinity(thread) for thread in threads] == [{own[place % len(own)]}] * 2
    finally:
        for process in started:
            process.communicate(b"\n", timeout=30)
