"""Makes a retry plan for each run: the steps to keep, and the effects to repeat."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.effects import states as effect_states
from automate.effects.states import NO_ITEM
from automate.kernel.canonical import canonical_json
from automate.kernel.cursors import CursorSpace
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.tenancy import current_tenant
from automate.recovery import queries
from automate.recovery.keeping import FAILED_STEP, STEP, KeptSteps, LastAttempt, keep
from automate.recovery.once import unknown
from automate.recovery.queries import LedgerEntry, RepeatableRun, Rival
from automate.runs import states
from automate.runs.compiled import CompiledVersion
from automate.runs.versions import compiled_versions
from automate.runs.work import idempotency_key

SAME, LATEST, NAMED = "SAME", "LATEST", "NAMED"
"""The workflow version of a retry: the run's version, the current version, or a version that the caller names."""
UNSAFE = "unsafe"
MOST_EFFECTS_NAMED = 10


@dataclass(frozen=True)
class RetryRequest:
    """A retry that a caller requests."""

    begin: str = FAILED_STEP
    """FAILED_STEP, START, or STEP with from_step."""
    from_step: str = ""
    version: str = SAME
    """SAME, LATEST, or NAMED with to_version."""
    to_version: uuid.UUID | None = None
    repeat_effects: bool = False
    edited: bool = False
    """True if ``payload`` replaces the input."""
    payload: JsonValue = None
    reason: str = ""
    depth: int = 0
    """Depth of the run that sent the request."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the settings of the retry as JSON."""
        return {
            "from": self.begin,
            "fromStep": self.from_step,
            "version": self.version,
            "toVersion": str(self.to_version),
            "repeatEffects": self.repeat_effects,
            "payload": [self.payload] if self.edited else [],
        }


@dataclass(frozen=True)
class RepeatedEffect:
    """An effect that a retry would repeat. The effect may have happened already."""

    run_id: uuid.UUID
    step: str
    connector: str
    effect: str
    key: str | None
    """The key with which the retry would send the effect's request; None for a new key."""
    state: str
    needs_consent: bool
    """True if a repeat needs consent, because the receiver of the effect cannot recognize the repeat."""


@dataclass(frozen=True)
class RunPlan:
    place: int
    source: RepeatableRun
    version: CompiledVersion
    kept: KeptSteps
    rivals: Sequence[Rival]
    """Other runs of the same line of retries that can do the work of this run, or have done this work."""
    effects: tuple[RepeatedEffect, ...]
    consent: NormalizedError | None
    """Why a retry of the run needs repeatEffects; None if the retry does not need it."""


@dataclass(frozen=True)
class Plans:
    tenant: str
    request: RetryRequest
    runs: list[RunPlan]
    """Runs that can be retried, some only with consent."""
    errors: list[NormalizedError]
    """Errors of the other runs, and of runs without the needed consent."""

    @property
    def id(self) -> str:
        """The signed id of the plans. The id is valid only for this tenant, this request and these plans."""
        return self._space().seal(self._digest())

    def check(self, plan_id: str) -> None:
        """Check that the caller has seen the current plans. ``plan_id`` is the id that the caller received.

        Raises BAD_USER_INPUT for an invalid id. Raises CONFLICT if the caller saw other plans.
        """
        try:
            digest = self._space().open(plan_id)
        except NormalizedError:
            raise NormalizedError(
                "BAD_USER_INPUT", "This planId is invalid. Pass the planId that planRetry returned.", path=["planId"]
            ) from None
        if digest != self._digest():
            raise NormalizedError(
                "CONFLICT",
                "The plan has changed since it was shown, or it belongs to another request. Plan the retry again.",
                path=["planId"],
            )

    def _space(self) -> CursorSpace:
        return CursorSpace("planRetry", self.tenant)

    def _digest(self) -> bytes:
        shown = {
            "request": self.request.as_json(),
            "runs": [
                {
                    "run": str(plan.source.id),
                    "version": str(plan.version.id),
                    "kept": [list(plan.kept.skipped), list(plan.kept.repeated), list(plan.kept.gone)],
                    "rivals": [[str(rival.id), rival.state] for rival in plan.rivals],
                    "effects": [[e.step, e.connector, e.key, e.state] for e in plan.effects],
                }
                for plan in self.runs
            ],
            "errors": [[error.code, error.message, error.path] for error in self.errors],
        }
        return hashlib.sha256(canonical_json(shown)).digest()


def make_plans(named: Sequence[tuple[int, uuid.UUID | None]], request: RetryRequest) -> Plans:
    # Changes nothing. The number of statements does not depend on the runs.
    run_ids = [run_id for _, run_id in named if run_id is not None]
    found = queries.sources(run_ids, request.to_version)
    attempts = queries.last_attempts(list(found))
    rivals = queries.rivals(list(found))
    versions = compiled_versions([target for source in found.values() if (target := _target(source, request))])
    drafts: list[tuple[int, RepeatableRun, CompiledVersion, KeptSteps]] = []
    errors: list[NormalizedError] = []
    lines: dict[uuid.UUID, uuid.UUID] = {}
    for place, run_id in named:
        source = found.get(run_id) if run_id is not None else None
        if source is None:
            errors.append(unknown(place))
            continue
        target = _target(source, request)
        version = versions.get(target) if target is not None else None
        twin = lines.get(source.line_id)
        refusal = (
            _twice(place, twin) if twin is not None else _refusal(place, source, version, rivals[source.id], request)
        )
        if refusal is not None or version is None:
            errors.extend([refusal] if refusal is not None else [])
            continue
        lines[source.line_id] = source.id
        kept = keep(
            attempts[source.id],
            version,
            request.begin,
            request.from_step,
            same_work=version.id == source.version_id and not request.edited,
        )
        drafts.append((place, source, version, kept))
    tenant_id = current_tenant().id
    keys = {source.id: _keys(tenant_id, source, kept, attempts[source.id]) for _, source, _, kept in drafts}
    ledger = queries.ledger([key for by_step in keys.values() for key, _ in by_step])
    former = compiled_versions([entry.version_id for entry in ledger.values() if entry.faulted and entry.version_id])
    plans = []
    for place, source, version, kept in drafts:
        work = _RetryInputs(source, version, frozenset(kept.repeated), former)
        effects = _effects(work, keys[source.id], ledger, request)
        consent = None if request.repeat_effects else _consent(place, kept, effects)
        plans.append(RunPlan(place, source, version, kept, rivals[source.id], effects, consent))
    errors.extend(plan.consent for plan in plans if plan.consent is not None)
    errors.sort(key=lambda error: int(error.path[1]) if len(error.path) > 1 else -1)
    return Plans(tenant_id.hex, request, plans, errors)


def _twice(place: int, twin: uuid.UUID) -> NormalizedError:
    return NormalizedError(
        "CONFLICT",
        f"This run and run {twin} are retries of the same run, or one is a retry of the other run. Name only one of the two runs.",
        details={"run": str(twin)},
        path=["runs", place],
    )


def _target(source: RepeatableRun, request: RetryRequest) -> uuid.UUID | None:
    if request.version == SAME:
        return source.version_id
    return source.current_version_id if request.version == LATEST else source.named_version_id


def _refusal(
    place: int,
    source: RepeatableRun,
    version: CompiledVersion | None,
    rivals: Sequence[Rival],
    request: RetryRequest,
) -> NormalizedError | None:
    path: list[str | int] = ["runs", place]
    if version is None:
        if request.version == LATEST:
            return NormalizedError(
                "CONFLICT", "The run's workflow has no published version. Publish the workflow first.", path=path
            )
        return NormalizedError(
            "NOT_FOUND",
            f"The run's workflow {source.workflow_slug} has no version with this id. Check `toVersion`.",
            path=["toVersion", place],
        )
    if request.begin == STEP and request.from_step not in version.steps:
        return NormalizedError(
            "BAD_USER_INPUT",
            f"Version {version.number} of {version.workflow_slug} has no step {request.from_step!r}. Check `fromStep`.",
            path=["fromStep", place],
        )
    if source.state not in states.RUN_FINAL:
        words = f"The run is {source.state}, but only ended runs can be retried. {_until_it_ends(source.state)}"
    elif source.state == states.SUCCEEDED and request.begin == FAILED_STEP:
        words = "The run has succeeded, so it has no failed step. Retry it from START or from a STEP."
    elif (rivalry := _rivalry(rivals, request)) is not None:
        rival, words = rivalry
        return NormalizedError("CONFLICT", words, details={"run": str(rival.id)}, path=path)
    elif not (words := _hindrance(source, request)):
        return _expired(source, path)
    return NormalizedError("CONFLICT", words, details={"state": source.state}, path=path)


def _expired(source: RepeatableRun, path: list[str | int]) -> NormalizedError | None:
    # A run whose recorded requests were removed cannot be retried.
    if not source.outputs_gone:
        return None
    words = "Retention has removed the outputs and requests of the run's steps. Send the event again."
    return NormalizedError("EXPIRED", words, details={"state": source.state}, path=path)


def _hindrance(source: RepeatableRun, request: RetryRequest) -> str:
    if source.one_step and (request.begin, request.version) != (FAILED_STEP, SAME):
        return "The run tests one step; the steps before it were never executed. Retry it from FAILED_STEP with version SAME, or start a new test."
    if not source.enabled:
        return f"The workflow {source.workflow_slug} is disabled. Ask the operator of the platform to enable it."
    if source.archived:
        return f"The workflow {source.workflow_slug} is archived; unarchive it first."
    if not source.has_payload and not request.edited:
        return "The payload of the run's event has been erased, or its retention has ended. Pass another payload."
    return ""


def _rivalry(rivals: Sequence[Rival], request: RetryRequest) -> tuple[Rival, str] | None:
    # The retry that forbids another retry of the run, and the reason.
    for rival in rivals:
        if rival.state not in states.RUN_FINAL:
            words = f"The run is already being retried: run {rival.id} is {rival.state}. {_until_it_ends(rival.state)}"
            return rival, words
    for rival in rivals:
        if rival.state == states.SUCCEEDED and request.begin == FAILED_STEP:
            words = f"The retry {rival.id} of this run has succeeded. To do the work again, retry from START or from a STEP."
            return rival, words
    for rival in rivals:
        if not rival.same_keys and not request.repeat_effects:
            words = (
                f"Run {rival.id} has replaced this run and uses other keys, so receivers would not recognize repeated effects. "
                "Retry the run that replaced this run. Or, if you accept repeated effects, pass repeatEffects: true."
            )
            return rival, words
    return None


def _until_it_ends(state: str) -> str:
    return "Wait until it has ended." if state == states.CANCELLING else "Wait until it has ended, or cancel it."


def _keys(
    tenant_id: uuid.UUID, source: RepeatableRun, kept: KeptSteps, attempts: Sequence[LastAttempt]
) -> list[tuple[str, str]]:
    # Pairs of the idempotency key and the step.
    repeated = set(kept.repeated)
    items = {(key, NO_ITEM) for key in kept.repeated}
    items |= {
        (a.key, a.item) for a in attempts if a.item >= NO_ITEM and a.key in repeated and a.id not in kept.step_ids
    }
    return [(idempotency_key(tenant_id, source.origin_id, key, item), key) for key, item in sorted(items)]


@dataclass(frozen=True)
class _RetryInputs:
    source: RepeatableRun
    version: CompiledVersion
    repeated: frozenset[str]
    former: Mapping[uuid.UUID, CompiledVersion]
    """The workflow versions in which the run's effects were last tried."""

    def sends_the_same(self, key: str, entry: LedgerEntry) -> bool:
        # For this, definition and event must be unchanged.
        former = self.former.get(entry.version_id) if entry.version_id is not None else None
        return (
            former is not None
            and entry.event_id == self.source.event_id
            and all(
                need in former.steps and _inputs(former, need) == _inputs(self.version, need)
                for need in self._read_by(key)
            )
        )

    def _read_by(self, key: str) -> set[str]:
        # The result includes the step itself.
        found, left = {key}, [key]
        while left:
            needs = {need for need in self.version.steps[left.pop()].needs if need in self.repeated}
            left.extend(needs - found)
            found |= needs
        return found


def _inputs(version: CompiledVersion, key: str) -> tuple[str, Mapping[str, JsonValue], tuple[str, ...]]:
    compiled = version.steps[key]
    return compiled.step.uses, compiled.step.with_, compiled.needs


def _effects(
    work: _RetryInputs,
    keys: Sequence[tuple[str, str]],
    ledger: Mapping[str, LedgerEntry],
    request: RetryRequest,
) -> tuple[RepeatedEffect, ...]:
    found = []
    for key, step in keys:
        entry = ledger.get(key)
        if entry is None:
            continue
        # After a fault, the other side may have stored the key together with another request.
        differs = entry.faulted and (request.edited or not work.sends_the_same(step, entry))
        # An effect that is known not to have happened is not repeated.
        if entry.state != effect_states.EFFECT_FAILED or differs:
            compiled = work.version.steps[step]
            changed = request.edited or entry.connector not in {
                compiled.step.uses,
                compiled.each.uses if compiled.each is not None else None,
            }
            found.append(
                RepeatedEffect(
                    run_id=work.source.id,
                    step=step,
                    connector=entry.connector,
                    effect=entry.effect,
                    key=None if request.repeat_effects else key,
                    state=entry.state,
                    needs_consent=entry.effect == UNSAFE or changed or entry.state == effect_states.EFFECT_FAILED,
                )
            )
    return tuple(found)


def _consent(place: int, kept: KeptSteps, effects: Sequence[RepeatedEffect]) -> NormalizedError | None:
    # If the retry repeats effects or compensated steps.
    steps = sorted({effect.step for effect in effects if effect.needs_consent} | set(kept.compensated))
    if not steps:
        return None
    named = ", ".join(steps[:MOST_EFFECTS_NAMED]) + (", …" if len(steps) > MOST_EFFECTS_NAMED else "")
    return NormalizedError(
        "CONFLICT",
        f"The retry would repeat the effects of these steps: {named}. These effects may have happened already, or were "
        "compensated. The receivers cannot recognize a repeat. If you accept a repeat with new keys, pass repeatEffects: true.",
        details={"steps": [*steps]},
        path=["runs", place],
    )
