"""Sends notices to Slack and to a webhook endpoint. For each receiver, a separate workflow run sends the notice."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import nullcontext

from automate.endpoints.models import WebhookEndpoint
from automate.kernel.canonical import checksum
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.problems import problems_of
from automate.kernel.text import NOTICE_RAISED
from automate.kernel.transactions import after_commit, is_shared, one_commit
from automate.notices import services
from automate.notices.policy import NoticeSettings
from automate.outbox.wakeups import wake_relay
from automate.rules.new_runs import NewRun, WorkflowVersionRef
from automate.runs.services import create_runs
from automate.workflows.models import Workflow, WorkflowVersion
from automate.workflows.queries import startable
from automate.workflows.services import publish_workflow, save_workflow

SLACK_WORKFLOW, WEBHOOK_WORKFLOW = "notices-to-slack", "notices-to-webhook"
NAMES: Mapping[str, str] = {SLACK_WORKFLOW: "Notices to Slack", WEBHOOK_WORKFLOW: "Notices to a webhook"}
OF_NOTICE = ("notice", "kind", "about", "url", "text")
"""The fields of the message to a webhook's receiver."""


def save_notice_policy(policy: NoticeSettings, expected_revision: int | None) -> None:
    """Replace the tenant's notice policy, and create the workflows for its notices.

    Raises the errors of ``services.save_policy``, and BAD_USER_INPUT for a receiver that cannot be used.
    """
    with nullcontext() if is_shared() else one_commit():
        services.save_policy(policy, expected_revision)
        _check_endpoint(policy.webhook_endpoint)
        for slug, definition in _definitions(policy).items():
            _provide(slug, definition)


def start_channels(policy: NoticeSettings, event_id: uuid.UUID, trace_id: str) -> int:
    """Queue a run for each receiver of the policy. Returns the number of runs.

    Receivers without an enabled workflow are skipped. Call this function inside the transaction that ends the
    notice.
    """
    found = startable([(slug, None) for slug in _definitions(policy)]).values()
    runs = [
        NewRun(
            run_id=new_id(),
            workflow_id=one.workflow_id,
            version=WorkflowVersionRef(one.version_id, one.step_count, one.timeout_seconds),
            event_id=event_id,
            rule_id=None,
            trace_id=trace_id,
            depth=1,
            reason="a notice",
        )
        for one in found
        if one.version_id is not None and one.enabled and not one.archived
    ]
    if runs:
        create_runs(runs)
        after_commit(wake_relay)
    return len(runs)


def _definitions(policy: NoticeSettings) -> dict[str, Mapping[str, JsonValue]]:
    found: dict[str, Mapping[str, JsonValue]] = {}
    if policy.slack_webhook:
        message = {"webhook_url": policy.slack_webhook, "text": "{{ event.payload.mrkdwn }}"}
        found[SLACK_WORKFLOW] = _of_one_step("post", "slack.post_message", message)
    if policy.webhook_endpoint:
        data: JsonObject = {name: f"{{{{ event.payload.{name} }}}}" for name in OF_NOTICE}
        sent: Mapping[str, JsonValue] = {"endpoint": policy.webhook_endpoint, "type": NOTICE_RAISED, "data": data}
        found[WEBHOOK_WORKFLOW] = _of_one_step("send", "webhook.send", sent)
    return found


def _of_one_step(key: str, uses: str, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {"schema": 1, "steps": [{"key": key, "uses": uses, "with": dict(given)}]}


def has_endpoint(slug: str) -> bool:
    """Return whether the tenant has a webhook endpoint with this slug."""
    return bool(WebhookEndpoint.objects.filter(slug=slug, deleted_at__isnull=True).exists())


def _check_endpoint(slug: str) -> None:
    if slug and not has_endpoint(slug):
        message = f"There is no webhook endpoint {slug!r}. First create the endpoint with saveWebhookEndpoint."
        raise NormalizedError("BAD_USER_INPUT", message, path=["webhookEndpoint"])


def _provide(slug: str, definition: Mapping[str, JsonValue]) -> None:
    # This replaces any change that a member made to the workflow.
    current = Workflow.objects.filter(slug=slug).values_list("current_version_id", flat=True).first()
    if WorkflowVersion.objects.filter(id=current, checksum=checksum(definition)).exists():
        return
    try:
        save_workflow(slug=slug, name=NAMES[slug], definition=dict(definition), expected_revision=None)
        publish_workflow(slug=slug)
    except NormalizedError as error:
        messages = [one.message for one in problems_of(error)]
        where = "slackWebhook" if slug == SLACK_WORKFLOW else "webhookEndpoint"
        raise NormalizedError(
            "BAD_USER_INPUT", f"The value of `{where}` cannot be used. {' '.join(messages)}", path=[where]
        ) from None
