"""The verbs that test."""

from __future__ import annotations

from automate.kernel.errors import NormalizedError
from automate.runs.rehearsal.bounds import Meter
from automate.runs.rehearsal.script import UnansweredError
from automate.runs.rehearsal.stage import play
from automate.runs.testing.asked import Asked
from automate.runs.testing.report import Report, names_of_secrets, report_of
from automate.runs.testing.subject import case_for, event_for, recording_for, shown_event, subject_of
from automate.vault.queries import rules_of
from automate.workflows.services import connector_specs


def run_mocked(asked: Asked, meter: Meter) -> Report:
    """Take it through the engine's own rounds with nothing sent and nothing written, on a clock that does not wait.

    meter: of the whole request. Raises NormalizedError with the place in the request; NOT_FOUND for what it names, INVALID_WORKFLOW for a definition
    that could not be published.
    """
    subject = subject_of(asked)
    recorded = recording_for(asked, subject)
    case = case_for(asked, subject, shown_event(event_for(asked, recorded)), recorded)
    specs = connector_specs()
    try:
        seen = play(case, specs, meter)
    except UnansweredError as error:
        raise in_words_of(asked, error) from None
    names = names_of_secrets(seen)
    return report_of(seen, case, subject.part, specs, rules_of(names) if names else {})


def in_words_of(asked: Asked, error: UnansweredError) -> NormalizedError:
    """What is wrong with an answer, with its place in the request, which may have given it as an output."""
    place = list(error.place)
    given = asked.outputs if isinstance(asked.outputs, dict) else {}
    if place[:1] == ["answers"] and len(place) > 1 and place[1] in given:
        return NormalizedError(error.code, error.message, path=["outputs", place[1]])
    return NormalizedError(error.code, error.message, path=["world", *place])
