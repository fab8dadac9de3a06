"""Finds out whether a step must be skipped."""

from __future__ import annotations

from automate.runs import states
from automate.runs.compiled import CompiledStep
from automate.runs.work import HeldRun
from automate.workflows.definition import ON_FAILURE_CONTINUE


def hindrance_of(run: HeldRun, compiled: CompiledStep) -> str:
    # Empty if the step runs. All steps that it needs must have ended.
    if compiled.handles and all(key not in run.failed for key in compiled.handles):
        return "no step that it handles failed"
    if not run.failed:
        return ""
    for failed in _failures_above(run, compiled):
        return f"step {failed} failed"
    return ""


def _failures_above(run: HeldRun, compiled: CompiledStep) -> set[str]:
    # Directly, or through skipped steps. A failure with a handler prevents neither the handler nor steps after it.
    found: set[str] = set()
    looked_at = dict.fromkeys(compiled.needs)
    pending = list(looked_at)
    while pending:
        need = pending.pop()
        state, above = run.steps[need].state, run.version.steps[need]
        if state == states.FAILED and above.step.on_failure != ON_FAILURE_CONTINUE:
            found.add(need)
        elif state == states.SKIPPED:
            pending.extend(key for key in above.needs if key not in looked_at)
            looked_at.update(dict.fromkeys(above.needs))
    return {key for key in found if not _continues_behind(run, compiled, key)}


def _continues_behind(run: HeldRun, compiled: CompiledStep, failed: str) -> bool:
    handler = run.version.steps[failed].step.on_failure
    return handler == compiled.step.key or handler in compiled.needs
