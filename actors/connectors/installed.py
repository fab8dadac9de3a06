"""Finds the connectors of installed packages, and refuses invalid ones."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

import jsonschema_rs

from actors.connectors.base import Call, Connector, ConnectorError, LooksUp
from actors.sdk.host import Host
from actors.sdk.versions import refusal
from automate.kernel.json_values import JsonValue
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.definition import FLOW_PREFIX

GROUP = "automate.connectors"
NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
NOT_HERE = "no installed package provides it"
WORDS = 300


@dataclass(frozen=True)
class Installed:
    """A valid connector of an installed package."""

    name: str
    package: str
    """The name and version of its distribution, for people."""
    connector: Connector


@dataclass(frozen=True)
class RefusedConnector:
    """An invalid connector of an installed package."""

    name: str
    package: str
    why: str
    """A clause with the reason and the fix."""


class _UnfitError(Exception):
    """A connector is invalid. The text states why."""


def discover(
    host: Host, taken: Collection[str], found: Iterable[EntryPoint] | None = None
) -> tuple[list[Installed], list[RefusedConnector]]:
    # The usable connectors and the refused ones. `taken`: the names of the platform's own connectors. Never raises.
    points = sorted(entry_points(group=GROUP) if found is None else found, key=lambda point: (point.name, point.value))
    offers = Counter(point.name for point in points)
    installed: list[Installed] = []
    refused: list[RefusedConnector] = []
    for point in points:
        try:
            _check_name(point.name, taken, offers)
            installed.append(Installed(point.name, _package(point), _made(point, host)))
        except _UnfitError as error:
            refused.append(RefusedConnector(point.name, _package(point), str(error)))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's module does what it likes when it is imported
            said = " ".join(f"{type(error).__name__}: {error}".split())[:WORDS]
            refused.append(
                RefusedConnector(point.name, _package(point), f"it cannot be loaded ({said}); fix or uninstall it")
            )
    return installed, refused


def _check_name(name: str, taken: Collection[str], offers: Mapping[str, int]) -> None:
    if name in taken or name.startswith(FLOW_PREFIX):
        raise _UnfitError("the platform has a step with this name; rename the connector")
    if offers[name] > 1:
        raise _UnfitError("several packages provide this name; uninstall all but one")


def _made(point: EntryPoint, host: Host) -> Connector:
    factory = point.load()
    why = refusal(getattr(factory, "api", None))
    if why:
        raise _UnfitError(why)
    connector = factory(host)
    why = _unfit(point.name, connector)
    if why:
        raise _UnfitError(why)
    made: Connector = connector
    return made


def _unfit(name: str, connector: object) -> str:
    # Empty if the connector is valid.
    spec = getattr(connector, "spec", None)
    if not isinstance(spec, ConnectorSpec):
        return "its spec is not a ConnectorSpec"
    if spec.name != name or not NAME.fullmatch(name):
        return f"its entry point is named {name} and its spec {spec.name}; both need the same name, such as shop.create_order"
    if not inspect.iscoroutinefunction(getattr(connector, "call", None)):
        return "its call is not an async function"
    if not isinstance(getattr(connector, "inline", None), bool):
        return "its inline is neither True nor False"
    if spec.lookup != isinstance(connector, LooksUp):
        return "its spec's lookup must be True if the connector has the method lookup, and False if not"
    return _schema_problem(spec)


def _schema_problem(spec: ConnectorSpec) -> str:
    for which, schema in (("input", spec.input_schema), ("output", spec.output_schema)):
        try:
            jsonschema_rs.Draft202012Validator(dict(schema))
        except (jsonschema_rs.ValidationError, ValueError) as error:
            return f"its {which}_schema is not a JSON Schema: {' '.join(str(error).split())[:WORDS]}"
    return ""


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value


class Missing:
    """A placeholder for a connector that is not installed. Each call fails."""

    inline = True

    def __init__(self, name: str, why: str) -> None:
        # This process does not know whether an earlier call arrived, so no call is repeated automatically.
        self.spec = ConnectorSpec(name, name, "unsafe", {"type": "object"}, {})
        self._why = why

    async def call(self, call: Call) -> JsonValue:  # noqa: ARG002 - the door's
        """Always raise UNAVAILABLE."""
        raise ConnectorError(
            "UNAVAILABLE",
            f"This worker does not have the connector {self.spec.name}: {self._why}. automate doctor lists them.",
        )


class KnownConnectors(dict[str, Connector]):
    """A dict of connectors by name. If a connector is not installed, the dict returns a placeholder."""

    def __init__(self, connectors: Iterable[Connector], refused: Sequence[RefusedConnector]) -> None:
        super().__init__({connector.spec.name: connector for connector in connectors})
        self._why = {one.name: one.why for one in refused}

    def __missing__(self, name: str) -> Connector:
        return Missing(name, self._why.get(name, NOT_HERE))


class KnownSpecs(dict[str, ConnectorSpec]):
    """The spec of each connector, by the connector's name. A placeholder replaces the spec of a missing connector."""

    def __init__(self, connectors: KnownConnectors) -> None:
        super().__init__({name: connector.spec for name, connector in connectors.items()})
        self._connectors = connectors

    def __missing__(self, name: str) -> ConnectorSpec:
        return self._connectors[name].spec
