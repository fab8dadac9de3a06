"""Published versions, each compiled once per process."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import orjson

from automate.kernel.bounded import BoundedCache
from automate.kernel.json_values import JsonObject, as_objects
from automate.kernel.limits import MIB
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.runs.compiled import CompiledVersion, compile_version
from automate.workflows.flow_steps.approval import APPROVAL

SOURCE_BYTES_KEPT = 2 * MIB
"""Bytes of definitions as JSON. Compiled definitions are 20 to 60 times larger: usually 50 MB, at most 125 MB."""


_cache: BoundedCache[tuple[uuid.UUID, uuid.UUID], CompiledVersion] = BoundedCache(SOURCE_BYTES_KEPT)
"""The key is the tenant and the version. So the id of another tenant's version finds nothing, as in the
tenant's schema."""

# The text is read only for the forms of approvals: their fields have an order.
VERSIONS = f"""
SELECT v.id, v.workflow_id, w.slug, v.number, v.definition::text,
       CASE WHEN v.definition @? '$.steps[*] ? (@.uses == "{APPROVAL.name}" && exists(@.with.form))' AND v.written::jsonb = v.definition
            THEN v.written END
FROM workflow_version v JOIN workflow w ON w.id = v.workflow_id WHERE v.id = ANY (%s)
"""


def compiled_versions(version_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, CompiledVersion]:
    """Return the compiled versions with these ids. Versions that are not in the cache are read with one statement."""
    tenant = current_tenant().id
    found = {version_id: version for version_id in set(version_ids) if (version := _cache.get((tenant, version_id)))}
    missing = [version_id for version_id in set(version_ids) if version_id not in found]
    if missing:
        for version_id, workflow_id, slug, number, definition, written in fetch(VERSIONS, [missing]):
            raw = _with_forms(orjson.loads(definition), None if written is None else orjson.loads(written))
            version = compile_version(version_id, workflow_id, slug, number, raw)
            found[version_id] = version
            _cache.put((tenant, version_id), version, weight=len(definition))
    return found


def _with_forms(definition: JsonObject, written: JsonObject | None) -> JsonObject:
    """Return ``definition``, but with the fields of each approval's form in their original order.

    ``written`` is the same definition, with all fields in their original order. If ``written`` is None, ``definition``
    is returned unchanged.
    """
    if written is None:
        return definition
    pairs = zip(as_objects(definition["steps"]), as_objects(written["steps"]), strict=True)
    steps = [{**step, "with": original["with"]} if step["uses"] == APPROVAL.name else step for step, original in pairs]
    return {**definition, "steps": [*steps]}
