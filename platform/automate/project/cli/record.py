"""``automate record``: a real run becomes a file that ``automate test`` runs, redacted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from automate.kernel.errors import NormalizedError
from automate.project.cli.options import Tenant, api_of, chosen, global_id
from automate.project.cli.output import line
from automate.project.client.operations import RECORDED_RUN
from automate.project.rehearsing import SUFFIX
from automate.project.rehearsing.files import installed_specs
from automate.project.rehearsing.writing import as_yaml
from automate.runs.rehearsal.case import case_of
from automate.runs.rehearsal.recording import expectation, recorded
from automate.runs.rehearsal.script import UnansweredError
from automate.runs.rehearsal.stage import rehearse


def record(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, as the API or a log line gives it.")],
    *,
    to: Annotated[Path | None, typer.Option(help=f"The file to write; by default WORKFLOW{SUFFIX}.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="Test the workflow as this file for `automate apply` has it, not as it ran.")
    ] = None,
    tenant: Tenant = "",
) -> None:
    """Make a test of a real run: its event, what was answered, and what came of it."""
    with api_of(chosen(tenant)) as api:
        found = api.query(RECORDED_RUN, {"id": global_id("ExecutionRun", run)})["run"]
    if found is None:
        raise NormalizedError("NOT_FOUND", f"There is no run {run} here.")
    document = recorded(_with_attempts(found))
    slug = document["workflow"]
    case = case_of({**document, "expect": {}}, workflow=slug, definition=document["definition"])
    try:
        seen = rehearse(case, installed_specs(), strict=False)
    except UnansweredError as error:
        raise NormalizedError(
            "CONFLICT",
            f"The API does not show all that the run was told: {error.message.removesuffix(' Add one.')} Write the case by hand.",
        ) from None
    for section, name in seen.unused:
        del document[section][name]
    target = to or Path(f"{slug}{SUFFIX}")
    if file is not None:
        document["file"] = os.path.relpath(file, target.parent)
        del document["definition"]
    document["expect"] = expectation(found, seen.as_json())
    try:
        with target.open("x", encoding="utf-8") as new:
            new.write(as_yaml(document))
    except FileExistsError:
        raise NormalizedError(
            "CONFLICT", f"{target} exists already and is left as it is; name another with --to."
        ) from None
    except OSError as error:
        raise NormalizedError("BAD_USER_INPUT", f"{target} cannot be written: {error.strerror}.") from None
    line(f"Wrote {target}. Read it, for only what looks like a secret was hidden; then: automate test {target}")


def _with_attempts(run: dict[str, Any]) -> dict[str, Any]:
    """The attempts of each step as a list."""
    for step in run["steps"]:
        step["attempts"] = [edge["node"] for edge in step["attempts"]["edges"]]
    return run
