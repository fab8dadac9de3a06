"""What the secrets of calls say of their own use, read for a set of calls at once: connectors know no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import structlog
from django.db import Error, connection

from automate.kernel.errors import NormalizedError
from automate.kernel.large import opened
from automate.runs.round import StepCall
from automate.vault.queries import rules_of
from automate.vault.rules import SecretRule, refusals
from automate.workflows.connectors import ConnectorSpec, named_hosts
from automate.workflows.refs import rendered_refs
from automate.workflows.secret_hosts import part_refusals
from automate.workflows.templates import SecretRef

log = structlog.get_logger(__name__)

UNREAD = NormalizedError(
    "UNAVAILABLE",
    "What the secrets of this call may be used for could not be read; nothing was sent. It is tried again.",
)


class SecretRules:
    """Of the secrets of some calls, as they were just before these were made. fault: why they could not be read."""

    def __init__(self, by_name: Mapping[str, SecretRule], fault: NormalizedError | None = None) -> None:
        self._by_name = by_name
        self._fault = fault

    def allow(self, call: StepCall, spec: ConnectorSpec, refs: Sequence[SecretRef]) -> list[SecretRule]:
        """The rules of the call's secrets, of which none forbids it as far as its hosts are known before it is made.

        Raises NormalizedError SECRET_NOT_ALLOWED, also where a secret would be a part of a host, or UNAVAILABLE.
        """
        for refusal in part_refusals(spec, opened(call.request)):
            # A path is of what somebody sends to us, and this is told of a run.
            raise NormalizedError(refusal.code, refusal.message, details=refusal.details)
        if refs and self._fault is not None:
            raise self._fault
        rules = [self._by_name[name] for name in sorted({ref.name for ref in refs}) if name in self._by_name]
        hosts = named_hosts(spec, opened(call.request)["input"]) if rules else []
        for refusal in refusals(rules, call.uses, call.run.version.workflow_slug, hosts, called=True):
            raise refusal
        return rules


def rules_for(calls: Iterable[StepCall]) -> SecretRules:
    """One statement, and none where no call bears a secret. Never raises: the intents are committed, and somebody has to bring
    a result.
    """
    names = {ref.name for call in calls for ref in rendered_refs(opened(call.request))}
    if not names:
        return SecretRules({})
    try:
        return SecretRules(rules_of(names))
    except Error:
        log.exception("rules of secrets could not be read", secrets=len(names))
        connection.close_if_unusable_or_obsolete()
        return SecretRules({}, UNREAD)
