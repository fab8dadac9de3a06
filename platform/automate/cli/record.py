"""``automate record``: create a test for ``automate test`` from a real run. Sensitive values are redacted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from automate.cli.new_files import write_new
from automate.cli.options import Tenant, api_of, chosen, global_id
from automate.cli.output import line
from automate.cli.rehearsing import SUFFIX
from automate.cli.rehearsing.writing import as_yaml
from automate.client.api import Api, GraphqlData
from automate.client.operations import RECORDED_COMPENSATION, RECORDED_ITEMS, RECORDED_RUN
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, as_text


def record(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id, from the API or a log line.")],
    *,
    to: Annotated[Path | None, typer.Option(help=f"The file to write. The default is WORKFLOW{SUFFIX}.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="Test the workflow of this file for `automate apply`, and not the version of the run."),
    ] = None,
    tenant: Tenant = "",
) -> None:
    """Create a test from a real run: its event, the answers of connectors, and the outcome."""
    with api_of(chosen(tenant)) as api:
        found = api.query(RECORDED_RUN, {"id": global_id("ExecutionRun", run)})["run"]
        if found is None:
            raise NormalizedError("NOT_FOUND", f"This tenant has no run {run}. Check the id and the tenant.")
        _add_attempts(api, found)
    from automate.cli.rehearsing.recorder import case_from  # noqa: PLC0415 - the simulator takes long to import

    document = case_from(found)
    target = to or Path(f"{as_text(document['workflow'])}{SUFFIX}")
    if file is not None:
        document["file"] = os.path.relpath(file, target.parent)
        del document["definition"]
    write_new(target, as_yaml(document), "Name another file with --to.")
    line(
        f"Wrote {target}. Check it for secrets: only values that look like secrets are hidden. Then: automate test {target}"
    )


def _add_attempts(api: Api, run: GraphqlData) -> None:
    # As lists in the steps.
    compensated = {step["key"] for step in run["workflowVersion"]["definition"]["steps"] if "compensate" in step}
    for step in run["steps"]:
        step["attempts"] = _nodes(step)
        if step["progress"] is not None:
            step["items"] = _items(api, step["id"])
        if step["key"] in compensated:
            compensation = api.query(RECORDED_COMPENSATION, {"step": step["id"]})["node"]["compensation"]
            step["compensation"] = [] if compensation is None else _nodes(compensation)


def _items(api: Api, step: str) -> dict[int, list[JsonObject]]:
    # By the item's position.
    found: dict[int, list[JsonObject]] = {}
    while True:
        start = max(found, default=-1) + 1
        page = api.query(RECORDED_ITEMS, {"step": step, "from": start})["node"]["items"]
        if not page:
            return found
        found |= {one["item"]: _nodes(one) for one in page}


def _nodes(tried: GraphqlData) -> list[JsonObject]:
    return [edge["node"] for edge in tried["attempts"]["edges"]]
