"""Builds a test from its request: the checked definition, the event, and the case."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

import orjson

from automate.events.bodies import event_body
from automate.events.models import MANUAL_SOURCE
from automate.events.queries import records_by_id
from automate.events.records import EventRecord
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonObject, JsonValue, as_object, as_objects, as_text, as_texts
from automate.kernel.limits import LIMITS
from automate.kernel.problems import Problem, no_such
from automate.kernel.redaction import redact
from automate.kernel.strict_json import check_value
from automate.kernel.text import EVENT_TYPE, check_pattern, check_text
from automate.kernel.trace import current_trace
from automate.simulation.rehearsal.case import Case, Coming, event_of, listed_objects, objects, seconds_of
from automate.simulation.rehearsal.recording import Show, world_of
from automate.simulation.rehearsal.shape import shape_problems
from automate.simulation.testing.asked import RequestedTest, SampleEvent
from automate.simulation.testing.parts import DefinitionPart, up_to, whole
from automate.simulation.testing.queries import RecordedRun, recorded_run
from automate.workflows.definition import is_flow
from automate.workflows.problems import did_you_mean
from automate.workflows.queries import definitions_of, drafts_of, startable, workflow_by_slug
from automate.workflows.services import definition_problems

SECTIONS = ("answers", "events", "decisions", "children", "lookups", "resolutions")
_BY_STEP = ("answers", "decisions", "children", "lookups", "resolutions")


@dataclass(frozen=True)
class VersionUnderTest:
    """The version or draft to test."""

    workflow_id: uuid.UUID
    slug: str
    version_id: uuid.UUID | None
    """None for the draft."""
    number: int
    """0 for the draft."""
    archived: bool
    """An archived workflow can be tested with mocks only."""
    part: DefinitionPart
    """The tested part of the definition."""


def subject_of(asked: RequestedTest) -> VersionUnderTest:
    """Find the definition to test, and check it.

    Raises NOT_FOUND for an unknown workflow or version, INVALID_WORKFLOW with all problems of the tested part, and
    BAD_USER_INPUT for an invalid stopAfterSeconds.
    """
    if asked.stop_after_seconds is not None and asked.stop_after_seconds < 0:
        message = "`stopAfterSeconds` must not be negative. 0 shows the run at its start."
        raise NormalizedError("BAD_USER_INPUT", message, path=["stopAfterSeconds"])
    check_text(asked.workflow, path=["workflow"], most=LIMITS.text_characters)
    row = workflow_by_slug(asked.workflow)
    if row is None:
        raise no_such("workflow", "slug", "workflows", "workflow")
    version_id = None
    if asked.version is None:
        definition = orjson.loads(drafts_of([row.id])[row.id])
    else:
        found = startable([(row.slug, asked.version)]).get((row.slug, asked.version))
        version_id = found.version_id if found else None
        if version_id is None:
            raise NormalizedError(
                "NOT_FOUND", "The workflow has no version with this number. Check `version`.", path=["version"]
            )
        definition = orjson.loads(definitions_of([version_id])[version_id])
    if not isinstance(definition, dict):
        raise NormalizedError(
            "INVALID_WORKFLOW", "A definition must be a JSON object with `steps`.", path=["definition"]
        )
    part = whole(definition) if asked.step is None else up_to(definition, asked.step)
    problems = definition_problems(row.slug, {**part.definition})
    if problems:
        raise _invalid(part, problems)
    return VersionUnderTest(row.id, row.slug, version_id, asked.version or 0, row.archived_at is not None, part)


def case_for(
    asked: RequestedTest,
    subject: VersionUnderTest,
    event: EventRecord,
    recorded: RecordedRun | None,
    show: Show = redact,
) -> Case:
    # An answer comes from the request, else from the recorded run. Otherwise it is generated.
    given = _world(asked)
    steps = {as_text(step["key"]): step for step in as_objects(subject.part.definition["steps"])}
    for section in _BY_STEP:
        for name in as_object(given.get(section, {})):
            _require_step(name.partition("[")[0].partition(".")[0], steps, ["world", section, name])
    answers, pinned = _outputs(asked.outputs, steps, given)
    said = _recorded_world(recorded, steps, event, show)
    recorded_answers = listed_objects(said, "answers")
    answers_of_run = {name: listed for name, listed in recorded_answers.items() if name not in answers}
    sections = {**said, **given}
    return Case(
        workflow=subject.slug,
        definition={**subject.part.definition},
        event=event,
        expect={},
        answers={**answers_of_run, **answers},
        events=[
            Coming(seconds_of(one, "after_seconds"), event_of(one, number=number, received_at=event.received_at))
            for number, one in enumerate(as_objects(sections.get("events", [])), start=1)
        ],
        decisions=listed_objects(sections, "decisions"),
        children=objects(sections, "children"),
        lookups=listed_objects(sections, "lookups"),
        resolutions=objects(sections, "resolutions"),
        stop_after_seconds=asked.stop_after_seconds,
        pinned=pinned,
        assumes=True,
        recorded=frozenset(answers_of_run),
    )


def recording_for(asked: RequestedTest, subject: VersionUnderTest) -> RecordedRun | None:
    """Return the recorded run whose id is in the request. If the request has no such id, return None.

    Raises NOT_FOUND for an unknown run, and BAD_USER_INPUT for another workflow's run.
    """
    if asked.recorded_id is None:
        return None
    found = recorded_run(asked.recorded_id)
    if found is None:
        raise no_such("run", "id", "runs", "recorded")
    if found.workflow_id != subject.workflow_id:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "The recorded run belongs to another workflow. Pass a run of the tested workflow.",
            path=["recorded"],
        )
    return found


def event_for(asked: RequestedTest, recorded: RecordedRun | None) -> EventRecord:
    """Return the event of a test.

    Raises BAD_USER_INPUT if the test has no event. Raises NOT_FOUND for an unknown event. Raises CONFLICT if the payload was
    erased.
    """
    if asked.event_id is None and asked.sample is not None:
        return _sampled(asked.sample)
    event_id = asked.event_id or (None if recorded is None else recorded.event_id)
    if event_id is None:
        raise NormalizedError(
            "BAD_USER_INPUT",
            "The test has no event. Pass a sample event, or the id of an event or of a recorded run.",
            path=["event"],
        )
    found = records_by_id([event_id]).get(event_id)
    if found is None:
        raise no_such("event", "id", "events", "event")
    if found.body is None:
        raise NormalizedError("CONFLICT", "The event's payload has been erased. Use another event.", path=["event"])
    return found


def _sampled(sample: SampleEvent) -> EventRecord:
    check_pattern(sample.type, EVENT_TYPE, path=["sample", "type"], wanted="an event's type")
    check_text(sample.subject, path=["sample", "subject"], least=0, most=LIMITS.text_characters)
    check_text(sample.source, path=["sample", "source"], least=0, most=LIMITS.text_characters)
    headers = {} if sample.headers is None else sample.headers
    if not isinstance(headers, dict):
        raise NormalizedError(
            "BAD_USER_INPUT", "`headers` must be a JSON object whose values are texts.", path=["sample", "headers"]
        )
    try:
        check_value(headers, max_bytes=LIMITS.event_bytes)
        check_value(sample.payload, max_bytes=LIMITS.event_bytes)
    except NormalizedError as error:
        error.path = ["sample", *error.path]
        raise
    now = datetime.now(timezone.utc)
    return EventRecord(
        id=new_id(),
        type=sample.type,
        source=sample.source or MANUAL_SOURCE,
        subject=sample.subject,
        headers=headers,
        occurred_at=sample.occurred_at or now,
        received_at=now,
        trace_id=current_trace().trace_id,
        depth=0,
        body=event_body(sample.payload),
    )


def _world(asked: RequestedTest) -> Mapping[str, JsonValue]:
    given = {name: value for name, value in asked.world.items() if value is not None}
    around: JsonObject = {"definition": {}, "event": {"type": "sample"}, "expect": {"run": "succeeded"}}
    problems: list[dict[str, JsonValue]] = [
        {"code": "BAD_USER_INPUT", "message": message, "path": ["world", *map(str, path)]}
        for message, path in shape_problems({**around, **given})
    ]
    if problems:
        raise NormalizedError(
            "BAD_USER_INPUT",
            str(problems[0]["message"]),
            details={"problems": [*problems]},
            path=as_texts(problems[0]["path"]),
        )
    return given


def _outputs(
    outputs: JsonValue, steps: Mapping[str, JsonObject], given: Mapping[str, JsonValue]
) -> tuple[dict[str, list[JsonObject]], JsonObject]:
    # The output of a connector step answers a call. The output of a flow step is used directly.
    answers, pinned = listed_objects(given, "answers"), JsonObject()
    if outputs is not None and not isinstance(outputs, dict):
        message = '`outputs` must be a JSON object whose keys are step keys, such as {"charge": {"status": 200}}.'
        raise NormalizedError("BAD_USER_INPUT", message, path=["outputs"])
    for key, output in (outputs or {}).items():
        _require_step(key, steps, ["outputs", key])
        if key in answers:
            message = f"`answers` already has an answer for {key}. Remove one of the two."
            raise NormalizedError("BAD_USER_INPUT", message, path=["outputs", key])
        if is_flow(as_text(steps[key]["uses"])):
            pinned[key] = output
        else:
            answers[key] = [{"output": output}]
    return answers, pinned


def _require_step(key: str, steps: Mapping[str, JsonValue], path: list[str]) -> None:
    if key not in steps:
        message = f"The tested definition has no such step.{did_you_mean(key, steps)}"
        raise NormalizedError("BAD_USER_INPUT", message, path=path)


def _recorded_world(
    recorded: RecordedRun | None, steps: Mapping[str, JsonObject], event: EventRecord, show: Show
) -> dict[str, JsonValue]:
    # Only for steps that still use the same connector.
    if recorded is None:
        return {}
    uses = {key: as_text(step["uses"]) for key, step in steps.items()}
    compensations = {key: as_object(step["compensate"]) for key, step in steps.items() if "compensate" in step}
    uses |= {f"{key}.compensate": as_text(step["uses"]) for key, step in compensations.items()}
    same = [
        step for step in recorded.steps if uses.get(as_text(step["key"])) == recorded.uses.get(as_text(step["key"]))
    ]
    return world_of(same, uses, event.received_at, show)


def _invalid(part: DefinitionPart, problems: list[Problem]) -> NormalizedError:
    listed: list[dict[str, JsonValue]] = [
        {
            "code": problem.code,
            "message": problem.message,
            "path": ["definition", *(str(one) for one in part.path(tuple(problem.path)))],
        }
        for problem in problems
    ]
    message = f"The definition cannot be published: {problems[0].message}"
    return NormalizedError(
        "INVALID_WORKFLOW", message, details={"problems": [*listed]}, path=as_texts(listed[0]["path"])
    )
