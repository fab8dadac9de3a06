"""Declarations of connectors, for the control plane.

The setting AUTOMATE_CONNECTOR_SPECS names the function that returns the declarations.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from automate.kernel.errors import CODES, NormalizedError
from automate.kernel.json_values import JsonValue, ReadableJson
from automate.kernel.targets import CallTarget, TargetError, parse_host, parse_target, place_of, read_place
from automate.workflows.definition import FLOW_PREFIX, is_flow
from automate.workflows.templates.literals import MARK

Effect = Literal["idempotent", "keyed", "unsafe"]
"""The effect of a repeated call. ``idempotent``: none. ``keyed``: none under the same Idempotency-Key.
``unsafe``: the same effect again."""

TARGET_CHARACTERS = 255
"""The width of the ledger's columns."""

ANY_PORT = 443
"""The port for a host without a URL. The value is ignored."""
Path = tuple[str, ...]
_SECRET = re.compile(rf"{re.escape(MARK)}[A-Z][A-Z0-9_]*(?:@[0-9]+)?")
_ROW_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Failure:
    """One row of a connector's error table."""

    name: str
    """Stable, and unique in the connector. An error has it in ``details.failure``."""
    code: str
    """The error's code in the kernel's catalogue, which decides whether a retry can help."""
    when: str
    """The cause in one sentence, for people."""
    may_have_arrived: bool = False
    """True if the effect may have happened anyway. If False, the error never reports that the effect may have
    happened."""

    def __post_init__(self) -> None:
        if not _ROW_NAME.fullmatch(self.name) or self.code not in CODES:
            raise ValueError(f"A failure needs a name in lower case and a code of the catalogue; got {self}.")


@dataclass(frozen=True)
class HostField:
    """A field of a connector's input. The field contains the host that the connector calls."""

    path: tuple[str, ...]
    """The keys to the field, outermost first."""
    kind: Literal["url", "host"] = "url"
    """The content of the field: a URL, or a bare host name."""
    starts: tuple[str, ...] = ()
    """Allowed beginnings of a URL; empty for any. Checked when a workflow is saved."""


@dataclass(frozen=True)
class ConnectorSpec:
    """The declaration of a connector."""

    name: str
    """As in ``uses``."""
    title: str
    effect: Effect
    input_schema: Mapping[str, JsonValue]
    """JSON Schema 2020-12. Each property has a title. A property also has an example if its type is not enough.
    The whole schema has valid ``examples``."""
    output_schema: Mapping[str, JsonValue]
    """As ``input_schema``."""
    secrets: bool = True
    """True if the input may contain a SecretRef. False if the input is shown to people."""
    description: str = ""
    failures: Sequence[Failure] = ()
    """The error table. Each name occurs once."""
    hosts: Sequence[str] = ()
    """Hosts that are called with any input."""
    host_fields: Sequence[HostField] = ()
    """Fields of the input that name the host."""
    lookup: bool = False
    """True if the connector can look up the outcome of an earlier call."""
    retry_seconds: Sequence[float] = ()
    """The waits before further attempts of a step without ``retry``. If empty, the waits of RetryPolicy apply."""
    external_id: Sequence[str] = ()
    """The path in its output to the receiver's id, which the ledger stores."""

    def __post_init__(self) -> None:
        if is_flow(self.name):
            raise ValueError(
                f"The connector's name {self.name} starts with {FLOW_PREFIX}, which is reserved for flow steps."
            )
        if len({row.name for row in self.failures}) < len(self.failures):
            raise ValueError(f"The error table of {self.name} has a failure twice.")

    def failure(self, name: str) -> Failure | None:
        """Return the row with this name from the error table, or None."""
        return next((row for row in self.failures if row.name == name), None)

    def target_of(self, given: Mapping[str, JsonValue]) -> str:
        """Return the host of a rendered input, for example ``api.example.com`` or ``api.example.com:8443``.

        Returns the reference to the secret if the host is a secret. Returns "" if the input has no host.
        """
        for field in self.host_fields:
            value = _value_at(given, field.path)
            if isinstance(value, str) and value:
                return _target_in(value, field)
        return self.hosts[0] if self.hosts else ""

    def external_id_of(self, output: JsonValue) -> str:
        """Return the id that the receiver gave to the created object. Return an empty text if the output contains no id."""
        value = _value_at(output, self.external_id) if self.external_id else None
        named = isinstance(value, str | int) and not isinstance(value, bool)
        return str(value)[:TARGET_CHARACTERS] if named else ""


def target_of_url(url: str) -> str:
    """Return the host of a URL, or "" if outbound calls to the URL are refused."""
    return _target_in(url, HostField(()))


def read_target(text: str, path: list[str | int]) -> str:
    """Parse a host that a person entered. Raises BAD_USER_INPUT for an invalid host."""
    text = text.strip()
    try:
        return (_secret_in(text) or read_place(text))[:TARGET_CHARACTERS]
    except TargetError as error:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The host is invalid: {error}. Give a host such as api.example.com, or copy `target` from run.effects.",
            path=path,
        ) from None


def says_host(spec: ConnectorSpec, given: Mapping[str, JsonValue]) -> bool:
    return any(_value_at(given, field.path) is not None for field in spec.host_fields)


def named_hosts(spec: ConnectorSpec, given: Mapping[str, JsonValue]) -> list[tuple[str, int | None]]:
    """Return the hosts in an input, each with its port. Unknown and invalid hosts are omitted.

    The port is None if the field contains a bare host name.
    """
    named = ((field, _value_at(given, field.path)) for field in spec.host_fields)
    return [host for field, value in named if (host := _named_host(value, field)) is not None]


def host_refusals(
    spec: ConnectorSpec, given: Mapping[str, JsonValue], secret: Collection[tuple[str | int, ...]]
) -> Iterator[tuple[Path, NormalizedError]]:
    """Yield the invalid hosts of an input, each with its path and the error."""
    for field in spec.host_fields:
        value = _value_at(given, field.path)
        if isinstance(value, str) and not (field.path in secret and _secret_in(value)):
            try:
                _target(value, field)
            except TargetError as error:
                yield field.path, NormalizedError("CONNECTOR_BLOCKED", f"The URL is refused: {error}.")


def start_refusals(spec: ConnectorSpec, given: Mapping[str, JsonValue]) -> Iterator[tuple[Path, str]]:
    for field in spec.host_fields:
        value = _value_at(given, field.path)
        if field.starts and isinstance(value, str) and not value.startswith(field.starts):
            yield field.path, f"The URL must start with {' or '.join(field.starts)}. Copy it from the app's settings."


def _value_at(value: ReadableJson, path: Sequence[str]) -> ReadableJson:
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _named_host(value: ReadableJson, field: HostField) -> tuple[str, int | None] | None:
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


def _target(value: str, field: HostField) -> CallTarget:
    return parse_target(value) if field.kind == "url" else parse_host(value, ANY_PORT)


def _secret_in(value: str) -> str:
    match = _SECRET.match(value)
    return match[0] if match else ""
