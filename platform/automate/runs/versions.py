"""Published versions, compiled once per process: they never change, so the cache never goes stale."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from automate.kernel.bounded import BoundedCache
from automate.kernel.errors import Json
from automate.kernel.limits import MIB
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.rules.predicate import Predicate, compile_rule
from automate.workflows.definition import Definition, Step, parse
from automate.workflows.graph import effective_needs
from automate.workflows.templates import Template, compile_template

SOURCE_BYTES_KEPT = 4 * MIB
"""Of definitions as JSON. Compiled they take 20 to 60 times as much: some 100 MB of a process, at worst 250."""


@dataclass(frozen=True)
class CompiledStep:
    """needs: the keys that it waits for. condition: its ``if``, None means always."""

    step: Step
    needs: tuple[str, ...]
    template: Template
    condition: Predicate | None


@dataclass(frozen=True)
class CompiledVersion:
    """steps: by key, in the order of the definition."""

    id: uuid.UUID
    workflow_id: uuid.UUID
    workflow_slug: str
    number: int
    definition: Definition
    steps: Mapping[str, CompiledStep]


_cache: BoundedCache[tuple[uuid.UUID, uuid.UUID], CompiledVersion] = BoundedCache(SOURCE_BYTES_KEPT)
"""By tenant and version: an id that another tenant names must find nothing here that its schema would not show."""

VERSIONS = """
SELECT v.id, v.workflow_id, w.slug, v.number, v.definition::text
FROM workflow_version v JOIN workflow w ON w.id = v.workflow_id WHERE v.id = ANY (%s)
"""


def compiled_versions(version_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, CompiledVersion]:
    """The versions by id; reads those that this process has not met yet, in one statement."""
    tenant = current_tenant().id
    found = {version_id: version for version_id in set(version_ids) if (version := _cache.get((tenant, version_id)))}
    missing = [version_id for version_id in set(version_ids) if version_id not in found]
    if missing:
        for version_id, workflow_id, slug, number, definition in fetch(VERSIONS, [missing]):
            version = _compile(version_id, workflow_id, slug, number, orjson.loads(definition))
            found[version_id] = version
            _cache.put((tenant, version_id), version, weight=len(definition))
    return found


def _compile(
    version_id: uuid.UUID, workflow_id: uuid.UUID, slug: str, number: int, raw: Mapping[str, Json]
) -> CompiledVersion:
    definition = parse(raw)
    needs = effective_needs(definition.steps)
    steps = {
        step.key: CompiledStep(
            step=step,
            needs=needs[step.key],
            template=compile_template(dict(step.with_)),
            condition=None if step.if_ is None else compile_rule(step.if_),
        )
        for step in definition.steps
    }
    return CompiledVersion(version_id, workflow_id, slug, number, definition, steps)
