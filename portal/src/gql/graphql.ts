/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** The input of `abortBacktest`. */
export type AbortBacktestInput = {
  /** The id of the backtest. */
  backtest: string | number;
  /** The reason, for the audit record. */
  reason?: string;
};

/** The input of `abortBulkOperation`. */
export type AbortBulkOperationInput = {
  /** The id of the operation. */
  operation: string | number;
  /** The reason, for the audit record. */
  reason: string;
};

/** The state of a token. The platform accepts ACTIVE tokens, and refuses EXPIRED and REVOKED tokens. */
export type ApiTokenState =
  /** The token is accepted. */
  | 'ACTIVE'
  /** The token has expired. */
  | 'EXPIRED'
  /** The token was revoked. */
  | 'REVOKED';

/** Selects entries of a list. An entry must match all given fields. A field that is null matches every entry. */
export type ApprovalFilter = {
  /** True: only approvals that the caller may decide and has not decided yet. */
  mine?: boolean;
  /** Entries in any of these states. */
  states?: Array<ApprovalState> | null | undefined;
};

/** The outcome of an approval, and the decision of one person. */
export type ApprovalOutcome =
  /** The run continues. Answers never contain this value. */
  | 'APPROVE'
  /** The run continues. */
  | 'APPROVED'
  /** The step is rejected. Answers never contain this value. */
  | 'REJECT'
  /** The step is rejected. */
  | 'REJECTED';

/** The state of an approval. */
export type ApprovalState =
  /** Enough people approved. Final. */
  | 'APPROVED'
  /** The run ended before a decision. Final. */
  | 'CANCELLED'
  /** The time ended without a decision. Final. */
  | 'EXPIRED'
  /** People can decide. */
  | 'PENDING'
  /** One person rejected. Final. */
  | 'REJECTED';

/** Selects entries of a list. An entry must match all given fields. A field that is null matches every entry. */
export type AuditEntryFilter = {
  /** Exact actions, such as workflow.publish, or all actions about one kind of object, such as workflow.* */
  actions?: Array<string> | null | undefined;
  /** An actor's id, as in `AuditActor.id`. */
  actor?: string | null | undefined;
  /** Acts of any of these kinds of callers. */
  actorKinds?: Array<PrincipalKind> | null | undefined;
  /** Recorded before this time. */
  before?: string | null | undefined;
  /** The object's global id, or its UUID. */
  object?: string | number | null | undefined;
  /** The kind of the object, such as workflow. */
  objectKind?: string | null | undefined;
  /** Recorded at this time or later. */
  since?: string | null | undefined;
};

/** The effect of a draft on one event. Without a live rule, every match of the draft is a new match. */
export type BacktestDifference =
  /** The draft matches; the live rule does not. */
  | 'NEWLY_MATCHED'
  /** The live rule matches; the draft does not. */
  | 'NO_LONGER_MATCHED'
  /** Both match. */
  | 'STILL_MATCHED'
  /** Neither matches. */
  | 'STILL_UNMATCHED';

/** Give `rule` to test a live rule, `when` to test a draft, or both to compare a draft with the live rule. */
export type BacktestRuleInput = {
  /** The filter of stored events. Null: all events. */
  events?: EventFilter | null | undefined;
  /** A key that the caller chooses. A second request with the same key and input does nothing, and returns the first result. */
  idempotencyKey?: string | null | undefined;
  /** How many events are tested: at most 500000. The newest events are tested first. */
  most?: number;
  /** The live rule's slug. */
  rule?: string | null | undefined;
  /** The draft: JsonLogic, as for saveRule. */
  when?: unknown;
};

/** The state of a backtest. */
export type BacktestState =
  /** A person aborted the backtest. Final. */
  | 'ABORTED'
  /** The backtest's own job died. `redriveJobs` continues it. */
  | 'FAILED'
  /** All events are tested. Final. */
  | 'FINISHED'
  /** Workers test events. */
  | 'RUNNING';

/** Whether a person has forced the state of a circuit breaker. */
export type BreakerMode =
  /** Failures open the breaker, and a probe closes it. */
  | 'AUTO'
  /** Every call leaves, and nothing is counted. */
  | 'CLOSED'
  /** No call leaves. */
  | 'OPEN';

/** The state of a host's circuit breaker. The state decides whether calls to the host are sent. */
export type BreakerState =
  /** Calls leave. */
  | 'CLOSED'
  /** One probe is in flight. Its outcome decides. */
  | 'HALF_OPEN'
  /** The host is unhealthy, and runs wait. */
  | 'OPEN';

/**
 * The action of a budget on work that exceeds the budget's limit.
 *
 * With any action, the budget creates an event `budget.threshold` at 80 % and at 100 % of the limit.
 */
export type BudgetAction =
  /** Work continues. */
  | 'ALERT'
  /** Work fails with `BUDGET_EXCEEDED`. */
  | 'REJECT'
  /** Work waits until there is room. */
  | 'THROTTLE';

/** The metric of a budget. The budget limits the usage of this metric. */
export type BudgetMetric =
  /** Calls of connectors, each try for itself. */
  | 'CALLS'
  /** Runs that work at the same time. A run that waits does not count. */
  | 'CONCURRENT_RUNS'
  /** What steps cost by the prices of the tenant's plan, in millionths of the currency. */
  | 'COST'
  /** Events that senders bring, by webhook, `ingestEvent` or `ingestEvents`. Events that the platform makes do not count. */
  | 'EVENTS'
  /** Runs that begin. */
  | 'RUNS'
  /** Attempts at steps that begin: of flow steps, items of `flow.for_each` and compensations, too. */
  | 'STEPS';

/** The time over which a budget counts. Days and months begin in the time zone of the tenant. */
export type BudgetWindow =
  /** No window: the budget limits what is held at the same time. */
  | 'ALWAYS'
  /** A day. */
  | 'DAY'
  /** An hour. */
  | 'HOUR'
  /** A minute. */
  | 'MINUTE'
  /** A month. */
  | 'MONTH';

/** The items, and the operation on each of them. Give only the filter that belongs to the kind. The filter {} selects all items. */
export type BulkInput = {
  /** The filter of events, for REPLAY. */
  events?: EventFilter | null | undefined;
  /** The filter of dead jobs, for REDRIVE. */
  jobs?: OutboxJobFilter | null | undefined;
  /** The operation on each item. */
  kind: BulkKind;
  /** The options of RETRY. REDRIVE uses only `repeatEffects`, as in RedriveJobsInput. */
  retry?: BulkRetryOptions | null | undefined;
  /** The filter of runs, for RETRY and CANCEL. Without `states`, RETRY selects failed and timed-out runs, and CANCEL selects open runs. A run that was already retried is skipped, because its retry has replaced it. */
  runs?: RunFilter | null | undefined;
};

/** The recovery operation that a bulk operation applies to each item. */
export type BulkKind =
  /** Cancels runs. */
  | 'CANCEL'
  /** Redrives dead jobs. */
  | 'REDRIVE'
  /** Replays events. */
  | 'REPLAY'
  /** Retries runs. */
  | 'RETRY';

/** The outcome of one item of a bulk operation. */
export type BulkOutcome =
  /** The item was processed. */
  | 'DONE'
  /** The item was refused: see its error. */
  | 'REFUSED'
  /** The item needed nothing any more. */
  | 'SKIPPED';

/** How each run is retried, as in RetryRunsInput. */
export type BulkRetryOptions = {
  /** Where each retry begins. */
  from?: RetryFrom;
  /** The key of the step, for `from: STEP`. */
  fromStep?: string | null | undefined;
  /** Whether to send calls under new keys, so that their effects happen again. If false, receivers get the former keys, and a retry is refused if its receiver cannot recognise a repeat. */
  repeatEffects?: boolean;
  /** The id of a version of the run's workflow, for `version: NAMED`. */
  toVersion?: string | number | null | undefined;
  /** The version that each retry executes. */
  version?: RetryVersion;
};

/** The state of a bulk operation. */
export type BulkState =
  /** A person aborted the operation. Final. */
  | 'ABORTED'
  /** The operation's own job died. `redriveJobs` continues it. */
  | 'FAILED'
  /** All items are processed. Final. */
  | 'FINISHED'
  /** Workers process the items. */
  | 'RUNNING'
  /** Too many items were refused: see `stopOnErrorRate`. Final. */
  | 'STOPPED';

/** The role of the caller of a request. */
export type CallerRole =
  /** An admin of the tenant, or a token with this role. */
  | 'ADMIN'
  /** An editor of the tenant, or a token with this role. */
  | 'EDITOR'
  /** An operator of the tenant, or a token with this role. */
  | 'OPERATOR'
  /** An owner of the tenant, or a token with this role. */
  | 'OWNER'
  /** A token of the platform. It reaches no field of a tenant. */
  | 'PLATFORM'
  /** A viewer of the tenant, or a token with this role. */
  | 'VIEWER';

/** The input of `cancelRuns`. */
export type CancelRunsInput = {
  /** A key that the caller chooses. A second request with the same key and input does nothing, and returns the first result. */
  idempotencyKey?: string | null | undefined;
  /** The reason, for the run's log and the audit record. */
  reason: string;
  /** At most 100 ids. An unknown id causes an error, but the other runs are processed. */
  runs: Array<string | number>;
};

/** A header of a captured request. */
export type CapturedHeader = {
  /** The name of the header. Upper and lower case are equal. */
  name: string;
  /** The value. */
  value: string;
};

/** The input of `changeMemberRole`. */
export type ChangeMemberRoleInput = {
  /** The id of the member. */
  member: string | number;
  /** The new role. It must not have more rights than your own. */
  role: MemberRole;
};

/** The subject of an item in a checklist. */
export type ChecklistKey =
  /** What a day's traffic would use of each budget. */
  | 'BUDGETS'
  /** Which workflows this one calls. */
  | 'CALLEES'
  /** Which workflows call this one. */
  | 'CALLERS'
  /** What changes since the current version. */
  | 'CHANGES'
  /** Whether all connectors are installed. */
  | 'CONNECTORS'
  /** Whether the definition is valid. */
  | 'DEFINITION'
  /** Which steps call the outside. */
  | 'EFFECTS'
  /** Which rules start the workflow. */
  | 'RULES'
  /** Which runs are open. */
  | 'RUNS'
  /** Whether all secrets have values and may be used. */
  | 'SECRETS'
  /** Whether the workflow is archived, paused or disabled. */
  | 'STATE';

/** Whether an item of a checklist needs attention. */
export type ChecklistState =
  /** The publish would be refused. */
  | 'BLOCKED'
  /** Something to know. */
  | 'NOTE'
  /** Nothing to do. */
  | 'OK'
  /** Something to check. */
  | 'WARNING';

/** The change that a configuration makes to one object. */
export type ConfigurationOutcome =
  /** The object is changed. */
  | 'CHANGED'
  /** The object is new. */
  | 'CREATED'
  /** The configuration does not name the object, which is deleted or disabled. */
  | 'PRUNED'
  /** The object is as the configuration says. */
  | 'UNCHANGED';

/** The kind of an object in a configuration. */
export type ConfiguredKind =
  /** An event type. */
  | 'EVENT_TYPE'
  /** The policy of notices. */
  | 'NOTICE_POLICY'
  /** A rule. */
  | 'RULE'
  /** A schedule. */
  | 'SCHEDULE'
  /** The rule of a secret. */
  | 'SECRET'
  /** A source. */
  | 'SOURCE'
  /** A webhook endpoint. */
  | 'WEBHOOK_ENDPOINT'
  /** A workflow. */
  | 'WORKFLOW';

/** The input of `createToken`. */
export type CreateTokenInput = {
  /** Addresses and networks from which the token may be used, such as 10.0.0.0/8. Null means all. */
  allowedIps?: Array<string> | null | undefined;
  /** The time at which the token expires. Null: never. */
  expiresAt?: string | null | undefined;
  /** A name for people, such as `deploy pipeline`. Several tokens may have the same name. */
  name: string;
  /** The role of the token. It must not have more rights than your own. */
  role: MemberRole;
  /** The permissions of the role that the token gets, such as ingest_events. Null means all of them. */
  scopes?: Array<string> | null | undefined;
};

/** A kind of stored data that has its own retention time. */
export type DataClass =
  /** The audit record. It is kept for ever. */
  | 'AUDIT'
  /** The decisions of rules on events. */
  | 'DECISIONS'
  /** Webhooks that created no event, and the records of sent webhooks. */
  | 'DELIVERIES'
  /** The outputs of steps, and the requests in the ledger of external calls. */
  | 'OUTPUTS'
  /** The bodies of events, as they were sent. */
  | 'PAYLOADS'
  /** Runs with their steps, their events, and all that belongs to them. */
  | 'RUNS'
  /** The timelines of runs: each transition of a run or a step. */
  | 'RUN_LOG';

/** The input of `decideApproval`. */
export type DecideApprovalInput = {
  /** The id of the approval. */
  approval: string | number;
  /** The values of the form. A rejection may leave fields out. */
  form?: unknown;
  /** The decision. */
  outcome: ApprovalOutcome;
  /** The value of `shown` that the person saw with the approval. */
  shown: string;
};

/** The input of `deleteBudget`. */
export type DeleteBudgetInput = {
  /** The budget's id. */
  id: string | number;
};

/** The input of `deleteSecret`. */
export type DeleteSecretInput = {
  /** The revision that you have seen. The deletion is refused if the secret has changed since. Null skips this check. */
  expectedRevision?: number | null | undefined;
  /** Whether to delete the secret even if a workflow names it. The steps then fail with SECRET_UNAVAILABLE. */
  force?: boolean;
  /** The name of the secret, such as STRIPE_KEY. Steps name it as $secret:STRIPE_KEY. */
  name: string;
  /** The number of the version to delete. If this version is the newest, the secret then resolves to the previous version. Null deletes all versions and the rule. */
  version?: number | null | undefined;
};

/** The input of `deleteView`. */
export type DeleteViewInput = {
  /** The view's id. */
  id: string | number;
};

/** Selects entries of a list. An entry must match all given fields. A field that is null matches every entry. */
export type DeliveryFilter = {
  /** Deliveries that were refused with any of these codes, such as INVALID_SIGNATURE. */
  codes?: Array<string> | null | undefined;
  /** Deliveries with any of these outcomes. */
  outcomes?: Array<DeliveryOutcome> | null | undefined;
  /** Received before this time. */
  receivedBefore?: string | null | undefined;
  /** Received at this time or later. */
  receivedFrom?: string | null | undefined;
  /** The source's slug. */
  source?: string | null | undefined;
};

/** The reason why a delivery made no event. */
export type DeliveryOutcome =
  /** The idempotency key came before with another payload. */
  | 'CONFLICT'
  /** The same event came before. */
  | 'DUPLICATE'
  /** The delivery could not be accepted: see its reason. */
  | 'REFUSED';

/** The input of `disableSource`. */
export type DisableSourceInput = {
  /** The revision that you have seen. The change is refused if the source has changed since. Null skips this check. */
  expectedRevision?: number | null | undefined;
  /** The source's slug. */
  source: string;
};

/** States what happens if an external call is repeated. */
export type EffectClass =
  /** A repeat changes nothing. */
  | 'IDEMPOTENT'
  /** A repeat under the same key changes nothing. */
  | 'KEYED'
  /** A repeat does the same thing again. */
  | 'UNSAFE';

/** An operator's decision about an uncertain effect. */
export type EffectResolution =
  /** The call had no effect. Its step fails. */
  | 'DID_NOT_HAPPEN'
  /** The call had its effect. Its step succeeds. */
  | 'HAPPENED'
  /** The call is sent again under the same key. */
  | 'REPEAT';

/** The outcome of all tries of one external call. */
export type EffectState =
  /** The call had its effect. */
  | 'CONFIRMED'
  /** Each try never left, was refused, or was answered with a fault. A fault does not prove that nothing was done: `mostSent` counts these tries. */
  | 'FAILED'
  /** The call is recorded and has not left. */
  | 'INTENT'
  /** The call may have arrived. It is looked up, or sent again under the same key, automatically. */
  | 'SENT'
  /** Only a person can say whether the call had its effect. */
  | 'UNCERTAIN';

/** The input of `enableSource`. */
export type EnableSourceInput = {
  /** The revision that you have seen. The change is refused if the source has changed since. Null skips this check. */
  expectedRevision?: number | null | undefined;
  /** The source's slug. */
  source: string;
};

/** An item must match all given fields. */
export type EventFeedFilter = {
  /** The source's slug. It is possible that the source does not exist yet. */
  source?: string | null | undefined;
  /** The exact subject. */
  subject?: string | null | undefined;
  /** Any of these types. */
  types?: Array<string> | null | undefined;
};

/** An event must match all given fields. A page reads at most 20,000 index rows, and so does totalCount. Beyond that, the error is FILTER_TOO_BROAD. */
export type EventFilter = {
  /** Whether the payload failed to match the schema of its type when the event was received. */
  hasSchemaProblems?: boolean | null | undefined;
  /** The exact idempotency key, of any source. */
  idempotencyKey?: string | null | undefined;
  /** Received before this time. */
  receivedBefore?: string | null | undefined;
  /** Received at this time or later. */
  receivedFrom?: string | null | undefined;
  /** The slug or id of a rule that matched the event. */
  rule?: string | null | undefined;
  /** Values of search keys. An event must have all of these values. */
  searchKeys?: Array<SearchKeyFilter> | null | undefined;
  /** The source's slug. */
  source?: string | null | undefined;
  /** The exact subject. */
  subject?: string | null | undefined;
  /** The W3C trace id, 32 hexadecimal digits. */
  traceId?: string | null | undefined;
  /** Any of these types. */
  types?: Array<string> | null | undefined;
  /** Whether the event waits for a budget of EVENTS: see `Event.waitingFor`. */
  waitsForBudget?: boolean | null | undefined;
};

/** The input of `exportTenant`. */
export type ExportTenantInput = {
  /** The reason, for the audit record. */
  reason: string;
};

/** Whether a person has resolved a group of failures. */
export type FailureGroupState =
  /** No person has resolved the group. */
  | 'OPEN'
  /** A person resolved the group, and it has a later failure. */
  | 'REOPENED'
  /** A person has resolved the group, and it has no later failure. */
  | 'RESOLVED';

/** Whether the failures of a group are failed runs or dead jobs. */
export type FailureKind =
  /** Dead jobs. */
  | 'JOBS'
  /** Runs that failed or timed out with an error. */
  | 'RUNS';

/** The kind of an item of runFeed. */
export type FeedKind =
  /** Every item before the cursor was sent. */
  | 'CHECKPOINT'
  /** Items can no longer be shown. */
  | 'GAP'
  /** A run or a step changed its state. */
  | 'TRANSITION';

/** The input of `ingestEvent`. */
export type IngestEventInput = {
  /** A key that the caller chooses. A second request with the same key and input does nothing, and returns the first result. */
  idempotencyKey?: string | null | undefined;
  /** The time at which the event happened. Null means now. */
  occurredAt?: string | null | undefined;
  /** The payload: any JSON. */
  payload: unknown;
  /** The source's slug. */
  source?: string;
  /** The object that the event is about. */
  subject?: string | null | undefined;
  /** The type of the event, such as `order.created`. */
  type: string;
};

/** The input of `installRecipe`. */
export type InstallRecipeInput = {
  /** The parameters. They must match the recipe's JSON Schema. */
  parameters?: unknown;
  /** Whether to only try the installation and then roll it back. */
  planOnly?: boolean;
  /** The slug of the recipe. */
  recipe: string;
  /** Whether the objects work at once. */
  state?: RecipeState;
};

/** Whether the link of an invitation works. */
export type InvitationState =
  /** The person has joined. */
  | 'ACCEPTED'
  /** The link has expired. The invitation can be sent again. */
  | 'EXPIRED'
  /** The link works. */
  | 'OPEN'
  /** A member revoked the invitation. */
  | 'REVOKED';

/** The input of `inviteMember`. */
export type InviteMemberInput = {
  /** The email address of the person. */
  email: string;
  /** The offered role. It must not have more rights than your own. */
  role: MemberRole;
};

/** The state of a mail: waiting, sent, refused, or dropped before it was sent. */
export type MailState =
  /** The reason for the mail ended before it was sent. */
  | 'DROPPED'
  /** The mail waits for the mail server. */
  | 'QUEUED'
  /** The mail server refused the mail permanently. */
  | 'REFUSED'
  /** The mail server accepted the mail. */
  | 'SENT';

/**
 * The role of a member or of an API token: owner, admin, editor, operator or viewer.
 *
 * Each role in this list also has all permissions of the roles after it.
 */
export type MemberRole =
  /** Sources, secrets, budgets, tokens, members and the audit record. */
  | 'ADMIN'
  /** Workflows, rules and schedules. */
  | 'EDITOR'
  /** Starts, retries, pauses and cancels work; sends events. */
  | 'OPERATOR'
  /** Everything in the tenant, including its owners, billing, export and deletion. */
  | 'OWNER'
  /** Reads, and decides approvals that ask viewers. */
  | 'VIEWER';

/** Selects entries of a list. An entry must match all given fields. A field that is null matches every entry. */
export type OutboxJobFilter = {
  /** The fingerprint of the error with which a dead job failed; see failureGroups. */
  fingerprint?: string | null | undefined;
  /** True: only jobs that were open when the database was restored and that wait for releaseRestored. False: all other jobs. */
  restored?: boolean | null | undefined;
  /** Entries in any of these states. */
  states?: Array<OutboxJobState> | null | undefined;
  /** Jobs with any of these topics. */
  topics?: Array<OutboxJobTopic> | null | undefined;
};

/** The state of a job. */
export type OutboxJobState =
  /** The job is not needed any more. Final. */
  | 'CANCELLED'
  /** A worker holds the job. */
  | 'CLAIMED'
  /** The job failed too often. `redriveJobs` tries it again. */
  | 'DEAD'
  /** The relay has sent the job to the workers. */
  | 'DISPATCHED'
  /** The job is done. Final. */
  | 'DONE'
  /** The job waits until it is due and there is room. */
  | 'PENDING';

/** The kind of work that a job does, and the type of the job's subject. */
export type OutboxJobTopic =
  /** Notify the people who may decide an approval. The subject is of the type Approval. */
  | 'APPROVAL_NOTIFY'
  /** Process items of a bulk operation. The subject is of the type BulkOperation. */
  | 'BULK_ADVANCE'
  /** Match an event against the rules. The subject is of the type Event. */
  | 'EVENT_MATCH'
  /** Index stored events by new search keys. The subject is of the type EventType. */
  | 'EVENT_REINDEX'
  /** Write the mail of an invitation. The subject is of the type Invitation. */
  | 'INVITATION_NOTIFY'
  /** Send a mail. The subject is of the type Mail. */
  | 'MAIL_SEND'
  /** Notify people of a notice. The subject is of the type Notice. */
  | 'NOTICE_TELL'
  /** Run a backtest. The subject is of the type Backtest. */
  | 'RULE_BACKTEST'
  /** Close a window of a rule over time. The subject is of the type RuleWindow. */
  | 'RULE_WINDOW'
  /** Advance a run. The subject is of the type ExecutionRun. */
  | 'RUN_ADVANCE'
  /** Create the event of a due schedule. The subject is of the type Schedule. */
  | 'SCHEDULE_TICK';

/** The input of `pauseRule`. */
export type PauseRuleInput = {
  /** The reason, for the audit record. */
  reason: string;
  /** The rule's slug. */
  rule: string;
};

/** The input of `pauseRuns`. */
export type PauseRunsInput = {
  /** A key that the caller chooses. A second request with the same key and input does nothing, and returns the first result. */
  idempotencyKey?: string | null | undefined;
  /** The reason, for the run's log and the audit record. */
  reason: string;
  /** At most 100 ids. An unknown id causes an error, but the other runs are processed. */
  runs: Array<string | number>;
};

/** The input of `pauseSchedule`. */
export type PauseScheduleInput = {
  /** The reason. It is shown until the schedule is resumed. A later reason replaces the first one. */
  note?: string;
  /** The schedule's slug. */
  schedule: string;
};

/** The input of `pauseWorkflow`. */
export type PauseWorkflowInput = {
  /** What happens to events that match during the pause. */
  events?: PausedEvents;
  /** The reason, for the audit record. */
  reason: string;
  /** The workflow's slug. */
  workflow: string;
};

/** The treatment of events that match while a workflow is paused. */
export type PausedEvents =
  /** They start no runs, and their decisions are SUPPRESSED. */
  | 'SKIP'
  /** Their runs are created, and wait to begin. */
  | 'WAIT';

/** The kind of a caller: a member, an end user, a token, the platform's operator, or the system. */
export type PrincipalKind =
  /** A token of the tenant. */
  | 'API_TOKEN'
  /** The holder of an approval's link. */
  | 'END_USER'
  /** A person who is signed in. */
  | 'MEMBER'
  /** The platform, with a token of its own. */
  | 'OPERATOR'
  /** A process of the platform, without a caller. */
  | 'SYSTEM';

/** The input of `publishWorkflow`. */
export type PublishWorkflowInput = {
  /** The revision of the draft that you have seen. Publishing is refused if the draft has changed since. Null skips this check. */
  expectedRevision?: number | null | undefined;
  /** The workflow's slug. */
  workflow: string;
};

/** Whether an installed recipe works at once. */
export type RecipeState =
  /** Nothing starts yet: workflows are drafts, sources and rules are disabled, and schedules are paused. */
  | 'DRAFT'
  /** The workflows are published, and all objects are in force at once. */
  | 'LIVE';

/** The input of `redeliver`. */
export type RedeliverInput = {
  /** The ids of at most 20 deliveries. */
  deliveries: Array<string | number>;
  /** A request with a key that was used before returns the first answer. Even without a key, a delivery is ingested only once. */
  idempotencyKey?: string | null | undefined;
  /** Whether to make a new event from a conflict, although an earlier event has the same idempotency key. */
  newKeys?: boolean;
};

/** The input of `removeMember`. */
export type RemoveMemberInput = {
  /** The id of the member. */
  member: string | number;
};

/** The input of `reopenFailures`. */
export type ReopenFailuresInput = {
  /** The fingerprint of the group, see failureGroups. */
  fingerprint: string;
  /** Whether runs or jobs failed. */
  of?: FailureKind;
};

/** The input of `replayEvent`. */
export type ReplayEventInput = {
  /** The id of the event. */
  event: string | number;
  /** A key that the caller chooses. A second request with the same key and input does nothing, and returns the first result. */
  idempotencyKey?: string | null | undefined;
};

/** The input of `resendInvitation`. */
export type ResendInvitationInput = {
  /** The id of the invitation. */
  invitation: string | number;
};

/** The input of `resendWebhookDeliveries`. */
export type ResendWebhookDeliveriesInput = {
  /** The ids of at most 20 deliveries. */
  deliveries: Array<string | number>;
  /** A request with a key that was used before returns the runs of the first request and sends nothing. */
  idempotencyKey?: string | null | undefined;
};

/** The input of `resolveEffect`. */
export type ResolveEffectInput = {
  /** The id of the effect. */
  effect: string | number;
  /** For HAPPENED: the id that the other system gave to the object which the call created. */
  externalId?: string | null | undefined;
  /** For HAPPENED: the output that the connector would have returned for the step. Null: no output. */
  output?: unknown;
  /** How the caller knows the outcome, for the run's log and the audit record. */
  reason: string;
  /** The operator's decision. */
  resolution: EffectResolution;
};

/** The input of `resolveFailures`. */
export type ResolveFailuresInput = {
  /** The fingerprint of the group, see failureGroups. */
  fingerprint: string;
  /** Whether runs or jobs failed. */
  of?: FailureKind;
  /** What was done to resolve the group. Other people see it, and it is audited. */
  reason?: string;
};

/** The input of `resumeRule`. */
export type ResumeRuleInput = {
  /** The rule's slug. */
  rule: string;
};

/** The input of `resumeRuns`. */
export type ResumeRunsInput = {
  /** A key that the caller chooses. A second request with the same key and input does nothing, and returns the first result. */
  idempotencyKey?: string | null | undefined;
  /** The reason, for the run's log and the audit record. */
  reason?: string;
  /** At most 100 ids. An unknown id causes an error, but the other runs are processed. */
  runs: Array<string | number>;
};

/** The input of `resumeSchedule`. */
export type ResumeScheduleInput = {
  /** The schedule's slug. */
  schedule: string;
};

/** The input of `resumeWorkflow`. */
export type ResumeWorkflowInput = {
  /** The workflow's slug. */
  workflow: string;
};

/** The time for which one class of data is stored. */
export type RetentionDaysInput = {
  /** The kind of data. */
  dataClass: DataClass;
  /** Days from the end of the run: at most those of the plan. Null takes the days of the plan. */
  days?: number | null | undefined;
};

/** Where a retry begins. Results of earlier steps are kept. */
export type RetryFrom =
  /** At the steps that failed, were cut off or never began, and all steps that follow them. Other steps keep their outputs. */
  | 'FAILED_STEP'
  /** At the beginning. No step keeps its output. */
  | 'START'
  /** At the step of `fromStep`, all steps that follow it, and all steps that have not succeeded. */
  | 'STEP';

/** The input of `retryRuns`. */
export type RetryRunsInput = {
  /** Where each retry begins. */
  from?: RetryFrom;
  /** The key of the step, for `from: STEP`. */
  fromStep?: string | null | undefined;
  /** A key that the caller chooses. A second request with the same key and input does nothing, and returns the first result. */
  idempotencyKey?: string | null | undefined;
  /** Another payload. Only for a single run. The retry gets a new event, which refers to the original event. Omit it to keep the payload. */
  payload?: unknown;
  /** The id of the plan from planRetry. If the plan has changed since, all retries are refused. */
  planId?: string | null | undefined;
  /** The reason, for the run's log and the audit record. */
  reason?: string;
  /** Whether to send calls under new keys, so that their effects happen again. If false, receivers get the former keys, and a retry is refused if its receiver cannot recognise a repeat. */
  repeatEffects?: boolean;
  /** At most 100 ids. An unknown id causes an error, but the other runs are processed. */
  runs: Array<string | number>;
  /** The id of a version of the run's workflow, for `version: NAMED`. */
  toVersion?: string | number | null | undefined;
  /** The version that each retry executes. */
  version?: RetryVersion;
};

/** The version of the workflow that a retry executes. */
export type RetryVersion =
  /** The current version of the workflow. */
  | 'LATEST'
  /** The version that `toVersion` names. */
  | 'NAMED'
  /** The version of the run. */
  | 'SAME';

/** The input of `revealPayload`. */
export type RevealPayloadInput = {
  /** The id of the event. */
  event: string | number;
  /** The reason, for the audit record: 1 to 500 characters, such as a ticket's number. */
  reason: string;
};

/** The input of `revokeInvitation`. */
export type RevokeInvitationInput = {
  /** The id of the invitation. */
  invitation: string | number;
};

/** The input of `revokeToken`. */
export type RevokeTokenInput = {
  /** Whether to revoke also the active tokens that were made with this token, directly or through other tokens. Use this for a leaked token. */
  andItsTokens?: boolean;
  /** The id of the token. */
  token: string | number;
};

/** The input of `rollBackWorkflow`. */
export type RollBackWorkflowInput = {
  /** The revision of the draft that you have seen. The request is refused if the draft has changed since. Null skips this check. */
  expectedRevision?: number | null | undefined;
  /** The number of the earlier version whose content is published again. */
  version: number;
  /** The workflow's slug. */
  workflow: string;
};

/** The input of `ruleAbsence`. */
export type RuleAbsenceInput = {
  /** A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately for each of its values. Null counts all matches together. */
  key?: string | null | undefined;
  /** The condition in JsonLogic for the event that prevents the run, as for `when`. */
  unless: unknown;
  /** The template that reads the key of the event that ends the wait. Null: the same template as for the match. */
  unlessKey?: string | null | undefined;
  /** The event must come within this many seconds. */
  withinSeconds: number;
};

/** The input of `ruleCount`. */
export type RuleCountInput = {
  /** How many matches start a run. */
  atLeast: number;
  /** A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately for each of its values. Null counts all matches together. */
  key?: string | null | undefined;
  /** The matches must come within this many seconds. */
  withinSeconds: number;
};

/** The input of `ruleDebounce`. */
export type RuleDebounceInput = {
  /** A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately for each of its values. Null counts all matches together. */
  key?: string | null | undefined;
  /** At the latest, the run starts so many seconds after the first match. Null: no limit. */
  maxWaitSeconds?: number | null | undefined;
  /** After so many seconds without a match, the run starts. */
  periodSeconds: number;
};

/** Give at most one of rateLimit, debounce, count and absence. A throttle can be combined with any of them. */
export type RuleOptionsInput = {
  /** Starts a run if no other event follows. */
  absence?: RuleAbsenceInput | null | undefined;
  /** Starts one run for a number of matches. */
  count?: RuleCountInput | null | undefined;
  /** Starts one run for a series of matches. */
  debounce?: RuleDebounceInput | null | undefined;
  /** Limits how many matches start runs. */
  rateLimit?: RuleRateLimitInput | null | undefined;
  /** Whether a match ends the evaluation of rules with lower priority, whatever the outcome of the match. */
  stop?: boolean;
  /** Spaces the starts of runs. */
  throttle?: RuleThrottleInput | null | undefined;
};

/** The input of `ruleRateLimit`. */
export type RuleRateLimitInput = {
  /** A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately for each of its values. Null counts all matches together. */
  key?: string | null | undefined;
  /** The largest number of runs in a period. */
  limit: number;
  /** The length of the period, in seconds. */
  periodSeconds: number;
};

/** The input of `ruleThrottle`. */
export type RuleThrottleInput = {
  /** The number of runs that can begin at the same time after a pause. */
  burst?: number;
  /** A template over `event`, such as {{ event.payload.customer }}. Matches are counted separately for each of its values. Null counts all matches together. */
  key?: string | null | undefined;
  /** The number of runs that begin in a period. */
  limit: number;
  /** The length of the period, in seconds. */
  periodSeconds: number;
};

/** The length of a bucket of counts. Buckets begin at whole hours, at midnight, or on Mondays at midnight, all in UTC. */
export type RunCountsBy =
  /** One day, from midnight in UTC. */
  | 'DAY'
  /** One hour. */
  | 'HOUR'
  /** Seven days, from a Monday's midnight in UTC. */
  | 'WEEK';

/** Selects entries of a list. An entry must match all given fields. A field that is null matches every entry. */
export type RunFeedFilter = {
  /** Items that belong to any of these runs. */
  runs?: Array<string | number> | null | undefined;
  /** The workflow's slug or id. */
  workflow?: string | null | undefined;
};

/** A run must match all given fields. A page reads at most 20,000 index rows, and so does totalCount. Beyond that, the error is FILTER_TOO_BROAD. */
export type RunFilter = {
  /** Created before this time. */
  createdBefore?: string | null | undefined;
  /** Created at this time or later. */
  createdFrom?: string | null | undefined;
  /** The code of the run's error. */
  errorCode?: string | null | undefined;
  /** Runs that belong to this event. */
  event?: string | number | null | undefined;
  /** The fingerprint of the run's error; see failureGroups. */
  fingerprint?: string | null | undefined;
  /** Ended before this time. Runs that have not ended do not match. */
  finishedBefore?: string | null | undefined;
  /** Ended at this time or later. Runs that have not ended do not match. */
  finishedFrom?: string | null | undefined;
  /** The exact idempotency key of the run's event, of any source. */
  idempotencyKey?: string | null | undefined;
  /** The slug of a source whose runs are left out, such as `schedules`. */
  notSource?: string | null | undefined;
  /** Whether a retry has replaced the run. */
  retried?: boolean | null | undefined;
  /** The slug or id of the rule that started the run. */
  rule?: string | null | undefined;
  /** Values of search keys. The run's event must have all of these values. */
  searchKeys?: Array<SearchKeyFilter> | null | undefined;
  /** The slug of the source of the run's event. */
  source?: string | null | undefined;
  /** Entries in any of these states. */
  states?: Array<RunState> | null | undefined;
  /** True: only tests. False: only other runs. */
  test?: boolean | null | undefined;
  /** The W3C trace id, 32 hexadecimal digits. */
  traceId?: string | null | undefined;
  /** A WorkflowVersion's id. */
  version?: string | number | null | undefined;
  /** Whether the run waits for a budget: see `ExecutionRun.waitingFor`, which names a pause first. */
  waitsForBudget?: boolean | null | undefined;
  /** The workflow's slug or id. */
  workflow?: string | null | undefined;
};

/** The input of `runScheduleNow`. */
export type RunScheduleNowInput = {
  /** A request with a key that was used before returns the first event and makes no other. */
  idempotencyKey?: string | null | undefined;
  /** The schedule's slug. */
  schedule: string;
};

/** The state of a run. */
export type RunState =
  /** The run was cancelled. Final. */
  | 'CANCELLED'
  /** The run is being cancelled; compensations run. */
  | 'CANCELLING'
  /** The run ended with an error. Final. */
  | 'FAILED'
  /** A person has paused the run or its workflow. */
  | 'PAUSED'
  /** The run waits to begin. */
  | 'QUEUED'
  /** A worker executes the run. */
  | 'RUNNING'
  /** All steps that had to run succeeded. Final. */
  | 'SUCCEEDED'
  /** The run exceeded its timeout. Final. */
  | 'TIMED_OUT'
  /** The run waits for a time, an event, another run or a person. */
  | 'WAITING';

/** The input of `runWorkflow`. */
export type RunWorkflowInput = {
  /** A key that the caller chooses. A second request with the same key and input does nothing, and returns the first result. */
  idempotencyKey?: string | null | undefined;
  /** The payload of the event that the run gets: any JSON. */
  payload: unknown;
  /** The workflow's slug. */
  workflow: string;
};

/** A sample event for a test. The event is not stored. */
export type SampleEventInput = {
  /** The headers of the event. */
  headers?: unknown;
  /** The time at which the event happened. Null means now. */
  occurredAt?: string | null | undefined;
  /** The payload: any JSON. */
  payload?: unknown;
  /** The slug of a source. Null means a manual event. */
  source?: string | null | undefined;
  /** The object that the event is about. */
  subject?: string | null | undefined;
  /** The type of the event. */
  type: string;
};

/** The input of `saveRetention`. */
export type SaveRetentionInput = {
  /** The classes to change. Other classes stay unchanged. */
  policies: Array<RetentionDaysInput>;
};

/** The input of `saveRule`. */
export type SaveRuleInput = {
  /** Whether the rule matches events. Null keeps the stored value. A new rule is enabled. */
  enabled?: boolean | null | undefined;
  /** The revision that you have seen. The change is refused if the rule has changed since. Null skips this check. 0: refused if the rule exists already. */
  expectedRevision?: number | null | undefined;
  /** The name that people see. */
  name: string;
  /** How often, and when, matches start runs. Null keeps the stored options. An empty object removes them. */
  options?: RuleOptionsInput | null | undefined;
  /** Rules with a higher priority are matched first. */
  priority?: number;
  /** The name in URLs and references. It is unique in the tenant. */
  slug: string;
  /** The condition, in JsonLogic over type, source, subject, payload, headers and occurred_at. */
  when: unknown;
  /** The slug of the workflow that a match starts. */
  workflow: string;
};

/** The input of `saveSource`. */
export type SaveSourceInput = {
  /** More secrets to accept, besides the stored ones, newest first. */
  addSecrets?: Array<string> | null | undefined;
  /** Whether the source accepts events. Null keeps the stored value. A new source is enabled. */
  enabled?: boolean | null | undefined;
  /** The revision that you have seen. The change is refused if the source has changed since. Null skips this check. 0: refused if the source exists already. */
  expectedRevision?: number | null | undefined;
  /** The limits of the source, and where it reads values of an event. They replace all stored settings. Null keeps the stored settings. */
  intake?: SourceIntakeInput | null | undefined;
  /** The options of the scheme as a JSON object, with names such as timestamp_header. It is another form of `verification`. Null keeps the stored options of the same scheme. */
  options?: unknown;
  /** The versions of secrets to remove. */
  revokeSecrets?: Array<number> | null | undefined;
  /** How the sender of a request is verified. */
  scheme: SourceScheme;
  /** The secrets that are accepted, newest first. Null keeps the stored secrets. */
  secrets?: Array<string> | null | undefined;
  /** The name in URLs and references. It is unique in the tenant. */
  slug: string;
  /** The options of the scheme. They replace all stored options. Null keeps the stored options of the same scheme. */
  verification?: SourceVerificationInput | null | undefined;
};

/** The input of `saveView`. */
export type SaveViewInput = {
  /** The name that people see. A view with the same name is replaced. */
  name: string;
  /** True refuses to replace a view with the same name. */
  onlyNew?: boolean;
  /** The list that the view belongs to, such as `runs`. */
  page: string;
  /** The filters and columns, in the form that the client writes into its URL. */
  search: string;
  /** Whether all members of the tenant see the view. Sharing needs `share_views`. */
  shared?: boolean;
};

/** The input of `saveWebhookEndpoint`. */
export type SaveWebhookEndpointInput = {
  /** Whether messages are sent. True also enables an endpoint that was disabled because its receiver answered 410 Gone. A changed URL enables such an endpoint too. Null keeps the stored value. A new endpoint is enabled. */
  enabled?: boolean | null | undefined;
  /** The revision that you have seen. The change is refused if the endpoint has changed since. Null skips this check. 0: refused if the endpoint exists already. */
  expectedRevision?: number | null | undefined;
  /** The signing secrets, each written as whsec_ and base64. Give one, or two during a rotation, newest first. Each message is signed with every secret. Null keeps the stored secrets. */
  secrets?: Array<string> | null | undefined;
  /** The name in URLs and references. It is unique in the tenant. */
  slug: string;
  /** The URL to which messages are sent. */
  url: string;
};

/** The input of `saveWorkflow`. */
export type SaveWorkflowInput = {
  /** The definition. The definition of a draft may be invalid. */
  definition: unknown;
  /** The revision that you have seen. The change is refused if the workflow has changed since. Null skips this check. 0: refused if the workflow exists already. */
  expectedRevision?: number | null | undefined;
  /** The name that people see. */
  name: string;
  /** The name in URLs and references. It is unique in the tenant. */
  slug: string;
};

/** The behaviour of a tick while earlier runs of the schedule are open. */
export type ScheduleOverlap =
  /** The tick makes its event. */
  | 'ALLOW'
  /** The tick waits until the runs have ended. Ticks that fell due meanwhile follow `catchUp`. */
  | 'QUEUE'
  /** The tick is left out. */
  | 'SKIP';

/** Whether a tick of the schedule is planned. */
export type ScheduleState =
  /** A tick is planned. */
  | 'ACTIVE'
  /** No further tick is planned. */
  | 'ENDED'
  /** A person has paused the schedule. */
  | 'PAUSED';

/** The outcome of a tick: an event, or the reason why no event was made. */
export type ScheduleTickOutcome =
  /** The tick made an event. */
  | 'MADE'
  /** The tick came too late, or its schedule was changed or paused. The next event's `missed` says which. */
  | 'MISSED'
  /** Runs of an earlier tick were open. */
  | 'SKIPPED';

/** A value of a search key; see `EventType.searchKeys`. */
export type SearchKeyFilter = {
  /** The key, such as `order`. */
  name: string;
  /** The value as text. Write a number or boolean as in JSON: `4711`. */
  value: string;
};

/** The input of `setBreaker`. */
export type SetBreakerInput = {
  /** The connector, as in a step's `uses`. */
  connector: string;
  /** The host, with its port unless that is the default of HTTP or HTTPS. If an effect's `target` is a $secret: reference, give that reference. */
  host: string;
  /** Whether the breaker blocks calls, allows calls, or decides automatically. */
  mode: BreakerMode;
  /** The reason, for the audit record. */
  reason: string;
};

/** The input of `setBudget`. */
export type SetBudgetInput = {
  /** The action at the limit. CONCURRENT_RUNS allows only THROTTLE and REJECT. */
  action?: BudgetAction;
  /** A connector, to count only its calls. Only for CALLS and COST. Null counts all connectors. */
  connector?: string | null | undefined;
  /** The limit of COST in the currency, with at most six decimals. Give it instead of `limit`. */
  costLimit?: string | null | undefined;
  /** The maximum in a window; 0 allows nothing. For COST in millionths of the currency. */
  limit?: number | null | undefined;
  /** The metric that the budget counts. */
  metric: BudgetMetric;
  /** If true, the mutation refuses to replace an existing budget. */
  onlyNew?: boolean;
  /** The period after which the count starts again. */
  window: BudgetWindow;
  /** The slug of a workflow, to count only this workflow. Null counts the whole tenant. */
  workflow?: string | null | undefined;
};

/** A list that is not given stays unchanged. Null allows all, and an empty list allows nothing. A new secret allows all. */
export type SetSecretInput = {
  /** The connectors that may use the secret, such as http.request. */
  allowedConnectors?: Array<string> | null | undefined;
  /** The hosts to which a call with the secret may go: api.example.com, or *.example.com for all subdomains. Each may have a :port. */
  allowedHosts?: Array<string> | null | undefined;
  /** The slugs of the workflows that may use the secret. */
  allowedWorkflows?: Array<string> | null | undefined;
  /** The revision that you have seen. The change is refused if the secret has changed since. Null skips this check. 0: refused if the secret exists already. */
  expectedRevision?: number | null | undefined;
  /** The name of the secret, such as STRIPE_KEY. Steps name it as $secret:STRIPE_KEY. */
  name: string;
  /** How long older versions can still be used as $secret:NAME@1: at most 366 days. 0: not at all. Null: until they are deleted. */
  overlapSeconds?: number | null | undefined;
  /** The value as plain text: at least 4 characters and at most 32,768 bytes. Once it is stored, only workers can read it. */
  value: string;
};

/** The hash function within an HMAC. */
export type SignatureAlgorithm =
  /** HMAC-SHA1. */
  | 'SHA1'
  /** HMAC-SHA256. */
  | 'SHA256'
  /** HMAC-SHA512. */
  | 'SHA512';

/** The encoding in which a signature is written. */
export type SignatureEncoding =
  /** Base64. */
  | 'BASE64'
  /** Base64 with - and _. */
  | 'BASE64URL'
  /** Hexadecimal digits. */
  | 'HEX';

/** The input of `sourceIntake`. */
export type SourceIntakeInput = {
  /** Where the type of an event is read first. If nothing is found there, or if this is null, the usual place of the scheme is read. */
  eventType?: SourcePlaceInput | null | undefined;
  /** Where the idempotency key is read first. If nothing is found there, the usual place of the scheme is read. Null: only the usual place. */
  idempotencyKey?: SourceKeyPlaceInput | null | undefined;
  /** The days for which `deliveries` are stored. Null: 7 days. */
  keepDeliveriesDays?: number | null | undefined;
  /** The largest body, in bytes. Null: the default. */
  maxBytes?: number | null | undefined;
  /** The rate at which webhooks are accepted. Null: the default. */
  rateLimit?: SourceRateLimitInput | null | undefined;
  /** Where the subject of an event is read first. If nothing is found there, or if this is null, the usual place of the scheme is read. */
  subject?: SourcePlaceInput | null | undefined;
};

/** The place of the idempotency key. Give at most one of `header` and `expression`. */
export type SourceKeyPlaceInput = {
  /** JMESPath over `payload` and `headers`. The names of headers are in lower case. Null for a header. */
  expression?: string | null | undefined;
  /** The header. Null for an expression. */
  header?: string | null | undefined;
  /** How long a key is remembered, in seconds. Null: 7 days. */
  keepSeconds?: number | null | undefined;
};

/** The place of a value. Give exactly one of the two fields. */
export type SourcePlaceInput = {
  /** JMESPath over `payload` and `headers`. The names of headers are in lower case. Null for a header. */
  expression?: string | null | undefined;
  /** The header. Null for an expression. */
  header?: string | null | undefined;
};

/** The input of `sourceRateLimit`. */
export type SourceRateLimitInput = {
  /** The burst: how many webhooks are accepted at the same time after a pause. */
  burst?: number;
  /** The sustained rate: webhooks per second. */
  perSecond?: number;
};

/** The method that verifies a sender. */
export type SourceScheme =
  /** With an API token. Such a source accepts no webhooks. */
  | 'API'
  /** With a user name and password (HTTP Basic). */
  | 'BASIC'
  /** With a bearer token. */
  | 'BEARER'
  /** With GitHub's signature. */
  | 'GITHUB'
  /** With an HMAC, read as `verification` says. */
  | 'HMAC'
  /** With Shopify's signature. */
  | 'SHOPIFY'
  /** With Slack's signature. */
  | 'SLACK'
  /** With a signature of the Standard Webhooks specification. */
  | 'STANDARD_WEBHOOKS'
  /** With Stripe's signature. */
  | 'STRIPE'
  /** Not at all. Anyone who knows the URL can send. */
  | 'UNSIGNED';

/** How a signature is read. HMAC uses all fields; other schemes that sign a time use only `toleranceSeconds`. The defaults suit most senders: a hexadecimal HMAC-SHA256 of the body in the header X-Signature, and 300 seconds. */
export type SourceVerificationInput = {
  /** The hash function of the HMAC. */
  algorithm?: SignatureAlgorithm | null | undefined;
  /** The encoding of the signature. */
  encoding?: SignatureEncoding | null | undefined;
  /** The header with the signature. */
  header?: string | null | undefined;
  /** The header with the message id. */
  idHeader?: string | null | undefined;
  /** The text before the signature, such as sha256= */
  prefix?: string | null | undefined;
  /** The template of the signed content, such as {timestamp}.{body}. It has {body} once. It may have {timestamp} and {id}, if they have a header. */
  signs?: string | null | undefined;
  /** The header with the signed time. */
  timestampHeader?: string | null | undefined;
  /** The largest difference between the signed time and the clock, in seconds. */
  toleranceSeconds?: number | null | undefined;
  /** Whether headers without a signature may set an event's type, subject and idempotency key. Null keeps the stored value. For a new source the default is false. */
  trustUnsignedHeaders?: boolean | null | undefined;
};

/** The input of `startBulkOperation`. */
export type StartBulkOperationInput = {
  /** The operation is refused if the filter matches more items than this number: at most 100000. */
  ceiling?: number;
  /** The filter of events, for REPLAY. */
  events?: EventFilter | null | undefined;
  /** A key that the caller chooses. A second request with the same key and input does nothing, and returns the first result. */
  idempotencyKey?: string | null | undefined;
  /** The filter of dead jobs, for REDRIVE. */
  jobs?: OutboxJobFilter | null | undefined;
  /** The operation on each item. */
  kind: BulkKind;
  /** The id from previewBulkOperation with the same filter. The operation then skips items that are newer than the preview. */
  previewId?: string | null | undefined;
  /** The maximum number of items per second: 1 to 1000. */
  rate?: number;
  /** The reason, for the runs' logs and the audit record. */
  reason?: string;
  /** The options of RETRY. REDRIVE uses only `repeatEffects`, as in RedriveJobsInput. */
  retry?: BulkRetryOptions | null | undefined;
  /** The filter of runs, for RETRY and CANCEL. Without `states`, RETRY selects failed and timed-out runs, and CANCEL selects open runs. A run that was already retried is skipped, because its retry has replaced it. */
  runs?: RunFilter | null | undefined;
  /** A percentage. The operation stops if more of its items are refused, or if more of its newest runs fail. The check begins after 20 outcomes. */
  stopOnErrorRate?: number | null | undefined;
};

/** The difference of one step between two versions. */
export type StepChangeKind =
  /** The step is new. */
  | 'ADDED'
  /** The step is changed. */
  | 'CHANGED'
  /** The step is gone. */
  | 'REMOVED'
  /** The step has a new key. */
  | 'RENAMED';

/** The state of one attempt at a step. */
export type StepState =
  /** The run was cancelled before the attempt ended. Final. */
  | 'CANCELLED'
  /** The attempt failed. Final. */
  | 'FAILED'
  /** The attempt has not started. */
  | 'PENDING'
  /** The attempt failed. The next attempt starts at `nextAttemptAt`. */
  | 'RETRYING'
  /** A worker executes the attempt. */
  | 'RUNNING'
  /** The step did not have to run. Final. */
  | 'SKIPPED'
  /** The attempt succeeded. Final. */
  | 'SUCCEEDED'
  /** The call may have had its effect. A lookup, a repeat or a person decides. */
  | 'UNCERTAIN'
  /** The attempt waits for a time, an event, another run or a person. */
  | 'WAITING';

/** Whether the connectors of a test make calls. */
export type TestConnectors =
  /** Connectors make their calls. The test is a run that is marked as a test. */
  | 'LIVE'
  /** Nothing is sent. Connectors return the given answers, or examples. */
  | 'MOCKED';

/** Where the result of a step comes from. */
export type TestMock =
  /** From an example of the connector, or an approval that was assumed. */
  | 'EXAMPLE'
  /** From the request. */
  | 'GIVEN'
  /** From the recorded run. */
  | 'RECORDED';

/** The input of `testWorkflow`. */
export type TestWorkflowInput = {
  /** Whether connectors are mocked. */
  connectors?: TestConnectors;
  /** The id of a stored event of the tenant. */
  event?: string | number | null | undefined;
  /** For a LIVE test: a key that the caller chooses. A request with a key that was used before returns the first run. */
  idempotencyKey?: string | null | undefined;
  /** Outputs to use for steps that are not run: {"charge": {"status": 200}}. */
  outputs?: unknown;
  /** The id of a recorded run. The test uses the run's results of calls, waits and approvals again. It also uses the run's event, if no event is given. */
  recorded?: string | number | null | undefined;
  /** A sample event. Give it instead of `event`. */
  sample?: SampleEventInput | null | undefined;
  /** The simulated seconds after which the test is stopped. The result shows the state at that time. */
  stopAfterSeconds?: number | null | undefined;
  /** The number of a version. Null means the draft. */
  version?: number | null | undefined;
  /** The workflow's slug. */
  workflow: string;
  /** The simulated answers of the test. */
  world?: TestWorldInput | null | undefined;
};

/** The simulated answers of a test with mocked connectors, as in a case of `automate test`. An answer's key is the step's key. For items of a flow.for_each it is key[2] or key[*], and for the compensation it is key.compensate. */
export type TestWorldInput = {
  /** The outcomes of the attempts at a call: {"charge": [{"error": {"code": "…"}}, {"output": …}]}. */
  answers?: unknown;
  /** How the run of a flow.run_workflow ends: {"bill": {"outputs": {}}} or {"error": "…"}. */
  children?: unknown;
  /** The decisions about an approval: {"ask": [{"outcome": "rejected"}]}. */
  decisions?: unknown;
  /** Events that come during the test: [{"type": "…", "payload": …, "after_seconds": 60}]. */
  events?: unknown;
  /** The results of lookups. A connector makes a lookup to find out whether a call happened. */
  lookups?: unknown;
  /** The operator's decisions about uncertain calls. */
  resolutions?: unknown;
};

/** States what an amount of usage counts. */
export type UsageMetric =
  /** Calls of connectors. */
  | 'CALLS'
  /** What steps cost by the prices of the tenant's plan, in millionths of the currency. */
  | 'COST'
  /** Events that rules have seen. */
  | 'EVENTS'
  /** Runs that have begun. */
  | 'RUNS'
  /** Attempts at steps that have begun. */
  | 'STEPS';

/** The verdict of a rule about an event. */
export type Verdict =
  /** The rule or its workflow is disabled, so the match starts no run. */
  | 'DISABLED'
  /** The condition is true. */
  | 'MATCHED'
  /** The condition is true, and an option of the rule lets the match start no run of its own. Or the rule was not evaluated, because a rule of higher priority matched and stops. */
  | 'SUPPRESSED'
  /** The condition takes more steps than allowed. */
  | 'TOO_EXPENSIVE'
  /** The condition compares values that cannot be compared. */
  | 'TYPE_ERROR'
  /** The condition is false. */
  | 'UNMATCHED';

/** Why a secret does not verify a request. */
export type VerificationCause =
  /** The secret is right, but another hash was used. */
  | 'ALGORITHM'
  /** The secret is right, but the body was changed after signing. */
  | 'BODY'
  /** The secret is right, but the signature has another encoding. */
  | 'ENCODING'
  /** A header is missing, or has no well-formed signature. */
  | 'HEADER'
  /** The secret is right, but its bytes were read in another way. */
  | 'KEY_FORM'
  /** The signature matches in no known way. */
  | 'SECRET'
  /** The secret is right, but the signature covers other text. */
  | 'TEMPLATE'
  /** The signature is right, but its time is outside the tolerance. */
  | 'TIMESTAMP'
  /** The secret verifies the sender. */
  | 'VERIFIED';

/** A request to examine. Either give `source`, `headers` and the body, or only a stored `delivery`. */
export type VerifyDeliveryInput = {
  /** The body as text, in UTF-8. */
  body?: string | null | undefined;
  /** The body as base64, instead of `body`. */
  bodyBase64?: string | null | undefined;
  /** The id of a stored delivery, instead of headers and body. */
  delivery?: string | number | null | undefined;
  /** The headers of a captured request. */
  headers?: Array<CapturedHeader> | null | undefined;
  /** The time at which the request was received. Null means now. */
  receivedAt?: string | null | undefined;
  /** The source's slug. */
  source?: string | null | undefined;
};

/** Why a run or event waits. The first seven reasons are throttles, in the order in which they apply. */
export type WaitCause =
  /** A step waits for people to decide. */
  | 'APPROVAL'
  /** A circuit breaker holds calls to an unhealthy host. */
  | 'BREAKER'
  /** A budget of the tenant's plan is used up. */
  | 'BUDGET'
  /** A step waits for a time. */
  | 'DELAY'
  /** A step waits for an event. */
  | 'EVENT'
  /** Other runs hold the concurrency key. */
  | 'KEY'
  /** A limit of the platform is reached. */
  | 'LIMIT'
  /** A person has paused the run. */
  | 'PAUSED'
  /** The run or event waits for a worker. */
  | 'QUEUE'
  /** A step failed and is tried again later. */
  | 'RETRY'
  /** The rule is paused, or one of its options delays the run. */
  | 'RULE'
  /** A step waits for another run. */
  | 'RUN'
  /** The source has a rate limit for runs. */
  | 'SOURCE_RATE'
  /** The tenant is paused or suspended. */
  | 'TENANT'
  /** A person must say whether a call had its effect. */
  | 'UNCERTAIN'
  /** The workflow is paused. */
  | 'WORKFLOW';

/** Selects entries of a list. An entry must match all given fields. A field that is null matches every entry. */
export type WebhookDeliveryFilter = {
  /** The endpoint's slug or id. A slug selects the endpoint that has the slug now. If none has it, it selects the last endpoint that had it. */
  endpoint?: string | null | undefined;
  /** Entries in any of these states. */
  states?: Array<WebhookDeliveryState> | null | undefined;
};

/** The state of a message to a webhook endpoint. */
export type WebhookDeliveryState =
  /** The receiver accepted the message. */
  | 'DELIVERED'
  /** The last attempt failed. */
  | 'FAILED'
  /** An attempt failed, and another one follows. */
  | 'RETRYING'
  /** An attempt is in flight, or about to start. */
  | 'SENDING'
  /** The last attempt was sent and got no answer. */
  | 'UNKNOWN';

/** The two definitions to compare. */
export type WorkflowDiffInput = {
  /** The number of the earlier version. Null means the current one. */
  from?: number | null | undefined;
  /** The number of the later version. Null means the draft. */
  to?: number | null | undefined;
  /** The workflow's slug. */
  workflow: string;
};

export type PortalCountsQueryVariables = Exact<{
  first: number;
  filter?: ApprovalFilter | null | undefined;
}>;


export type PortalCountsQuery = { failureGroups: { edges: Array<{ node: { fingerprint: string } }>, pageInfo: { hasNextPage: boolean } }, approvals: { edges: Array<{ node: { id: string } }>, pageInfo: { hasNextPage: boolean } } };

export type PortalViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalViewerQuery = { viewer: { name: string, role: CallerRole, permissions: Array<string> }, tenant: { slug: string, name: string } };

export type ApprovalWholeFragment = { id: string, title: string, description: string | null, roles: Array<MemberRole>, members: Array<string>, quorum: number, form: unknown, shown: string, requestedBy: string | null, requestedAt: string, expiresAt: string, expiresAs: ApprovalOutcome, decidedAt: string | null, state: ApprovalState, viewerCanDecide: boolean | null, data: unknown, decisions: Array<{ by: string, role: MemberRole, outcome: ApprovalOutcome, at: string, form: unknown }>, run: { id: string, state: RunState, workflow: { name: string } } | null };

export type PortalApprovalQueryVariables = Exact<{
  id: string | number;
}>;


export type PortalApprovalQuery = { node:
    | { __typename: 'ApiToken' }
    | { __typename: 'Approval', id: string, title: string, description: string | null, roles: Array<MemberRole>, members: Array<string>, quorum: number, form: unknown, shown: string, requestedBy: string | null, requestedAt: string, expiresAt: string, expiresAs: ApprovalOutcome, decidedAt: string | null, state: ApprovalState, viewerCanDecide: boolean | null, data: unknown, decisions: Array<{ by: string, role: MemberRole, outcome: ApprovalOutcome, at: string, form: unknown }>, run: { id: string, state: RunState, workflow: { name: string } } | null }
    | { __typename: 'AuditEntry' }
    | { __typename: 'Backtest' }
    | { __typename: 'Budget' }
    | { __typename: 'BulkOperation' }
    | { __typename: 'CircuitBreaker' }
    | { __typename: 'Delivery' }
    | { __typename: 'Effect' }
    | { __typename: 'Event' }
    | { __typename: 'EventType' }
    | { __typename: 'ExecutionRun' }
    | { __typename: 'Invitation' }
    | { __typename: 'Mail' }
    | { __typename: 'Member' }
    | { __typename: 'Notice' }
    | { __typename: 'OutboxJob' }
    | { __typename: 'RuleSpec' }
    | { __typename: 'RuleWindow' }
    | { __typename: 'Schedule' }
    | { __typename: 'Secret' }
    | { __typename: 'Source' }
    | { __typename: 'StepRun' }
    | { __typename: 'WebhookDelivery' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'Workflow' }
    | { __typename: 'WorkflowVersion' }
   | null };

export type PortalDecideMutationVariables = Exact<{
  input: DecideApprovalInput;
}>;


export type PortalDecideMutation = { decideApproval: { approval: { id: string, title: string, description: string | null, roles: Array<MemberRole>, members: Array<string>, quorum: number, form: unknown, shown: string, requestedBy: string | null, requestedAt: string, expiresAt: string, expiresAs: ApprovalOutcome, decidedAt: string | null, state: ApprovalState, viewerCanDecide: boolean | null, data: unknown, decisions: Array<{ by: string, role: MemberRole, outcome: ApprovalOutcome, at: string, form: unknown }>, run: { id: string, state: RunState, workflow: { name: string } } | null } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalApprovalsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: ApprovalFilter | null | undefined;
}>;


export type PortalApprovalsQuery = { approvals: { edges: Array<{ node: { id: string, title: string, state: ApprovalState, requestedAt: string, expiresAt: string, decidedAt: string | null, quorum: number, viewerCanDecide: boolean | null, run: { id: string, workflow: { name: string } } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalApprovalFeedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type PortalApprovalFeedSubscription = { approvalFeed:
    | { __typename: 'ApprovalDecided', cursor: string }
    | { __typename: 'ApprovalEnded', cursor: string }
    | { __typename: 'ApprovalRequested', cursor: string }
    | { __typename: 'FeedCheckpoint' }
    | { __typename: 'FeedGap' }
   };

export type BacktestStateFragment = { id: string, state: BacktestState, total: number | null, tested: number, erased: number, older: boolean, newlyMatched: number, noLongerMatched: number, stillMatched: number, stillUnmatched: number, startedBy: string, createdAt: string, error: { code: string, message: string, traceId: string } | null };

export type PortalBacktestRuleMutationVariables = Exact<{
  input: BacktestRuleInput;
}>;


export type PortalBacktestRuleMutation = { backtestRule: { backtest: { id: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalAbortBacktestMutationVariables = Exact<{
  input: AbortBacktestInput;
}>;


export type PortalAbortBacktestMutation = { abortBacktest: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalBacktestQueryVariables = Exact<{
  id: string | number;
  difference?: BacktestDifference | null | undefined;
}>;


export type PortalBacktestQuery = { backtest: { when: unknown, id: string, state: BacktestState, total: number | null, tested: number, erased: number, older: boolean, newlyMatched: number, noLongerMatched: number, stillMatched: number, stillUnmatched: number, startedBy: string, createdAt: string, samples: Array<{ difference: BacktestDifference, verdict: Verdict, reason: string, event: { id: string, type: string, idempotencyKey: string | null, receivedAt: string } | null }>, error: { code: string, message: string, traceId: string } | null } | null };

export type PortalBacktestProgressSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type PortalBacktestProgressSubscription = { backtestProgress: { id: string, state: BacktestState, total: number | null, tested: number, erased: number, older: boolean, newlyMatched: number, noLongerMatched: number, stillMatched: number, stillUnmatched: number, startedBy: string, createdAt: string, error: { code: string, message: string, traceId: string } | null } };

export type BreakerRowFragment = { id: string, connector: string, host: string, state: BreakerState, mode: BreakerMode, calls: number, failures: number, code: string | null, probeAt: string | null, changedAt: string, windowStarted: string };

export type PortalBreakersQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  holding?: boolean | null | undefined;
}>;


export type PortalBreakersQuery = { circuitBreakers: { edges: Array<{ node: { id: string, connector: string, host: string, state: BreakerState, mode: BreakerMode, calls: number, failures: number, code: string | null, probeAt: string | null, changedAt: string, windowStarted: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalSetBreakerMutationVariables = Exact<{
  input: SetBreakerInput;
}>;


export type PortalSetBreakerMutation = { setBreaker: { breaker: { id: string, connector: string, host: string, state: BreakerState, mode: BreakerMode, calls: number, failures: number, code: string | null, probeAt: string | null, changedAt: string, windowStarted: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type BulkWholeFragment = { id: string, kind: BulkKind, state: BulkState, reason: string, rate: number, total: number, done: number, skipped: number, refused: number, startedBy: string, createdAt: string, finishedAt: string | null, error: { code: string, message: string, traceId: string } | null };

export type PortalBulkQueryVariables = Exact<{
  id: string | number;
}>;


export type PortalBulkQuery = { node:
    | { __typename: 'ApiToken' }
    | { __typename: 'Approval' }
    | { __typename: 'AuditEntry' }
    | { __typename: 'Backtest' }
    | { __typename: 'Budget' }
    | { __typename: 'BulkOperation', id: string, kind: BulkKind, state: BulkState, reason: string, rate: number, total: number, done: number, skipped: number, refused: number, startedBy: string, createdAt: string, finishedAt: string | null, error: { code: string, message: string, traceId: string } | null }
    | { __typename: 'CircuitBreaker' }
    | { __typename: 'Delivery' }
    | { __typename: 'Effect' }
    | { __typename: 'Event' }
    | { __typename: 'EventType' }
    | { __typename: 'ExecutionRun' }
    | { __typename: 'Invitation' }
    | { __typename: 'Mail' }
    | { __typename: 'Member' }
    | { __typename: 'Notice' }
    | { __typename: 'OutboxJob' }
    | { __typename: 'RuleSpec' }
    | { __typename: 'RuleWindow' }
    | { __typename: 'Schedule' }
    | { __typename: 'Secret' }
    | { __typename: 'Source' }
    | { __typename: 'StepRun' }
    | { __typename: 'WebhookDelivery' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'Workflow' }
    | { __typename: 'WorkflowVersion' }
   | null };

export type PortalBulkItemsQueryVariables = Exact<{
  id: string | number;
  first: number;
  after?: string | null | undefined;
  outcome?: BulkOutcome | null | undefined;
}>;


export type PortalBulkItemsQuery = { node:
    | { __typename: 'ApiToken' }
    | { __typename: 'Approval' }
    | { __typename: 'AuditEntry' }
    | { __typename: 'Backtest' }
    | { __typename: 'Budget' }
    | { __typename: 'BulkOperation', id: string, items: { edges: Array<{ node: { item: string, outcome: BulkOutcome, runs: Array<string>, at: string, error: { code: string, message: string, traceId: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
    | { __typename: 'CircuitBreaker' }
    | { __typename: 'Delivery' }
    | { __typename: 'Effect' }
    | { __typename: 'Event' }
    | { __typename: 'EventType' }
    | { __typename: 'ExecutionRun' }
    | { __typename: 'Invitation' }
    | { __typename: 'Mail' }
    | { __typename: 'Member' }
    | { __typename: 'Notice' }
    | { __typename: 'OutboxJob' }
    | { __typename: 'RuleSpec' }
    | { __typename: 'RuleWindow' }
    | { __typename: 'Schedule' }
    | { __typename: 'Secret' }
    | { __typename: 'Source' }
    | { __typename: 'StepRun' }
    | { __typename: 'WebhookDelivery' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'Workflow' }
    | { __typename: 'WorkflowVersion' }
   | null };

export type PortalBulkProgressSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type PortalBulkProgressSubscription = { bulkProgress: { id: string, kind: BulkKind, state: BulkState, reason: string, rate: number, total: number, done: number, skipped: number, refused: number, startedBy: string, createdAt: string, finishedAt: string | null, error: { code: string, message: string, traceId: string } | null } };

export type PortalAbortBulkMutationVariables = Exact<{
  input: AbortBulkOperationInput;
}>;


export type PortalAbortBulkMutation = { abortBulkOperation: { operation: { id: string, state: BulkState } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalBulkPreviewQueryVariables = Exact<{
  input: BulkInput;
}>;


export type PortalBulkPreviewQuery = { previewBulkOperation: { previewId: string, count: number, lookedAt: number, newRuns: number | null, effectsThatRepeat: Array<{ step: string, connector: string, effect: EffectClass, consent: boolean, runs: number }>, refusals: Array<{ code: string, message: string, items: number }> } };

export type PortalStartBulkMutationVariables = Exact<{
  input: StartBulkOperationInput;
}>;


export type PortalStartBulkMutation = { startBulkOperation: { operation: { id: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalBulkOperationsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type PortalBulkOperationsQuery = { bulkOperations: { edges: Array<{ node: { id: string, kind: BulkKind, state: BulkState, reason: string, rate: number, total: number, done: number, skipped: number, refused: number, startedBy: string, createdAt: string, finishedAt: string | null, error: { code: string, message: string, traceId: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalConnectorsQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalConnectorsQuery = { connectors: Array<{ name: string, title: string, description: string, effect: EffectClass, lookup: boolean, takesSecrets: boolean, hosts: Array<string>, hostFields: Array<string>, inputSchema: unknown, outputSchema: unknown, failures: Array<{ name: string, code: string, retryable: boolean, mayHaveArrived: boolean, when: string }> }> };

export type PortalValidateWorkflowQueryVariables = Exact<{
  definition: unknown;
  workflow?: string | null | undefined;
}>;


export type PortalValidateWorkflowQuery = { validateWorkflow: { valid: boolean, problems: Array<{ code: string, message: string, path: Array<string> }> } };

export type PortalSaveWorkflowMutationVariables = Exact<{
  input: SaveWorkflowInput;
}>;


export type PortalSaveWorkflowMutation = { saveWorkflow: { workflow: { id: string, revision: number } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type DeliveryRowFragment = { id: string, outcome: DeliveryOutcome, type: string | null, idempotencyKey: string | null, payloadBytes: number, receivedAt: string, redeliverable: boolean, reason: { code: string, message: string } | null, source: { slug: string }, redeliveredEvent: { id: string } | null };

export type PortalDeliveriesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: DeliveryFilter | null | undefined;
}>;


export type PortalDeliveriesQuery = { deliveries: { edges: Array<{ node: { id: string, outcome: DeliveryOutcome, type: string | null, idempotencyKey: string | null, payloadBytes: number, receivedAt: string, redeliverable: boolean, reason: { code: string, message: string } | null, source: { slug: string }, redeliveredEvent: { id: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalDeliverySourcesQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalDeliverySourcesQuery = { sources: { edges: Array<{ node: { slug: string } }> } };

export type PortalDeliveryQueryVariables = Exact<{
  id: string | number;
}>;


export type PortalDeliveryQuery = { node:
    | { __typename: 'ApiToken' }
    | { __typename: 'Approval' }
    | { __typename: 'AuditEntry' }
    | { __typename: 'Backtest' }
    | { __typename: 'Budget' }
    | { __typename: 'BulkOperation' }
    | { __typename: 'CircuitBreaker' }
    | { __typename: 'Delivery', traceId: string, payloadSha256: string, secretVersion: number | null, expiresAt: string, eventExpired: boolean, id: string, outcome: DeliveryOutcome, type: string | null, idempotencyKey: string | null, payloadBytes: number, receivedAt: string, redeliverable: boolean, event: { id: string, type: string } | null, reason: { code: string, message: string } | null, source: { slug: string }, redeliveredEvent: { id: string } | null }
    | { __typename: 'Effect' }
    | { __typename: 'Event' }
    | { __typename: 'EventType' }
    | { __typename: 'ExecutionRun' }
    | { __typename: 'Invitation' }
    | { __typename: 'Mail' }
    | { __typename: 'Member' }
    | { __typename: 'Notice' }
    | { __typename: 'OutboxJob' }
    | { __typename: 'RuleSpec' }
    | { __typename: 'RuleWindow' }
    | { __typename: 'Schedule' }
    | { __typename: 'Secret' }
    | { __typename: 'Source' }
    | { __typename: 'StepRun' }
    | { __typename: 'WebhookDelivery' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'Workflow' }
    | { __typename: 'WorkflowVersion' }
   | null };

export type PortalVerifyDeliveryQueryVariables = Exact<{
  input: VerifyDeliveryInput;
}>;


export type PortalVerifyDeliveryQuery = { verifyDelivery: { verified: boolean, secretVersion: number | null, secrets: Array<{ version: number, cause: VerificationCause, message: string }>, refusal: { code: string, message: string, traceId: string } | null } };

export type PortalRedeliverMutationVariables = Exact<{
  input: RedeliverInput;
}>;


export type PortalRedeliverMutation = { redeliver: { events: Array<{ id: string, type: string }>, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type EffectWholeFragment = { id: string, key: string, step: string, connector: string, effect: EffectClass, target: string | null, state: EffectState, tries: number, mostSent: number, proof: string, code: string | null, externalId: string | null, responseSha256: string | null, intendedAt: string, settledAt: string | null, lookups: number, earlierTries: Array<{ number: number, state: EffectState, code: string | null, intendedAt: string }>, resolution: { how: EffectResolution, reason: string, by: string, at: string } | null };

export type PortalResolveEffectMutationVariables = Exact<{
  input: ResolveEffectInput;
}>;


export type PortalResolveEffectMutation = { resolveEffect: { effect: { id: string, key: string, step: string, connector: string, effect: EffectClass, target: string | null, state: EffectState, tries: number, mostSent: number, proof: string, code: string | null, externalId: string | null, responseSha256: string | null, intendedAt: string, settledAt: string | null, lookups: number, earlierTries: Array<{ number: number, state: EffectState, code: string | null, intendedAt: string }>, resolution: { how: EffectResolution, reason: string, by: string, at: string } | null } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalEventQueryVariables = Exact<{
  id: string | number;
}>;


export type PortalEventQuery = { event: { traceId: string, occurredAt: string, payload: unknown, payloadSha256: string, depth: number, id: string, type: string, subject: string | null, idempotencyKey: string | null, receivedAt: string, payloadBytes: number, waitingFor: { until: string | null, sentence: string } | null, derivedFrom: { id: string } | null, decisions: Array<{ verdict: Verdict, reason: string, path: Array<string>, decidedAt: string, rule: { slug: string, name: string } | null, run: { id: string, state: RunState } | null, collapsedInto: { id: string } | null }>, runs: { edges: Array<{ node: { id: string, state: RunState, createdAt: string, workflow: { name: string }, workflowVersion: { number: number } } }> }, source: { slug: string }, schemaProblems: Array<{ message: string }> } | null };

export type PortalEventRunsSubscriptionVariables = Exact<{
  filter?: RunFeedFilter | null | undefined;
}>;


export type PortalEventRunsSubscription = { runFeed: { kind: FeedKind, cursor: string } };

export type PortalReplayMutationVariables = Exact<{
  input: ReplayEventInput;
}>;


export type PortalReplayMutation = { replayEvent: { event: { id: string } | null, runs: Array<{ id: string }>, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalWhyQueryVariables = Exact<{
  rule: string;
  event: string | number;
}>;


export type PortalWhyQuery = { explainRule: { sentence: string, tree: unknown } | null };

export type EventRowFragment = { id: string, type: string, subject: string | null, idempotencyKey: string | null, receivedAt: string, payloadBytes: number, source: { slug: string }, schemaProblems: Array<{ message: string }> };

export type PortalEventsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: EventFilter | null | undefined;
}>;


export type PortalEventsQuery = { events: { edges: Array<{ node: { id: string, type: string, subject: string | null, idempotencyKey: string | null, receivedAt: string, payloadBytes: number, source: { slug: string }, schemaProblems: Array<{ message: string }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalEventFeedSubscriptionVariables = Exact<{
  filter?: EventFeedFilter | null | undefined;
}>;


export type PortalEventFeedSubscription = { eventFeed:
    | { cursor: string, event: { id: string } }
    | Record<PropertyKey, never>
   };

export type PortalEventNamesQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalEventNamesQuery = { sources: { edges: Array<{ node: { slug: string } }> }, eventTypes: { edges: Array<{ node: { name: string } }> } };

export type PortalFailureDetailsQueryVariables = Exact<{
  filter?: RunFilter | null | undefined;
}>;


export type PortalFailureDetailsQuery = { newest: { edges: Array<{ node: { id: string, createdAt: string } }>, pageInfo: { hasNextPage: boolean } }, oldest: { edges: Array<{ node: { id: string, createdAt: string, workflow: { slug: string, name: string }, workflowVersion: { number: number, publishedAt: string, publishedBy: string } } }> } };

export type PortalFailuresQueryVariables = Exact<{
  of: FailureKind;
  first: number;
  after?: string | null | undefined;
  resolved: boolean;
}>;


export type PortalFailuresQuery = { failureGroups: { edges: Array<{ node: { fingerprint: string, code: string, message: string, count: number, firstAt: string, lastAt: string, trend: Array<number>, workflows: Array<string>, topics: Array<OutboxJobTopic>, state: FailureGroupState, resolvedAt: string | null, resolvedBy: string | null, resolvedReason: string | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalResolveFailuresMutationVariables = Exact<{
  input: ResolveFailuresInput;
}>;


export type PortalResolveFailuresMutation = { resolveFailures: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalReopenFailuresMutationVariables = Exact<{
  input: ReopenFailuresInput;
}>;


export type PortalReopenFailuresMutation = { reopenFailures: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type RunRowFragment = { id: string, state: RunState, stateReason: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, test: boolean, error: { code: string, message: string, traceId: string } | null, workflow: { slug: string, name: string }, workflowVersion: { number: number }, event: { id: string, type: string, subject: string | null, idempotencyKey: string | null } | null };

export type PortalHeldRunsQueryVariables = Exact<{
  last: number;
  filter?: RunFilter | null | undefined;
  count: boolean;
}>;


export type PortalHeldRunsQuery = { runs: { totalCount?: number, edges: Array<{ node: { id: string, createdAt: string, workflow: { name: string }, event: { id: string, type: string, idempotencyKey: string | null } | null, waitingFor: { cause: WaitCause, position: number | null, until: string | null, sentence: string } | null } }>, pageInfo: { hasPreviousPage: boolean } } };

export type PortalHeldEventsQueryVariables = Exact<{
  last: number;
}>;


export type PortalHeldEventsQuery = { events: { totalCount: number, edges: Array<{ node: { id: string, type: string, idempotencyKey: string | null, receivedAt: string, waitingFor: { position: number | null, until: string | null, sentence: string } | null } }> } };

export type PortalHomeQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalHomeQuery = { workflows: { edges: Array<{ node: { id: string } }> }, runs: { edges: Array<{ node: { id: string } }> } };

export type PortalRecipesQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalRecipesQuery = { recipes: Array<{ slug: string, title: string, description: string, parameters: unknown, creates: Array<{ kind: ConfiguredKind, slug: string }>, secrets: Array<{ name: string, exists: boolean | null }> }> };

export type PortalInstallRecipeMutationVariables = Exact<{
  input: InstallRecipeInput;
}>;


export type PortalInstallRecipeMutation = { installRecipe: { changes: Array<{ kind: ConfiguredKind, slug: string, outcome: ConfigurationOutcome, version: number | null }>, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalRetryPlanQueryVariables = Exact<{
  input: RetryRunsInput;
}>;


export type PortalRetryPlanQuery = { planRetry: { planId: string, runs: Array<string>, skippedSteps: Array<string>, repeatedSteps: Array<string>, droppedSteps: Array<{ step: string, reason: string }>, effectsThatRepeat: Array<{ step: string, connector: string, effect: EffectClass, state: EffectState, key: string | null }>, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalRetryMutationVariables = Exact<{
  input: RetryRunsInput;
}>;


export type PortalRetryMutation = { retryRuns: { runs: Array<{ id: string }>, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalRetryChoicesQueryVariables = Exact<{
  id: string | number;
}>;


export type PortalRetryChoicesQuery = { run: { id: string, event: { id: string, payload: unknown } | null } | null };

export type PortalRevealMutationVariables = Exact<{
  input: RevealPayloadInput;
}>;


export type PortalRevealMutation = { revealPayload: { revealed: { body: string, scrubbed: boolean, until: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type RuleWholeFragment = { id: string, slug: string, name: string, enabled: boolean, pausedAt: string | null, priority: number, when: unknown, revision: number, warnings: Array<{ message: string, path: Array<string> }>, workflow: { slug: string, name: string } };

export type PortalRulesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type PortalRulesQuery = { rules: { edges: Array<{ node: { id: string, slug: string, name: string, enabled: boolean, pausedAt: string | null, priority: number, when: unknown, revision: number, warnings: Array<{ message: string, path: Array<string> }>, workflow: { slug: string, name: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalRuleQueryVariables = Exact<{
  slug: string;
}>;


export type PortalRuleQuery = { rule: { id: string, slug: string, name: string, enabled: boolean, pausedAt: string | null, priority: number, when: unknown, revision: number, warnings: Array<{ message: string, path: Array<string> }>, workflow: { slug: string, name: string } } | null };

export type PortalRuleSamplesQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalRuleSamplesQuery = { events: { edges: Array<{ node: { id: string, type: string, idempotencyKey: string | null, receivedAt: string, source: { slug: string } } }> } };

export type PortalRuleSampleQueryVariables = Exact<{
  id: string | number;
}>;


export type PortalRuleSampleQuery = { event: { id: string, type: string, subject: string | null, payload: unknown, idempotencyKey: string | null, receivedAt: string, source: { slug: string } } | null };

export type PortalExplainRuleQueryVariables = Exact<{
  when: unknown;
  event: string | number;
}>;


export type PortalExplainRuleQuery = { explainRule: { matched: boolean, verdict: Verdict, sentence: string, tree: unknown } | null };

export type PortalSaveRuleMutationVariables = Exact<{
  input: SaveRuleInput;
}>;


export type PortalSaveRuleMutation = { saveRule: { rule: { id: string, slug: string, name: string, enabled: boolean, pausedAt: string | null, priority: number, when: unknown, revision: number, warnings: Array<{ message: string, path: Array<string> }>, workflow: { slug: string, name: string } } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalPauseRuleMutationVariables = Exact<{
  input: PauseRuleInput;
}>;


export type PortalPauseRuleMutation = { pauseRule: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalResumeRuleMutationVariables = Exact<{
  input: ResumeRuleInput;
}>;


export type PortalResumeRuleMutation = { resumeRule: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalRunQueryVariables = Exact<{
  id: string | number;
}>;


export type PortalRunQuery = { run: { traceId: string, fingerprint: string | null, stepCount: number, expired: Array<DataClass>, id: string, state: RunState, stateReason: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, test: boolean, waitingFor: { cause: WaitCause, position: number | null, until: string | null, sentence: string } | null, rule: { slug: string, name: string } | null, steps: { edges: Array<{ node: { id: string, key: string, state: StepState, attempt: number, startedAt: string, finishedAt: string | null, error: { code: string, message: string, traceId: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, timeline: { edges: Array<{ node: { at: string, kind: string, step: string | null, item: number | null, compensates: boolean, attempt: number | null, message: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, effects: Array<{ id: string, key: string, step: string, connector: string, target: string | null, state: EffectState, proof: string }>, parent: { id: string, state: RunState, workflow: { name: string } } | null, retryOf: { id: string, state: RunState, createdAt: string } | null, retries: { edges: Array<{ node: { id: string, state: RunState, createdAt: string } }> }, error: { code: string, message: string, traceId: string } | null, workflow: { slug: string, name: string }, workflowVersion: { number: number }, event: { id: string, type: string, subject: string | null, idempotencyKey: string | null } | null } | null };

export type LogLineFragment = { at: string, kind: string, step: string | null, item: number | null, compensates: boolean, attempt: number | null, message: string };

export type StepLaneFragment = { id: string, key: string, state: StepState, attempt: number, startedAt: string, finishedAt: string | null, error: { code: string, message: string, traceId: string } | null };

export type PortalRunDefinitionQueryVariables = Exact<{
  id: string | number;
}>;


export type PortalRunDefinitionQuery = { run: { id: string, workflowVersion: { id: string, definition: unknown } } | null };

export type PortalRunChangesSubscriptionVariables = Exact<{
  runs: Array<string | number> | string | number;
}>;


export type PortalRunChangesSubscription = { runFeed: { kind: FeedKind, cursor: string } };

export type PortalCancelMutationVariables = Exact<{
  input: CancelRunsInput;
}>;


export type PortalCancelMutation = { cancelRuns: { runs: Array<{ id: string, state: RunState }>, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalPauseMutationVariables = Exact<{
  input: PauseRunsInput;
}>;


export type PortalPauseMutation = { pauseRuns: { runs: Array<{ id: string, state: RunState }>, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalResumeMutationVariables = Exact<{
  input: ResumeRunsInput;
}>;


export type PortalResumeMutation = { resumeRuns: { runs: Array<{ id: string, state: RunState }>, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalRunCountsQueryVariables = Exact<{
  from: string;
  to: string;
  by: RunCountsBy;
  workflow?: string | null | undefined;
}>;


export type PortalRunCountsQuery = { runCounts: Array<{ from: string, to: string, succeeded: number, failed: number, cancelled: number, timedOut: number }> };

export type PortalStepQueryVariables = Exact<{
  id: string | number;
}>;


export type PortalStepQuery = { node:
    | { id: string, key: string, state: StepState, attempt: number, startedAt: string, finishedAt: string | null, nextAttemptAt: string | null, reason: string | null, input: unknown, output: unknown, error: { code: string, message: string, traceId: string } | null, effect: { id: string, key: string, step: string, connector: string, effect: EffectClass, target: string | null, state: EffectState, tries: number, mostSent: number, proof: string, code: string | null, externalId: string | null, responseSha256: string | null, intendedAt: string, settledAt: string | null, lookups: number, earlierTries: Array<{ number: number, state: EffectState, code: string | null, intendedAt: string }>, resolution: { how: EffectResolution, reason: string, by: string, at: string } | null } | null, childRun: { id: string, state: RunState, workflow: { name: string } } | null, progress: { total: number, done: number, failed: number } | null, attempts: { edges: Array<{ node: { id: string, attempt: number, state: StepState, startedAt: string, finishedAt: string | null, error: { code: string, message: string, traceId: string } | null } }> } }
    | Record<PropertyKey, never>
   | null };

export type PortalRunPayloadQueryVariables = Exact<{
  id: string | number;
}>;


export type PortalRunPayloadQuery = { run: { id: string, event: { id: string, payload: unknown } | null } | null };

export type RunEffectFragment = { id: string, key: string, step: string, connector: string, target: string | null, state: EffectState, proof: string };

export type PortalRunEffectsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  run: string | number;
}>;


export type PortalRunEffectsQuery = { effects: { edges: Array<{ node: { id: string, key: string, step: string, connector: string, target: string | null, state: EffectState, proof: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalMoreStepsQueryVariables = Exact<{
  id: string | number;
  after?: string | null | undefined;
}>;


export type PortalMoreStepsQuery = { run: { stepConnection: { edges: Array<{ node: { id: string, key: string, state: StepState, attempt: number, startedAt: string, finishedAt: string | null, error: { code: string, message: string, traceId: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type PortalMoreHistoryQueryVariables = Exact<{
  id: string | number;
  after?: string | null | undefined;
}>;


export type PortalMoreHistoryQuery = { run: { timeline: { edges: Array<{ node: { at: string, kind: string, step: string | null, item: number | null, compensates: boolean, attempt: number | null, message: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type PortalRunsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: RunFilter | null | undefined;
  rule: boolean;
  source: boolean;
  trace: boolean;
}>;


export type PortalRunsQuery = { runs: { edges: Array<{ node: { traceId?: string, id: string, state: RunState, stateReason: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, test: boolean, rule?: { name: string } | null, event?: { id: string, type: string, subject: string | null, idempotencyKey: string | null, source: { slug: string } } | null, error: { code: string, message: string, traceId: string } | null, workflow: { slug: string, name: string }, workflowVersion: { number: number } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalRunFeedSubscriptionVariables = Exact<{
  filter?: RunFeedFilter | null | undefined;
}>;


export type PortalRunFeedSubscription = { runFeed: { kind: FeedKind, cursor: string, step: { id: string } | null, run: { id: string, state: RunState, stateReason: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, test: boolean, error: { code: string, message: string, traceId: string } | null, workflow: { slug: string, name: string }, workflowVersion: { number: number }, event: { id: string, type: string, subject: string | null, idempotencyKey: string | null } | null } | null } };

export type PortalRunFiltersQueryVariables = Exact<{
  rules: boolean;
  sources: boolean;
}>;


export type PortalRunFiltersQuery = { rules?: { edges: Array<{ node: { slug: string, name: string } }> }, sources?: { edges: Array<{ node: { slug: string } }> } };

export type PortalSavedViewsQueryVariables = Exact<{
  page: string;
}>;


export type PortalSavedViewsQuery = { savedViews: Array<{ id: string, name: string, search: string, shared: boolean, savedBy: string }> };

export type PortalSaveViewMutationVariables = Exact<{
  input: SaveViewInput;
}>;


export type PortalSaveViewMutation = { saveView: { view: { id: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalDeleteViewMutationVariables = Exact<{
  input: DeleteViewInput;
}>;


export type PortalDeleteViewMutation = { deleteView: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalSchedulesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type PortalSchedulesQuery = { schedules: { edges: Array<{ node: { id: string, slug: string, name: string, sentence: string, state: ScheduleState, eventType: string, nextTicks: Array<{ at: string }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalScheduleQueryVariables = Exact<{
  slug: string;
}>;


export type PortalScheduleQuery = { schedule: { id: string, slug: string, name: string, sentence: string, state: ScheduleState, pausedAt: string | null, pausedNote: string | null, eventType: string, data: unknown, overlap: ScheduleOverlap, missedCount: number, nextTicks: Array<{ at: string, local: string, zone: string }> } | null };

export type PortalScheduleTicksQueryVariables = Exact<{
  slug: string;
  first: number;
  after?: string | null | undefined;
}>;


export type PortalScheduleTicksQuery = { schedule: { id: string, ticks: { edges: Array<{ node: { plannedAt: string, at: string, outcome: ScheduleTickOutcome, byHand: boolean, missed: number, event: { id: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type PortalPauseScheduleMutationVariables = Exact<{
  input: PauseScheduleInput;
}>;


export type PortalPauseScheduleMutation = { pauseSchedule: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalResumeScheduleMutationVariables = Exact<{
  input: ResumeScheduleInput;
}>;


export type PortalResumeScheduleMutation = { resumeSchedule: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalRunScheduleMutationVariables = Exact<{
  input: RunScheduleNowInput;
}>;


export type PortalRunScheduleMutation = { runScheduleNow: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalEventTypesQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalEventTypesQuery = { eventTypes: { edges: Array<{ node: { name: string, schema: unknown } }> } };

export type PortalSendEventMutationVariables = Exact<{
  input: IngestEventInput;
}>;


export type PortalSendEventMutation = { ingestEvent: { event: { id: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalAuditQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: AuditEntryFilter | null | undefined;
}>;


export type PortalAuditQuery = { auditEntries: { edges: Array<{ node: { id: string, at: string, action: string, changes: unknown, traceId: string, actor: { kind: PrincipalKind, id: string, name: string }, object: { kind: string, id: string, label: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalBudgetsQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalBudgetsQuery = { budgets: Array<{ id: string, metric: BudgetMetric, window: BudgetWindow, workflow: string | null, connector: string | null, costLimit: string | null, costUsed: string | null, limit: number, ceiling: number | null, used: number, reserved: number, action: BudgetAction, resetsAt: string | null, forecast: string | null }> };

export type PortalUsageQueryVariables = Exact<{
  metric: UsageMetric;
  from: string;
}>;


export type PortalUsageQuery = { usage: Array<{ start: string, total: number, retries: number, tests: number, replays: number }> };

export type PortalSetBudgetMutationVariables = Exact<{
  input: SetBudgetInput;
}>;


export type PortalSetBudgetMutation = { setBudget: { budget: { id: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalDeleteBudgetMutationVariables = Exact<{
  input: DeleteBudgetInput;
}>;


export type PortalDeleteBudgetMutation = { deleteBudget: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalExportTenantMutationVariables = Exact<{
  input: ExportTenantInput;
}>;


export type PortalExportTenantMutation = { exportTenant: { url: string | null, expiresAt: string | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalMembersQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type PortalMembersQuery = { members: { edges: Array<{ node: { id: string, email: string, name: string, role: MemberRole, active: boolean, joinedAt: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalInvitationsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type PortalInvitationsQuery = { invitations: { edges: Array<{ node: { id: string, email: string, role: MemberRole, state: InvitationState, mail: MailState | null, createdAt: string, expiresAt: string, invitedBy: { name: string } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalInviteMutationVariables = Exact<{
  input: InviteMemberInput;
}>;


export type PortalInviteMutation = { inviteMember: { invitation: { id: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalResendInvitationMutationVariables = Exact<{
  input: ResendInvitationInput;
}>;


export type PortalResendInvitationMutation = { resendInvitation: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalRevokeInvitationMutationVariables = Exact<{
  input: RevokeInvitationInput;
}>;


export type PortalRevokeInvitationMutation = { revokeInvitation: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalChangeRoleMutationVariables = Exact<{
  input: ChangeMemberRoleInput;
}>;


export type PortalChangeRoleMutation = { changeMemberRole: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalRemoveMemberMutationVariables = Exact<{
  input: RemoveMemberInput;
}>;


export type PortalRemoveMemberMutation = { removeMember: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalRetentionQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalRetentionQuery = { retention: Array<{ dataClass: DataClass, days: number | null, defaultDays: number | null, ownDays: number | null, holdReason: string | null, heldAt: string | null, removedBefore: string | null }> };

export type PortalRetentionPreviewQueryVariables = Exact<{
  policies?: Array<RetentionDaysInput> | RetentionDaysInput | null | undefined;
}>;


export type PortalRetentionPreviewQuery = { previewRetention: Array<{ dataClass: DataClass, days: number | null, before: string | null, rows: number, bytes: number, exact: boolean }> };

export type PortalSaveRetentionMutationVariables = Exact<{
  input: SaveRetentionInput;
}>;


export type PortalSaveRetentionMutation = { saveRetention: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalSecretsQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalSecretsQuery = { secrets: Array<{ id: string, name: string, ref: string, version: number | null, hasValue: boolean, allowedHosts: Array<string> | null, updatedAt: string | null, lastUsedAt: string | null, revision: number, versions: Array<{ number: number, current: boolean, createdAt: string, expiresAt: string | null }> | null, usage: Array<{ workflow: string, version: number, current: boolean, steps: Array<string> }> | null }> };

export type PortalSetSecretMutationVariables = Exact<{
  input: SetSecretInput;
}>;


export type PortalSetSecretMutation = { setSecret: { secret: { id: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalDeleteSecretMutationVariables = Exact<{
  input: DeleteSecretInput;
}>;


export type PortalDeleteSecretMutation = { deleteSecret: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type TokenRowFragment = { id: string, name: string, prefix: string, role: MemberRole, scopes: Array<string> | null, allowedIps: Array<string> | null, state: ApiTokenState, createdAt: string, expiresAt: string | null, lastUsedAt: string | null, lastUsedFrom: string | null, createdBy: { name: string } | null };

export type PortalTokensQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type PortalTokensQuery = { tokens: { edges: Array<{ node: { id: string, name: string, prefix: string, role: MemberRole, scopes: Array<string> | null, allowedIps: Array<string> | null, state: ApiTokenState, createdAt: string, expiresAt: string | null, lastUsedAt: string | null, lastUsedFrom: string | null, createdBy: { name: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalCreateTokenMutationVariables = Exact<{
  input: CreateTokenInput;
}>;


export type PortalCreateTokenMutation = { createToken: { value: string | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalRevokeTokenMutationVariables = Exact<{
  input: RevokeTokenInput;
}>;


export type PortalRevokeTokenMutation = { revokeToken: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalSourceEventsSubscriptionVariables = Exact<{
  source: string;
}>;


export type PortalSourceEventsSubscription = { eventFeed:
    | { cursor: string, event: { id: string, type: string, receivedAt: string } }
    | Record<PropertyKey, never>
   };

export type PortalSourceRejectedQueryVariables = Exact<{
  source: string;
  from: string;
}>;


export type PortalSourceRejectedQuery = { deliveries: { edges: Array<{ node: { id: string, receivedAt: string, reason: { message: string } | null } }> } };

export type PortalSourceAcceptedQueryVariables = Exact<{
  source: string;
  from: string;
}>;


export type PortalSourceAcceptedQuery = { events: { edges: Array<{ node: { id: string, type: string, receivedAt: string } }> } };

export type SourceRowFragment = { id: string, slug: string, scheme: SourceScheme, enabled: boolean, builtIn: boolean, revision: number, url: string | null, secrets: Array<{ version: number, addedAt: string, lastUsedAt: string | null }> };

export type PortalSourcesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type PortalSourcesQuery = { sources: { edges: Array<{ node: { id: string, slug: string, scheme: SourceScheme, enabled: boolean, builtIn: boolean, revision: number, url: string | null, secrets: Array<{ version: number, addedAt: string, lastUsedAt: string | null }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalSaveSourceMutationVariables = Exact<{
  input: SaveSourceInput;
}>;


export type PortalSaveSourceMutation = { saveSource: { warnings: Array<{ message: string }>, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalEnableSourceMutationVariables = Exact<{
  input: EnableSourceInput;
}>;


export type PortalEnableSourceMutation = { enableSource: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalDisableSourceMutationVariables = Exact<{
  input: DisableSourceInput;
}>;


export type PortalDisableSourceMutation = { disableSource: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalFirstEventsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type PortalFirstEventsSubscription = { eventFeed:
    | { cursor: string, event: { id: string, type: string, source: { slug: string } } }
    | Record<PropertyKey, never>
   };

export type PortalFirstRunsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type PortalFirstRunsSubscription = { runFeed: { kind: FeedKind, cursor: string, run: { id: string, state: RunState, stateReason: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, test: boolean, error: { code: string, message: string, traceId: string } | null, workflow: { slug: string, name: string }, workflowVersion: { number: number }, event: { id: string, type: string, subject: string | null, idempotencyKey: string | null } | null } | null } };

export type PortalFirstTokenMutationVariables = Exact<{
  input: CreateTokenInput;
}>;


export type PortalFirstTokenMutation = { createToken: { value: string | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalIngestMutationVariables = Exact<{
  input: IngestEventInput;
}>;


export type PortalIngestMutation = { ingestEvent: { event: { id: string, type: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalFirstWorkflowMutationVariables = Exact<{
  input: SaveWorkflowInput;
}>;


export type PortalFirstWorkflowMutation = { saveWorkflow: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalFirstPublishMutationVariables = Exact<{
  input: PublishWorkflowInput;
}>;


export type PortalFirstPublishMutation = { publishWorkflow: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalFirstRuleMutationVariables = Exact<{
  input: SaveRuleInput;
}>;


export type PortalFirstRuleMutation = { saveRule: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalStartQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalStartQuery = { events: { edges: Array<{ node: { id: string, type: string, source: { slug: string } } }> }, workflows: { edges: Array<{ node: { slug: string } }> }, runs: { edges: Array<{ node: { id: string, state: RunState, stateReason: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, test: boolean, error: { code: string, message: string, traceId: string } | null, workflow: { slug: string, name: string }, workflowVersion: { number: number }, event: { id: string, type: string, subject: string | null, idempotencyKey: string | null } | null } }> } };

export type PortalFirstInstalledQueryVariables = Exact<{
  slug: string;
}>;


export type PortalFirstInstalledQuery = { workflow: { id: string, draft: { definition: unknown }, currentVersion: { id: string } | null } | null, rule: { id: string } | null };

export type PortalUndecidedQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type PortalUndecidedQuery = { effects: { edges: Array<{ node: { id: string, key: string, step: string, connector: string, effect: EffectClass, target: string | null, state: EffectState, tries: number, mostSent: number, proof: string, code: string | null, externalId: string | null, responseSha256: string | null, intendedAt: string, settledAt: string | null, lookups: number, run: { id: string, workflow: { name: string }, event: { idempotencyKey: string | null } | null } | null, earlierTries: Array<{ number: number, state: EffectState, code: string | null, intendedAt: string }>, resolution: { how: EffectResolution, reason: string, by: string, at: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type EndpointRowFragment = { id: string, slug: string, url: string, enabled: boolean, disabledAt: string | null, disabledReason: string | null, secretCount: number, revision: number, updatedAt: string };

export type WebhookRowFragment = { id: string, endpoint: string, type: string, webhookId: string, state: WebhookDeliveryState, attempts: number, nextAttemptAt: string | null, createdAt: string, settledAt: string | null, lastError: { code: string, message: string, traceId: string } | null, run: { id: string } | null };

export type PortalEndpointsQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalEndpointsQuery = { webhookEndpoints: { edges: Array<{ node: { id: string, slug: string, url: string, enabled: boolean, disabledAt: string | null, disabledReason: string | null, secretCount: number, revision: number, updatedAt: string } }> } };

export type PortalWebhooksQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: WebhookDeliveryFilter | null | undefined;
}>;


export type PortalWebhooksQuery = { webhookDeliveries: { edges: Array<{ node: { id: string, endpoint: string, type: string, webhookId: string, state: WebhookDeliveryState, attempts: number, nextAttemptAt: string | null, createdAt: string, settledAt: string | null, lastError: { code: string, message: string, traceId: string } | null, run: { id: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalResendMutationVariables = Exact<{
  input: ResendWebhookDeliveriesInput;
}>;


export type PortalResendMutation = { resendWebhookDeliveries: { runs: Array<{ id: string }>, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalSaveEndpointMutationVariables = Exact<{
  input: SaveWebhookEndpointInput;
}>;


export type PortalSaveEndpointMutation = { saveWebhookEndpoint: { webhookEndpoint: { id: string, slug: string, url: string, enabled: boolean, disabledAt: string | null, disabledReason: string | null, secretCount: number, revision: number, updatedAt: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalWorkflowQueryVariables = Exact<{
  slug: string;
}>;


export type PortalWorkflowQuery = { workflow: { id: string, slug: string, name: string, enabled: boolean, pausedAt: string | null, revision: number, draft: { valid: boolean, definition: unknown, problems: Array<{ message: string, path: Array<string> }> }, currentVersion: { number: number } | null } | null };

export type PortalWorkflowVersionQueryVariables = Exact<{
  id: string | number;
}>;


export type PortalWorkflowVersionQuery = { node:
    | { __typename: 'ApiToken' }
    | { __typename: 'Approval' }
    | { __typename: 'AuditEntry' }
    | { __typename: 'Backtest' }
    | { __typename: 'Budget' }
    | { __typename: 'BulkOperation' }
    | { __typename: 'CircuitBreaker' }
    | { __typename: 'Delivery' }
    | { __typename: 'Effect' }
    | { __typename: 'Event' }
    | { __typename: 'EventType' }
    | { __typename: 'ExecutionRun' }
    | { __typename: 'Invitation' }
    | { __typename: 'Mail' }
    | { __typename: 'Member' }
    | { __typename: 'Notice' }
    | { __typename: 'OutboxJob' }
    | { __typename: 'RuleSpec' }
    | { __typename: 'RuleWindow' }
    | { __typename: 'Schedule' }
    | { __typename: 'Secret' }
    | { __typename: 'Source' }
    | { __typename: 'StepRun' }
    | { __typename: 'WebhookDelivery' }
    | { __typename: 'WebhookEndpoint' }
    | { __typename: 'Workflow' }
    | { __typename: 'WorkflowVersion', id: string, definition: unknown }
   | null };

export type PortalWorkflowDiffQueryVariables = Exact<{
  input: WorkflowDiffInput;
}>;


export type PortalWorkflowDiffQuery = { workflowDiff: { same: boolean, leftOut: number, fields: Array<{ path: Array<string>, before: unknown, after: unknown, wasThere: boolean, isThere: boolean }>, steps: Array<{ key: string, change: StepChangeKind, renamedFrom: string | null, needsBefore: Array<string>, needsAfter: Array<string>, places: Array<{ path: Array<string>, before: unknown, after: unknown, wasThere: boolean, isThere: boolean }> }> } };

export type PortalWorkflowNamesQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type PortalWorkflowNamesQuery = { workflows: { edges: Array<{ node: { id: string, slug: string, name: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PortalPauseWorkflowMutationVariables = Exact<{
  input: PauseWorkflowInput;
}>;


export type PortalPauseWorkflowMutation = { pauseWorkflow: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalResumeWorkflowMutationVariables = Exact<{
  input: ResumeWorkflowInput;
}>;


export type PortalResumeWorkflowMutation = { resumeWorkflow: { errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalPublishChecklistQueryVariables = Exact<{
  workflow: string;
}>;


export type PortalPublishChecklistQuery = { publishChecklist: { publishable: boolean, items: Array<{ key: ChecklistKey, state: ChecklistState, sentence: string, names: Array<string>, problems: Array<{ message: string, path: Array<string> }> }> } };

export type PortalPublishWorkflowMutationVariables = Exact<{
  input: PublishWorkflowInput;
}>;


export type PortalPublishWorkflowMutation = { publishWorkflow: { workflowVersion: { id: string, number: number } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalRollBackMutationVariables = Exact<{
  input: RollBackWorkflowInput;
}>;


export type PortalRollBackMutation = { rollBackWorkflow: { draftKept: boolean, workflowVersion: { id: string, number: number } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalNewestPayloadQueryVariables = Exact<{
  workflow: string;
}>;


export type PortalNewestPayloadQuery = { runs: { edges: Array<{ node: { id: string, event: { payload: unknown } | null } }> } };

export type PortalRunWorkflowMutationVariables = Exact<{
  input: RunWorkflowInput;
}>;


export type PortalRunWorkflowMutation = { runWorkflow: { run: { id: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalTestSamplesQueryVariables = Exact<{ [key: string]: never; }>;


export type PortalTestSamplesQuery = { events: { edges: Array<{ node: { id: string, type: string, idempotencyKey: string | null, receivedAt: string, source: { slug: string } } }> } };

export type PortalTestWorkflowMutationVariables = Exact<{
  input: TestWorkflowInput;
}>;


export type PortalTestWorkflowMutation = { testWorkflow: { test: { state: RunState, reason: string | null, seconds: number, emitted: Array<unknown>, error: { code: string, message: string, traceId: string } | null, stopped: { code: string, message: string, traceId: string } | null, steps: Array<{ key: string, uses: string, state: StepState | null, reason: string | null, input: unknown, output: unknown, startsAtSeconds: number | null, endsAtSeconds: number | null, error: { code: string, message: string, traceId: string } | null, calls: Array<{ attempt: number, host: string | null, mock: TestMock | null }> }> } | null, run: { id: string } | null, errors: Array<{ code: string, message: string, path: Array<string>, traceId: string }> } };

export type PortalVersionsQueryVariables = Exact<{
  slug: string;
  first: number;
  after?: string | null | undefined;
}>;


export type PortalVersionsQuery = { workflow: { id: string, versions: { edges: Array<{ node: { id: string, number: number, publishedAt: string, publishedBy: string, restores: number | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type PortalWorkflowsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  archived?: boolean | null | undefined;
}>;


export type PortalWorkflowsQuery = { workflows: { edges: Array<{ node: { id: string, slug: string, name: string, enabled: boolean, pausedAt: string | null, archivedAt: string | null, updatedAt: string, draft: { valid: boolean }, currentVersion: { number: number, publishedAt: string, publishedBy: string } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export const ApprovalWholeFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ApprovalWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Approval"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"roles"}},{"kind":"Field","name":{"kind":"Name","value":"members"}},{"kind":"Field","name":{"kind":"Name","value":"quorum"}},{"kind":"Field","name":{"kind":"Name","value":"form"}},{"kind":"Field","name":{"kind":"Name","value":"shown"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"requestedAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAs"}},{"kind":"Field","name":{"kind":"Name","value":"decidedAt"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"viewerCanDecide"}},{"kind":"Field","name":{"kind":"Name","value":"data"}},{"kind":"Field","name":{"kind":"Name","value":"decisions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"form"}}]}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}}]} as unknown as DocumentNode<ApprovalWholeFragment, unknown>;
export const BacktestStateFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BacktestState"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Backtest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"tested"}},{"kind":"Field","name":{"kind":"Name","value":"erased"}},{"kind":"Field","name":{"kind":"Name","value":"older"}},{"kind":"Field","name":{"kind":"Name","value":"newlyMatched"}},{"kind":"Field","name":{"kind":"Name","value":"noLongerMatched"}},{"kind":"Field","name":{"kind":"Name","value":"stillMatched"}},{"kind":"Field","name":{"kind":"Name","value":"stillUnmatched"}},{"kind":"Field","name":{"kind":"Name","value":"startedBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]} as unknown as DocumentNode<BacktestStateFragment, unknown>;
export const BreakerRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BreakerRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CircuitBreaker"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"host"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"mode"}},{"kind":"Field","name":{"kind":"Name","value":"calls"}},{"kind":"Field","name":{"kind":"Name","value":"failures"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"probeAt"}},{"kind":"Field","name":{"kind":"Name","value":"changedAt"}},{"kind":"Field","name":{"kind":"Name","value":"windowStarted"}}]}}]} as unknown as DocumentNode<BreakerRowFragment, unknown>;
export const BulkWholeFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BulkWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkOperation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"rate"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"skipped"}},{"kind":"Field","name":{"kind":"Name","value":"refused"}},{"kind":"Field","name":{"kind":"Name","value":"startedBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]} as unknown as DocumentNode<BulkWholeFragment, unknown>;
export const DeliveryRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DeliveryRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Delivery"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}},{"kind":"Field","name":{"kind":"Name","value":"payloadBytes"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"redeliverable"}},{"kind":"Field","name":{"kind":"Name","value":"reason"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}},{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}},{"kind":"Field","name":{"kind":"Name","value":"redeliveredEvent"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<DeliveryRowFragment, unknown>;
export const EffectWholeFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EffectWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Effect"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"effect"}},{"kind":"Field","name":{"kind":"Name","value":"target"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"tries"}},{"kind":"Field","name":{"kind":"Name","value":"mostSent"}},{"kind":"Field","name":{"kind":"Name","value":"proof"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"externalId"}},{"kind":"Field","name":{"kind":"Name","value":"responseSha256"}},{"kind":"Field","name":{"kind":"Name","value":"intendedAt"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"lookups"}},{"kind":"Field","name":{"kind":"Name","value":"earlierTries"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"intendedAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"resolution"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"how"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]} as unknown as DocumentNode<EffectWholeFragment, unknown>;
export const EventRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EventRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Event"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"payloadBytes"}},{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}},{"kind":"Field","name":{"kind":"Name","value":"schemaProblems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<EventRowFragment, unknown>;
export const RunRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExecutionRun"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"stateReason"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"test"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflowVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}}]}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}}]}}]}}]} as unknown as DocumentNode<RunRowFragment, unknown>;
export const RuleWholeFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RuleWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RuleSpec"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"pausedAt"}},{"kind":"Field","name":{"kind":"Name","value":"priority"}},{"kind":"Field","name":{"kind":"Name","value":"when"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"warnings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<RuleWholeFragment, unknown>;
export const LogLineFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"LogLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"TimelineEntry"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"item"}},{"kind":"Field","name":{"kind":"Name","value":"compensates"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<LogLineFragment, unknown>;
export const StepLaneFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"StepLane"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"StepRun"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]} as unknown as DocumentNode<StepLaneFragment, unknown>;
export const RunEffectFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunEffect"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Effect"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"target"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"proof"}}]}}]} as unknown as DocumentNode<RunEffectFragment, unknown>;
export const TokenRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TokenRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApiToken"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"prefix"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"allowedIps"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedFrom"}},{"kind":"Field","name":{"kind":"Name","value":"createdBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<TokenRowFragment, unknown>;
export const SourceRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SourceRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Source"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"scheme"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"builtIn"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"secrets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"addedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}}]}}]}}]} as unknown as DocumentNode<SourceRowFragment, unknown>;
export const EndpointRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EndpointRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WebhookEndpoint"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"disabledAt"}},{"kind":"Field","name":{"kind":"Name","value":"disabledReason"}},{"kind":"Field","name":{"kind":"Name","value":"secretCount"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}}]}}]} as unknown as DocumentNode<EndpointRowFragment, unknown>;
export const WebhookRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WebhookRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WebhookDelivery"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"endpoint"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"webhookId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"attempts"}},{"kind":"Field","name":{"kind":"Name","value":"nextAttemptAt"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastError"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<WebhookRowFragment, unknown>;
export const PortalCountsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalCounts"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"failureGroups"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"resolved"},"value":{"kind":"BooleanValue","value":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fingerprint"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"approvals"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}}]}}]}}]}}]} as unknown as DocumentNode<PortalCountsQuery, PortalCountsQueryVariables>;
export const PortalViewerDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalViewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"permissions"}}]}},{"kind":"Field","name":{"kind":"Name","value":"tenant"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<PortalViewerQuery, PortalViewerQueryVariables>;
export const PortalApprovalDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalApproval"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Approval"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ApprovalWhole"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ApprovalWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Approval"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"roles"}},{"kind":"Field","name":{"kind":"Name","value":"members"}},{"kind":"Field","name":{"kind":"Name","value":"quorum"}},{"kind":"Field","name":{"kind":"Name","value":"form"}},{"kind":"Field","name":{"kind":"Name","value":"shown"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"requestedAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAs"}},{"kind":"Field","name":{"kind":"Name","value":"decidedAt"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"viewerCanDecide"}},{"kind":"Field","name":{"kind":"Name","value":"data"}},{"kind":"Field","name":{"kind":"Name","value":"decisions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"form"}}]}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}}]} as unknown as DocumentNode<PortalApprovalQuery, PortalApprovalQueryVariables>;
export const PortalDecideDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalDecide"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DecideApprovalInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"decideApproval"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"approval"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ApprovalWhole"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ApprovalWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Approval"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"roles"}},{"kind":"Field","name":{"kind":"Name","value":"members"}},{"kind":"Field","name":{"kind":"Name","value":"quorum"}},{"kind":"Field","name":{"kind":"Name","value":"form"}},{"kind":"Field","name":{"kind":"Name","value":"shown"}},{"kind":"Field","name":{"kind":"Name","value":"requestedBy"}},{"kind":"Field","name":{"kind":"Name","value":"requestedAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAs"}},{"kind":"Field","name":{"kind":"Name","value":"decidedAt"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"viewerCanDecide"}},{"kind":"Field","name":{"kind":"Name","value":"data"}},{"kind":"Field","name":{"kind":"Name","value":"decisions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"form"}}]}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}}]} as unknown as DocumentNode<PortalDecideMutation, PortalDecideMutationVariables>;
export const PortalApprovalsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalApprovals"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"approvals"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"requestedAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"decidedAt"}},{"kind":"Field","name":{"kind":"Name","value":"quorum"}},{"kind":"Field","name":{"kind":"Name","value":"viewerCanDecide"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<PortalApprovalsQuery, PortalApprovalsQueryVariables>;
export const PortalApprovalFeedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PortalApprovalFeed"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"approvalFeed"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalRequested"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalDecided"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApprovalEnded"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}}]}}]}}]}}]} as unknown as DocumentNode<PortalApprovalFeedSubscription, PortalApprovalFeedSubscriptionVariables>;
export const PortalBacktestRuleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalBacktestRule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"BacktestRuleInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"backtestRule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"backtest"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalBacktestRuleMutation, PortalBacktestRuleMutationVariables>;
export const PortalAbortBacktestDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalAbortBacktest"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"AbortBacktestInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"abortBacktest"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalAbortBacktestMutation, PortalAbortBacktestMutationVariables>;
export const PortalBacktestDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalBacktest"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"difference"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"BacktestDifference"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"backtest"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"BacktestState"}},{"kind":"Field","name":{"kind":"Name","value":"when"}},{"kind":"Field","name":{"kind":"Name","value":"samples"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}},{"kind":"Argument","name":{"kind":"Name","value":"difference"},"value":{"kind":"Variable","name":{"kind":"Name","value":"difference"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"difference"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BacktestState"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Backtest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"tested"}},{"kind":"Field","name":{"kind":"Name","value":"erased"}},{"kind":"Field","name":{"kind":"Name","value":"older"}},{"kind":"Field","name":{"kind":"Name","value":"newlyMatched"}},{"kind":"Field","name":{"kind":"Name","value":"noLongerMatched"}},{"kind":"Field","name":{"kind":"Name","value":"stillMatched"}},{"kind":"Field","name":{"kind":"Name","value":"stillUnmatched"}},{"kind":"Field","name":{"kind":"Name","value":"startedBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]} as unknown as DocumentNode<PortalBacktestQuery, PortalBacktestQueryVariables>;
export const PortalBacktestProgressDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PortalBacktestProgress"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"backtestProgress"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"backtest"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"BacktestState"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BacktestState"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Backtest"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"tested"}},{"kind":"Field","name":{"kind":"Name","value":"erased"}},{"kind":"Field","name":{"kind":"Name","value":"older"}},{"kind":"Field","name":{"kind":"Name","value":"newlyMatched"}},{"kind":"Field","name":{"kind":"Name","value":"noLongerMatched"}},{"kind":"Field","name":{"kind":"Name","value":"stillMatched"}},{"kind":"Field","name":{"kind":"Name","value":"stillUnmatched"}},{"kind":"Field","name":{"kind":"Name","value":"startedBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]} as unknown as DocumentNode<PortalBacktestProgressSubscription, PortalBacktestProgressSubscriptionVariables>;
export const PortalBreakersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalBreakers"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"holding"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"circuitBreakers"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"holding"},"value":{"kind":"Variable","name":{"kind":"Name","value":"holding"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"BreakerRow"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BreakerRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CircuitBreaker"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"host"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"mode"}},{"kind":"Field","name":{"kind":"Name","value":"calls"}},{"kind":"Field","name":{"kind":"Name","value":"failures"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"probeAt"}},{"kind":"Field","name":{"kind":"Name","value":"changedAt"}},{"kind":"Field","name":{"kind":"Name","value":"windowStarted"}}]}}]} as unknown as DocumentNode<PortalBreakersQuery, PortalBreakersQueryVariables>;
export const PortalSetBreakerDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalSetBreaker"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SetBreakerInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"setBreaker"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"breaker"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"BreakerRow"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BreakerRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CircuitBreaker"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"host"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"mode"}},{"kind":"Field","name":{"kind":"Name","value":"calls"}},{"kind":"Field","name":{"kind":"Name","value":"failures"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"probeAt"}},{"kind":"Field","name":{"kind":"Name","value":"changedAt"}},{"kind":"Field","name":{"kind":"Name","value":"windowStarted"}}]}}]} as unknown as DocumentNode<PortalSetBreakerMutation, PortalSetBreakerMutationVariables>;
export const PortalBulkDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalBulk"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkOperation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"BulkWhole"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BulkWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkOperation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"rate"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"skipped"}},{"kind":"Field","name":{"kind":"Name","value":"refused"}},{"kind":"Field","name":{"kind":"Name","value":"startedBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]} as unknown as DocumentNode<PortalBulkQuery, PortalBulkQueryVariables>;
export const PortalBulkItemsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalBulkItems"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"outcome"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"BulkOutcome"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkOperation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"items"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"outcome"},"value":{"kind":"Variable","name":{"kind":"Name","value":"outcome"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"item"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"runs"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalBulkItemsQuery, PortalBulkItemsQueryVariables>;
export const PortalBulkProgressDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PortalBulkProgress"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"bulkProgress"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"operation"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"BulkWhole"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BulkWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkOperation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"rate"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"skipped"}},{"kind":"Field","name":{"kind":"Name","value":"refused"}},{"kind":"Field","name":{"kind":"Name","value":"startedBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]} as unknown as DocumentNode<PortalBulkProgressSubscription, PortalBulkProgressSubscriptionVariables>;
export const PortalAbortBulkDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalAbortBulk"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"AbortBulkOperationInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"abortBulkOperation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalAbortBulkMutation, PortalAbortBulkMutationVariables>;
export const PortalBulkPreviewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalBulkPreview"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"BulkInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"previewBulkOperation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"previewId"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"lookedAt"}},{"kind":"Field","name":{"kind":"Name","value":"newRuns"}},{"kind":"Field","name":{"kind":"Name","value":"effectsThatRepeat"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"effect"}},{"kind":"Field","name":{"kind":"Name","value":"consent"}},{"kind":"Field","name":{"kind":"Name","value":"runs"}}]}},{"kind":"Field","name":{"kind":"Name","value":"refusals"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"items"}}]}}]}}]}}]} as unknown as DocumentNode<PortalBulkPreviewQuery, PortalBulkPreviewQueryVariables>;
export const PortalStartBulkDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalStartBulk"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"StartBulkOperationInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"startBulkOperation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalStartBulkMutation, PortalStartBulkMutationVariables>;
export const PortalBulkOperationsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalBulkOperations"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"bulkOperations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"BulkWhole"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"BulkWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BulkOperation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"rate"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"skipped"}},{"kind":"Field","name":{"kind":"Name","value":"refused"}},{"kind":"Field","name":{"kind":"Name","value":"startedBy"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]} as unknown as DocumentNode<PortalBulkOperationsQuery, PortalBulkOperationsQueryVariables>;
export const PortalConnectorsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalConnectors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"connectors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"effect"}},{"kind":"Field","name":{"kind":"Name","value":"lookup"}},{"kind":"Field","name":{"kind":"Name","value":"takesSecrets"}},{"kind":"Field","name":{"kind":"Name","value":"hosts"}},{"kind":"Field","name":{"kind":"Name","value":"hostFields"}},{"kind":"Field","name":{"kind":"Name","value":"inputSchema"}},{"kind":"Field","name":{"kind":"Name","value":"outputSchema"}},{"kind":"Field","name":{"kind":"Name","value":"failures"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}},{"kind":"Field","name":{"kind":"Name","value":"mayHaveArrived"}},{"kind":"Field","name":{"kind":"Name","value":"when"}}]}}]}}]}}]} as unknown as DocumentNode<PortalConnectorsQuery, PortalConnectorsQueryVariables>;
export const PortalValidateWorkflowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalValidateWorkflow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"definition"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"workflow"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"validateWorkflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"definition"},"value":{"kind":"Variable","name":{"kind":"Name","value":"definition"}}},{"kind":"Argument","name":{"kind":"Name","value":"workflow"},"value":{"kind":"Variable","name":{"kind":"Name","value":"workflow"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"valid"}},{"kind":"Field","name":{"kind":"Name","value":"problems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}}]}}]}}]} as unknown as DocumentNode<PortalValidateWorkflowQuery, PortalValidateWorkflowQueryVariables>;
export const PortalSaveWorkflowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalSaveWorkflow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SaveWorkflowInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"saveWorkflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalSaveWorkflowMutation, PortalSaveWorkflowMutationVariables>;
export const PortalDeliveriesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalDeliveries"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"DeliveryFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deliveries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DeliveryRow"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DeliveryRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Delivery"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}},{"kind":"Field","name":{"kind":"Name","value":"payloadBytes"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"redeliverable"}},{"kind":"Field","name":{"kind":"Name","value":"reason"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}},{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}},{"kind":"Field","name":{"kind":"Name","value":"redeliveredEvent"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<PortalDeliveriesQuery, PortalDeliveriesQueryVariables>;
export const PortalDeliverySourcesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalDeliverySources"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sources"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalDeliverySourcesQuery, PortalDeliverySourcesQueryVariables>;
export const PortalDeliveryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalDelivery"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Delivery"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DeliveryRow"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}},{"kind":"Field","name":{"kind":"Name","value":"payloadSha256"}},{"kind":"Field","name":{"kind":"Name","value":"secretVersion"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"eventExpired"}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DeliveryRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Delivery"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}},{"kind":"Field","name":{"kind":"Name","value":"payloadBytes"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"redeliverable"}},{"kind":"Field","name":{"kind":"Name","value":"reason"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}},{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}},{"kind":"Field","name":{"kind":"Name","value":"redeliveredEvent"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<PortalDeliveryQuery, PortalDeliveryQueryVariables>;
export const PortalVerifyDeliveryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalVerifyDelivery"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"VerifyDeliveryInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verifyDelivery"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verified"}},{"kind":"Field","name":{"kind":"Name","value":"secretVersion"}},{"kind":"Field","name":{"kind":"Name","value":"secrets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"cause"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}},{"kind":"Field","name":{"kind":"Name","value":"refusal"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalVerifyDeliveryQuery, PortalVerifyDeliveryQueryVariables>;
export const PortalRedeliverDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalRedeliver"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RedeliverInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"redeliver"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"events"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRedeliverMutation, PortalRedeliverMutationVariables>;
export const PortalResolveEffectDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalResolveEffect"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ResolveEffectInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resolveEffect"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"effect"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"EffectWhole"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EffectWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Effect"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"effect"}},{"kind":"Field","name":{"kind":"Name","value":"target"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"tries"}},{"kind":"Field","name":{"kind":"Name","value":"mostSent"}},{"kind":"Field","name":{"kind":"Name","value":"proof"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"externalId"}},{"kind":"Field","name":{"kind":"Name","value":"responseSha256"}},{"kind":"Field","name":{"kind":"Name","value":"intendedAt"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"lookups"}},{"kind":"Field","name":{"kind":"Name","value":"earlierTries"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"intendedAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"resolution"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"how"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]} as unknown as DocumentNode<PortalResolveEffectMutation, PortalResolveEffectMutationVariables>;
export const PortalEventDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalEvent"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"event"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"EventRow"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}},{"kind":"Field","name":{"kind":"Name","value":"occurredAt"}},{"kind":"Field","name":{"kind":"Name","value":"payload"}},{"kind":"Field","name":{"kind":"Name","value":"payloadSha256"}},{"kind":"Field","name":{"kind":"Name","value":"depth"}},{"kind":"Field","name":{"kind":"Name","value":"waitingFor"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"until"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}}]}},{"kind":"Field","name":{"kind":"Name","value":"derivedFrom"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"decisions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"decidedAt"}},{"kind":"Field","name":{"kind":"Name","value":"rule"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}},{"kind":"Field","name":{"kind":"Name","value":"collapsedInto"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflowVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}}]}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EventRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Event"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"payloadBytes"}},{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}},{"kind":"Field","name":{"kind":"Name","value":"schemaProblems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<PortalEventQuery, PortalEventQueryVariables>;
export const PortalEventRunsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PortalEventRuns"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RunFeedFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runFeed"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}}]}}]}}]} as unknown as DocumentNode<PortalEventRunsSubscription, PortalEventRunsSubscriptionVariables>;
export const PortalReplayDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalReplay"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ReplayEventInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"replayEvent"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"runs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalReplayMutation, PortalReplayMutationVariables>;
export const PortalWhyDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalWhy"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"rule"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"event"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"explainRule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"rule"},"value":{"kind":"Variable","name":{"kind":"Name","value":"rule"}}},{"kind":"Argument","name":{"kind":"Name","value":"event"},"value":{"kind":"Variable","name":{"kind":"Name","value":"event"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sentence"}},{"kind":"Field","name":{"kind":"Name","value":"tree"}}]}}]}}]} as unknown as DocumentNode<PortalWhyQuery, PortalWhyQueryVariables>;
export const PortalEventsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalEvents"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"EventFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"events"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"EventRow"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EventRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Event"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"payloadBytes"}},{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}},{"kind":"Field","name":{"kind":"Name","value":"schemaProblems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<PortalEventsQuery, PortalEventsQueryVariables>;
export const PortalEventFeedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PortalEventFeed"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"EventFeedFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"eventFeed"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EventReceived"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalEventFeedSubscription, PortalEventFeedSubscriptionVariables>;
export const PortalEventNamesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalEventNames"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sources"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"eventTypes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalEventNamesQuery, PortalEventNamesQueryVariables>;
export const PortalFailureDetailsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalFailureDetails"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RunFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"newest"},"name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"oldest"},"name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"last"},"value":{"kind":"IntValue","value":"1"}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflowVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"publishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"publishedBy"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalFailureDetailsQuery, PortalFailureDetailsQueryVariables>;
export const PortalFailuresDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalFailures"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"of"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"FailureKind"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"resolved"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"failureGroups"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"of"},"value":{"kind":"Variable","name":{"kind":"Name","value":"of"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"resolved"},"value":{"kind":"Variable","name":{"kind":"Name","value":"resolved"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"fingerprint"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"firstAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastAt"}},{"kind":"Field","name":{"kind":"Name","value":"trend"}},{"kind":"Field","name":{"kind":"Name","value":"workflows"}},{"kind":"Field","name":{"kind":"Name","value":"topics"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"resolvedAt"}},{"kind":"Field","name":{"kind":"Name","value":"resolvedBy"}},{"kind":"Field","name":{"kind":"Name","value":"resolvedReason"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<PortalFailuresQuery, PortalFailuresQueryVariables>;
export const PortalResolveFailuresDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalResolveFailures"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ResolveFailuresInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resolveFailures"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalResolveFailuresMutation, PortalResolveFailuresMutationVariables>;
export const PortalReopenFailuresDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalReopenFailures"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ReopenFailuresInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reopenFailures"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalReopenFailuresMutation, PortalReopenFailuresMutationVariables>;
export const PortalHeldRunsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalHeldRuns"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"last"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RunFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"count"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"last"},"value":{"kind":"Variable","name":{"kind":"Name","value":"last"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"},"directives":[{"kind":"Directive","name":{"kind":"Name","value":"include"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"if"},"value":{"kind":"Variable","name":{"kind":"Name","value":"count"}}}]}]},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}}]}},{"kind":"Field","name":{"kind":"Name","value":"waitingFor"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cause"}},{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"until"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasPreviousPage"}}]}}]}}]}}]} as unknown as DocumentNode<PortalHeldRunsQuery, PortalHeldRunsQueryVariables>;
export const PortalHeldEventsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalHeldEvents"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"last"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"events"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"last"},"value":{"kind":"Variable","name":{"kind":"Name","value":"last"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"waitsForBudget"},"value":{"kind":"BooleanValue","value":true}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"waitingFor"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"until"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalHeldEventsQuery, PortalHeldEventsQueryVariables>;
export const PortalHomeDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalHome"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workflows"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalHomeQuery, PortalHomeQueryVariables>;
export const PortalRecipesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRecipes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"recipes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"parameters"}},{"kind":"Field","name":{"kind":"Name","value":"creates"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}},{"kind":"Field","name":{"kind":"Name","value":"secrets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"exists"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRecipesQuery, PortalRecipesQueryVariables>;
export const PortalInstallRecipeDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalInstallRecipe"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"InstallRecipeInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"installRecipe"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalInstallRecipeMutation, PortalInstallRecipeMutationVariables>;
export const PortalRetryPlanDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRetryPlan"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RetryRunsInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"planRetry"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"planId"}},{"kind":"Field","name":{"kind":"Name","value":"runs"}},{"kind":"Field","name":{"kind":"Name","value":"skippedSteps"}},{"kind":"Field","name":{"kind":"Name","value":"repeatedSteps"}},{"kind":"Field","name":{"kind":"Name","value":"droppedSteps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"effectsThatRepeat"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"effect"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"key"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRetryPlanQuery, PortalRetryPlanQueryVariables>;
export const PortalRetryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalRetry"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RetryRunsInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"retryRuns"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRetryMutation, PortalRetryMutationVariables>;
export const PortalRetryChoicesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRetryChoices"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"payload"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRetryChoicesQuery, PortalRetryChoicesQueryVariables>;
export const PortalRevealDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalReveal"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RevealPayloadInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"revealPayload"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"revealed"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"body"}},{"kind":"Field","name":{"kind":"Name","value":"scrubbed"}},{"kind":"Field","name":{"kind":"Name","value":"until"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRevealMutation, PortalRevealMutationVariables>;
export const PortalRulesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRules"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rules"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RuleWhole"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RuleWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RuleSpec"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"pausedAt"}},{"kind":"Field","name":{"kind":"Name","value":"priority"}},{"kind":"Field","name":{"kind":"Name","value":"when"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"warnings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<PortalRulesQuery, PortalRulesQueryVariables>;
export const PortalRuleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"slug"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"slug"},"value":{"kind":"Variable","name":{"kind":"Name","value":"slug"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RuleWhole"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RuleWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RuleSpec"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"pausedAt"}},{"kind":"Field","name":{"kind":"Name","value":"priority"}},{"kind":"Field","name":{"kind":"Name","value":"when"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"warnings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<PortalRuleQuery, PortalRuleQueryVariables>;
export const PortalRuleSamplesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRuleSamples"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"events"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalRuleSamplesQuery, PortalRuleSamplesQueryVariables>;
export const PortalRuleSampleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRuleSample"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"event"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"payload"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRuleSampleQuery, PortalRuleSampleQueryVariables>;
export const PortalExplainRuleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalExplainRule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"when"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"JSON"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"event"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"explainRule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"when"},"value":{"kind":"Variable","name":{"kind":"Name","value":"when"}}},{"kind":"Argument","name":{"kind":"Name","value":"event"},"value":{"kind":"Variable","name":{"kind":"Name","value":"event"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"matched"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}},{"kind":"Field","name":{"kind":"Name","value":"tree"}}]}}]}}]} as unknown as DocumentNode<PortalExplainRuleQuery, PortalExplainRuleQueryVariables>;
export const PortalSaveRuleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalSaveRule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SaveRuleInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"saveRule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rule"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RuleWhole"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RuleWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RuleSpec"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"pausedAt"}},{"kind":"Field","name":{"kind":"Name","value":"priority"}},{"kind":"Field","name":{"kind":"Name","value":"when"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"warnings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<PortalSaveRuleMutation, PortalSaveRuleMutationVariables>;
export const PortalPauseRuleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalPauseRule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PauseRuleInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pauseRule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalPauseRuleMutation, PortalPauseRuleMutationVariables>;
export const PortalResumeRuleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalResumeRule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ResumeRuleInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resumeRule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalResumeRuleMutation, PortalResumeRuleMutationVariables>;
export const PortalRunDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRun"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RunRow"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}},{"kind":"Field","name":{"kind":"Name","value":"fingerprint"}},{"kind":"Field","name":{"kind":"Name","value":"stepCount"}},{"kind":"Field","name":{"kind":"Name","value":"expired"}},{"kind":"Field","name":{"kind":"Name","value":"waitingFor"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cause"}},{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"until"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rule"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"steps"},"name":{"kind":"Name","value":"stepConnection"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"StepLane"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"timeline"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"LogLine"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"effects"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RunEffect"}}]}},{"kind":"Field","name":{"kind":"Name","value":"parent"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"retryOf"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"retries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExecutionRun"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"stateReason"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"test"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflowVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}}]}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"StepLane"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"StepRun"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"LogLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"TimelineEntry"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"item"}},{"kind":"Field","name":{"kind":"Name","value":"compensates"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunEffect"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Effect"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"target"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"proof"}}]}}]} as unknown as DocumentNode<PortalRunQuery, PortalRunQueryVariables>;
export const PortalRunDefinitionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRunDefinition"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"workflowVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"definition"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRunDefinitionQuery, PortalRunDefinitionQueryVariables>;
export const PortalRunChangesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PortalRunChanges"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"runs"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runFeed"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"runs"},"value":{"kind":"Variable","name":{"kind":"Name","value":"runs"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}}]}}]}}]} as unknown as DocumentNode<PortalRunChangesSubscription, PortalRunChangesSubscriptionVariables>;
export const PortalCancelDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalCancel"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CancelRunsInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cancelRuns"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalCancelMutation, PortalCancelMutationVariables>;
export const PortalPauseDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalPause"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PauseRunsInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pauseRuns"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalPauseMutation, PortalPauseMutationVariables>;
export const PortalResumeDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalResume"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ResumeRunsInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resumeRuns"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalResumeMutation, PortalResumeMutationVariables>;
export const PortalRunCountsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRunCounts"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"from"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"to"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"by"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RunCountsBy"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"workflow"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runCounts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"from"},"value":{"kind":"Variable","name":{"kind":"Name","value":"from"}}},{"kind":"Argument","name":{"kind":"Name","value":"to"},"value":{"kind":"Variable","name":{"kind":"Name","value":"to"}}},{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"Variable","name":{"kind":"Name","value":"by"}}},{"kind":"Argument","name":{"kind":"Name","value":"workflow"},"value":{"kind":"Variable","name":{"kind":"Name","value":"workflow"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"succeeded"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}},{"kind":"Field","name":{"kind":"Name","value":"cancelled"}},{"kind":"Field","name":{"kind":"Name","value":"timedOut"}}]}}]}}]} as unknown as DocumentNode<PortalRunCountsQuery, PortalRunCountsQueryVariables>;
export const PortalStepDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalStep"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"StepRun"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextAttemptAt"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"input"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"effect"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"EffectWhole"}}]}},{"kind":"Field","name":{"kind":"Name","value":"childRun"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"progress"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"attempts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EffectWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Effect"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"effect"}},{"kind":"Field","name":{"kind":"Name","value":"target"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"tries"}},{"kind":"Field","name":{"kind":"Name","value":"mostSent"}},{"kind":"Field","name":{"kind":"Name","value":"proof"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"externalId"}},{"kind":"Field","name":{"kind":"Name","value":"responseSha256"}},{"kind":"Field","name":{"kind":"Name","value":"intendedAt"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"lookups"}},{"kind":"Field","name":{"kind":"Name","value":"earlierTries"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"intendedAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"resolution"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"how"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]} as unknown as DocumentNode<PortalStepQuery, PortalStepQueryVariables>;
export const PortalRunPayloadDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRunPayload"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"payload"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRunPayloadQuery, PortalRunPayloadQueryVariables>;
export const PortalRunEffectsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRunEffects"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"run"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"effects"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"run"},"value":{"kind":"Variable","name":{"kind":"Name","value":"run"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RunEffect"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunEffect"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Effect"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"target"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"proof"}}]}}]} as unknown as DocumentNode<PortalRunEffectsQuery, PortalRunEffectsQueryVariables>;
export const PortalMoreStepsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalMoreSteps"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"stepConnection"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"StepLane"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"StepLane"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"StepRun"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]} as unknown as DocumentNode<PortalMoreStepsQuery, PortalMoreStepsQueryVariables>;
export const PortalMoreHistoryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalMoreHistory"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"timeline"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"LogLine"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"LogLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"TimelineEntry"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"item"}},{"kind":"Field","name":{"kind":"Name","value":"compensates"}},{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]} as unknown as DocumentNode<PortalMoreHistoryQuery, PortalMoreHistoryQueryVariables>;
export const PortalRunsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRuns"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RunFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"rule"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"source"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"trace"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RunRow"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"},"directives":[{"kind":"Directive","name":{"kind":"Name","value":"include"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"if"},"value":{"kind":"Variable","name":{"kind":"Name","value":"trace"}}}]}]},{"kind":"Field","name":{"kind":"Name","value":"rule"},"directives":[{"kind":"Directive","name":{"kind":"Name","value":"include"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"if"},"value":{"kind":"Variable","name":{"kind":"Name","value":"rule"}}}]}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"event"},"directives":[{"kind":"Directive","name":{"kind":"Name","value":"include"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"if"},"value":{"kind":"Variable","name":{"kind":"Name","value":"source"}}}]}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExecutionRun"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"stateReason"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"test"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflowVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}}]}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}}]}}]}}]} as unknown as DocumentNode<PortalRunsQuery, PortalRunsQueryVariables>;
export const PortalRunFeedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PortalRunFeed"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RunFeedFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runFeed"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"step"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RunRow"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExecutionRun"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"stateReason"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"test"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflowVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}}]}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}}]}}]}}]} as unknown as DocumentNode<PortalRunFeedSubscription, PortalRunFeedSubscriptionVariables>;
export const PortalRunFiltersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRunFilters"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"rules"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"sources"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rules"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"directives":[{"kind":"Directive","name":{"kind":"Name","value":"include"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"if"},"value":{"kind":"Variable","name":{"kind":"Name","value":"rules"}}}]}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"sources"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"directives":[{"kind":"Directive","name":{"kind":"Name","value":"include"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"if"},"value":{"kind":"Variable","name":{"kind":"Name","value":"sources"}}}]}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalRunFiltersQuery, PortalRunFiltersQueryVariables>;
export const PortalSavedViewsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalSavedViews"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"page"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"savedViews"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"page"},"value":{"kind":"Variable","name":{"kind":"Name","value":"page"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"search"}},{"kind":"Field","name":{"kind":"Name","value":"shared"}},{"kind":"Field","name":{"kind":"Name","value":"savedBy"}}]}}]}}]} as unknown as DocumentNode<PortalSavedViewsQuery, PortalSavedViewsQueryVariables>;
export const PortalSaveViewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalSaveView"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SaveViewInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"saveView"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"view"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalSaveViewMutation, PortalSaveViewMutationVariables>;
export const PortalDeleteViewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalDeleteView"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DeleteViewInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deleteView"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalDeleteViewMutation, PortalDeleteViewMutationVariables>;
export const PortalSchedulesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalSchedules"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"schedules"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"eventType"}},{"kind":"Field","name":{"kind":"Name","value":"nextTicks"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<PortalSchedulesQuery, PortalSchedulesQueryVariables>;
export const PortalScheduleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalSchedule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"slug"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"schedule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"slug"},"value":{"kind":"Variable","name":{"kind":"Name","value":"slug"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"pausedAt"}},{"kind":"Field","name":{"kind":"Name","value":"pausedNote"}},{"kind":"Field","name":{"kind":"Name","value":"eventType"}},{"kind":"Field","name":{"kind":"Name","value":"data"}},{"kind":"Field","name":{"kind":"Name","value":"overlap"}},{"kind":"Field","name":{"kind":"Name","value":"missedCount"}},{"kind":"Field","name":{"kind":"Name","value":"nextTicks"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"local"}},{"kind":"Field","name":{"kind":"Name","value":"zone"}}]}}]}}]}}]} as unknown as DocumentNode<PortalScheduleQuery, PortalScheduleQueryVariables>;
export const PortalScheduleTicksDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalScheduleTicks"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"slug"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"schedule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"slug"},"value":{"kind":"Variable","name":{"kind":"Name","value":"slug"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"ticks"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"plannedAt"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"byHand"}},{"kind":"Field","name":{"kind":"Name","value":"missed"}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalScheduleTicksQuery, PortalScheduleTicksQueryVariables>;
export const PortalPauseScheduleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalPauseSchedule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PauseScheduleInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pauseSchedule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalPauseScheduleMutation, PortalPauseScheduleMutationVariables>;
export const PortalResumeScheduleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalResumeSchedule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ResumeScheduleInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resumeSchedule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalResumeScheduleMutation, PortalResumeScheduleMutationVariables>;
export const PortalRunScheduleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalRunSchedule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RunScheduleNowInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runScheduleNow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRunScheduleMutation, PortalRunScheduleMutationVariables>;
export const PortalEventTypesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalEventTypes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"eventTypes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"schema"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalEventTypesQuery, PortalEventTypesQueryVariables>;
export const PortalSendEventDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalSendEvent"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"IngestEventInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"ingestEvent"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalSendEventMutation, PortalSendEventMutationVariables>;
export const PortalAuditDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalAudit"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"AuditEntryFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"auditEntries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"changes"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}},{"kind":"Field","name":{"kind":"Name","value":"actor"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"object"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"label"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<PortalAuditQuery, PortalAuditQueryVariables>;
export const PortalBudgetsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalBudgets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"budgets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"metric"}},{"kind":"Field","name":{"kind":"Name","value":"window"}},{"kind":"Field","name":{"kind":"Name","value":"workflow"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"costLimit"}},{"kind":"Field","name":{"kind":"Name","value":"costUsed"}},{"kind":"Field","name":{"kind":"Name","value":"limit"}},{"kind":"Field","name":{"kind":"Name","value":"ceiling"}},{"kind":"Field","name":{"kind":"Name","value":"used"}},{"kind":"Field","name":{"kind":"Name","value":"reserved"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"resetsAt"}},{"kind":"Field","name":{"kind":"Name","value":"forecast"}}]}}]}}]} as unknown as DocumentNode<PortalBudgetsQuery, PortalBudgetsQueryVariables>;
export const PortalUsageDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalUsage"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"metric"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UsageMetric"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"from"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"usage"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"metric"},"value":{"kind":"Variable","name":{"kind":"Name","value":"metric"}}},{"kind":"Argument","name":{"kind":"Name","value":"from"},"value":{"kind":"Variable","name":{"kind":"Name","value":"from"}}},{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"EnumValue","value":"DAY"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"retries"}},{"kind":"Field","name":{"kind":"Name","value":"tests"}},{"kind":"Field","name":{"kind":"Name","value":"replays"}}]}}]}}]} as unknown as DocumentNode<PortalUsageQuery, PortalUsageQueryVariables>;
export const PortalSetBudgetDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalSetBudget"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SetBudgetInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"setBudget"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"budget"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalSetBudgetMutation, PortalSetBudgetMutationVariables>;
export const PortalDeleteBudgetDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalDeleteBudget"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DeleteBudgetInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deleteBudget"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalDeleteBudgetMutation, PortalDeleteBudgetMutationVariables>;
export const PortalExportTenantDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalExportTenant"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ExportTenantInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"exportTenant"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalExportTenantMutation, PortalExportTenantMutationVariables>;
export const PortalMembersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalMembers"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"members"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"active"}},{"kind":"Field","name":{"kind":"Name","value":"joinedAt"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<PortalMembersQuery, PortalMembersQueryVariables>;
export const PortalInvitationsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalInvitations"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"invitations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"open"},"value":{"kind":"BooleanValue","value":true}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"mail"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"invitedBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<PortalInvitationsQuery, PortalInvitationsQueryVariables>;
export const PortalInviteDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalInvite"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"InviteMemberInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inviteMember"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"invitation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalInviteMutation, PortalInviteMutationVariables>;
export const PortalResendInvitationDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalResendInvitation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ResendInvitationInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resendInvitation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalResendInvitationMutation, PortalResendInvitationMutationVariables>;
export const PortalRevokeInvitationDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalRevokeInvitation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RevokeInvitationInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"revokeInvitation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRevokeInvitationMutation, PortalRevokeInvitationMutationVariables>;
export const PortalChangeRoleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalChangeRole"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ChangeMemberRoleInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changeMemberRole"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalChangeRoleMutation, PortalChangeRoleMutationVariables>;
export const PortalRemoveMemberDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalRemoveMember"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RemoveMemberInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"removeMember"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRemoveMemberMutation, PortalRemoveMemberMutationVariables>;
export const PortalRetentionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRetention"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"retention"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dataClass"}},{"kind":"Field","name":{"kind":"Name","value":"days"}},{"kind":"Field","name":{"kind":"Name","value":"defaultDays"}},{"kind":"Field","name":{"kind":"Name","value":"ownDays"}},{"kind":"Field","name":{"kind":"Name","value":"holdReason"}},{"kind":"Field","name":{"kind":"Name","value":"heldAt"}},{"kind":"Field","name":{"kind":"Name","value":"removedBefore"}}]}}]}}]} as unknown as DocumentNode<PortalRetentionQuery, PortalRetentionQueryVariables>;
export const PortalRetentionPreviewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalRetentionPreview"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"policies"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RetentionDaysInput"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"previewRetention"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"policies"},"value":{"kind":"Variable","name":{"kind":"Name","value":"policies"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dataClass"}},{"kind":"Field","name":{"kind":"Name","value":"days"}},{"kind":"Field","name":{"kind":"Name","value":"before"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"bytes"}},{"kind":"Field","name":{"kind":"Name","value":"exact"}}]}}]}}]} as unknown as DocumentNode<PortalRetentionPreviewQuery, PortalRetentionPreviewQueryVariables>;
export const PortalSaveRetentionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalSaveRetention"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SaveRetentionInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"saveRetention"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalSaveRetentionMutation, PortalSaveRetentionMutationVariables>;
export const PortalSecretsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalSecrets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"secrets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"ref"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"hasValue"}},{"kind":"Field","name":{"kind":"Name","value":"allowedHosts"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"versions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"current"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"usage"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workflow"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"current"}},{"kind":"Field","name":{"kind":"Name","value":"steps"}}]}}]}}]}}]} as unknown as DocumentNode<PortalSecretsQuery, PortalSecretsQueryVariables>;
export const PortalSetSecretDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalSetSecret"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SetSecretInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"setSecret"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"secret"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalSetSecretMutation, PortalSetSecretMutationVariables>;
export const PortalDeleteSecretDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalDeleteSecret"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DeleteSecretInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deleteSecret"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalDeleteSecretMutation, PortalDeleteSecretMutationVariables>;
export const PortalTokensDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalTokens"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"tokens"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"TokenRow"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"TokenRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ApiToken"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"prefix"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}},{"kind":"Field","name":{"kind":"Name","value":"allowedIps"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"expiresAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedFrom"}},{"kind":"Field","name":{"kind":"Name","value":"createdBy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<PortalTokensQuery, PortalTokensQueryVariables>;
export const PortalCreateTokenDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalCreateToken"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateTokenInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createToken"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalCreateTokenMutation, PortalCreateTokenMutationVariables>;
export const PortalRevokeTokenDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalRevokeToken"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RevokeTokenInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"revokeToken"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRevokeTokenMutation, PortalRevokeTokenMutationVariables>;
export const PortalSourceEventsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PortalSourceEvents"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"source"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"eventFeed"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"source"},"value":{"kind":"Variable","name":{"kind":"Name","value":"source"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EventReceived"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalSourceEventsSubscription, PortalSourceEventsSubscriptionVariables>;
export const PortalSourceRejectedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalSourceRejected"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"source"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"from"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deliveries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"5"}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"source"},"value":{"kind":"Variable","name":{"kind":"Name","value":"source"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"receivedFrom"},"value":{"kind":"Variable","name":{"kind":"Name","value":"from"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"reason"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalSourceRejectedQuery, PortalSourceRejectedQueryVariables>;
export const PortalSourceAcceptedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalSourceAccepted"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"source"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"from"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DateTime"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"events"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"5"}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"source"},"value":{"kind":"Variable","name":{"kind":"Name","value":"source"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"receivedFrom"},"value":{"kind":"Variable","name":{"kind":"Name","value":"from"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalSourceAcceptedQuery, PortalSourceAcceptedQueryVariables>;
export const PortalSourcesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalSources"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sources"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"SourceRow"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"SourceRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Source"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"scheme"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"builtIn"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"secrets"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"addedAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}}]}}]}}]} as unknown as DocumentNode<PortalSourcesQuery, PortalSourcesQueryVariables>;
export const PortalSaveSourceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalSaveSource"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SaveSourceInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"saveSource"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"warnings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalSaveSourceMutation, PortalSaveSourceMutationVariables>;
export const PortalEnableSourceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalEnableSource"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"EnableSourceInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"enableSource"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalEnableSourceMutation, PortalEnableSourceMutationVariables>;
export const PortalDisableSourceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalDisableSource"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"DisableSourceInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"disableSource"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalDisableSourceMutation, PortalDisableSourceMutationVariables>;
export const PortalFirstEventsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PortalFirstEvents"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"eventFeed"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"EventReceived"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalFirstEventsSubscription, PortalFirstEventsSubscriptionVariables>;
export const PortalFirstRunsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"PortalFirstRuns"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runFeed"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RunRow"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExecutionRun"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"stateReason"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"test"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflowVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}}]}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}}]}}]}}]} as unknown as DocumentNode<PortalFirstRunsSubscription, PortalFirstRunsSubscriptionVariables>;
export const PortalFirstTokenDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalFirstToken"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CreateTokenInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createToken"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalFirstTokenMutation, PortalFirstTokenMutationVariables>;
export const PortalIngestDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalIngest"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"IngestEventInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"ingestEvent"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalIngestMutation, PortalIngestMutationVariables>;
export const PortalFirstWorkflowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalFirstWorkflow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SaveWorkflowInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"saveWorkflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalFirstWorkflowMutation, PortalFirstWorkflowMutationVariables>;
export const PortalFirstPublishDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalFirstPublish"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PublishWorkflowInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"publishWorkflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalFirstPublishMutation, PortalFirstPublishMutationVariables>;
export const PortalFirstRuleDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalFirstRule"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SaveRuleInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"saveRule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalFirstRuleMutation, PortalFirstRuleMutationVariables>;
export const PortalStartDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalStart"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"events"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflows"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RunRow"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RunRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExecutionRun"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"stateReason"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"finishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"test"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"workflowVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}}]}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}}]}}]}}]} as unknown as DocumentNode<PortalStartQuery, PortalStartQueryVariables>;
export const PortalFirstInstalledDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalFirstInstalled"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"slug"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"slug"},"value":{"kind":"Variable","name":{"kind":"Name","value":"slug"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"draft"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"definition"}}]}},{"kind":"Field","name":{"kind":"Name","value":"currentVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"rule"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"slug"},"value":{"kind":"Variable","name":{"kind":"Name","value":"slug"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<PortalFirstInstalledQuery, PortalFirstInstalledQueryVariables>;
export const PortalUndecidedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalUndecided"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"effects"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"unresolved"},"value":{"kind":"BooleanValue","value":true}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"EffectWhole"}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"workflow"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}}]}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EffectWhole"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Effect"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"effect"}},{"kind":"Field","name":{"kind":"Name","value":"target"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"tries"}},{"kind":"Field","name":{"kind":"Name","value":"mostSent"}},{"kind":"Field","name":{"kind":"Name","value":"proof"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"externalId"}},{"kind":"Field","name":{"kind":"Name","value":"responseSha256"}},{"kind":"Field","name":{"kind":"Name","value":"intendedAt"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"lookups"}},{"kind":"Field","name":{"kind":"Name","value":"earlierTries"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"intendedAt"}}]}},{"kind":"Field","name":{"kind":"Name","value":"resolution"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"how"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"by"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]} as unknown as DocumentNode<PortalUndecidedQuery, PortalUndecidedQueryVariables>;
export const PortalEndpointsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalEndpoints"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"webhookEndpoints"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"EndpointRow"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EndpointRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WebhookEndpoint"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"disabledAt"}},{"kind":"Field","name":{"kind":"Name","value":"disabledReason"}},{"kind":"Field","name":{"kind":"Name","value":"secretCount"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}}]}}]} as unknown as DocumentNode<PortalEndpointsQuery, PortalEndpointsQueryVariables>;
export const PortalWebhooksDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalWebhooks"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"WebhookDeliveryFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"webhookDeliveries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"WebhookRow"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WebhookRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WebhookDelivery"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"endpoint"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"webhookId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"attempts"}},{"kind":"Field","name":{"kind":"Name","value":"nextAttemptAt"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"settledAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastError"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<PortalWebhooksQuery, PortalWebhooksQueryVariables>;
export const PortalResendDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalResend"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ResendWebhookDeliveriesInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resendWebhookDeliveries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalResendMutation, PortalResendMutationVariables>;
export const PortalSaveEndpointDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalSaveEndpoint"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SaveWebhookEndpointInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"saveWebhookEndpoint"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"webhookEndpoint"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"EndpointRow"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"EndpointRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WebhookEndpoint"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"disabledAt"}},{"kind":"Field","name":{"kind":"Name","value":"disabledReason"}},{"kind":"Field","name":{"kind":"Name","value":"secretCount"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}}]}}]} as unknown as DocumentNode<PortalSaveEndpointMutation, PortalSaveEndpointMutationVariables>;
export const PortalWorkflowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalWorkflow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"slug"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"slug"},"value":{"kind":"Variable","name":{"kind":"Name","value":"slug"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"pausedAt"}},{"kind":"Field","name":{"kind":"Name","value":"revision"}},{"kind":"Field","name":{"kind":"Name","value":"draft"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"valid"}},{"kind":"Field","name":{"kind":"Name","value":"problems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}},{"kind":"Field","name":{"kind":"Name","value":"definition"}}]}},{"kind":"Field","name":{"kind":"Name","value":"currentVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}}]}}]}}]}}]} as unknown as DocumentNode<PortalWorkflowQuery, PortalWorkflowQueryVariables>;
export const PortalWorkflowVersionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalWorkflowVersion"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WorkflowVersion"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"definition"}}]}}]}}]}}]} as unknown as DocumentNode<PortalWorkflowVersionQuery, PortalWorkflowVersionQueryVariables>;
export const PortalWorkflowDiffDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalWorkflowDiff"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"WorkflowDiffInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workflowDiff"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"same"}},{"kind":"Field","name":{"kind":"Name","value":"leftOut"}},{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"before"}},{"kind":"Field","name":{"kind":"Name","value":"after"}},{"kind":"Field","name":{"kind":"Name","value":"wasThere"}},{"kind":"Field","name":{"kind":"Name","value":"isThere"}}]}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"change"}},{"kind":"Field","name":{"kind":"Name","value":"renamedFrom"}},{"kind":"Field","name":{"kind":"Name","value":"needsBefore"}},{"kind":"Field","name":{"kind":"Name","value":"needsAfter"}},{"kind":"Field","name":{"kind":"Name","value":"places"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"before"}},{"kind":"Field","name":{"kind":"Name","value":"after"}},{"kind":"Field","name":{"kind":"Name","value":"wasThere"}},{"kind":"Field","name":{"kind":"Name","value":"isThere"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalWorkflowDiffQuery, PortalWorkflowDiffQueryVariables>;
export const PortalWorkflowNamesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalWorkflowNames"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workflows"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<PortalWorkflowNamesQuery, PortalWorkflowNamesQueryVariables>;
export const PortalPauseWorkflowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalPauseWorkflow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PauseWorkflowInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pauseWorkflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalPauseWorkflowMutation, PortalPauseWorkflowMutationVariables>;
export const PortalResumeWorkflowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalResumeWorkflow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ResumeWorkflowInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resumeWorkflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalResumeWorkflowMutation, PortalResumeWorkflowMutationVariables>;
export const PortalPublishChecklistDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalPublishChecklist"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"workflow"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"publishChecklist"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"workflow"},"value":{"kind":"Variable","name":{"kind":"Name","value":"workflow"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"publishable"}},{"kind":"Field","name":{"kind":"Name","value":"items"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"sentence"}},{"kind":"Field","name":{"kind":"Name","value":"names"}},{"kind":"Field","name":{"kind":"Name","value":"problems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalPublishChecklistQuery, PortalPublishChecklistQueryVariables>;
export const PortalPublishWorkflowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalPublishWorkflow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PublishWorkflowInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"publishWorkflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workflowVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"number"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalPublishWorkflowMutation, PortalPublishWorkflowMutationVariables>;
export const PortalRollBackDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalRollBack"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RollBackWorkflowInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rollBackWorkflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workflowVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"number"}}]}},{"kind":"Field","name":{"kind":"Name","value":"draftKept"}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRollBackMutation, PortalRollBackMutationVariables>;
export const PortalNewestPayloadDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalNewestPayload"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"workflow"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"1"}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"workflow"},"value":{"kind":"Variable","name":{"kind":"Name","value":"workflow"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"event"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"payload"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalNewestPayloadQuery, PortalNewestPayloadQueryVariables>;
export const PortalRunWorkflowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalRunWorkflow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RunWorkflowInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runWorkflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalRunWorkflowMutation, PortalRunWorkflowMutationVariables>;
export const PortalTestSamplesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalTestSamples"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"events"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"50"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"idempotencyKey"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"source"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slug"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalTestSamplesQuery, PortalTestSamplesQueryVariables>;
export const PortalTestWorkflowDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PortalTestWorkflow"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"TestWorkflowInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"testWorkflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"test"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"seconds"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"stopped"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"emitted"}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"uses"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"input"}},{"kind":"Field","name":{"kind":"Name","value":"output"}},{"kind":"Field","name":{"kind":"Name","value":"startsAtSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"endsAtSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"calls"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"attempt"}},{"kind":"Field","name":{"kind":"Name","value":"host"}},{"kind":"Field","name":{"kind":"Name","value":"mock"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"run"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]}}]}}]} as unknown as DocumentNode<PortalTestWorkflowMutation, PortalTestWorkflowMutationVariables>;
export const PortalVersionsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalVersions"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"slug"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workflow"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"slug"},"value":{"kind":"Variable","name":{"kind":"Name","value":"slug"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"versions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"publishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"publishedBy"}},{"kind":"Field","name":{"kind":"Name","value":"restores"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PortalVersionsQuery, PortalVersionsQueryVariables>;
export const PortalWorkflowsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PortalWorkflows"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"archived"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"workflows"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"archived"},"value":{"kind":"Variable","name":{"kind":"Name","value":"archived"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"slug"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"enabled"}},{"kind":"Field","name":{"kind":"Name","value":"pausedAt"}},{"kind":"Field","name":{"kind":"Name","value":"archivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}},{"kind":"Field","name":{"kind":"Name","value":"draft"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"valid"}}]}},{"kind":"Field","name":{"kind":"Name","value":"currentVersion"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"number"}},{"kind":"Field","name":{"kind":"Name","value":"publishedAt"}},{"kind":"Field","name":{"kind":"Name","value":"publishedBy"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<PortalWorkflowsQuery, PortalWorkflowsQueryVariables>;