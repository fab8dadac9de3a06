"""Notices to Slack and to a webhook endpoint, as the policy chooses: by real connectors, to real receivers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from actors.connectors.base import ConnectorError
from actors.connectors.guard import Guard
from actors.connectors.registry import CONNECTORS
from actors.connectors.slack.connector import SlackPostMessage
from automate.endpoints import noticing
from automate.endpoints.services import save_endpoint
from automate.notices import wording
from automate.notices.policy import NoticeSettings
from automate.vault.services import set_secret
from tests.people.test_notices import REFUSED, fail, pass_time, told
from tests.support.api import Api
from tests.support.endpoint_receiver import Hook, settle, threaded
from tests.support.facts import naming
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane
from tests.support.slack import Slack

SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
REFERENCE = "$secret:SLACK_WEBHOOK"
SAVE = """
mutation ($input: SaveNoticePolicyInput!) { saveNoticePolicy(input: $input) {
  noticePolicy { slackWebhook webhookEndpoint emitsEvents } errors { code message path } } }
"""


@pytest.fixture
def slack(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    let_reach_this_machine(plane)
    server = Slack()
    with threaded(server):
        connector = SlackPostMessage(Guard(), server.api_url, (server.hook_url,))
        monkeypatch.setitem(CONNECTORS, "slack.post_message", connector)
        plane.by_ada(
            lambda: set_secret(
                name="SLACK_WEBHOOK", value=server.hook_url, allowed={}, overlap_seconds=None, expected_revision=None
            )
        )
        yield server


def policy(plane: Plane, **changes: Any) -> None:
    plane.by_ada(lambda: noticing.save_notice_policy(NoticeSettings(**changes), None))


def posted(slack: Slack) -> list[str]:
    return [json.loads(one.body)["text"] for one in slack.exchanges]


def test_slack_gets_each_notice_once_with_a_link(plane: Plane, slack: Slack) -> None:
    policy(plane, kinds=("failure",), slack_webhook=REFERENCE)
    fail(plane, REFUSED, REFUSED)
    settle(plane)
    (text,) = posted(slack)
    assert text.splitlines()[0] == naming("orders", "CONNECTOR_REFUSED")
    assert f"/portal/{plane.tenant.slug}/runs/" in text.splitlines()[1]
    assert told(plane) == [("failure", "told")]
    ((effects,),) = plane.rows(
        "SELECT count(*) FROM effect WHERE connector = 'slack.post_message' AND state = 'confirmed'"
    )
    assert effects == 1


def test_endpoint_gets_each_notice_signed(plane: Plane) -> None:
    let_reach_this_machine(plane)
    with Hook(204) as hook:
        plane.by_ada(lambda: save_endpoint(slug="ops", url=hook.url, secrets=[SIGNING], expected_revision=None))
        policy(plane, kinds=("failure",), webhook_endpoint="ops")
        fail(plane, REFUSED)
        settle(plane)
        (message,) = hook.taken
    data = json.loads(message.body)["data"]
    assert data["kind"] == "failure"
    assert data["about"]["code"] == "CONNECTOR_REFUSED"
    assert data["url"].endswith(data["about"]["run"])
    assert message.headers["webhook-signature"].startswith("v1,")


def test_both_and_events_of_the_tenants_own(plane: Plane, slack: Slack) -> None:
    with Hook(204) as hook:
        plane.by_ada(lambda: save_endpoint(slug="ops", url=hook.url, secrets=[SIGNING], expected_revision=None))
        policy(plane, kinds=("failure",), slack_webhook=REFERENCE, webhook_endpoint="ops", emits=True)
        fail(plane, REFUSED)
        settle(plane)
        assert (len(hook.taken), len(posted(slack))) == (1, 1)
    assert plane.rows("SELECT count(*) FROM event WHERE type = 'notice.raised'") == [(1,)]


def test_rules_do_not_see_what_is_for_the_channels_alone(plane: Plane, slack: Slack) -> None:
    policy(plane, kinds=("failure",), slack_webhook=REFERENCE)
    fail(plane, REFUSED)
    settle(plane)
    ((decisions,),) = plane.rows(
        "SELECT count(*) FROM decision d JOIN event e ON e.id = d.event_id WHERE e.type = 'notice.raised'"
    )
    assert (decisions, len(posted(slack))) == (0, 1)


def test_text_of_a_tenant_mentions_nobody_in_slack(plane: Plane, slack: Slack) -> None:
    policy(plane, kinds=("failure",), slack_webhook=REFERENCE)
    fail(plane, ConnectorError("CONNECTOR_REFUSED", "<!channel> & <https://evil.example|here>", arrived=False))
    settle(plane)
    (text,) = posted(slack)
    first = text.splitlines()[0]
    assert "<" not in first
    assert ">" not in first
    assert "evil.example" not in first


def test_twin_that_escapes_nothing_calls_the_channel(
    plane: Plane, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    from actors.mails import notices

    monkeypatch.setattr(notices, "mrkdwn", lambda text: text)
    policy(plane, kinds=("failure",), slack_webhook=REFERENCE)
    fail(plane, ConnectorError("CONNECTOR_REFUSED", "<!channel>", arrived=False))
    settle(plane)
    assert "<!channel>" in posted(slack)[0]
    assert wording.mrkdwn("<!channel>") == "&lt;!channel&gt;"


def test_slack_that_is_away_gets_it_later_and_is_told_of_once(plane: Plane, slack: Slack) -> None:
    async def busy(exchange: Any) -> None:
        await exchange.send(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n")

    policy(plane, kinds=("failure",), slack_webhook=REFERENCE)
    slack._raw = busy
    fail(plane, REFUSED)
    settle(plane)
    slack._raw = None
    before = len(slack.exchanges)
    for _ in range(4):
        pass_time(plane, 120)
        settle(plane)
    assert len(slack.exchanges) == before + 1
    assert posted(slack)[-1] == naming("CONNECTOR_REFUSED")


def test_failing_channel_does_not_call_itself(plane: Plane, slack: Slack) -> None:
    async def refuse(exchange: Any) -> None:
        await exchange.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\nno_service")

    slack._raw = refuse
    policy(plane, kinds=("failure",), slack_webhook=REFERENCE)
    fail(plane, REFUSED)
    for _ in range(5):
        settle(plane)
    notices = told(plane)
    assert len(notices) == 2, "the failure, and that Slack refuses"
    assert len(slack.exchanges) == 2


def test_channel_that_cannot_be_used_is_refused(plane: Plane, tenant: Any) -> None:
    api = Api(tenant.token)

    def refused(**given: Any) -> Any:
        (error,) = api.data(SAVE, input=given)["saveNoticePolicy"]["errors"]
        return error["code"], error["path"][-1], error["message"]

    assert refused(slackWebhook="https://hooks.slack.com/services/T/B/x") == (
        "BAD_USER_INPUT", "slackWebhook", naming("$secret:SLACK_WEBHOOK"),
    )  # fmt: skip
    assert refused(webhookEndpoint="ops") == ("BAD_USER_INPUT", "webhookEndpoint", naming("ops", "saveWebhookEndpoint"))
    assert plane.rows("SELECT count(*) FROM notice_policy") == [(0,)]


def test_channels_are_chosen_through_the_api(plane: Plane, tenant: Any, slack: Slack) -> None:
    answer = Api(tenant.token).data(SAVE, input={"slackWebhook": REFERENCE})["saveNoticePolicy"]
    assert answer == {
        "noticePolicy": {"slackWebhook": REFERENCE, "webhookEndpoint": None, "emitsEvents": False}, "errors": [],
    }  # fmt: skip
    assert plane.rows("SELECT slug, current_version_id IS NOT NULL FROM workflow") == [("notices-to-slack", True)]


def test_archived_workflow_of_a_channel_starts_nothing(plane: Plane, slack: Slack) -> None:
    from automate.workflows.services import archive_workflow

    policy(plane, kinds=("failure",), slack_webhook=REFERENCE)
    plane.by_ada(lambda: archive_workflow(slug=noticing.SLACK_WORKFLOW, reason="quiet"))
    fail(plane, REFUSED)
    settle(plane)
    assert (posted(slack), told(plane)) == ([], [("failure", "dropped")])
