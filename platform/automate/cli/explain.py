"""``automate explain``: show why an event did or did not start a run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Annotated

import typer

from automate.cli.options import Tenant, api_of, chosen, global_id
from automate.cli.output import line, waiting
from automate.client import answers
from automate.client.api import Api
from automate.client.operations import EVENT, EXPLAIN, RULES
from automate.client.timestamps import clock
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_object
from automate.kernel.redaction import REDACTED
from automate.kernel.timestamps import parse_timestamp

FRESH_SECONDS, PATIENCE_SECONDS, POLL_SECONDS = 10.0, 3.0, 0.1
SHOWN_CHARACTERS = 80
PLAIN = ("literal", "list", "var", "val", "exists")
"""Operands that are short enough to show within their operation."""


def explain(
    event_id: Annotated[
        str, typer.Argument(metavar="EVENT_ID", help="The id from `automate send` or from a webhook's answer.")
    ],
    rule: Annotated[str, typer.Option(help="Only the rule with this slug. It may be newer than the event.")] = "",
    tenant: Tenant = "",
) -> None:
    """Show what each rule decided about an event, and why."""
    with api_of(chosen(tenant)) as api:
        event = _decided(api, global_id("Event", event_id))
        line(f"{event['type']} from {event['source']['slug']}, received {clock(event['receivedAt'])}")
        decided = [(of, one) for one in event["decisions"] if (of := one["rule"]) and rule in {"", of["slug"]}]
        for of, decision in decided:
            _say(of, decision, _explanation(api, event, of["when"]))
        if not decided:
            _undecided(api, event, rule)


def _decided(api: Api, event_id: str) -> answers.Event:
    # Waits a short time for the decisions if the event is new.
    deadline = time.monotonic() + PATIENCE_SECONDS
    with waiting("Waiting for the rules"):
        while True:
            event: answers.Event | None = api.query(EVENT, {"id": event_id})["event"]
            if event is None:
                raise NormalizedError(
                    "NOT_FOUND", "This tenant has no event with this id. `automate send` prints the id of each event."
                )
            age = (datetime.now(timezone.utc) - parse_timestamp(event["receivedAt"])).total_seconds()
            if event["decisions"] or age > FRESH_SECONDS or time.monotonic() > deadline:
                return event
            time.sleep(POLL_SECONDS)


def _explanation(api: Api, event: answers.Event, when: JsonValue) -> answers.RuleExplanation:
    found: answers.RuleExplanation | None = api.query(EXPLAIN, {"when": when, "event": event["id"]})["explainRule"]
    if found is None:
        raise NormalizedError(
            "NOT_FOUND", "The event does not exist any more, because retention has removed it. Choose a newer event."
        )
    return found


def _undecided(api: Api, event: answers.Event, rule: str) -> None:
    # If a rule is named, show what this rule would decide now.
    if not rule:
        line("No rule has decided about the event.")
        waits = event["waitingFor"]
        line(waits["sentence"] if waits else "No rule existed, or a worker has the event.")
        if waits and waits["cause"] == "QUEUE":
            line("Is a worker running?")
        return
    found = next((row for row in api.rows(RULES) if row["slug"] == rule), None)
    if found is None:
        raise NormalizedError("NOT_FOUND", f"There is no rule {rule!r}. Check the slug.")
    line(f"{rule} has not decided about the event. It would decide now:")
    _print_condition(found["when"], _explanation(api, event, found["when"]))


def _say(rule: answers.RuleSpec, decision: answers.Decision, now: answers.RuleExplanation) -> None:
    line("")
    line(f"{rule['slug']}:", decision["verdict"].lower())
    if decision["reason"] and now["verdict"] == "MATCHED":
        line(decision["reason"])
    if taker := decision["collapsedInto"]:
        line(f"The run {taker['id']} of another event includes this one; it is {taker['state'].lower()}.")
    held_back = decision["verdict"] == "SUPPRESSED" and now["verdict"] == "MATCHED"
    if now["verdict"] != decision["verdict"] and not held_back:
        hidden = REDACTED in json.dumps(now["tree"])
        same = decision["when"] == rule["when"]
        because = "it was skipped then and not evaluated" if same else "the rule has been changed since"
        because = "it reads values that are hidden here" if hidden else because
        line(f"Evaluated now, it is {now['verdict'].lower()}: {because}.")
    _print_condition(rule["when"], now)


def _print_condition(when: JsonValue, explanation: answers.RuleExplanation) -> None:
    line(explanation["sentence"])
    for text in _branches(explanation["tree"], when, 1):
        line(text)


def _branches(node: answers.ExplainedNode, when: JsonValue, depth: int) -> Iterator[str]:
    # Whether the operation was true, its name, and its value.
    if node["op"] == "literal":
        return
    mark = {True: "+", False: "-", None: "?"}[node["matched"]]
    gave = f"error: {node['error']}" if node["error"] else json.dumps(node["value"], ensure_ascii=False)
    result = f"gave {_cut(gave)}" if node["evaluated"] else "was not evaluated"
    nested = any(child["op"] not in PLAIN for child in node["children"])
    part = node["op"] if nested else _cut(json.dumps(_part(when, node["path"]), ensure_ascii=False))
    yield f"{'  ' * depth}{mark} {part} {result}"
    for child in node["children"]:
        yield from _branches(child, when, depth + 1)


def _part(when: JsonValue, path: Sequence[str | int]) -> JsonValue:
    # A single argument may be written without a list: {"!": x} means {"!": [x]}.
    for step in path:
        if isinstance(step, str):
            when = as_object(when)[step]
        elif isinstance(when, list):
            when = when[step]
    return when


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
