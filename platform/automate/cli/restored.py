"""``automate held`` and ``release``: list and release jobs that wait because the database was restored."""

from __future__ import annotations

from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, bare_id, chosen, global_id
from automate.cli.output import line, note, part_of, table
from automate.client import answers
from automate.client.operations import HELD_JOBS, LAST_RESTORE, RELEASE_RESTORED
from automate.kernel.errors import NormalizedError


def held(*, tenant: Tenant = "") -> None:
    """List each job that waits because the database was restored, and the effects of the job."""
    with api_of(chosen(tenant)) as api:
        restore = api.query(LAST_RESTORE, {})["lastRestore"]
        rows = list(api.rows(HELD_JOBS)) if restore and restore["held"] else []
    if restore is None:
        line("The database was never restored.")
        return
    line(f"Restored at {restore['restoredAt']}, epoch {restore['epoch']}: {restore['reason']}")
    for job in rows:
        _show(job)
    line(f"{restore['held']:,} jobs wait." if restore["held"] else "Nothing waits.")


def release(
    jobs: Annotated[list[str] | None, typer.Argument(metavar="[JOB...]", help="Ids from `automate held`.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Release all waiting jobs.")] = False,
    reason: Annotated[
        str, typer.Option(help="How you know that the jobs may continue, for the runs' log and the audit record.")
    ],
    tenant: Tenant = "",
) -> None:
    """Release jobs that wait because the database was restored.

    The platform possibly sent the next call of a job before the restore. Therefore, the platform looks up this call. If
    no lookup is possible, the platform repeats the call under the same idempotency key.
    """
    named = [global_id("OutboxJob", job) for job in jobs or []]
    if everything == bool(named):
        raise NormalizedError("BAD_USER_INPUT", "Give either ids of jobs or --all. `automate held` lists the ids.")
    released, failed = 0, False
    with api_of(chosen(tenant)) as api:
        while True:
            wanted = {"all": True, "reason": reason} if everything else {"jobs": named, "reason": reason}
            answer = api.attempt(RELEASE_RESTORED, wanted)
            released += answer["count"]
            for error in answer["errors"]:
                failed = True
                line(error["message"], console=note)
            if not everything or not answer["remaining"] or not answer["count"]:
                break
    line(f"{released:,} released, {answer['remaining']:,} still wait.")
    if failed:
        raise typer.Exit(1)


def _show(job: answers.OutboxJob) -> None:
    run = job["run"]
    if run is None:
        line(bare_id(job["id"]), job["topic"].lower().replace("_", "."), job["subject"])
        return
    version = run["workflowVersion"]
    line(bare_id(job["id"]), "run", bare_id(run["id"]), version["workflow"]["slug"], run["state"].lower())
    cells = [
        (
            "  ",
            part_of(one["step"], one),
            one["state"].lower(),
            one["connector"],
            one["target"] or "-",
            one["intendedAt"],
        )
        for one in run["effects"]
    ]
    table(cells)
