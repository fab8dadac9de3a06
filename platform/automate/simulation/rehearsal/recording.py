"""Records a real run as a case. Sensitive values are redacted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonObject, JsonValue, as_integer, as_list, as_object, as_objects, as_text
from automate.kernel.redaction import redact
from automate.runs import states
from automate.workflows.definition import FOR_EACH, is_flow
from automate.workflows.flow_steps.delay import timestamp
from automate.workflows.templates.literals import MARK

Run = Mapping[str, JsonValue]
"""A run as the API returns it: state, workflowVersion, event, and steps with their attempts. items: the attempts at each
item of a for_each, by index. compensation: the attempts at compensations.
"""


def recorded(run: Run) -> dict[str, JsonValue]:
    """Make a case from a real run.

    Raises CONFLICT if the run has not ended. Raises NOT_FOUND if the run's event was removed. Raises
    LIMIT_EXCEEDED if the run has too many steps.
    """
    if as_text(run["state"]).lower() not in states.RUN_FINAL:
        raise NormalizedError("CONFLICT", "The run has not ended. Record the run after its end.")
    event = as_object(run["event"] or {})
    if event.get("payload") is None:
        raise NormalizedError(
            "NOT_FOUND", "The run's event has been removed, so the run cannot be recorded. Record a newer run."
        )
    steps = as_objects(run["steps"])
    if as_integer(run["stepCount"]) > len(steps) and len(steps) >= _MOST_STEPS:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"The run has more than {_MOST_STEPS} steps, which is too many to record. Record a shorter run.",
        )
    version = as_object(run["workflowVersion"])
    workflow, definition = as_object(version["workflow"]), as_object(version["definition"])
    uses = {as_text(step["key"]): as_text(step["uses"]) for step in as_objects(definition["steps"])}
    document: dict[str, JsonValue] = {
        "about": f"Recorded from the run {run['id']} of {workflow['slug']}, version {version['number']}.",
        "workflow": workflow["slug"],
        "definition": _shown_definition(definition),
        "event": _event(event),
    }
    return {**document, **world_of(steps, uses, timestamp(as_text(event["receivedAt"])))}


Show = Callable[[JsonValue], JsonValue]


def world_of(
    steps: Iterable[Mapping[str, JsonValue]], uses: Mapping[str, str], began: datetime, show: Show = redact
) -> dict[str, JsonValue]:
    # `began` is the time of the run's event. `show` converts each value, for example to redact it.
    said: dict[str, JsonValue] = {}
    for step in steps:
        _of_step(said, step, uses[as_text(step["key"])], began, show)
    return said


_MOST_STEPS = 100
_READ = frozenset({FOR_EACH, "flow.approval", "flow.run_workflow", "flow.wait_for_event"})
"""The flow steps whose outputs show what happened outside of the run."""


def expectation(run: Run, seen: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the expectations for a new case that records a real run.

    ``seen`` is the result of a simulated run of this case. Raises CONFLICT if the simulated run ended
    differently from the real run.
    """
    ended = as_text(run["state"]).lower()
    was = {as_text(step["key"]): as_text(step["state"]).lower() for step in as_objects(run["steps"])}
    simulated = {key: as_object(step) for key, step in as_object(seen["steps"]).items()}
    now = {key: step["state"] for key, step in simulated.items()}
    if (ended, was) != (seen["run"], now):
        key = next((key for key in [*was, *now] if was.get(key) != now.get(key)), None)
        reason = (
            f"the run ended {ended}, but its repetition {seen['run']}"
            if key is None
            else f"step {key} was {was.get(key, 'not executed')}, but in the repetition {now.get(key, 'not executed')}"
        )
        raise NormalizedError(
            "CONFLICT",
            f"The visible data of the run does not reproduce its result: {reason}. A redacted value may be the cause. "
            "Write the case manually.",
        )
    steps: JsonObject = {key: _expected_step(step) for key, step in simulated.items()}
    calls: list[JsonValue] = [
        {name: call[name] for name in ("step", "uses", "input")} for call in as_objects(seen["calls"])
    ]
    return {"run": seen["run"], "reason": seen["reason"], "steps": steps, "calls": calls, "emitted": seen["emitted"]}


def _expected_step(step: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    expected: dict[str, JsonValue] = {"state": step["state"], "attempts": step["attempts"]}
    if step["output"] is not None:
        expected["output"] = step["output"]
    if step["error"] is not None:
        expected["error"] = step["error"]
    return expected


def _of_step(
    document: dict[str, JsonValue], step: Mapping[str, JsonValue], uses: str, began: datetime, show: Show
) -> None:
    key, error = as_text(step["key"]), as_object(step["error"] or {})
    output = as_object(step["output"]) if uses in _READ and step["output"] is not None else None
    tried = {key: [] if is_flow(uses) else step["attempts"], f"{key}.compensate": step.get("compensation", [])}
    tried |= {f"{key}[{place}]": attempts for place, attempts in as_object(step.get("items", {})).items()}
    for place, attempts in tried.items():
        answers: list[JsonValue] = [
            _answer(attempt, show) for attempt in as_objects(attempts) if attempt["input"] is not None
        ]
        if answers:
            _section(document, "answers")[place] = answers
    if "items" in step:
        return
    if uses == FOR_EACH and output is not None:
        for number, item in enumerate(as_objects(output["items"])):
            _section(document, "answers")[f"{key}[{number}]"] = [_item(item, show)]
    elif uses == "flow.wait_for_event" and output is not None and output["event"] is not None:
        came = as_object(output["event"])
        after = max(0.0, (timestamp(as_text(came["received_at"])) - began).total_seconds())
        known = {name: came[name] for name in ("id", "type", "source", "occurred_at")}
        known |= {name: show(came[name]) for name in ("subject", "payload", "headers")}
        as_list(document.setdefault("events", [])).append({**known, "after_seconds": round(after, 3)})
    elif uses == "flow.approval":
        decisions = (output or as_object(error.get("details", {}))).get("decisions", [])
        asked = timestamp(as_text(step["startedAt"]))
        _section(document, "decisions")[key] = [
            {
                "outcome": made["outcome"],
                "by": made["by"],
                **({} if made["form"] is None else {"form": show(made["form"])}),
                "after_seconds": round(max(0.0, (timestamp(as_text(made["at"])) - asked).total_seconds()), 3),
            }
            for made in as_objects(decisions)
        ]
    elif uses == "flow.run_workflow" and (output is None or output["state"] != states.QUEUED):
        if output is not None:
            outputs: JsonObject = {name: show(one) for name, one in as_object(output["outputs"]).items()}
            _section(document, "children")[key] = {"outputs": outputs}
        else:
            failure = as_text(error.get("message", "")).partition(". ")[2]
            _section(document, "children")[key] = {"error": show(failure)}


def _section(document: JsonObject, name: str) -> JsonObject:
    return as_object(document.setdefault(name, {}))


def _answer(attempt: Mapping[str, JsonValue], show: Show) -> JsonObject:
    if attempt["error"] is None:
        return {"output": show(attempt["output"])}
    error = as_object(attempt["error"])
    arrived: JsonObject = {"arrived": True} if as_text(attempt["state"]).lower() == states.UNCERTAIN else {}
    shown = as_object(show({name: error[name] for name in ("code", "message", "details")}))
    return {"error": {**shown, **arrived}}


def _item(item: Mapping[str, JsonValue], show: Show) -> dict[str, JsonValue]:
    name = "output" if item["error"] is None else "error"
    return as_object(show({name: item[name]}))


def _event(event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    source = as_object(event["source"])["slug"]
    shown: JsonObject = {"type": event["type"], "source": source, "subject": redact(event["subject"] or "")}
    return {**shown, "payload": redact(event["payload"]), "occurred_at": event["occurredAt"]}


def _shown_definition(definition: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    # References to secrets, and templates, are kept.
    return {**definition, "steps": [_shown_step(step) for step in as_objects(definition["steps"])]}


def _shown_step(step: Mapping[str, JsonValue]) -> JsonObject:
    shown = dict(step)
    if "with" in step:
        shown["with"] = _kept(step["with"], redact(step["with"]))
    if "compensate" in step:
        shown["compensate"] = _shown_step(as_object(step["compensate"]))
    return shown


def _kept(raw: JsonValue, shown: JsonValue) -> JsonValue:
    if isinstance(raw, str):
        return raw if MARK in raw or "{{" in raw else shown
    if isinstance(raw, dict) and isinstance(shown, dict) and raw.keys() == shown.keys():
        return {name: _kept(member, shown[name]) for name, member in raw.items()}
    if isinstance(raw, list) and isinstance(shown, list):
        return [_kept(one, other) for one, other in zip(raw, shown, strict=True)]
    # A completely hidden value keeps its form; otherwise the workflow would change.
    if isinstance(raw, dict) and isinstance(shown, str):
        return {name: _kept(member, shown) for name, member in raw.items()}
    if isinstance(raw, list) and isinstance(shown, str):
        return [_kept(one, shown) for one in raw]
    return shown
