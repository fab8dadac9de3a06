"""Writes the texts of notices. Text that comes from a tenant never becomes a link."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from automate.kernel.json_values import JsonObject, as_integer, as_list, as_object, as_text
from automate.notices.kinds import APPROVAL, BUDGET, DIGEST, FAILING, FAILURE, HOST

SHOWN_CHARACTERS = 200
_DOT = re.compile(r"(?<=\w)\.(?=\w)")


class NoticeText(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def about(self) -> JsonObject: ...


def words_of(notice: NoticeText) -> tuple[str, list[str]]:
    """Return the subject line and the text lines of a notice."""
    return _WORDS[notice.kind](notice.about)


def mrkdwn(text: str) -> str:
    """Escape text for Slack, so that the text cannot create mentions or links."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str) -> str:
    """Turn text into one line without links, mail addresses or mail headers."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return _DOT.sub("[.]", line.replace("://", "[:]//").replace("@", "[at]"))[:SHOWN_CHARACTERS]


def _shown(about: JsonObject, name: str) -> str:
    return inert(as_text(about[name]))


def _failure(about: JsonObject) -> tuple[str, list[str]]:
    workflow, code = _shown(about, "workflow"), _shown(about, "code")
    subject = f"runs of {workflow} fail with {code}"
    return subject, [
        f"a run of {workflow} failed in a way that was not seen for a week.",
        "",
        f"{code}: {_shown(about, 'message')}",
    ]


def _digest(about: JsonObject) -> tuple[str, list[str]]:
    runs = {state: as_integer(count) for state, count in as_object(about["runs"]).items()}
    ended, failed = sum(runs.values()), runs.get("failed", 0) + runs.get("timed_out", 0)
    lines = ["the last 24 hours.", "", f"{ended:,} runs ended, {failed:,} of them failed."]
    failures, budgets = (map(as_object, as_list(about[name])) for name in ("failures", "budgets"))
    lines += [f"  {one['runs']:,} x {_shown(one, 'code')} in {_shown(one, 'workflow')}" for one in failures]
    lines.append(f"{about['approvals']:,} approvals wait.")
    lines += [f"Budget {_shown(one, 'budget')}: {one['percent']} % used." for one in budgets]
    return f"{failed:,} of {ended:,} runs failed in 24 hours", lines


def _approval(about: JsonObject) -> tuple[str, list[str]]:
    workflow = _shown(about, "workflow")
    return f"an approval of {workflow} waits", [f"an approval in a run of {workflow} waits for a decision."]


def _budget(about: JsonObject) -> tuple[str, list[str]]:
    name = _shown(about, "name")
    # Billed amounts are left out.
    known = about["used"] is not None
    used = f"{about['used']:,} of {about['limit']:,} {name}" if known else f"{about['percent']} % of {name}"
    text = f"{used} are used. The window ends at {about['resets_at']}."
    return f"{about['percent']} % of the budget {name} are used", [text]


def _host(about: JsonObject) -> tuple[str, list[str]]:
    host, connector = _shown(about, "host"), _shown(about, "connector")
    return "an unhealthy host holds runs", [
        f"{host}, which {connector} calls, is unhealthy. {about.get('runs', 0):,} runs wait for it."
    ]


def _failing(about: JsonObject) -> tuple[str, list[str]]:
    workflow = _shown(about, "workflow")
    text = f"the workflow {workflow} was paused: {about['failed']:,} of {about['ended']:,} runs failed within a day. Resume it when the cause is fixed."
    return f"the workflow {workflow} was paused", [text]


_WORDS: Mapping[str, Callable[[JsonObject], tuple[str, list[str]]]] = {
    FAILURE: _failure,
    DIGEST: _digest,
    APPROVAL: _approval,
    BUDGET: _budget,
    HOST: _host,
    FAILING: _failing,
}
