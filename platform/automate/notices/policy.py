"""The settings of notices of a tenant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.permissions import MEMBER_ROLES
from automate.notices.kinds import APPROVAL, BUDGET, DIGEST, FAILURE, HOST

NOTIFIED_BY_DEFAULT = (FAILURE, DIGEST, APPROVAL, BUDGET, HOST)
SECRET = re.compile(r"\$secret:[A-Z][A-Z0-9_]{0,63}(@[1-9][0-9]{0,8})?")
LEAST_WAIT_MINUTES, MOST_WAIT_MINUTES = 5, 7 * 24 * 60


@dataclass(frozen=True)
class NoticeSettings:
    kinds: tuple[str, ...] = NOTIFIED_BY_DEFAULT
    """Kinds of notices to send."""
    roles: tuple[str, ...] = ("owner", "admin")
    """Roles of members who get mails. Mails about an approval go to the members who may decide it."""
    emits: bool = False
    """Each notice is also an event, for workflows that notify Slack or a webhook."""
    slack_webhook: str = ""
    """A reference such as ``$secret:SLACK_WEBHOOK`` to the URL of an incoming webhook; empty for no channel."""
    webhook_endpoint: str = ""
    """The slug of an endpoint; empty for no channel."""
    pauses: bool = False
    """Pause a workflow automatically if nearly all of its runs fail."""
    digest_hour: int = 8
    """In the tenant's time zone."""
    approval_minutes: int = 240
    """How long an approval waits before its notice."""

    @property
    def channels(self) -> bool:
        """Whether notices also go to channels other than mail."""
        return self.emits or bool(self.slack_webhook) or bool(self.webhook_endpoint)

    def as_json(self) -> dict[str, Json]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


DEFAULT = NoticeSettings()


def policy_of(settings: Mapping[str, Json] | None) -> NoticeSettings:
    """Parse stored settings. Unknown settings are ignored."""
    known = {field.name for field in fields(NoticeSettings)}
    stored = {name: value for name, value in (settings or {}).items() if name in known}
    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in stored.items()}
    return replace(DEFAULT, **values)


def check(policy: NoticeSettings) -> NoticeSettings:
    """Check the settings of a caller, and return them. Raises BAD_USER_INPUT."""
    _known(policy.kinds, NOTIFIED_BY_DEFAULT, "kinds")
    _known(policy.roles, MEMBER_ROLES, "roles")
    if policy.slack_webhook and SECRET.fullmatch(policy.slack_webhook) is None:
        message = (
            "`slackWebhook` must refer to a secret, such as $secret:SLACK_WEBHOOK, because anyone with the URL can post. "
            "Store the URL with setSecret first."
        )
        raise NormalizedError("BAD_USER_INPUT", message, path=["slackWebhook"])
    _between(policy.digest_hour, 0, 23, "digestHour")
    _between(policy.approval_minutes, LEAST_WAIT_MINUTES, MOST_WAIT_MINUTES, "approvalMinutes")
    return policy


def _known(values: Sequence[str], offered: Sequence[str], name: str) -> None:
    unknown = next((value for value in values if value not in offered), None)
    if unknown is not None or len(set(values)) < len(values):
        problem = f"has {unknown[:64]}" if unknown is not None else "has an entry twice"
        message = f"`{name}` {problem}; it may have each of {', '.join(offered)} once."
        raise NormalizedError("BAD_USER_INPUT", message, path=[name])


def _between(value: int, least: int, most: int, name: str) -> None:
    if not least <= value <= most:
        message = f"`{name}` is {value}; it must be from {least} to {most}."
        raise NormalizedError("BAD_USER_INPUT", message, path=[name])
