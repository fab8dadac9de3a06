"""The road of docs/architecture.md is the one that an event takes: each of its functions is entered, in the order of the page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable

from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.triggers.services import save_source
from tests.support.plane import Plane
from tests.support.tenants import NewTenant
from tests.support.tree import ROOT

MOST_LINES = 300
MOST_DRAWN = 45
API = "graphql_schema/"
BESIDE = (
    "platform/automate/kernel/",
    "platform/automate/processes/",
    "platform/automate/project/",
    "platform/automate/rules/predicate/",
    "platform/automate/serving/",
    "platform/automate/web/",
    "platform/automate/workflows/templates/",
    API,
    "tenants/",
)
"""Folders that the page does not count: helpers without tables, the HTTP server, logs, the database backend, the two evaluators,
and the API, which reads the feed."""
READ = {"platform/automate/runs/queries.py", "platform/automate/workflows/queries.py"}
"""The statements with which the API reads the feed."""
NO_STOPS = {"__init__", "<dictcomp>", "<listcomp>", "<setcomp>"}
"""Constructors; and comprehensions, which are calls only before Python 3.12."""
ROW = re.compile(r"^\| [^|]+ \| (`[^|]+\.py`) \| (`[^|]+`) \|$", re.MULTILINE)
STATED = re.compile(r"enters at most (\d+) files")
PAGE = (ROOT / "docs" / "architecture.md").read_text()
SECRET = "s" * 20


def rows() -> list[tuple[str, list[str]]]:
    return [(file.strip("`"), re.findall(r"`([^`]+)`", functions)) for file, functions in ROW.findall(PAGE)]


def too_long(files: Iterable[str]) -> dict[str, int]:
    return {file: lines for file in files if (lines := len((ROOT / file).read_text().splitlines())) > MOST_LINES}


def test_road_is_short_and_leads_nowhere_twice() -> None:
    files = [file for file, _ in rows()]
    assert len(set(files)) == len(files) <= MOST_DRAWN
    assert too_long(files) == {}


def test_event_takes_the_road_of_the_page(plane: Plane, tenant: NewTenant) -> None:
    with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
        save_source(slug="shop", scheme="BEARER", secrets=[SECRET], options=None, expected_revision=None)
    message = {"message": "Order {{ event.payload.n }}"}
    plane.publish("one", [{"key": "a", "uses": "log.write", "with": message}])
    command = [sys.executable, "-m", "tests.support.road_process", str(plane.tenant.id)]
    taken = subprocess.run(
        [*command, f"/t/{plane.tenant.slug}/hooks/shop", SECRET, tenant.token],
        check=True,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        timeout=60,
    )
    found = [(file, name) for file, name in json.loads(taken.stdout.splitlines()[-1])]
    found = found[found.index(("platform/automate/triggers/views.py", "receive_webhook")) :]
    missing = [(file, name) for file, names in rows() for name in names if (file, name) not in found]
    assert missing == []
    written = {file: found.index((file, names[0])) for file, names in rows() if not file.startswith(API)}
    assert list(written.values()) == sorted(written.values()), written
    # The API reads what was written, while the worker continues.
    woken = written["platform/automate/runs/feed.py"]
    read = {file: found.index((file, names[0]), woken) for file, names in rows() if file.startswith(API)}
    assert list(read.values()) == sorted(read.values()), read
    called = {file for file, name in found if name not in NO_STOPS}
    crossed = {file for file in called if not file.startswith(BESIDE) and file not in READ}
    stated = STATED.search(PAGE)
    assert stated is not None
    assert len(crossed) <= int(stated.group(1)), sorted(crossed)
    print(f"{len(crossed)} files:", *sorted(crossed))
    assert too_long(crossed) == {}
