"""Changes the settings of notices."""

from __future__ import annotations

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.problems import refusal_of
from automate.kernel.shape_checks import problems_of, refusals
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import in_transaction
from automate.notices import transitions
from automate.notices.policy import NoticeSettings


def save_policy(policy: NoticeSettings, expected_revision: int | None) -> None:
    """Replace the tenant's settings of notices.

    Raises BAD_USER_INPUT for an invalid setting, and CONFLICT if the revision is not the expected one.
    """
    if wrong := problems_of(NoticeSettings, policy.as_json(), (), stored=True):
        raise refusal_of(refusals(wrong))
    with in_transaction():
        before, revision = transitions.lock_policy()
        if expected_revision is not None and expected_revision != revision:
            message = f"`expectedRevision` is {expected_revision}; the policy has revision {revision}. Read the policy again, then save your change."
            raise NormalizedError("CONFLICT", message, details={"revision": revision}, path=["expectedRevision"])
        changes = audit.differences(before.as_json(), policy.as_json())
        if changes or not revision:
            transitions.save_policy(policy)
        if changes:
            tenant = current_tenant()
            audit.record("notice_policy.save", "tenant", tenant.id, tenant.slug, changes)
