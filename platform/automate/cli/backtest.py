"""``automate backtest``: evaluate a rule or a draft on stored events, and compare the results with the live rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from automate.cli.applying.document import DocumentRefusedError, parse
from automate.cli.options import Tenant, api_of, chosen, read_file
from automate.cli.output import line, note, table, waiting
from automate.client import answers
from automate.client.api import Api, GraphqlNode
from automate.client.feed import backtest_progress_of
from automate.client.operations import ABORT_BACKTEST, BACKTEST_FOUND, BACKTEST_RULE, RULES
from automate.client.timestamps import clock, timestamp_or_age
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue, as_list

SUFFIXES = (".json", ".yaml", ".yml")
DIFFERENCES = {
    "NEWLY_MATCHED": "newlyMatched",
    "NO_LONGER_MATCHED": "noLongerMatched",
    "STILL_MATCHED": "stillMatched",
    "STILL_UNMATCHED": "stillUnmatched",
}
"""The kinds of differences, with the field that counts each."""
FAILED = ("TYPE_ERROR", "TOO_EXPENSIVE")
INTERRUPTED = 130


def backtest(
    tested: Annotated[
        str,
        typer.Argument(
            metavar="RULE|FILE",
            help="A rule's slug, or a file with a draft: one for `automate apply`, or one with only a condition.",
        ),
    ],
    *,
    rule: Annotated[
        str,
        typer.Option(metavar="SLUG", help="The rule of the file, or the live rule to compare a condition with."),
    ] = "",
    since: Annotated[str, typer.Option(metavar="WHEN", help="Events since 7d, 24h, or a timestamp.")] = "",
    until: Annotated[str, typer.Option(metavar="WHEN", help="Events before this time.")] = "",
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Only events of this type; may be repeated.")
    ] = None,
    source: Annotated[str, typer.Option(metavar="SLUG", help="Only events from this source.")] = "",
    most: Annotated[int | None, typer.Option(help="The number of events to test, the newest first.")] = None,
    samples: Annotated[int, typer.Option(help="The number of events to show for each difference.", min=0)] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole result as JSON.")] = False,
    tenant: Tenant = "",
) -> None:
    """Test a rule or a draft on stored events. No run is started."""
    wanted = {
        "types": types or None,
        "source": source or None,
        "receivedFrom": timestamp_or_age(since).isoformat() if since else None,
        "receivedBefore": timestamp_or_age(until).isoformat() if until else None,
    }
    with api_of(chosen(tenant)) as api:
        values: dict[str, object] = {**_tested(api, tested, rule), "events": wanted}
        if most is not None:
            values["most"] = most
        begun: str = api.mutate(BACKTEST_RULE, values)["backtest"]["id"]
        _wait(api, begun, tenant)
        found = api.query(BACKTEST_FOUND, {"id": begun})["backtest"]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _show(found, samples)
    if found["state"] != "FINISHED":
        raise typer.Exit(1)


def _tested(api: Api, tested: str, rule: str) -> dict[str, JsonValue]:
    path = Path(tested)
    if not (tested.endswith(SUFFIXES) or path.is_file()):
        if rule:
            raise NormalizedError(
                "BAD_USER_INPUT",
                "--rule selects a rule of a FILE, but no FILE is given. Name a FILE, or remove --rule.",
            )
        return {"rule": tested}
    try:
        document = parse(read_file(path)).value
    except DocumentRefusedError as refused:
        problem = refused.problems[0]
        raise NormalizedError("BAD_USER_INPUT", f"{path}:{problem.line}: {problem.message}") from None
    if not isinstance(document, dict) or "rules" not in document:
        return {"when": document, "rule": rule or None}
    rules = [one for one in as_list(document["rules"] or []) if isinstance(one, dict)]
    drafts = [one for one in rules if rule in {"", one.get("slug")}]
    if len(drafts) != 1:
        names = ", ".join(str(one.get("slug")) for one in rules)
        raise NormalizedError(
            "BAD_USER_INPUT", f"--rule must name one rule of {path}. The file has these rules: {names or 'none'}."
        )
    (draft,) = drafts
    slug, live = draft.get("slug"), {row["slug"] for row in api.rows(RULES)}
    return {"when": draft.get("when"), "rule": slug if slug in live else None}


def _wait(api: Api, begun: str, tenant: str) -> None:
    # Ctrl-C aborts the backtest, so that the user can start another one.
    try:
        with waiting("Events") as work:
            for seen in backtest_progress_of(lambda: chosen(tenant), begun, lambda text: line(text, console=note)):
                work.reached(seen["tested"], seen["total"])
    except KeyboardInterrupt:
        api.mutate(ABORT_BACKTEST, {"backtest": begun, "reason": "interrupted"})
        line("Aborted.", console=note)
        raise typer.Exit(INTERRUPTED) from None


def _show(found: GraphqlNode, most: int) -> None:
    why = found["error"]["message"] if found["error"] else ""
    older = "; there are older ones, see --most" if found["older"] else ""
    of = f"{found['tested']:,} of {found['total'] or 0:,} events tested{older}"
    line("backtest", found["id"], found["state"].lower(), of, why)
    if found["erased"]:
        line(f"{found['erased']:,} of these events had lost their payload, and were tested without a payload")
    kinds = [
        kind
        for kind in DIFFERENCES
        if found["liveWhen"] is not None or not kind.endswith(("LONGER_MATCHED", "STILL_MATCHED"))
    ]
    table(((_words(kind), f"{found[DIFFERENCES[kind]]:,}") for kind in kinds), " ")
    for one in found["verdicts"]:
        if one["verdict"] in FAILED:
            live = f", with the live rule of {one['liveCount']:,} events" if one["liveCount"] is not None else ""
            line(f"  {_words(one['verdict'])} of {one['count']:,} events{live}")
    for kind in kinds:
        shown = _of_kind(found["samples"], kind, most)
        if shown:
            line("")
            line(f"{_words(kind)}:")
        table((_cells(one) for one in shown), " ")


def _of_kind(samples: list[answers.BacktestSample], kind: str, most: int) -> list[answers.BacktestSample]:
    # For STILL_UNMATCHED, only events whose evaluation failed.
    found = [
        one for one in samples if one["difference"] == kind and (kind != "STILL_UNMATCHED" or one["verdict"] in FAILED)
    ]
    return found[:most]


def _cells(one: answers.BacktestSample) -> list[str]:
    event, why = one["event"], one["reason"] if one["verdict"] != "MATCHED" else ""
    if event is None:
        return ["gone", "", "", why]
    return [event["id"], event["type"], clock(event["receivedAt"]), why]


def _words(name: str) -> str:
    return name.lower().replace("_", " ")
