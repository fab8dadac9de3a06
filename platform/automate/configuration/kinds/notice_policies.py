"""The notice policy in a configuration. Each tenant has one notice policy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from django.db.models import CharField, F, Value

from automate.configuration.kinds.kind import ObjectKind, Rows, Saved, StoredEntry
from automate.configuration.shape import THE_POLICY, Entry
from automate.endpoints.noticing import has_endpoint, save_notice_policy
from automate.kernel.shapes import api_form, stored_form, without_defaults
from automate.notices.models import NoticePolicy
from automate.notices.policy import DEFAULT, NoticeSettings, policy_of
from automate.workflows.diffing import ChangedValue

DEFAULTS: Entry = api_form(NoticeSettings, DEFAULT.as_json())


class NoticePolicies(ObjectKind):
    name, section, model = "notice_policy", "noticePolicies", NoticePolicy
    # Without the policy, people would miss notices that they asked for.
    enabled = None

    def rows(self) -> Rows:
        return NoticePolicy.objects.annotate(id=F("singleton"), slug=Value(THE_POLICY, output_field=CharField()))

    def known(self, rows: Sequence[NoticePolicy]) -> list[StoredEntry]:
        return [StoredEntry(_entry(_with_endpoint(policy_of(row.settings))), row.revision) for row in rows]

    def named(self, slugs: Collection[str]) -> dict[str, StoredEntry]:
        return super().named(slugs) if THE_POLICY in slugs else {}

    def whole(self, entry: Entry) -> Entry:
        return {**DEFAULTS, **entry}

    def save(self, entry: Entry, known: StoredEntry | None) -> Saved:
        policy = policy_of(stored_form(NoticeSettings, {**entry, "name": None}))
        save_notice_policy(policy, known.revision if known else None)
        return Saved()

    def archive_or_delete(self, known: StoredEntry) -> ChangedValue:
        raise AssertionError(f"{known.entry['name']}: a notice policy must not be removed by pruning")


def _with_endpoint(policy: NoticeSettings) -> NoticeSettings:
    # A configuration cannot name a deleted endpoint.
    return policy if has_endpoint(policy.webhook_endpoint) else replace(policy, webhook_endpoint="")


def _entry(policy: NoticeSettings) -> Entry:
    said = without_defaults(NoticeSettings, policy.as_json())
    return {"name": THE_POLICY, **api_form(NoticeSettings, said)}
