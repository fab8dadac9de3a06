"""Tests workflows, either live or with mocked connectors."""

from __future__ import annotations

from django.conf import settings

from automate.events.queries import records_by_id
from automate.events.records import EventRecord
from automate.heavy.services import compute
from automate.kernel.errors import NormalizedError
from automate.kernel.redaction import redact
from automate.simulation.rehearsal.bounds import RehearsalMeter
from automate.simulation.rehearsal.recording import Show
from automate.simulation.testing.asked import RequestedTest
from automate.simulation.testing.playing import Played, played_report
from automate.simulation.testing.queries import RecordedRun
from automate.simulation.testing.report import Report
from automate.simulation.testing.subject import case_for, event_for, recording_for, subject_of
from automate.workflows.named_secrets import secrets_for


def run_mocked(asked: RequestedTest, meter: RehearsalMeter) -> Report:
    """Run a test with mocked calls. Nothing is sent or written. ``meter`` counts the cost of the request.

    The path of each error names a field of the request.

    Raises NOT_FOUND for an unknown object, and INVALID_WORKFLOW for a definition that cannot be published.
    """
    subject = subject_of(asked)
    recorded = recording_for(asked, subject)
    event = event_for(asked, recorded)
    case = case_for(asked, subject, event, recorded, _show_of(recorded, event))
    known = secrets_for({**subject.part.definition})
    made = settled(
        asked, meter, compute(played_report, settings.AUTOMATE_CONNECTOR_SPECS, case, subject.part, known, meter)
    )
    if made.report is None:
        raise TypeError("an answered test has a report")
    return made.report


def _show_of(recorded: RecordedRun | None, event: EventRecord) -> Show:
    # Also hides the sensitive values of the run's event.
    if recorded is None:
        return redact
    ids = [recorded.event_id]
    record = event if event.id == recorded.event_id else records_by_id(ids).get(recorded.event_id)
    hider = None if record is None else record.hider()
    return redact if hider is None else lambda value: redact(hider.scrub(value))


def settled(asked: RequestedTest, meter: RehearsalMeter, made: Played) -> Played:
    """Add the cost of a mocked test to the meter, and return the outcome of the test.

    Raises NormalizedError if the test has no answer for a call.
    """
    meter.settle(made.spent)
    if made.unanswered is not None:
        raise in_words_of(asked, made.unanswered)
    return made


def in_words_of(asked: RequestedTest, error: NormalizedError) -> NormalizedError:
    # In the request, the answer may be in `outputs`.
    place = error.path
    given = asked.outputs if isinstance(asked.outputs, dict) else {}
    if place[:1] == ["answers"] and len(place) > 1 and place[1] in given:
        return NormalizedError(error.code, error.message, path=["outputs", place[1]])
    return NormalizedError(error.code, error.message, path=["world", *place])
