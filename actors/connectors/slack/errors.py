"""The table of errors of the connector ``slack.post_message``."""

from __future__ import annotations

from collections.abc import Mapping

from actors.connectors.base import ConnectorError
from actors.connectors.guard import OutboundResponse
from actors.connectors.inputs import whole
from actors.connectors.statuses import retry_after
from automate.kernel.json_values import JsonValue
from automate.workflows.connectors import Failure

AUTH = Failure("auth", "CONNECTOR_AUTH", "Slack refuses the token or the webhook, or the app lacks a scope.")
RATE_LIMITED = Failure(
    "rate_limited", "CONNECTOR_RATE_LIMITED", "Slack limits the rate of requests; the retry waits for Retry-After."
)
UNAVAILABLE = Failure("unavailable", "CONNECTOR_TRANSIENT", "Slack did nothing, and a retry can work.")
FAULT = Failure(
    "fault",
    "CONNECTOR_TRANSIENT",
    "Slack failed, and its answer does not show whether it posted the message.",
    may_have_arrived=True,
)
CHANNEL = Failure(
    "channel", "CONNECTOR_REFUSED", "The channel does not exist, is archived, or does not have the app as a member."
)
REFUSED = Failure(
    "refused", "CONNECTOR_REFUSED", "Slack refuses the message for another reason, which the error contains."
)
NOT_SLACK = Failure("not_slack", "CONNECTOR_TRANSIENT", "The answer is not from Slack.", may_have_arrived=True)

FAILURES = (AUTH, RATE_LIMITED, UNAVAILABLE, FAULT, CHANNEL, REFUSED, NOT_SLACK)

WORDS: Mapping[str, Failure] = {
    **dict.fromkeys(
        (
            "access_denied",
            "account_inactive",
            "accesslimited",
            "action_prohibited",
            "app_missing_action_url",
            "ekm_access_denied",
            "enterprise_is_restricted",
            "invalid_auth",
            "invalid_token",
            "missing_scope",
            "no_active_hooks",
            "no_permission",
            "no_service",
            "no_service_id",
            "no_team",
            "not_allowed_token_type",
            "not_authed",
            "org_login_required",
            "team_access_not_granted",
            "team_disabled",
            "token_expired",
            "token_revoked",
            "two_factor_setup_required",
        ),
        AUTH,
    ),
    **dict.fromkeys(("message_limit_exceeded", "rate_limited", "ratelimited"), RATE_LIMITED),
    **dict.fromkeys(("request_timeout", "service_unavailable", "team_added_to_org"), UNAVAILABLE),
    **dict.fromkeys(("fatal_error", "internal_error", "rollup_error"), FAULT),
    **dict.fromkeys(
        (
            "channel_is_archived",
            "channel_not_found",
            "is_archived",
            "not_in_channel",
            "posting_to_general_channel_denied",
        ),
        CHANNEL,
    ),
}
"""Slack's error codes, of chat.postMessage and of incoming webhooks. Any other code is REFUSED."""

_ADVICE: Mapping[str, str] = {
    AUTH.name: "check the token or the webhook's URL, and the app's scopes",
    RATE_LIMITED.name: "Slack asks for fewer requests",
    UNAVAILABLE.name: "it may work later",
    FAULT.name: "the message may have been posted",
    CHANNEL.name: "check the channel, and invite the app into it",
    REFUSED.name: "correct the message",
}


def refusal(word: str, response: OutboundResponse, needed: JsonValue = None) -> ConnectorError:
    """Return the error for one of Slack's error codes."""
    failure = WORDS.get(word, REFUSED)
    details: dict[str, JsonValue] = {"error": whole(word)}
    if isinstance(needed, str):
        details["needed"] = whole(needed)
    return ConnectorError.of(
        failure,
        f"Slack answered {whole(word)}: {_ADVICE[failure.name]}.",
        details=details,
        retry_after_seconds=retry_after(response) if failure is RATE_LIMITED else None,
        arrived=failure.may_have_arrived,
    )


def fault(response: OutboundResponse) -> ConnectorError:
    return ConnectorError.of(
        FAULT,
        f"Slack answered with the status {response.status}: {_ADVICE[FAULT.name]}.",
        details={"status": response.status},
        arrived=True,
    )


def not_slack(response: OutboundResponse) -> ConnectorError:
    return ConnectorError.of(
        NOT_SLACK,
        f"The answer with the status {response.status} is not from Slack. Check for a proxy in between.",
        details={"status": response.status},
        arrived=True,
    )
