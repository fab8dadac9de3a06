"""Reads secrets before a set of calls begins: the values and the rules of the secrets that these calls use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import structlog
from django.db import Error, connection

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_object
from automate.kernel.large import opened
from automate.kernel.tenancy import current_tenant
from automate.runs.step_call import StepCall
from automate.vault.queries import SecretReference, StoredSecret, stored_secrets
from automate.vault.resolving import Values, find_values
from automate.vault.rules import SecretRule, refusals
from automate.workflows.connectors import ConnectorSpec, named_hosts
from automate.workflows.refs import rendered_refs
from automate.workflows.secret_hosts import part_refusals
from automate.workflows.templates import SecretRef

log = structlog.get_logger(__name__)

UNREAD = NormalizedError(
    "UNAVAILABLE",
    "The secrets of this call could not be read from PostgreSQL, so nothing was sent. The step tries again while it has attempts left.",
)

NO_VALUES = Values("", {})


class SecretRules:
    """The rules and values of the secrets that a set of calls uses."""

    def __init__(
        self,
        by_name: Mapping[str, SecretRule],
        fault: NormalizedError | None = None,
        values: Values = NO_VALUES,
    ) -> None:
        self._by_name = by_name
        self._fault = fault
        self._values = values

    def allow(self, call: StepCall, spec: ConnectorSpec, refs: Sequence[SecretRef]) -> list[SecretRule]:
        """Return the rules of the call's secrets.

        Raises SECRET_NOT_ALLOWED if a rule forbids the call, or if a secret would be part of a host name. Raises
        UNAVAILABLE if the rules could not be read.
        """
        if not refs:
            return []
        for refusal in part_refusals(spec, opened(call.request)):
            # Paths belong to incoming requests; this is about a run.
            raise NormalizedError(refusal.code, refusal.message, details=refusal.details)
        if self._fault is not None:
            raise self._fault
        rules = [self._by_name[name] for name in sorted({ref.name for ref in refs}) if name in self._by_name]
        hosts = named_hosts(spec, as_object(as_object(opened(call.request))["input"])) if rules else []
        for refusal in refusals(rules, call.uses, call.run.version.workflow_slug, hosts, called=True):
            raise refusal
        return rules

    def read(self, name: str, version: int | None) -> str:
        """Return the plain value of a secret. Raises NormalizedError."""
        return self._values.read(name, version)


def rules_for(calls: Iterable[StepCall]) -> SecretRules:
    # Never raises: the calls are already in the ledger, so each of them needs a result.
    wanted: set[SecretReference] = {
        (ref.name, ref.version) for call in calls for ref in rendered_refs(opened(call.request))
    }
    if not wanted:
        return SecretRules({})
    try:
        stored: dict[SecretReference, StoredSecret] = stored_secrets(wanted)
    except Error:
        log.exception("rules of secrets could not be read", secrets=len(wanted))
        connection.close_if_unusable_or_obsolete()
        return SecretRules({}, UNREAD)
    rules = {row.rule.name: row.rule for row in stored.values()}
    return SecretRules(rules, values=find_values(current_tenant().slug, wanted, stored))
