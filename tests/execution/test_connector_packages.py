"""Connectors of other packages: found, looked at, and refused by name; none takes a process down, whatever it does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from actors.connectors import registry
from actors.connectors.base import Connector
from actors.connectors.guard import Guard
from actors.connectors.installed import NOT_HERE, KnownConnectors, KnownSpecs, RefusedConnector, discover
from actors.connectors.registry import CONNECTORS, specs
from actors.sdk import API_VERSION, Host
from actors.sdk.versions import SUPPORTED, refusal
from automate.workflows.validation import check_definition
from tests.support.facts import Naming, naming
from tests.support.packages import GOOD, install, points_of
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tree import ROOT

HOST = Host(Guard())
OURS = {connector.spec.name for connector in registry.OURS}


def looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], list[RefusedConnector]]:
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    try:
        return discover(HOST, OURS, points_of(folder))
    finally:
        for name in set(sys.modules) - before:
            del sys.modules[name]


def test_connector_is_found_and_given_its_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "shop-orders", GOOD, {"shop.order": "Connector"})
    ((one,), refused) = looked_at(tmp_path, monkeypatch)
    assert refused == []
    assert (one.name, one.package, one.connector.host) == ("shop.order", "shop-orders 1.2", HOST)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (('api = "1.0"', 'api = "2.0"'), naming("2.0", "1.4")),
        (('api = "1.0"', 'api = "1.9"'), naming("1.9", "1.4")),
        (('api = "1.0"', 'api = "0.9"'), naming("api =")),
        (('api = "1.0"', "api = 1"), naming("api =")),
        (("from actors.sdk", "from actors.sdkk"), naming("ModuleNotFoundError", "actors.sdkk")),
        (("import ConnectorSpec", "import Gone, ConnectorSpec"), naming("ImportError", "Gone")),
        (("class Connector:", "class Connector:\n    (1 / 0)"), naming("ZeroDivisionError")),
        (("self.host = host", "raise SystemExit(1)"), naming("SystemExit")),
        (("class Connector:", "class Other:"), naming("AttributeError", "shop_orders")),
        (('name="shop.order"', 'name="shop.orders"'), naming("shop.order", "shop.orders")),
        (("async def call", "def call"), naming("async")),
        (("inline = False", "inline = None"), naming("inline", "True", "False")),
        (("spec = ConnectorSpec(", "spec = dict("), naming("ConnectorSpec")),
        (('input_schema={"type": "object"}', 'input_schema={"type": "thing"}'), naming("input_schema", "JSON Schema")),
        (("failures=", "lookup=True, failures="), naming("lookup")),
    ],
)  # fmt: skip
def test_unfit_connector_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: tuple[str, str], why: Naming
) -> None:
    text = GOOD.replace(*changes)
    assert text != GOOD
    install(tmp_path, "shop-orders", text, {"shop.order": "Connector"})
    installed, (refused,) = looked_at(tmp_path, monkeypatch)
    assert installed == []
    assert (refused.name, refused.package) == ("shop.order", "shop-orders 1.2")
    assert refused.why == why


@pytest.mark.parametrize("name", ["http.request", "flow.delay"])
def test_names_of_the_platform_cannot_be_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    install(tmp_path, "shop-orders", GOOD, {name: "Connector"})
    installed, (refused,) = looked_at(tmp_path, monkeypatch)
    assert (installed, refused.why) == ([], naming("name"))


def test_name_that_two_packages_offer_is_refused_from_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "shop-orders", GOOD, {"shop.order": "Connector"})
    install(tmp_path, "other-orders", GOOD, {"shop.order": "Connector"})
    installed, refused = looked_at(tmp_path, monkeypatch)
    assert (installed, [one.package for one in refused]) == ([], ["other-orders 1.2", "shop-orders 1.2"])


def test_one_that_fails_keeps_no_other_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "broken-thing", "raise RuntimeError('at import')", {"a.broken": "Connector"})
    install(tmp_path, "shop-orders", GOOD, {"shop.order": "Connector"})
    installed, refused = looked_at(tmp_path, monkeypatch)
    assert ([one.name for one in installed], [one.name for one in refused]) == (["shop.order"], ["a.broken"])


def test_this_version_is_supported() -> None:
    major, minor = map(int, API_VERSION.split("."))
    assert SUPPORTED[major] == minor
    assert refusal(API_VERSION) == ""


def test_what_is_not_here_is_unknown_to_definitions_and_told_to_runs() -> None:
    known = KnownConnectors([], [RefusedConnector("shop.order", "shop-orders 1.2", "it is broken")])
    listed = KnownSpecs(known)
    assert (dict(known), "shop.order" in known, known.get("shop.order")) == ({}, False, None)
    assert (dict(listed), listed["shop.order"].effect) == ({}, "unsafe")
    problems = check_definition({"schema": 1, "steps": [{"key": "a", "uses": "shop.order"}]}, listed, None)
    assert problems[0].message == naming("shop.order")
    missing: Connector = known["shop.order"]
    assert (missing.spec.name, missing.inline) == ("shop.order", True)
    assert NOT_HERE in str(vars(known["other.thing"]))


def test_run_whose_connector_is_gone_fails_in_words_and_goes_on_when_it_is_back(plane: Plane) -> None:
    """It is no poison: each attempt is refused, and the policy decides; nobody is called."""
    plane.publish("orders", [{"key": "make", "uses": "shop.order", "retry": {"max_attempts": 3, "initial_seconds": 1}}])
    plane.send({})
    plane.drain()
    assert plane.steps() == [("make", 1, "retrying", "UNAVAILABLE")]
    ((message,),) = plane.rows("SELECT error ->> 'message' FROM step_run")
    assert message == naming("shop.order")
    with connectors(Scripted(name="shop.order")):
        plane.pass_seconds(60)
        plane.drain()
    assert plane.steps()[-1] == ("make", 2, "succeeded", "")
    assert plane.runs() == [("succeeded", "")]


def test_call_of_a_connector_that_went_away_in_between_is_not_repeated_unasked(plane: Plane) -> None:
    with connectors(Scripted(name="shop.order", effect="keyed")):
        plane.publish("orders", [{"key": "make", "uses": "shop.order"}])
        plane.send({})
        plane.start_and_die()
    plane.drain()
    assert plane.steps() == [("make", 1, "uncertain", "")]
    assert plane.effects() == [("make", "uncertain", 1)]


SHOW = """
from actors.connectors.registry import CONNECTORS, log_refused
log_refused()
print(sorted(CONNECTORS))
"""


def test_process_starts_beside_a_broken_package_and_says_so(tmp_path: Path) -> None:
    install(tmp_path, "shop-orders", GOOD, {"shop.order": "Connector"})
    install(tmp_path, "broken-thing", "raise SystemExit('at import')", {"a.broken": "Connector"})
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform"), str(tmp_path)])}
    command = [sys.executable, "-c", SHOW]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environ, timeout=60)
    told, listed = done.stdout.strip().splitlines()
    assert listed == str(sorted({*OURS, "shop.order"}))
    assert "connector refused" in told
    assert "broken-thing 1.2" in told
    assert "SystemExit: at import" in told


@pytest.mark.slow
def test_doctor_names_what_was_refused(tmp_path: Path) -> None:
    install(tmp_path, "shop-orders", GOOD, {"shop.order": "Connector"})
    install(tmp_path, "old-thing", GOOD.replace('"1.0"', '"3.0"'), {"old.thing": "Connector"})
    environ = {
        **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}},
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform"), str(tmp_path)]),
        "AUTOMATE_HOME": str(tmp_path / "home"),
        "AUTOMATE_SECRET_KEY": "x" * 40,
    }
    command = [sys.executable, "-m", "automate.cli", "doctor"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=60)
    lines = done.stdout.splitlines()
    assert f"ok    Connectors: {', '.join(sorted(OURS))}, shop.order (shop-orders 1.2)" in lines
    (told,) = [line for line in lines if "old.thing" in line]
    assert told == naming("fail", "old.thing", "old-thing 1.2", "3.0", "1.4")
    assert done.returncode == 1


def test_registry_gives_specs_of_all() -> None:
    assert dict(specs()) == {name: connector.spec for name, connector in CONNECTORS.items()}
