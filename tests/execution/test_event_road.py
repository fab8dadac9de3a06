"""The road of docs/architecture.md is the one that an event takes: each of its functions is entered, in the order of the page."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.test import Client

from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.triggers.services import save_source
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import a_scheduler, give
from tests.support.tree import PACKAGES, ROOT

MOST_FILES, MOST_LINES = 45, 300
BEYOND = ("actors/relay/", "actors/tasks.py", "actors/tenant_scheduler.py", "graphql_schema/")
"""Rows that other processes pass, or that only start their turn: the test of this page's names covers these."""
ROW = re.compile(r"^\| [^|`]+ \| (`[^|]+\.py`) \| (`[^|]+`) \|$", re.MULTILINE)


def rows() -> list[tuple[str, list[str]]]:
    page = (ROOT / "docs" / "architecture.md").read_text()
    return [(file.strip("`"), re.findall(r"`([^`]+)`", functions)) for file, functions in ROW.findall(page)]


@contextmanager
def entered() -> Iterator[list[tuple[str, str]]]:
    """The files and functions of the project that are entered, each at its first time."""
    found: dict[tuple[str, str], None] = {}
    folders = tuple(f"{package}/" for package in PACKAGES.values())

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(folders):
            found.setdefault((code.co_filename.removeprefix(f"{ROOT}/"), code.co_name))

    listed: list[tuple[str, str]] = []
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield listed
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        listed.extend(found)


def test_road_is_short_and_leads_nowhere_twice() -> None:
    files = [file for file, _ in rows()]
    assert len(set(files)) == len(files) <= MOST_FILES
    assert {file: lines for file in files if (lines := len((ROOT / file).read_text().splitlines())) > MOST_LINES} == {}


def test_event_takes_the_road_of_the_page(plane: Plane) -> None:
    scripted = Scripted(inline=False)
    with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
        save_source(slug="shop", scheme="BEARER", secrets=["s" * 20], options=None, expected_revision=None)
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        with entered() as found, a_scheduler() as scheduler:
            answer = Client().post(
                f"/t/{plane.tenant.slug}/hooks/shop",
                data=b'{"type": "order.created", "n": 1}',
                content_type="application/json",
                headers={"Authorization": f"Bearer {'s' * 20}"},
            )
            assert answer.status_code == 202, answer.content
            give(scheduler, plane)
            plane.until(lambda: plane.runs() == [("succeeded", "")])
    order = {place: number for number, place in enumerate(found)}
    passed = [(file, names) for file, names in rows() if not file.startswith(BEYOND)]
    firsts = list[int]()
    for file, names in passed:
        # A call is made on the loop's thread, which may be older than this test.
        at = [order[file, name] for name in names if (file, name) in order]
        assert at, f"an event enters none of {names} of {file}"
        firsts.append(min(at))
    assert firsts == sorted(firsts), list(zip(firsts, passed, strict=True))
    first, last = order[passed[0][0], passed[0][1][0]], max(firsts)
    crossed = {file for file, name in found[first : last + 1] if "/kernel/" not in file and not name.startswith("<")}
    print(
        f"{len(passed)} files of the page; {len(crossed)} of the project are crossed besides the kernel's: {sorted(crossed)}"
    )
