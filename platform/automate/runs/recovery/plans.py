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
from automate.runs import states
from automate.runs.recovery import queries
from automate.runs.recovery.keeping import FAILED_STEP, STEP, Kept, LastAttempt, keep
from automate.runs.recovery.once import unknown
from automate.runs.recovery.queries import LedgerEntry, Source
from automate.runs.versions import CompiledVersion, compiled_versions
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
    """consent: why the run cannot be retried so without repeatEffects, where it cannot."""

    place: int
    source: Source
    version: CompiledVersion
    kept: Kept
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
        twin = lines.get(source.origin_id)
        refusal = (
            _twice(place, twin)
            if twin is not None
            else _refusal(place, source, version, rivals.get(source.id), request)
        )
        if refusal is not None or version is None:
            errors.extend([refusal] if refusal is not None else [])
            continue
        lines[source.origin_id] = source.id
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
    plans = []
    for place, source, version, kept in drafts:
        effects = _effects(source, version, keys[source.id], ledger, request)
        consent = None if request.repeat_effects else _consent(place, kept, effects)
        plans.append(RunPlan(place, source, version, kept, effects, consent))
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
    rival: tuple[uuid.UUID, str] | None,
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
        words = f"The run is {source.state}; only one that has ended can be retried. Wait for its end, or cancel it."
    elif source.state == states.SUCCEEDED and request.begin == FAILED_STEP:
        words = "The run has succeeded, so no step of it failed; retry it from START or from a STEP."
    elif rival is not None and rival[1] != states.SUCCEEDED:
        words = f"The run is being retried already: {rival[0]} is {rival[1]}. Wait for its end, or cancel it."
    elif rival is not None and request.begin == FAILED_STEP:
        words = f"The run's work was done by its retry {rival[0]}, which succeeded; retry from START or from a STEP."
    elif not source.enabled:
        words = f"The workflow {source.workflow_slug} is switched off; enable it first."
    elif not source.has_payload and not request.edited:
        words = "The payload of the run's event has been erased; send another payload."
    else:
        return None
    details = {"run": str(rival[0])} if rival is not None else {"state": source.state}
    return NormalizedError("CONFLICT", words, details=details, path=path)


def _keys(tenant_id: uuid.UUID, source: Source, kept: Kept, attempts: Sequence[LastAttempt]) -> list[tuple[str, str]]:
    """The Idempotency-Keys of what is repeated, each with its step."""
    repeated = set(kept.repeated)
    items = {(key, NO_ITEM) for key in kept.repeated}
    items |= {
        (a.key, a.item) for a in attempts if a.item >= NO_ITEM and a.key in repeated and a.id not in kept.step_ids
    }
    return [(idempotency_key(tenant_id, source.origin_id, key, item), key) for key, item in sorted(items)]


def _effects(
    source: Source,
    version: CompiledVersion,
    keys: Sequence[tuple[str, str]],
    ledger: Mapping[str, LedgerEntry],
    request: RetryRequest,
) -> tuple[RepeatedEffect, ...]:
    found = []
    for key, step in keys:
        entry = ledger.get(key)
        # What is known not to have happened is not repeated by being done.
        if entry is not None and entry.state != states.EFFECT_FAILED:
            compiled = version.steps[step]
            changed = request.edited or entry.connector not in {
                compiled.step.uses,
                compiled.each.uses if compiled.each is not None else None,
            }
            found.append(
                RepeatedEffect(
                    run_id=source.id,
                    step=step,
                    connector=entry.connector,
                    effect=entry.effect,
                    key=None if request.repeat_effects else key,
                    state=entry.state,
                    unsure=entry.effect == UNSAFE or changed,
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
