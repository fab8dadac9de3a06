"""What the control plane knows of a connector: enough to check a definition, never how it calls out.

The execution plane implements connectors and hands their specs over by the setting AUTOMATE_CONNECTOR_SPECS,
because imports point one way.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from automate.kernel.errors import CODES, Json, NormalizedError
from automate.kernel.targets import Target, TargetError, parse_host, parse_target, place_of, read_place
from automate.workflows.definition import FLOW_PREFIX, is_flow
from automate.workflows.templates.literals import MARK

Effect = Literal["idempotent", "keyed", "unsafe"]
"""What a repeat does: nothing new; nothing new under the same Idempotency-Key; the thing again."""

TARGET_CHARACTERS = 255
"""As wide as the ledger's columns."""

ANY_PORT = 443
"""Of a host that stands alone: which one is not looked at."""
Path = tuple[str, ...]
_SECRET = re.compile(rf"{re.escape(MARK)}[A-Z][A-Z0-9_]*(?:@[0-9]+)?")
_ROW_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Failure:
    """One row of a connector's error table.

    name: stable and the connector's own; an error bears it as ``details.failure``. code: of the kernel's catalogue, the
    class of the error: it says whether trying again can help. when: for people, the cause in one sentence.
    may_have_arrived: whether the effect may have happened all the same; where False, the error never says so.
    """

    name: str
    code: str
    when: str
    may_have_arrived: bool = False

    def __post_init__(self) -> None:
        if not _ROW_NAME.fullmatch(self.name) or self.code not in CODES:
            raise ValueError(f"A failure has a name in lower case and a code of the catalogue, not {self}.")


@dataclass(frozen=True)
class HostField:
    """An input field that says which host is called: a secret's allowed hosts are checked against it before it is read.

    path: the keys to the field, outermost first. kind: whether it holds a URL or a bare host name.
    """

    path: tuple[str, ...]
    kind: Literal["url", "host"] = "url"
    starts: tuple[str, ...] = ()
    """What a URL has to start with, where the connector takes no other. Checked when a workflow is saved."""


@dataclass(frozen=True)
class ConnectorSpec:
    """name: as in ``uses``. input_schema, output_schema: JSON Schema 2020-12; each property with a title, and an example
    where its kind does not say all; the whole with ``examples`` that hold. title, description: for people.

    secrets: False where what it is given is shown, so that its input may hold no SecretRef.
    failures: the error table; each name once. hosts: those that are called whatever the input says.
    host_fields: where the input says which. retry_seconds: the waits before the second attempt and each further one, where
    a step has no ``retry``; empty for RetryPolicy's own. lookup: whether the connector can tell afterwards what became of a call.
    external_id: where in its output stands what the other side calls what was made; the ledger keeps it.
    """

    name: str
    title: str
    effect: Effect
    input_schema: Mapping[str, Json]
    output_schema: Mapping[str, Json]
    secrets: bool = True
    description: str = ""
    failures: Sequence[Failure] = ()
    hosts: Sequence[str] = ()
    host_fields: Sequence[HostField] = ()
    lookup: bool = False
    retry_seconds: Sequence[float] = ()
    external_id: Sequence[str] = ()

    def __post_init__(self) -> None:
        if is_flow(self.name):
            raise ValueError(f"A connector cannot be called {self.name}: {FLOW_PREFIX} is for the steps of the engine.")
        if len({row.name for row in self.failures}) < len(self.failures):
            raise ValueError(f"The error table of {self.name} names a failure twice.")

    def failure(self, name: str) -> Failure | None:
        """The row of the error table that an error's ``details.failure`` names."""
        return next((row for row in self.failures if row.name == name), None)

    def target_of(self, given: Mapping[str, Json]) -> str:
        """The host that a rendered ``with`` is sent to, as the guard reads it: ``host``, or ``host:port`` where the port is
        none of HTTP's own; the SecretRef where that says it; empty where nothing does.
        """
        for field in self.host_fields:
            value = _value_at(given, field.path)
            if isinstance(value, str) and value:
                return _target_in(value, field)
        return self.hosts[0] if self.hosts else ""

    def external_id_of(self, output: Json) -> str:
        """What the other side calls what it made; empty where the output does not say."""
        value = _value_at(output, self.external_id) if self.external_id else None
        named = isinstance(value, str | int) and not isinstance(value, bool)
        return str(value)[:TARGET_CHARACTERS] if named else ""


def target_of_url(url: str) -> str:
    """The same of a URL that stands in no input; empty where the guard would not call it."""
    return _target_in(url, HostField(()))


def read_target(text: str, path: list[str | int]) -> str:
    """What a person writes for a target, spelled as ``ConnectorSpec.target_of`` does. Raises NormalizedError BAD_USER_INPUT."""
    text = text.strip()
    try:
        return (_secret_in(text) or read_place(text))[:TARGET_CHARACTERS]
    except TargetError as error:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The host is named as run.effects tells its target, such as api.example.com: {error}.",
            path=path,
        ) from None


def says_host(spec: ConnectorSpec, given: Mapping[str, Json]) -> bool:
    """Whether an input has a field that says the host, whatever stands in it."""
    return any(_value_at(given, field.path) is not None for field in spec.host_fields)


def named_hosts(spec: ConnectorSpec, given: Mapping[str, Json]) -> list[tuple[str, int | None]]:
    """The hosts that an input is known to name, as the guard reads them, each with its port where that stands beside it.
    What is not known before a template is rendered or a secret is read, or is no host, is left out.
    """
    named = ((field, _value_at(given, field.path)) for field in spec.host_fields)
    return [host for field, value in named if (host := _named_host(value, field)) is not None]


def host_refusals(
    spec: ConnectorSpec, given: Mapping[str, Json], secret: Collection[tuple[str | int, ...]]
) -> Iterator[tuple[Path, NormalizedError]]:
    """What an input names that the guard takes for no host, each with its path. secret: paths to what holds a secret, which is
    judged once it is read.
    """
    for field in spec.host_fields:
        value = _value_at(given, field.path)
        if isinstance(value, str) and not (field.path in secret and _secret_in(value)):
            try:
                _target(value, field)
            except TargetError as error:
                yield field.path, NormalizedError("CONNECTOR_BLOCKED", f"The URL is refused: {error}.")


def start_refusals(spec: ConnectorSpec, given: Mapping[str, Json]) -> Iterator[tuple[Path, str]]:
    """The URLs of an input that their connector refuses for their start, each with its path and a sentence."""
    for field in spec.host_fields:
        value = _value_at(given, field.path)
        if field.starts and isinstance(value, str) and not value.startswith(field.starts):
            yield field.path, f"The URL must start with {' or '.join(field.starts)}. Copy it from the app's settings."


def _value_at(value: Json, path: Sequence[str]) -> Json:
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _named_host(value: Json, field: HostField) -> tuple[str, int | None] | None:
    if not isinstance(value, str):
        return None
    try:
        target = _target(value, field)
    except TargetError:
        return None
    return target.host, target.port if field.kind == "url" else None


def _target_in(value: str, field: HostField) -> str:
    named = _named_host(value, field)
    return (_secret_in(value) if named is None else place_of(*named))[:TARGET_CHARACTERS]


def _target(value: str, field: HostField) -> Target:
    return parse_target(value) if field.kind == "url" else parse_host(value, ANY_PORT)


def _secret_in(value: str) -> str:
    """The SecretRef that is all that is known of a host."""
    match = _SECRET.match(value)
    return match[0] if match else ""
