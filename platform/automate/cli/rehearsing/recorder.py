"""Makes a test from a recorded run. The simulator is imported here, and not by ``automate.cli.record``."""

from __future__ import annotations

from collections.abc import Mapping

from automate.cli.rehearsing.installed import installed_specs
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_object, as_text
from automate.simulation.rehearsal.case import case_of
from automate.simulation.rehearsal.recording import expectation, recorded
from automate.simulation.rehearsal.script import UnansweredError
from automate.simulation.rehearsal.simulator import rehearse


def case_from(run: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the test as a document. Raises CONFLICT if the run cannot be recorded."""
    document = recorded(run)
    slug = as_text(document["workflow"])
    case = case_of({**document, "expect": {}}, workflow=slug, definition=as_object(document["definition"]))
    try:
        seen = rehearse(case, installed_specs(), strict=False)
    except UnansweredError as error:
        raise NormalizedError(
            "CONFLICT",
            f"The run cannot be recorded, because the API does not show every answer that the run received: {error.message.removesuffix(' Add one.')} Write the test by hand.",
        ) from None
    for section, name in seen.unused:
        del as_object(document[section])[name]
    document["expect"] = expectation(run, seen.as_json())
    return document
