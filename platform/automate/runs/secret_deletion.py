"""Delete a secret or one version of a secret, unless a workflow would miss it."""

from __future__ import annotations

from automate.kernel.errors import NormalizedError
from automate.kernel.transactions import in_transaction
from automate.runs.secret_queries import uses_of, workflows_naming, workflows_pinned_to
from automate.vault import services
from automate.vault.backends.environment import EnvironmentBackend
from automate.workflows.models import Workflow

MOST_NAMED = 5
"""Number of workflows that an error names."""


def delete_secret(*, name: str, version: int | None, force: bool, expected_revision: int | None) -> None:
    """Delete a secret with its rule and all versions, or one version of it.

    ``version`` is None for the whole secret. ``force`` deletes it even if a workflow names it. The workflow's steps
    then fail with SECRET_UNAVAILABLE.
    Only workflow versions count that new events start or to which an open run is pinned.

    Raises NormalizedError:
    NOT_FOUND if the secret or version does not exist.
    CONFLICT if the secret has another revision than expected.
    SECRET_IN_USE if a workflow names the secret, or if the workers' environment holds it. The second case is an error
    even with ``force``.
    """
    with in_transaction():
        if not force:
            _hold_up_matching(name)
        found = services.locked_secret(name, expected_revision)
        if version is not None:
            if not force:
                _refuse_use(f"{name}@{version}", workflows_pinned_to(name, version))
            services.remove_version(found, version)
            return
        if name in EnvironmentBackend().names():
            raise NormalizedError(
                "SECRET_IN_USE",
                f"The workers' environment holds a value of $secret:{name}. If the secret's rule were deleted, this value could be "
                "sent to any host. Remove the variable and restart the workers, or delete only versions of the secret.",
                details={"secret_name": name, "workflows": []},
            )
        if not force:
            _refuse_use(name, sorted({use.workflow for use in uses_of([name])[name]}))
        services.remove_secret(found)


def _hold_up_matching(name: str) -> None:
    """Wait until no event is being matched with an earlier version of a workflow. Such a match may start a run of a
    version that names the secret.

    Call it before you lock the secret, because a publish first locks its workflow and then waits for the secret.
    """
    list(Workflow.objects.select_for_update().filter(id__in=workflows_naming(name)).order_by("id").values_list("id"))


def _refuse_use(ref: str, workflows: list[str]) -> None:
    if not workflows:
        return
    more = f" and {len(workflows) - MOST_NAMED} more" if len(workflows) > MOST_NAMED else ""
    raise NormalizedError(
        "SECRET_IN_USE",
        f"$secret:{ref} is used by {', '.join(workflows[:MOST_NAMED])}{more}. Publish these workflows without the secret and let "
        "their open runs end. Or repeat the call with `force: true`.",
        details={"secret_name": ref.partition("@")[0], "workflows": workflows[:100]},
    )
