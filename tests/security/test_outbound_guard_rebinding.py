"""Hundreds of spellings, redirects and an attacker's DNS, in a namespace where the forbidden addresses answer: none is
reached. And one that never answers, which is no other tenant's business.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
UNSHARE = ["unshare", "--user", "--map-root-user", "--net", "--mount"]
FORBIDDEN = [
    *("127.0.0.2", "10.0.0.1", "172.16.0.1", "192.168.255.254", "100.100.100.200", "169.254.169.254", "169.254.170.2"),
    *("168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "203.0.113.1", "240.0.0.1"),
    *("fd00:ec2::254", "fec0::1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2001::1", "2001:db8::1"),
]
IPV4 = sum(":" not in text for text in FORBIDDEN)
ROUNDS = 6


def _namespaces_work() -> bool:
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    bound = "mount --bind /dev/null /etc/resolv.conf && ip link set lo up"
    return subprocess.run([*UNSHARE, "sh", "-c", bound], check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not _namespaces_work(), reason="this machine gives no network namespaces")


def _probe(module: str, *words: str) -> dict[str, Any]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    done = subprocess.run(
        [*UNSHARE, sys.executable, "-m", f"tests.support.{module}", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_no_way_leads_to_a_forbidden_address() -> None:
    found = _probe("rebinding_probe", "none", *FORBIDDEN)
    assert found["reached"] == {}
    # Each of them answers, by its name and by itself, as soon as it is allowed.
    assert found["reached_where_allowed"] == dict.fromkeys(FORBIDDEN, 2)
    count = len(FORBIDDEN)
    spelt = count + 21 * IPV4
    names = {kind: {"blocked": count} for kind in ("straight", "alias", "both", "mapped")}
    # A name that rebinds is asked once for each call: half of the calls go where the public answer says, half nowhere.
    half = count * ROUNDS // 2
    rebinds = {"rebinds": {"answered": half, "blocked": half}}
    redirects = spelt + 4 * count
    assert spelt + redirects > 600
    assert found["outcomes"] == {
        "http": {"spelling": {"blocked": spelt}, "redirect": {"blocked": redirects}, **names, **rebinds},
        "graphql": {"spelling": {"blocked": spelt}, "redirect": {"refused": redirects}, **names, **rebinds},
        "token": {"spelling": {"blocked": spelt}, "redirect": {"token_refused": redirects}, **names, **rebinds},
    }


@pytest.mark.slow
@pytest.mark.parametrize(("how", "kind"), [("judges nothing", "straight"), ("asks twice", "rebinds")])
def test_guard_that_errs_is_seen(how: str, kind: str) -> None:
    """The sabotaged twins: without the judge everything is reached; who asks twice is answered twice."""
    found = _probe("rebinding_probe", how, "10.0.0.1", "169.254.169.254")
    assert sorted(found["reached"]) == ["10.0.0.1", "169.254.169.254"]
    assert found["outcomes"]["http"][kind]["answered"] > 0


@pytest.mark.slow
def test_names_that_no_server_answers_for_hold_up_one_tenant_alone() -> None:
    found = _probe("silent_names_probe")
    assert found["endings"] == {"200": 12}
    assert found["seconds"] < 4
    assert set(found["others"]) == {"no_address", "no_address, not asked"}
