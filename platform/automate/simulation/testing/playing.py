"""Executes a mocked test, in this process or in a child process."""

from __future__ import annotations

from dataclasses import dataclass, replace

from automate.events.bodies import event_body
from automate.events.records import EventRecord
from automate.heavy.named import named
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_object, as_text
from automate.kernel.sensitive_paths import shown
from automate.simulation.rehearsal.bounds import RehearsalMeter, Spent
from automate.simulation.rehearsal.case import Case
from automate.simulation.rehearsal.script import UnansweredError
from automate.simulation.rehearsal.simulator import Rehearsal, play
from automate.simulation.testing.parts import DefinitionPart
from automate.simulation.testing.report import Report, report_of
from automate.vault.rules import KnownSecrets


@dataclass(frozen=True)
class Played:
    """The outcome of a mocked test."""

    spent: Spent
    """Of the meter."""
    report: Report | None = None
    seen: Rehearsal | None = None
    unanswered: NormalizedError | None = None
    """The missing answer; its path leads into the case."""


def played_report(specs: str, case: Case, part: DefinitionPart, known: KnownSecrets, meter: RehearsalMeter) -> Played:
    # The event is redacted first: a template could show values that are hidden from people.
    connectors, shown = named(specs)(), case.on(shown_event(case.event))
    try:
        seen = play(shown, connectors, meter)
    except UnansweredError as error:
        return Played(meter.spent, unanswered=error)
    return Played(meter.spent, report=report_of(seen, shown, part, connectors, known))


def played(specs: str, case: Case, meter: RehearsalMeter) -> Played:
    """Execute the steps of a case. The steps see the event without redaction."""
    try:
        seen = play(case, named(specs)(), meter)
    except UnansweredError as error:
        return Played(meter.spent, unanswered=error)
    return Played(meter.spent, seen=replace(seen, run=None))


def shown_event(event: EventRecord) -> EventRecord:
    seen = shown({"headers": event.headers, "subject": event.subject, "payload": event.payload()}, event.sensitive)
    return replace(
        event, headers=as_object(seen["headers"]), subject=as_text(seen["subject"]), body=event_body(seen["payload"])
    )
