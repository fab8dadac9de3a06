"""The verbs that test."""

from __future__ import annotations

from django.conf import settings

from automate.heavy.services import compute
from automate.kernel.errors import NormalizedError
from automate.runs.rehearsal.bounds import Meter
from automate.runs.testing.asked import Asked
from automate.runs.testing.playing import Played, played_report
from automate.runs.testing.report import Report
from automate.runs.testing.subject import case_for, event_for, recording_for, subject_of
from automate.workflows.named_secrets import secrets_for


def run_mocked(asked: Asked, meter: Meter) -> Report:
    """Take it through the engine's own rounds with nothing sent and nothing written, on a clock that does not wait.

    meter: of the whole request. Raises NormalizedError with the place in the request; NOT_FOUND for what it names, INVALID_WORKFLOW for a definition
    that could not be published.
    """
    subject = subject_of(asked)
    recorded = recording_for(asked, subject)
    case = case_for(asked, subject, event_for(asked, recorded), recorded)
    known = secrets_for(subject.part.definition)
    made = settled(
        asked, meter, compute(played_report, settings.AUTOMATE_CONNECTOR_SPECS, case, subject.part, known, meter)
    )
    if made.report is None:
        raise TypeError("a test that was answered has a report")
    return made.report


def settled(asked: Asked, meter: Meter, made: Played) -> Played:
    """Count what a test has cost. Raises NormalizedError where the request left something unanswered."""
    meter.settle(made.spent)
    if made.unanswered is not None:
        raise in_words_of(asked, made.unanswered)
    return made


def in_words_of(asked: Asked, error: NormalizedError) -> NormalizedError:
    """What is wrong with an answer, with its place in the request, which may have given it as an output."""
    place = error.path
    given = asked.outputs if isinstance(asked.outputs, dict) else {}
    if place[:1] == ["answers"] and len(place) > 1 and place[1] in given:
        return NormalizedError(error.code, error.message, path=["outputs", place[1]])
    return NormalizedError(error.code, error.message, path=["world", *place])
