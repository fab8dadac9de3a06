"""The forbidden addresses themselves, answering in a network namespace: none is reached, and each would be if allowed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNSHARE = ["unshare", "--user", "--map-root-user", "--net"]
ADDRESSES = [
    *("10.0.0.1", "10.255.255.254", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.255.254"),
    *("100.64.0.1", "100.100.100.200", "100.127.255.254", "169.254.169.254", "169.254.170.2", "168.63.129.16"),
    *("192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "240.0.0.1"),
    *("fd00:ec2::254", "fc00::1", "fec0::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1"),
    *("2002:7f00:1::1", "2001::1", "2001:2::1", "2001:db8::1", "100::1", "2a00::5efe:7f00:1", "::127.0.0.2"),
]


def _namespaces_work() -> bool:
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    return subprocess.run([*UNSHARE, "ip", "link", "set", "lo", "up"], check=False, capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not _namespaces_work(), reason="this machine gives no network namespaces")
def test_forbidden_addresses_that_answer_are_not_reached() -> None:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    probe = [*UNSHARE, sys.executable, "-m", "tests.support.namespace_probe", *ADDRESSES]
    done = subprocess.run(
        probe,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    by_http, by_line = ["CONNECTOR_BLOCKED", 0, 200, 1], ["CONNECTOR_BLOCKED", 1, "connected", 2]
    assert json.loads(done.stdout) == {text: [*by_http, *by_line] for text in ADDRESSES}
