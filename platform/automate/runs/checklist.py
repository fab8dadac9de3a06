"""Checks a draft before it is published."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.conf import settings

from automate.budgets.kinds import COST
from automate.heavy.services import compute_sized, size_of
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.problems import Problem, no_such
from automate.kernel.queries import EXACT_COUNT
from automate.kernel.text import check_text, is_slug
from automate.rules.queries import rules_of_workflow
from automate.runs.checklist_queries import callers_of, under_way_by_version
from automate.runs.outlook.budgets import Outlook, PerRun, outlook
from automate.runs.outlook.queries import runs_of_last_day
from automate.vault.rules import NOT_ALLOWED
from automate.workflows.checking import examined
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.diffing import DefinitionDifference
from automate.workflows.drafts import DefinitionPath, draft_steps
from automate.workflows.flow_steps.run_workflow import HIGHEST_VERSION, RUN_WORKFLOW
from automate.workflows.models import Workflow, WorkflowVersion
from automate.workflows.named_secrets import secrets_for
from automate.workflows.queries import not_startable, startable
from automate.workflows.services import connector_specs

MOST_NAMED = 100
"""Maximum number of rules, workflows and steps that one item lists."""
MOST_LISTED = 10
"""Maximum number of workflows whose faults one item describes."""

State = Literal["ok", "note", "warning", "blocked"]
Key = Literal[
    "state",
    "definition",
    "connectors",
    "secrets",
    "changes",
    "effects",
    "rules",
    "callers",
    "callees",
    "runs",
    "budgets",
]

_OK: tuple[tuple[Key, str], ...] = (
    ("definition", "The definition has no problems."),
    ("connectors", "All connectors that the steps use exist."),
    ("secrets", "All secrets that the workflow names exist."),
)
_INSIDE = frozenset({"needs", "if", "on_failure"})
"""Keys of a step that decide when it runs, not what it does."""


@dataclass(frozen=True)
class Item:
    key: Key
    state: State
    sentence: str
    names: Sequence[str] = ()
    """The subjects of the sentence, such as the slugs of rules."""
    problems: Sequence[Problem] = ()
    """Problems that prevent publishing."""


def checklist(slug: str) -> list[Item]:
    """Return all findings about a draft, including checks without a problem.

    Raises NOT_FOUND for an unknown workflow.
    """
    check_text(slug, path=["workflow"], most=LIMITS.text_characters)
    workflow = Workflow.objects.filter(slug=slug).first()
    if workflow is None:
        raise no_such("workflow", "slug", "workflows", "workflow")
    current = WorkflowVersion.objects.filter(id=workflow.current_version_id).first()
    before, draft = current.definition if current else {}, workflow.definition
    specs, known = settings.AUTOMATE_CONNECTOR_SPECS, secrets_for(draft)
    found = compute_sized(size_of([before, draft]), examined, specs, slug, before, draft, known)
    return [
        _state(workflow),
        *_problem_items(found.problems, found.open),
        _changes(current.number if current else None, found.changed),
        _effects(found.changed, before, draft, connector_specs()),
        _rules(workflow.id),
        _callers(slug),
        _callees(slug, workflow.definition),
        _runs(workflow.id),
        _budgets(workflow),
    ]


def _state(workflow: Workflow) -> Item:
    if workflow.archived_at is not None:
        return Item("state", "blocked", "The workflow is archived; unarchive it first.")
    if not workflow.enabled:
        return Item(
            "state",
            "warning",
            "The workflow is disabled, so matching events start no run. Ask the operator of the platform to enable it.",
        )
    if workflow.paused_at is not None:
        meanwhile = "matching events are skipped" if workflow.skipping_at is not None else "new runs wait"
        return Item("state", "warning", f"The workflow is paused: {meanwhile} until it is resumed.")
    return Item("state", "ok", "The workflow accepts matching events.")


def _problem_items(
    problems: Sequence[Problem], open_to_all: Mapping[str, tuple[str, DefinitionPath]]
) -> Iterator[Item]:
    about: dict[Key, list[Problem]] = {"definition": [], "connectors": [], "secrets": []}
    for problem in problems:
        of_secrets = problem.code in {"SECRET_UNAVAILABLE", NOT_ALLOWED}
        of_connectors = problem.path[-1:] == ("uses",)
        about_it: Key = "secrets" if of_secrets else "connectors" if of_connectors else "definition"
        about[about_it].append(problem)
    for key, ok in _OK:
        found = about[key]
        count = len(found)
        wrong = found[0].message if count == 1 else f"There are {count} problems."
        if key == "secrets" and open_to_all and not found:
            yield _open_secrets(open_to_all)
            continue
        yield Item(key, "blocked" if found else "ok", wrong if found else ok, problems=found)


def _open_secrets(found: Mapping[str, tuple[str, DefinitionPath]]) -> Item:
    names = list(found)
    if len(names) == 1:
        return Item("secrets", "warning", found[names[0]][0], names)
    text = (
        f"These secrets may be sent to any host that a workflow names: {', '.join(names[:MOST_NAMED])}. List their hosts "
        "in `allowedHosts` with saveSecret."
    )
    return Item("secrets", "warning", text, names[:MOST_NAMED])


def _changes(number: int | None, changed: DefinitionDifference) -> Item:
    if number is None:
        return Item("changes", "ok", "This is the first version.")
    if changed.same:
        return Item("changes", "note", f"The draft equals version {number}; publishing it changes nothing.")
    names = [step.key for step in changed.steps]
    text = f"{len(names)} of its steps differ" if names else "its steps are unchanged"
    return Item("changes", "ok", f"Compared with version {number}, {text}.", names[:MOST_NAMED])


def _effects(
    changed: DefinitionDifference, before: JsonValue, after: JsonValue, connectors: Mapping[str, ConnectorSpec]
) -> Item:
    old, new = _acting(before, connectors), _acting(after, connectors)
    touched = {
        step.key
        for step in changed.steps
        if step.change != "changed" or any(place.path[:1] and place.path[0] not in _INSIDE for place in step.places)
    }
    acting = sorted(key for key in touched if key in new or key in old)
    renamed = [step.key for step in changed.steps if step.change == "renamed" and step.key in new]
    if not acting:
        return Item("effects", "ok", "No step that acts on another system changes.")
    text = ", ".join(f"{key} ({new.get(key) or 'removed'})" for key in acting[:MOST_NAMED])
    also = (
        " A step with a new key is a new effect: it does not know the calls that earlier runs made under the old key."
        if renamed
        else ""
    )
    return Item(
        "effects", "note", f"These steps act on other systems, and are new, changed or removed: {text}.{also}", acting
    )


def _acting(definition: JsonValue, connectors: Mapping[str, ConnectorSpec]) -> dict[str, str]:
    # The connectors of items and of the compensation count too.
    steps = definition.get("steps") if isinstance(definition, dict) else None
    found: dict[str, str] = {}
    for step in draft_steps(steps) if isinstance(steps, list) else []:
        used = dict.fromkeys(str(call.get("uses")) for _, call in step.calls())
        specs = [connectors[uses] for uses in used if uses in connectors]
        acts = [f"{spec.name}, {spec.effect}" for spec in specs if spec.effect != "idempotent"]
        if step.key is not None and acts:
            found[step.key] = "; ".join(acts)
    return found


def _rules(workflow_id: uuid.UUID) -> Item:
    rules = rules_of_workflow(workflow_id, MOST_NAMED)
    names = [rule.slug for rule in rules]
    if not rules:
        return Item("rules", "note", "No rule starts this workflow. It can be started manually or by another workflow.")
    if not any(rule.enabled for rule in rules):
        return Item("rules", "warning", f"All rules that start this workflow are disabled: {', '.join(names)}.", names)
    off = [rule.slug for rule in rules if not rule.enabled]
    besides = f" Disabled: {', '.join(off)}." if off else ""
    started = ", ".join(rule.slug for rule in rules if rule.enabled)
    return Item("rules", "ok", f"New events start this workflow by these rules: {started}.{besides}", names)


def _callers(slug: str) -> Item:
    names = callers_of(slug, MOST_NAMED)
    if not names:
        return Item("callers", "ok", "No other workflow runs this workflow.")
    text = ", ".join(names)
    return Item("callers", "note", f"These workflows run this workflow, and will use the new version: {text}.", names)


def _callees(slug: str, definition: JsonValue) -> Item:
    # The workflow itself is omitted: it exists after the publish.
    wanted = dict.fromkeys(one for one in _called(definition) if one[0] != slug)
    if not wanted:
        return Item("callees", "ok", "No step runs another workflow by name.")
    found = startable(wanted)
    wrong = {one: why for one in wanted if (why := not_startable(*one, found.get(one))) is not None}
    if not wrong:
        return Item("callees", "ok", "All workflows that the steps run can be started.")
    more = [f"{len(wrong) - MOST_LISTED} more cannot be started."] if len(wrong) > MOST_LISTED else []
    names = list(dict.fromkeys(called for called, _ in wrong))
    return Item("callees", "warning", " ".join([*list(wrong.values())[:MOST_LISTED], *more]), names[:MOST_NAMED])


def _called(definition: JsonValue) -> Iterator[tuple[str, int | None]]:
    # Templates and malformed references are skipped.
    steps = definition.get("steps") if isinstance(definition, dict) else None
    for step in draft_steps(steps) if isinstance(steps, list) else []:
        given = step.raw.get("with") if step.uses == RUN_WORKFLOW.name else None
        if not isinstance(given, dict):
            continue
        slug, number = given.get("workflow"), given.get("version")
        if (
            isinstance(slug, str)
            and is_slug(slug)
            and (number is None or (isinstance(number, int) and _is_number(number)))
        ):
            yield slug, number


def _is_number(value: JsonValue) -> bool:
    return type(value) is int and 1 <= value <= HIGHEST_VERSION


def _budgets(workflow: Workflow) -> Item:
    # As if as many runs started as in the last 24 hours.
    runs = runs_of_last_day(workflow.id)
    per_run = _per_run(workflow.definition)
    a_day = max(runs, 1)
    found = outlook(per_run, lambda seconds: a_day * seconds / DAY_SECONDS, workflow=str(workflow.id), beside=False)
    if not found:
        return Item("budgets", "ok", "No budget counts the runs of this workflow.")
    over = [one for one in found if not one.fits]
    uses = "; ".join(_use_text(one) for one in [*over, *(one for one in found if one.fits)][:MOST_LISTED])
    many = (
        f"{runs:,} runs started in the last day" if runs else "No run started in the last day; assuming one run a day"
    )
    sentence = f"{many}. This many runs would use: {uses}."
    if not over:
        return Item("budgets", "ok", sentence)
    return Item(
        "budgets",
        "warning",
        f"{sentence} This exceeds a budget.",
        [one.budget.name for one in over][:MOST_NAMED],
    )


def _use_text(one: Outlook) -> str:
    wanted, limit = one.would_use, one.budget.limit
    if one.budget.metric == COST:
        # Editors may publish but not see billed amounts.
        return f"{100 * wanted / limit:,.0f} % of {one.budget.name}" if limit else f"more than all of {one.budget.name}"
    return f"{wanted:,} of {limit:,} {one.budget.name}"


def _per_run(definition: JsonValue) -> PerRun:
    # Items and compensations are not counted, because their number is unknown.
    steps = definition.get("steps") if isinstance(definition, dict) else None
    used = Counter(step.uses for step in (draft_steps(steps) if isinstance(steps, list) else []) if step.uses)
    return PerRun(float(sum(used.values())), {uses: float(times) for uses, times in used.items()})


def _runs(workflow_id: uuid.UUID) -> Item:
    open_runs = under_way_by_version(workflow_id)
    total = sum(open_runs.values())
    if not total:
        return Item("runs", "ok", "This workflow has no open runs.")
    many = f"more than {EXACT_COUNT:,}" if total > EXACT_COUNT else f"{total:,}"
    versions = ", ".join(f"version {number}" for number in open_runs)
    return Item("runs", "ok", f"The workflow's open runs ({many}) keep the version that they started with: {versions}.")
