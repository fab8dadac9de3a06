"""Deletes a secret, or one version of a secret."""

from __future__ import annotations

from automate.kernel.errors import NormalizedError
from automate.kernel.transactions import in_transaction
from automate.runs.secret_queries import uses_of, workflows_naming, workflows_pinned_to
from automate.vault import services
from automate.vault.backends.database import DatabaseBackend
from automate.vault.backends.environment import EnvironmentBackend
from automate.vault.resolving import backends
from automate.workflows.models import Workflow

MOST_NAMED = 5
"""Number of workflows that an error names."""


def delete_secret(*, name: str, version: int | None, force: bool, expected_revision: int | None) -> None:
    """Delete a secret, or one version of a secret. ``version=None`` deletes the whole secret.

    Raises NOT_FOUND if the secret or version does not exist.
    """
    with in_transaction():
        if not force:
            _hold_up_matching(name)
        if version is None:
            _refuse_value_elsewhere(name)
        found = services.locked_secret(name, expected_revision)
        if version is not None:
            if not force:
                _refuse_use(f"{name}@{version}", workflows_pinned_to(name, version))
            services.remove_version(found, version)
            return
        if not force:
            _refuse_use(name, sorted({use.workflow for use in uses_of([name])[name]}))
        services.remove_secret(found)


def _hold_up_matching(name: str) -> None:
    # A match may start a run of a version that names the secret. Call it before the secret is locked.
    list(Workflow.objects.select_for_update().filter(id__in=workflows_naming(name)).order_by("id").values_list("id"))


def _refuse_value_elsewhere(name: str) -> None:
    for backend in backends():
        if backend.name == DatabaseBackend.name or name not in backend.names():
            continue
        variable = backend.name == EnvironmentBackend.name
        holder = "an environment variable of the workers" if variable else f"the backend {backend.name}"
        raise NormalizedError(
            "SECRET_IN_USE",
            f"$secret:{name} cannot be deleted, because {holder} has a value for this secret. Only the stored secret has "
            "the rule that limits the hosts for this value. Remove this value and restart the workers, or delete only single "
            "versions of the secret.",
            details={"secret_name": name, "workflows": []},
        )


def _refuse_use(ref: str, workflows: list[str]) -> None:
    if not workflows:
        return
    more = f" and {len(workflows) - MOST_NAMED} more" if len(workflows) > MOST_NAMED else ""
    raise NormalizedError(
        "SECRET_IN_USE",
        f"$secret:{ref} cannot be deleted, because workflows use it: {', '.join(workflows[:MOST_NAMED])}{more}. Publish these "
        "workflows without the secret, and wait until their open runs have ended. Or repeat the call with `force: true`.",
        details={"secret_name": ref.partition("@")[0], "workflows": [*workflows[:100]]},
    )
