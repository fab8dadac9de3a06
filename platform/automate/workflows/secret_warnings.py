"""Warns about secrets without a list of allowed hosts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from automate.kernel.json_values import JsonValue
from automate.kernel.targets import place_of
from automate.vault.rules import SecretRule
from automate.workflows.connectors import ConnectorSpec, named_hosts
from automate.workflows.drafts import DefinitionPath, draft_steps
from automate.workflows.templates import try_compile


def anywhere_warnings(
    definition: JsonValue, connectors: Mapping[str, ConnectorSpec], rules: Mapping[str, SecretRule]
) -> dict[str, tuple[str, DefinitionPath]]:
    # The path is that of the first call that uses the secret. Invalid parts of the definition are ignored.
    found: dict[str, tuple[str, DefinitionPath]] = {}
    for connector, given, place in _calls(definition, connectors):
        for ref in try_compile({**given}, place)[0].secret_refs():
            rule = rules.get(ref.name)
            if (rule is None or rule.hosts is None) and ref.name not in found:
                hosts = [place_of(*named) for named in named_hosts(connector, given)] or list(connector.hosts)
                such = f", such as {hosts[0]}" if hosts else ""
                message = (
                    f"$secret:{ref.name} may be sent to any host that a workflow names. List the allowed hosts in `allowedHosts` with "
                    f"saveSecret{such}."
                )
                found[ref.name] = message, ref.path
    return found


def _calls(
    definition: JsonValue, connectors: Mapping[str, ConnectorSpec]
) -> Iterator[tuple[ConnectorSpec, Mapping[str, JsonValue], DefinitionPath]]:
    steps = definition.get("steps") if isinstance(definition, dict) else None
    for step in draft_steps(steps) if isinstance(steps, list) else []:
        for place, raw in step.calls():
            connector, given = connectors.get(str(raw.get("uses"))), raw.get("with", {})
            if connector is not None and connector.secrets and isinstance(given, dict):
                yield connector, given, (*place, "with")
