"""What a retry would do, run by run, before it does it: which steps it keeps, and which effects it would repeat."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.kernel.canonical import canonical_json
from automate.kernel.cursors import CursorSpace
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.tenancy import current_tenant
from automate.recovery import queries
from automate.recovery.keeping import FAILED_STEP, STEP, Kept, LastAttempt, keep
from automate.recovery.once import unknown
from automate.recovery.queries import LedgerEntry, Rival, Source
from automate.runs import states
from automate.runs.compiled import CompiledVersion
from automate.runs.versions import compiled_versions
from automate.runs.work import NO_ITEM, idempotency_key

SAME, LATEST, NAMED = "SAME", "LATEST", "NAMED"
"""The version of a retry: the run's own, its workflow's current one, or a named one."""
UNSAFE = "unsafe"
MOST_EFFECTS_NAMED = 10


@dataclass(frozen=True)
class RetryRequest:
    """begin: FAILED_STEP, START or STEP with from_step. version: SAME, LATEST or NAMED with to_version.
    edited, payload: whether the input is another, and which. depth: of runs that led to the request.
    """

    begin: str = FAILED_STEP
    from_step: str = ""
    version: str = SAME
    to_version: uuid.UUID | None = None
    repeat_effects: bool = False
    edited: bool = False
    payload: Json = None
    reason: str = ""
    depth: int = 0

    def as_json(self) -> dict[str, Json]:
        """What decides what is done."""
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
    """An effect that may have happened, and whose step the retry takes again. key: under which it would be sent; None: a new
    one. unsure: repeating it needs consent, for who receives it cannot tell that it is a repeat.
    """

    run_id: uuid.UUID
    step: str
    connector: str
    effect: str
    key: str | None
    state: str
    unsure: bool


@dataclass(frozen=True)
class RunPlan:
    """rivals: of its line, which may have done its work too. consent: why the run cannot be retried so without
    repeatEffects, where it cannot.
    """

    place: int
    source: Source
    version: CompiledVersion
    kept: Kept
    rivals: Sequence[Rival]
    effects: tuple[RepeatedEffect, ...]
    consent: NormalizedError | None


@dataclass(frozen=True)
class Plans:
    """runs: those that can be retried, if need be with consent. errors: of the others, and those that lack consent."""

    tenant: str
    request: RetryRequest
    runs: list[RunPlan]
    errors: list[NormalizedError]

    @property
    def id(self) -> str:
        """Signed, and bound to the tenant, to the request and to all that the plan shows."""
        return self._space().seal(self._digest())

    def check(self, plan_id: str) -> None:
        """Raises NormalizedError unless the plan of that id shows what this one does."""
        try:
            digest = self._space().open(plan_id)
        except NormalizedError:
            raise NormalizedError(
                "BAD_USER_INPUT", "This is not a planId that planRetry gave out.", path=["planId"]
            ) from None
        if digest != self._digest():
            raise NormalizedError(
                "CONFLICT",
                "What the plan showed has changed, or it was made for another request. Plan the retry anew.",
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
    """The plan of each named run, in their order. Reads only; the number of statements does not depend on the runs."""
    run_ids = [run_id for _, run_id in named if run_id is not None]
    found = queries.sources(run_ids, request.to_version)
    attempts = queries.last_attempts(list(found))
    rivals = queries.rivals(list(found))
    versions = compiled_versions([target for source in found.values() if (target := _target(source, request))])
    drafts: list[tuple[int, Source, CompiledVersion, Kept]] = []
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
        work = _Work(source, version, frozenset(kept.repeated), former)
        effects = _effects(work, keys[source.id], ledger, request)
        consent = None if request.repeat_effects else _consent(place, kept, effects)
        plans.append(RunPlan(place, source, version, kept, rivals[source.id], effects, consent))
    errors.extend(plan.consent for plan in plans if plan.consent is not None)
    errors.sort(key=lambda error: int(error.path[1]) if len(error.path) > 1 else -1)
    return Plans(tenant_id.hex, request, plans, errors)


def _twice(place: int, twin: uuid.UUID) -> NormalizedError:
    return NormalizedError(
        "CONFLICT",
        f"This request retries the run {twin} of the same line already; one of them is enough.",
        details={"run": str(twin)},
        path=["runs", place],
    )


def _target(source: Source, request: RetryRequest) -> uuid.UUID | None:
    if request.version == SAME:
        return source.version_id
    return source.current_version_id if request.version == LATEST else source.named_version_id


def _refusal(
    place: int,
    source: Source,
    version: CompiledVersion | None,
    rivals: Sequence[Rival],
    request: RetryRequest,
) -> NormalizedError | None:
    path: list[str | int] = ["runs", place]
    if version is None:
        if request.version == LATEST:
            return NormalizedError("CONFLICT", "The run's workflow has no version; publish it.", path=path)
        return NormalizedError(
            "NOT_FOUND",
            f"The run's workflow {source.workflow_slug} has no version of this id.",
            path=["toVersion", place],
        )
    if request.begin == STEP and request.from_step not in version.steps:
        return NormalizedError(
            "BAD_USER_INPUT",
            f"Version {version.number} of {version.workflow_slug} has no step {request.from_step!r}.",
            path=["fromStep", place],
        )
    if source.state not in states.RUN_FINAL:
        words = f"The run is {source.state}; only one that has ended can be retried. {_until_it_ends(source.state)}"
    elif source.state == states.SUCCEEDED and request.begin == FAILED_STEP:
        words = "The run has succeeded, so no step of it failed; retry it from START or from a STEP."
    elif (rivalry := _rivalry(rivals, request)) is not None:
        rival, words = rivalry
        return NormalizedError("CONFLICT", words, details={"run": str(rival.id)}, path=path)
    elif not (words := _hindrance(source, request)):
        return _expired(source, path)
    return NormalizedError("CONFLICT", words, details={"state": source.state}, path=path)


def _expired(source: Source, path: list[str | int]) -> NormalizedError | None:
    """Why a run is too old to be retried; None where it is not. A resend would repeat a request that is gone."""
    if not source.outputs_gone:
        return None
    words = "Retention has removed what the run's steps returned and what they sent. Send the event anew."
    return NormalizedError("EXPIRED", words, details={"state": source.state}, path=path)


def _hindrance(source: Source, request: RetryRequest) -> str:
    """What keeps a run that has ended from being retried so; empty where nothing does."""
    if source.one_step and (request.begin, request.version) != (FAILED_STEP, SAME):
        return "The run tests one step, and those before it were never taken. Retry it from FAILED_STEP as it was, or test anew."
    if not source.enabled:
        return f"The workflow {source.workflow_slug} is switched off; enable it first."
    if source.archived:
        return f"The workflow {source.workflow_slug} is archived; unarchive it first."
    if not source.has_payload and not request.edited:
        return "The payload of the run's event has been erased, or its retention has ended; send another payload."
    return ""


def _rivalry(rivals: Sequence[Rival], request: RetryRequest) -> tuple[Rival, str] | None:
    """Which other run of its line a run may not be retried beside or after, and why."""
    for rival in rivals:
        if rival.state not in states.RUN_FINAL:
            words = f"The run is being retried already: {rival.id} is {rival.state}. {_until_it_ends(rival.state)}"
            return rival, words
    for rival in rivals:
        if rival.state == states.SUCCEEDED and request.begin == FAILED_STEP:
            words = (
                f"The run's work was done by its retry {rival.id}, which succeeded; retry from START or from a STEP."
            )
            return rival, words
    for rival in rivals:
        if not rival.same_keys and not request.repeat_effects:
            words = (
                f"The run {rival.id} has taken this one's place under other keys, so that no receiver would know its "
                "effects again. Retry that one, or send repeatEffects: true if they are to happen once more."
            )
            return rival, words
    return None


def _until_it_ends(state: str) -> str:
    return "Wait for its end." if state == states.CANCELLING else "Wait for its end, or cancel it."


def _keys(tenant_id: uuid.UUID, source: Source, kept: Kept, attempts: Sequence[LastAttempt]) -> list[tuple[str, str]]:
    """The Idempotency-Keys of what is repeated, each with its step."""
    repeated = set(kept.repeated)
    items = {(key, NO_ITEM) for key in kept.repeated}
    items |= {
        (a.key, a.item) for a in attempts if a.item >= NO_ITEM and a.key in repeated and a.id not in kept.step_ids
    }
    return [(idempotency_key(tenant_id, source.origin_id, key, item), key) for key, item in sorted(items)]


@dataclass(frozen=True)
class _Work:
    """What a retry does, and in former the versions that its effects were last tried for."""

    source: Source
    version: CompiledVersion
    repeated: frozenset[str]
    former: Mapping[uuid.UUID, CompiledVersion]

    def sends_the_same(self, key: str, entry: LedgerEntry) -> bool:
        """Whether a step's request is that of its last try, as far as the definitions and the event tell."""
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
        """The step, and of those that it may read the outputs that are made anew."""
        found, left = {key}, [key]
        while left:
            needs = {need for need in self.version.steps[left.pop()].needs if need in self.repeated}
            left.extend(needs - found)
            found |= needs
        return found


def _inputs(version: CompiledVersion, key: str) -> tuple[str, Mapping[str, Json], tuple[str, ...]]:
    compiled = version.steps[key]
    return compiled.step.uses, compiled.step.with_, compiled.needs


def _effects(
    work: _Work,
    keys: Sequence[tuple[str, str]],
    ledger: Mapping[str, LedgerEntry],
    request: RetryRequest,
) -> tuple[RepeatedEffect, ...]:
    found = []
    for key, step in keys:
        entry = ledger.get(key)
        if entry is None:
            continue
        # After a fault of its own the other side may know the key, and with it another request.
        differs = entry.faulted and (request.edited or not work.sends_the_same(step, entry))
        # What is known not to have happened is not repeated by being done.
        if entry.state != states.EFFECT_FAILED or differs:
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
                    unsure=entry.effect == UNSAFE or changed or entry.state == states.EFFECT_FAILED,
                )
            )
    return tuple(found)


def _consent(place: int, kept: Kept, effects: Sequence[RepeatedEffect]) -> NormalizedError | None:
    """What a person has to agree to: effects that would truly happen again, and steps whose effects were undone."""
    steps = sorted({effect.step for effect in effects if effect.unsure} | set(kept.undone))
    if not steps:
        return None
    named = ", ".join(steps[:MOST_EFFECTS_NAMED]) + (", …" if len(steps) > MOST_EFFECTS_NAMED else "")
    return NormalizedError(
        "CONFLICT",
        f"This would take steps again whose effects may have happened, or were undone, and it cannot be left to their "
        f"receivers to notice: {named}. Send repeatEffects: true if they are to happen again, under new keys.",
        details={"steps": steps},
        path=["runs", place],
    )
