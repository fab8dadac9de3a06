"""The types of the API, with the fields that the commands read.

An answer has only those fields of a type that its document selects. So no field is required here.
"""

from __future__ import annotations

from typing import TypedDict

from automate.kernel.json_values import JsonObject, JsonValue


class NormalizedError(TypedDict, total=False):
    code: str
    message: str
    path: list[str]


class WaitingFor(TypedDict, total=False):
    cause: str
    sentence: str


class Source(TypedDict, total=False):
    slug: str


class Workflow(TypedDict, total=False):
    slug: str


class WorkflowVersion(TypedDict, total=False):
    number: int
    workflow: Workflow


class RuleSpec(TypedDict, total=False):
    slug: str
    when: JsonValue


class StepRun(TypedDict, total=False):
    key: str
    item: int | None
    compensates: bool
    state: str
    attempt: int
    startedAt: str
    finishedAt: str | None
    error: NormalizedError | None


class Effect(TypedDict, total=False):
    id: str
    step: str
    item: int | None
    compensates: bool
    state: str
    connector: str
    target: str | None
    externalId: str | None
    proof: str
    intendedAt: str


class ExecutionRun(TypedDict, total=False):
    id: str
    state: str
    stateReason: str | None
    traceId: str
    createdAt: str
    startedAt: str | None
    finishedAt: str | None
    error: NormalizedError | None
    event: Event | None
    retryOf: ExecutionRun | None
    waitingFor: WaitingFor | None
    workflowVersion: WorkflowVersion
    steps: list[StepRun]
    stepCount: int
    effects: list[Effect]


class ExecutionRunEdge(TypedDict, total=False):
    node: ExecutionRun


class ExecutionRunConnection(TypedDict, total=False):
    edges: list[ExecutionRunEdge]


class Decision(TypedDict, total=False):
    verdict: str
    reason: str
    when: JsonValue
    collapsedInto: ExecutionRun | None
    rule: RuleSpec | None


class Event(TypedDict, total=False):
    id: str
    type: str
    traceId: str
    receivedAt: str
    source: Source
    waitingFor: WaitingFor | None
    decisions: list[Decision]
    runs: ExecutionRunConnection


class ExplainedNode(TypedDict):
    """A node of the tree in a RuleExplanation. The tree is JSON."""

    op: str
    path: list[str | int]
    evaluated: bool
    matched: bool | None
    value: JsonValue
    error: str | None
    children: list[ExplainedNode]


class RuleExplanation(TypedDict, total=False):
    verdict: str
    sentence: str
    tree: ExplainedNode


FeedGap = TypedDict("FeedGap", {"from": str, "to": str})  # a word of Python


class RunFeedItem(TypedDict, total=False):
    kind: str
    cursor: str
    occurredAt: str | None
    fromState: str | None
    toState: str | None
    reason: str | None
    run: ExecutionRun | None
    step: StepRun | None
    gap: FeedGap | None


class TestedStep(TypedDict, total=False):
    key: str
    state: str | None
    reason: str | None
    mock: str | None
    endsAtSeconds: float | None
    error: NormalizedError | None


class WorkflowTest(TypedDict, total=False):
    state: str
    reason: str | None
    seconds: float
    error: NormalizedError | None
    steps: list[TestedStep]


class BulkOperation(TypedDict, total=False):
    id: str
    state: str
    total: int
    done: int
    skipped: int
    refused: int
    error: NormalizedError | None


class BulkItem(TypedDict, total=False):
    item: str
    outcome: str
    runs: list[str]
    error: NormalizedError | None


class Backtest(TypedDict, total=False):
    state: str
    total: int | None
    tested: int


class BacktestSample(TypedDict, total=False):
    difference: str
    verdict: str
    reason: str
    event: Event | None


class ApprovalDecision(TypedDict, total=False):
    outcome: str


class Approval(TypedDict, total=False):
    id: str
    title: str
    state: str
    roles: list[str]
    quorum: int
    expiresAt: str
    decisions: list[ApprovalDecision]
    run: ExecutionRun | None


class Budget(TypedDict, total=False):
    metric: str
    window: str
    workflow: str | None
    connector: str | None
    limit: str
    costLimit: str | None
    used: str
    costUsed: str | None
    action: str
    resetsAt: str | None


class Delivery(TypedDict, total=False):
    id: str
    outcome: str
    type: str | None
    receivedAt: str
    redeliverable: bool
    reason: NormalizedError | None
    source: Source
    redeliveredEvent: Event | None


class SecretVerification(TypedDict, total=False):
    version: int
    cause: str
    message: str


class DeliveryVerification(TypedDict, total=False):
    verified: bool
    secretVersion: int | None
    secrets: list[SecretVerification]
    refusal: NormalizedError | None


class OutboxJob(TypedDict, total=False):
    id: str
    topic: str
    subject: str
    run: ExecutionRun | None


class Member(TypedDict, total=False):
    id: str
    email: str
    name: str
    role: str
    active: bool


class Invitation(TypedDict, total=False):
    id: str
    email: str
    role: str
    state: str
    mail: str | None
    expiresAt: str


class ApiToken(TypedDict, total=False):
    id: str
    name: str
    prefix: str
    role: str
    scopes: list[str] | None
    state: str
    expiresAt: str | None
    lastUsedAt: str | None
    lastUsedFrom: str | None


class RetentionPolicy(TypedDict, total=False):
    dataClass: str
    days: int | None
    defaultDays: int | None
    ownDays: int | None
    holdReason: str | None


class RetentionPreview(TypedDict, total=False):
    dataClass: str
    days: int | None
    rows: str
    bytes: str
    exact: bool


class RecipeObject(TypedDict, total=False):
    kind: str
    slug: str


class RecipeSecret(TypedDict, total=False):
    name: str
    exists: bool | None


class Recipe(TypedDict, total=False):
    slug: str
    title: str
    description: str
    parameters: JsonObject
    creates: list[RecipeObject]
    secrets: list[RecipeSecret]


class ChangedPlace(TypedDict, total=False):
    path: list[str]
    before: JsonValue
    after: JsonValue
    wasThere: bool
    isThere: bool


class ConfigurationWarning(TypedDict, total=False):
    message: str
    path: list[str]


class ConfigurationChange(TypedDict, total=False):
    kind: str
    slug: str
    outcome: str
    version: int | None
    leftOut: int
    warnings: list[ConfigurationWarning]
    places: list[ChangedPlace]


class ConfigurationPayload(TypedDict, total=False):
    fingerprintBefore: str | None
    changes: list[ConfigurationChange]
    errors: list[NormalizedError]


class ExportPage(TypedDict, total=False):
    jsonl: str
    cursor: str | None


class TenantFairness(TypedDict, total=False):
    slug: str
    weight: int
    share: float
    jobs: int
    oldestDueAt: str | None
    startDelayP95: float | None
