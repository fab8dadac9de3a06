"""Records a real run as a case. Sensitive values are redacted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from automate.kernel.errors import Json, NormalizedError
from automate.kernel.redaction import redact
from automate.runs import states
from automate.workflows.definition import FOR_EACH, is_flow
from automate.workflows.flow_steps.delay import timestamp
from automate.workflows.templates.literals import MARK

Run = Mapping[str, Json]
"""A run as the API returns it: state, workflowVersion, event, and steps with their attempts. items: the attempts at each
item of a for_each, by index. compensation: the attempts at compensations.
"""


def recorded(run: Run) -> dict[str, Json]:
    """Make a case from a real run.

    Raises NormalizedError if the run has not ended, if its event was removed, or if it has too many steps.
    """
    if run["state"].lower() not in states.RUN_FINAL:
        raise NormalizedError("CONFLICT", "The run has not ended. Record it after its end.")
    event, version = run["event"], run["workflowVersion"]
    if event is None or event["payload"] is None:
        raise NormalizedError(
            "NOT_FOUND", "The run's event has been removed, so the run cannot be recorded. Record a newer run."
        )
    if run["stepCount"] > len(run["steps"]) and len(run["steps"]) >= _MOST_STEPS:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"The run has more than {_MOST_STEPS} steps, which is too many to record. Record a shorter run.",
        )
    uses = {step["key"]: step["uses"] for step in version["definition"]["steps"]}
    document: dict[str, Json] = {
        "about": f"Recorded from the run {run['id']} of {version['workflow']['slug']}, version {version['number']}.",
        "workflow": version["workflow"]["slug"],
        "definition": _shown_definition(version["definition"]),
        "event": _event(event),
    }
    return {**document, **world_of(run["steps"], uses, _timestamp(event["receivedAt"]))}


Show = Callable[[Json], Json]


def world_of(
    steps: Iterable[Mapping[str, Json]], uses: Mapping[str, str], began: datetime, show: Show = redact
) -> dict[str, Json]:
    # `began` is the time of the run's event. `show` converts each value, for example to redact it.
    said: dict[str, Json] = {}
    for step in steps:
        _of_step(said, step, uses[step["key"]], began, show)
    return said


_MOST_STEPS = 100


def expectation(run: Run, seen: Mapping[str, Json]) -> dict[str, Json]:
    """Return the result that a new case expects. ``seen`` is the result of a simulated run.

    Raises CONFLICT if the simulated run ended differently from the real run.
    """
    was = {step["key"]: step["state"].lower() for step in run["steps"]}
    now = {key: step["state"] for key, step in seen["steps"].items()}
    if (run["state"].lower(), was) != (seen["run"], now):
        key = next((key for key in [*was, *now] if was.get(key) != now.get(key)), None)
        reason = (
            f"the run ended {run['state'].lower()}, but its repetition {seen['run']}"
            if key is None
            else f"step {key} was {was.get(key, 'not executed')}, but in the repetition {now.get(key, 'not executed')}"
        )
        raise NormalizedError(
            "CONFLICT",
            f"The visible data of the run does not reproduce its result: {reason}. A redacted value may be the cause. "
            "Write the case manually.",
        )
    steps = {key: _expected_step(step) for key, step in seen["steps"].items()}
    calls = [{name: call[name] for name in ("step", "uses", "input")} for call in seen["calls"]]
    return {"run": seen["run"], "reason": seen["reason"], "steps": steps, "calls": calls, "emitted": seen["emitted"]}


def _expected_step(step: Mapping[str, Json]) -> dict[str, Json]:
    expected: dict[str, Json] = {"state": step["state"], "attempts": step["attempts"]}
    if step["output"] is not None:
        expected["output"] = step["output"]
    if step["error"] is not None:
        expected["error"] = step["error"]
    return expected


def _of_step(document: dict[str, Json], step: Mapping[str, Json], uses: str, began: datetime, show: Show) -> None:
    key, output = step["key"], step["output"]
    details = (step["error"] or {}).get("details", {})
    tried = {key: [] if is_flow(uses) else step["attempts"], f"{key}.compensate": step.get("compensation", ())}
    tried |= {f"{key}[{place}]": attempts for place, attempts in step.get("items", {}).items()}
    for place, attempts in tried.items():
        answers = [_answer(attempt, show) for attempt in attempts if attempt["input"] is not None]
        if answers:
            document.setdefault("answers", {})[place] = answers
    if "items" in step:
        return
    if uses == FOR_EACH and output is not None:
        answers_of_items = {f"{key}[{number}]": [_item(item, show)] for number, item in enumerate(output["items"])}
        document.setdefault("answers", {}).update(answers_of_items)
    elif uses == "flow.wait_for_event" and output is not None and output["event"] is not None:
        came = output["event"]
        after = max(0.0, (_timestamp(came["received_at"]) - began).total_seconds())
        known = {name: came[name] for name in ("id", "type", "source", "occurred_at")}
        known |= {name: show(came[name]) for name in ("subject", "payload", "headers")}
        document.setdefault("events", []).append({**known, "after_seconds": round(after, 3)})
    elif uses == "flow.approval":
        decisions = (output or details).get("decisions", [])
        asked = _timestamp(step["startedAt"])
        document.setdefault("decisions", {})[key] = [
            {
                "outcome": made["outcome"],
                "by": made["by"],
                **({} if made["form"] is None else {"form": show(made["form"])}),
                "after_seconds": round(max(0.0, (_timestamp(made["at"]) - asked).total_seconds()), 3),
            }
            for made in decisions
        ]
    elif uses == "flow.run_workflow" and (output is None or output["state"] != states.QUEUED):
        failure = (step["error"] or {}).get("message", "").partition(". ")[2]
        document.setdefault("children", {})[key] = (
            {"outputs": {name: show(one) for name, one in output["outputs"].items()}}
            if output is not None
            else {"error": show(failure)}
        )


def _answer(attempt: Mapping[str, Json], show: Show) -> dict[str, Json]:
    error = attempt["error"]
    if error is None:
        return {"output": show(attempt["output"])}
    arrived = {"arrived": True} if attempt["state"].lower() == states.UNCERTAIN else {}
    shown = show({"code": error["code"], "message": error["message"], "details": error["details"]})
    return {"error": {**shown, **arrived}}


def _item(item: Mapping[str, Json], show: Show) -> dict[str, Json]:
    shown: dict[str, Json] = show({"error": item["error"]} if item["error"] is not None else {"output": item["output"]})
    return shown


def _event(event: Mapping[str, Json]) -> dict[str, Json]:
    shown = {"type": event["type"], "source": event["source"]["slug"], "subject": redact(event["subject"] or "")}
    return {**shown, "payload": redact(event["payload"]), "occurred_at": event["occurredAt"]}


def _timestamp(text: str) -> datetime:
    return timestamp(text)


def _shown_definition(definition: Mapping[str, Json]) -> dict[str, Json]:
    # References to secrets, and templates, are kept.
    return {**definition, "steps": [_shown_step(step) for step in definition["steps"]]}


def _shown_step(step: Mapping[str, Json]) -> dict[str, Json]:
    shown = dict(step)
    if "with" in step:
        shown["with"] = _kept(step["with"], redact(step["with"]))
    if "compensate" in step:
        shown["compensate"] = _shown_step(step["compensate"])
    return shown


def _kept(raw: Json, shown: Json) -> Json:
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
