"""Finds problems in the calls of a definition: connectors, flow steps, and their input."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from automate.kernel.json_values import JsonValue
from automate.kernel.problems import Problem
from automate.vault.rules import SecretRule, refusals
from automate.workflows.connectors import ConnectorSpec, host_refusals, named_hosts, says_host, start_refusals
from automate.workflows.definition import FOR_EACH, is_flow
from automate.workflows.drafts import DefinitionPath, DraftStep
from automate.workflows.edges import Edges, Sight
from automate.workflows.flow_steps import FLOW_SPECS, FlowSpec
from automate.workflows.inputs import InputChecker
from automate.workflows.problems import did_you_mean, short
from automate.workflows.secret_hosts import part_refusals
from automate.workflows.templates import Template, try_compile
from automate.workflows.templates.literals import MARK


@dataclass(frozen=True)
class KnownSecretRules:
    """The rules of the tenant's secrets."""

    workflow: str
    """The slug of the workflow that is checked against the rules."""
    rules: Mapping[str, SecretRule]


class CallChecker:
    """Checks the calls of one definition."""

    def __init__(
        self,
        connectors: Mapping[str, ConnectorSpec],
        edges: Edges,
        known_secrets: Callable[[str], bool] | None,
        secret_use: KnownSecretRules | None,
    ) -> None:
        self._connectors = connectors
        self._edges = edges
        self._secret_exists = None if known_secrets is None else cache(known_secrets)
        self._secret_use = secret_use
        self._inputs = InputChecker()

    def problems(self, step: DraftStep) -> Iterator[Problem]:
        """Yield the problems of one step."""
        flow = None if step.uses is None else FLOW_SPECS.get(step.uses)
        if flow is not None:
            yield from _settings_problems(flow, step)
            yield from self._flow_input_problems(flow, step)
        elif step.uses is not None and is_flow(step.uses):
            message = f'There is no flow step "{short(step.uses)}".{did_you_mean(step.uses, FLOW_SPECS)}'
            yield Problem("INVALID_WORKFLOW", message, (*step.place, "uses"))
            yield from self._input_problems(None, step.raw, step.place, self._edges.of_step(step))
        else:
            yield from self._connector_problems(step.raw, step.place, self._edges.of_step(step))
        if (item := step.item_step()) is not None:
            yield from self._inner_problems(*item, self._edges.of_items(step))
            yield from self._edges.kept_problems(step)
        if (compensation := step.compensation()) is not None:
            yield from self._inner_problems(*compensation, self._edges.of_compensation(step))

    def _inner_problems(self, place: DefinitionPath, raw: Mapping[str, JsonValue], sight: Sight) -> Iterator[Problem]:
        uses = raw.get("uses")
        if isinstance(uses, str) and is_flow(uses):
            message = f'Only a connector can be called here, and "{short(uses)}" is a flow step.'
            yield Problem("INVALID_WORKFLOW", message, (*place, "uses"))
            yield from self._input_problems(None, raw, place, sight)
        else:
            yield from self._connector_problems(raw, place, sight)

    def _connector_problems(
        self, raw: Mapping[str, JsonValue], place: DefinitionPath, sight: Sight
    ) -> Iterator[Problem]:
        uses = raw.get("uses")
        connector = self._connectors.get(uses) if isinstance(uses, str) else None
        if isinstance(uses, str) and connector is None:
            message = f'There is no connector "{short(uses)}".{did_you_mean(uses, self._connectors)}'
            yield Problem("INVALID_WORKFLOW", message, (*place, "uses"))
        yield from self._input_problems(connector, raw, place, sight)

    def _input_problems(
        self, connector: ConnectorSpec | None, raw: Mapping[str, JsonValue], place: DefinitionPath, sight: Sight
    ) -> Iterator[Problem]:
        value = raw.get("with", {})
        if not isinstance(value, dict):
            return
        place = (*place, "with")
        template, problems = try_compile(value, place)
        yield from problems
        yield from sight.template_problems(template)
        if connector is not None and not connector.secrets:
            for ref in template.secret_refs():
                yield _shown(connector.name, ref.name, ref.path)
        elif self._secret_exists is not None:
            for ref in template.secret_refs():
                if not self._secret_exists(ref.name):
                    message = f"There is no secret {ref.name}. Set it, or correct the name."
                    yield Problem("SECRET_UNAVAILABLE", message, ref.path)
        if connector is not None:
            if connector.secrets:
                yield from _use_problems(self._secret_use, connector, value, template, place)
            found = self._inputs.problems(connector, value, template, place)
            yield from found
            judged = {*template.open_paths(), *(problem.path for problem in (*problems, *found))}
            yield from _host_problems(connector, value, judged, place)

    def _flow_input_problems(self, flow: FlowSpec, step: DraftStep) -> Iterator[Problem]:
        value = step.raw.get("with", {})
        if not isinstance(value, dict):
            return
        place = (*step.place, "with")
        template, problems = try_compile({key: item for key, item in value.items() if key not in flow.raw}, place)
        yield from problems
        yield from self._edges.of_step(step).template_problems(template)
        for ref in template.secret_refs():
            yield _shown(flow.name, ref.name, ref.path)
        if flow.name != FOR_EACH:  # its raw key is a call, and is checked as a call
            for key in sorted(flow.raw & value.keys()):
                yield from _marks(flow.name, value[key], (*place, key))
        yield from self._inputs.problems(flow, value, template, place)
        yield from flow.check(value, place)


def _host_problems(
    connector: ConnectorSpec, value: Mapping[str, JsonValue], judged: Collection[DefinitionPath], place: DefinitionPath
) -> Iterator[Problem]:
    # Paths in `judged` are skipped: their values are unknown, or have another problem.
    found = [(path, refusal.message) for path, refusal in host_refusals(connector, value, ())]
    refused = {path for path, _ in found}
    found += [one for one in start_refusals(connector, value) if one[0] not in refused]
    for path, message in found:
        if (*place, *path) not in judged:
            yield Problem("INVALID_WORKFLOW", message, (*place, *path))


def _use_problems(
    use: KnownSecretRules | None,
    connector: ConnectorSpec,
    value: Mapping[str, JsonValue],
    template: Template,
    place: DefinitionPath,
) -> Iterator[Problem]:
    for refusal in part_refusals(connector, template.known_refs(place)):
        yield Problem(refusal.code, refusal.message, (*place, *(refusal.path or ())))
    if use is None:
        return
    hosts = named_hosts(connector, value)
    for ref in template.secret_refs():
        rule = use.rules.get(ref.name)
        if rule is None:
            continue
        for refusal in refusals([rule], connector.name, use.workflow, hosts, called=False):
            yield Problem(refusal.code, refusal.message, ref.path)
        if (
            connector.hosts
            and not says_host(connector, value)
            and not any(rule.allows_host(one, None) for one in connector.hosts)
        ):
            refusal = rule.host_refusal(connector.hosts[0], None, called=False)
            yield Problem(refusal.code, refusal.message, ref.path)


def _settings_problems(flow: FlowSpec, step: DraftStep) -> Iterator[Problem]:
    # A retry is refused, because the engine would compute the same outcome again.
    if "retry" in step.raw:
        where = 'put "retry" into the step within its "with"' if flow.name == FOR_EACH else 'remove "retry"'
        message = f"{flow.name} is not retried; {where}."
        yield Problem("INVALID_WORKFLOW", message, (*step.place, "retry"))
    if "timeout_seconds" in step.raw and flow.no_timeout is not None:
        message = f'{flow.name} takes no time-out, because {flow.no_timeout}; remove "timeout_seconds".'
        yield Problem("INVALID_WORKFLOW", message, (*step.place, "timeout_seconds"))


def _shown(uses: str, secret: str, path: DefinitionPath) -> Problem:
    return Problem(
        "INVALID_WORKFLOW",
        f"{uses} shows its input to people, so the input may not contain a secret. Remove {MARK}{secret}.",
        path,
    )


def _marks(uses: str, raw: JsonValue, path: DefinitionPath) -> Iterator[Problem]:
    # Such a reference would be sent as plain text.
    for where in marked(raw, path):
        yield _shown(uses, "…", where)


def marked(value: JsonValue, path: DefinitionPath) -> Iterator[DefinitionPath]:
    """Yield the path of each string that contains ``$secret:``."""
    pending = [(value, path)]
    while pending:
        value, path = pending.pop()
        if isinstance(value, str) and MARK in value:
            yield path
        elif isinstance(value, dict):
            pending.extend((item, (*path, key)) for key, item in value.items())
        elif isinstance(value, list):
            pending.extend((item, (*path, index)) for index, item in enumerate(value))
