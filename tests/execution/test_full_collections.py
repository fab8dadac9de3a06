"""A full garbage collection of a worker passes over what is imported: it stops all threads while it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.support.processes import ROOT

PROGRAM = """
import gc, json, time
import django
django.setup()
from actors import worker
worker.declare_actors()
def seconds():
    began = time.thread_time()
    gc.collect()
    return time.thread_time() - began
seconds()
before = seconds()
worker.freeze_imported()
print(json.dumps({"before": before, "after": min(seconds() for _ in range(5)), "frozen": gc.get_freeze_count()}))
"""
TIMES = 10


def test_full_collection_of_a_worker_is_short() -> None:
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "automate.project.settings"}
    environ["PYTHONPATH"] = f"{ROOT}:{ROOT / 'platform'}"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=False, capture_output=True, text=True, cwd=ROOT, env=environ, timeout=60
    )
    assert done.returncode == 0, done.stderr[-4000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["frozen"] > 0
    # Before is the twin: what is imported makes a collection many times as long.
    assert seen["after"] < seen["before"] / TIMES, seen
