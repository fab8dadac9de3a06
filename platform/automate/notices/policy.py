"""The notice settings of a tenant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated

from automate.kernel.json_values import JsonValue
from automate.kernel.permissions import MEMBER_ROLES
from automate.kernel.problems import Problem
from automate.kernel.shapes import Checked, OneOf, Says, Spell, Whole, read
from automate.notices.kinds import APPROVAL, BUDGET, DIGEST, FAILURE, HOST

NOTIFIED_BY_DEFAULT = (FAILURE, DIGEST, APPROVAL, BUDGET, HOST)
SECRET = re.compile(r"\$secret:[A-Z][A-Z0-9_]{0,63}(@[1-9][0-9]{0,8})?")
LEAST_WAIT_MINUTES, MOST_WAIT_MINUTES = 5, 7 * 24 * 60


def _reference_problems(text: str) -> Iterator[Problem]:
    if text and SECRET.fullmatch(text) is None:
        message = (
            "`slackWebhook` must refer to a secret, such as $secret:SLACK_WEBHOOK, because anyone with the URL can post. "
            "Store the URL with setSecret first."
        )
        yield Problem("BAD_USER_INPUT", message, ())


@dataclass(frozen=True)
class NoticeSettings:
    """The notice settings of a tenant."""

    kinds: Annotated[
        tuple[str, ...],
        OneOf(NOTIFIED_BY_DEFAULT, shouted=True),
        Says(
            "The kinds of notices that people get. FAILING is always sent if workflows may pause themselves.",
            null="Null means all kinds.",
        ),
    ] = NOTIFIED_BY_DEFAULT
    roles: Annotated[
        tuple[str, ...],
        OneOf(tuple(MEMBER_ROLES)),
        Says(
            "Members with these roles get mails. A mail about an approval goes to the people who may decide it.",
            null="Null means owner and admin.",
        ),
    ] = ("owner", "admin")
    emits: Annotated[
        bool,
        Says(
            "Whether each notice is also an event `notice.raised`, for workflows of your own.", api_name="emitsEvents"
        ),
    ] = False
    slack_webhook: Annotated[
        str,
        Checked("a reference to a secret, such as $secret:SLACK_WEBHOOK", _reference_problems),
        Says(
            "The secret with the URL of an incoming webhook of Slack, such as `$secret:SLACK_WEBHOOK`. Each notice is "
            "posted there.",
            null="Null: no Slack messages.",
        ),
    ] = ""
    webhook_endpoint: Annotated[
        str,
        Says(
            "The slug of the webhook endpoint that gets each notice as a message `notice.raised`.",
            null="Null for none.",
        ),
    ] = ""
    pauses: Annotated[
        bool,
        Says(
            "Whether a workflow pauses itself when at least 95 % of at least 20 runs failed within 24 hours.",
            api_name="pausesFailingWorkflows",
        ),
    ] = False
    digest_hour: Annotated[
        int, Whole(0, 23), Says("The hour of the daily digest, 0 to 23, in the tenant's time zone.")
    ] = 8
    approval_minutes: Annotated[
        int,
        Whole(LEAST_WAIT_MINUTES, MOST_WAIT_MINUTES),
        Says(
            f"The minutes that an approval waits before a notice: {LEAST_WAIT_MINUTES} to {MOST_WAIT_MINUTES}. If half of its time is shorter, the notice is sent then."
        ),
    ] = 240

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], spell: Spell) -> Iterator[Problem]:
        for name in ("kinds", "roles"):
            values = given.get(name)
            if isinstance(values, list) and any(one in values[:place] for place, one in enumerate(values)):
                yield Problem("BAD_USER_INPUT", f"{spell(name)} has an entry twice. Name each entry once.", (name,))

    @property
    def channels(self) -> bool:
        """True if notices also go to channels other than mail."""
        return self.emits or bool(self.slack_webhook) or bool(self.webhook_endpoint)

    def as_json(self) -> dict[str, JsonValue]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


DEFAULT = NoticeSettings()


def policy_of(settings: Mapping[str, JsonValue] | None) -> NoticeSettings:
    """Parse stored settings. Settings of a later release are ignored."""
    return read(NoticeSettings, settings or {})
