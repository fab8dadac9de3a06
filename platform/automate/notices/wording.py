"""The texts of notices. Text of a tenant never becomes a link."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from automate.kernel.errors import Json
from automate.notices.kinds import APPROVAL, BUDGET, DIGEST, FAILING, FAILURE, HOST

SHOWN_CHARACTERS = 200
_DOT = re.compile(r"(?<=\w)\.(?=\w)")


class NoticeText(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def about(self) -> Json: ...


def words_of(notice: NoticeText) -> tuple[str, list[str]]:
    """Return the subject line and the text lines of a notice."""
    return _WORDS[notice.kind](notice.about)


def mrkdwn(text: str) -> str:
    """Escape text for Slack: no mention, no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str) -> str:
    """Turn text into one line without links, mail addresses or mail headers."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return _DOT.sub("[.]", line.replace("://", "[:]//").replace("@", "[at]"))[:SHOWN_CHARACTERS]


def _failure(about: Mapping[str, Json]) -> tuple[str, list[str]]:
    workflow, code = inert(about["workflow"]), inert(about["code"])
    subject = f"runs of {workflow} fail with {code}"
    return subject, [
        f"a run of {workflow} failed in a way that was not seen for a week.",
        "",
        f"{code}: {inert(about['message'])}",
    ]


def _digest(about: Mapping[str, Json]) -> tuple[str, list[str]]:
    runs = about["runs"]
    failed = runs.get("failed", 0) + runs.get("timed_out", 0)
    lines = ["the last 24 hours.", "", f"{sum(runs.values()):,} runs ended, {failed:,} of them failed."]
    lines += [f"  {one['runs']:,} x {inert(one['code'])} in {inert(one['workflow'])}" for one in about["failures"]]
    lines.append(f"{about['approvals']:,} approvals wait.")
    lines += [f"Budget {inert(one['budget'])}: {one['percent']} % used." for one in about["budgets"]]
    return f"{failed:,} of {sum(runs.values()):,} runs failed in 24 hours", lines


def _approval(about: Mapping[str, Json]) -> tuple[str, list[str]]:
    workflow = inert(about["workflow"])
    return f"an approval of {workflow} waits", [f"an approval in a run of {workflow} waits for a decision."]


def _budget(about: Mapping[str, Json]) -> tuple[str, list[str]]:
    name = inert(about["name"])
    # Billed amounts are left out.
    known = about["used"] is not None
    used = f"{about['used']:,} of {about['limit']:,} {name}" if known else f"{about['percent']} % of {name}"
    text = f"{used} are used. The window ends at {about['resets_at']}."
    return f"{about['percent']} % of the budget {name} are used", [text]


def _host(about: Mapping[str, Json]) -> tuple[str, list[str]]:
    host, connector = inert(about["host"]), inert(about["connector"])
    return "an unhealthy host holds runs", [
        f"{host}, which {connector} calls, is unhealthy. {about.get('runs', 0):,} runs wait for it."
    ]


def _failing(about: Mapping[str, Json]) -> tuple[str, list[str]]:
    workflow = inert(about["workflow"])
    text = f"the workflow {workflow} was paused: {about['failed']:,} of {about['ended']:,} runs failed within a day. Resume it when the cause is fixed."
    return f"the workflow {workflow} was paused", [text]


_WORDS: Mapping[str, Callable[[Mapping[str, Json]], tuple[str, list[str]]]] = {
    FAILURE: _failure,
    DIGEST: _digest,
    APPROVAL: _approval,
    BUDGET: _budget,
    HOST: _host,
    FAILING: _failing,
}
