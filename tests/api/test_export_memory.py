"""An export of 100,000 runs holds one page in memory."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx2
import psutil
import pytest

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from tests.support import rows

RUNS = 100_000
MOST_GROWTH = 24 * 1024 * 1024
"""Bytes. A page has some 60 KB; all lines have 60 MB."""
FILL = """
INSERT INTO execution_run (id, workflow_id, workflow_version_id, event_id, rule_id, origin_id, state, state_reason, trace_id,
                           depth, step_count, created_at, started_at, finished_at)
SELECT id, %s, %s, %s, NULL, id, 'succeeded', '', repeat('a', 32), 1, 1, at, at, at
FROM (SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid AS id, at
      FROM (SELECT n, now() - interval '1 day' + n * interval '1 millisecond' AS at FROM generate_series(1, %s) AS n) AS times) AS made
"""


def server_of(web: str) -> psutil.Process:
    port = int(web.rpartition(":")[2])
    pid = next(
        one.pid for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN and one.laddr.port == port
    )
    return psutil.Process(pid)


@pytest.mark.slow
def test_memory_does_not_follow_the_number_of_records(tenant: Any, web: str) -> None:
    with acting_for(tenant.ref):
        flow = rows.flow()
        execute(FILL, [flow.workflow, flow.version, rows.event(), RUNS])
    server, headers = server_of(web), {"Authorization": f"Bearer {tenant.token}"}
    url = f"http://{web}/api/v1/exports/runs"
    with httpx2.stream("GET", url, headers=headers, timeout=60) as warm:
        next(warm.iter_raw())
    before, most, count, last, began = server.memory_info().rss, 0, 0, b"", time.monotonic()
    with httpx2.stream("GET", url, headers=headers, timeout=60) as response:
        for line in response.iter_lines():
            if line.startswith('{"cursor"'):
                last = line.encode()
                most = max(most, server.memory_info().rss)
            else:
                count += 1
    print(f"{count} runs in {time.monotonic() - began:.1f} s; {(most - before) / 1024 / 1024:.1f} MiB more at most")
    assert json.loads(last)["end"] is True
    assert count == RUNS
    assert most - before < MOST_GROWTH
