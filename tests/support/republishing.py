"""The second version of a workflow, as a publication writes it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from automate.kernel.ids import new_id
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from tests.support.plane import Plane, Published


def publish_anew(plane: Plane, made: Published, steps: list[dict[str, Any]]) -> uuid.UUID:
    version = new_id()
    text = json.dumps({"schema": 1, "steps": [{"with": {}, **step} for step in steps]})
    with acting_for(plane.tenant):
        execute(
            "INSERT INTO workflow_version (id, workflow_id, number, definition, checksum, published_at, published_by)"
            " VALUES (%s, %s, 2, %s::jsonb, 'two', now(), 'test')",
            [version, made.workflow, text],
        )
        execute("UPDATE workflow SET current_version_id = %s WHERE id = %s", [version, made.workflow])
    return version
