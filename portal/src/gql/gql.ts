/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query PortalCounts($first: Int!, $filter: ApprovalFilter) {\n    failureGroups(first: $first, resolved: false) { edges { node { fingerprint } } pageInfo { hasNextPage } }\n    approvals(first: $first, filter: $filter) { edges { node { id } } pageInfo { hasNextPage } }\n  }\n": typeof types.PortalCountsDocument,
    "\n  query PortalViewer {\n    viewer { name role permissions }\n    tenant { slug name }\n  }\n": typeof types.PortalViewerDocument,
    "\n  fragment ApprovalWhole on Approval {\n    id title description roles members quorum form shown requestedBy requestedAt expiresAt expiresAs decidedAt state viewerCanDecide data\n    decisions(first: 50) { by role outcome at form }\n    run { id state workflow { name } }\n  }\n": typeof types.ApprovalWholeFragmentDoc,
    "\n  query PortalApproval($id: ID!) { node(id: $id) { __typename ... on Approval { ...ApprovalWhole } } }\n": typeof types.PortalApprovalDocument,
    "\n  mutation PortalDecide($input: DecideApprovalInput!) {\n    decideApproval(input: $input) { approval { ...ApprovalWhole } errors { code message path traceId } }\n  }\n": typeof types.PortalDecideDocument,
    "\n  query PortalApprovals($first: Int!, $after: String, $filter: ApprovalFilter) {\n    approvals(first: $first, after: $after, filter: $filter) {\n      edges { node { id title state requestedAt expiresAt decidedAt quorum viewerCanDecide run { id workflow { name } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.PortalApprovalsDocument,
    "\n  subscription PortalApprovalFeed {\n    approvalFeed {\n      __typename\n      ... on ApprovalRequested { cursor }\n      ... on ApprovalDecided { cursor }\n      ... on ApprovalEnded { cursor }\n    }\n  }\n": typeof types.PortalApprovalFeedDocument,
    "\n  fragment BacktestState on Backtest {\n    id state total tested erased older newlyMatched noLongerMatched stillMatched stillUnmatched startedBy createdAt\n    error { code message traceId }\n  }\n": typeof types.BacktestStateFragmentDoc,
    "\n  mutation PortalBacktestRule($input: BacktestRuleInput!) { backtestRule(input: $input) { backtest { id } errors { code message path traceId } } }\n": typeof types.PortalBacktestRuleDocument,
    "\n  mutation PortalAbortBacktest($input: AbortBacktestInput!) { abortBacktest(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalAbortBacktestDocument,
    "\n  query PortalBacktest($id: ID!, $difference: BacktestDifference) {\n    backtest(id: $id) { ...BacktestState when samples(first: 20, difference: $difference) { difference verdict reason event { id type idempotencyKey receivedAt } } }\n  }\n": typeof types.PortalBacktestDocument,
    "\n  subscription PortalBacktestProgress($id: ID!) { backtestProgress(backtest: $id) { ...BacktestState } }\n": typeof types.PortalBacktestProgressDocument,
    "\n  fragment BreakerRow on CircuitBreaker { id connector host state mode calls failures code probeAt changedAt windowStarted }\n": typeof types.BreakerRowFragmentDoc,
    "\n  query PortalBreakers($first: Int!, $after: String, $holding: Boolean) {\n    circuitBreakers(first: $first, after: $after, holding: $holding) { edges { node { ...BreakerRow } } pageInfo { hasNextPage endCursor } }\n  }\n": typeof types.PortalBreakersDocument,
    "\n  mutation PortalSetBreaker($input: SetBreakerInput!) { setBreaker(input: $input) { breaker { ...BreakerRow } errors { code message path traceId } } }\n": typeof types.PortalSetBreakerDocument,
    "\n  fragment BulkWhole on BulkOperation {\n    id kind state reason rate total done skipped refused startedBy createdAt finishedAt\n    error { code message traceId }\n  }\n": typeof types.BulkWholeFragmentDoc,
    "\n  query PortalBulk($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on BulkOperation {\n        ...BulkWhole\n      }\n    }\n  }\n": typeof types.PortalBulkDocument,
    "\n  query PortalBulkItems($id: ID!, $first: Int!, $after: String, $outcome: BulkOutcome) {\n    node(id: $id) {\n      __typename\n      ... on BulkOperation {\n        id\n        items(first: $first, after: $after, outcome: $outcome) { edges { node { item outcome runs at error { code message traceId } } } pageInfo { hasNextPage endCursor } }\n      }\n    }\n  }\n": typeof types.PortalBulkItemsDocument,
    "\n  subscription PortalBulkProgress($id: ID!) { bulkProgress(operation: $id) { ...BulkWhole } }\n": typeof types.PortalBulkProgressDocument,
    "\n  mutation PortalAbortBulk($input: AbortBulkOperationInput!) {\n    abortBulkOperation(input: $input) { operation { id state } errors { code message path traceId } }\n  }\n": typeof types.PortalAbortBulkDocument,
    "\n  query PortalBulkPreview($input: BulkInput!) {\n    previewBulkOperation(input: $input) {\n      previewId count lookedAt newRuns\n      effectsThatRepeat { step connector effect consent runs }\n      refusals { code message items }\n    }\n  }\n": typeof types.PortalBulkPreviewDocument,
    "\n  mutation PortalStartBulk($input: StartBulkOperationInput!) {\n    startBulkOperation(input: $input) { operation { id } errors { code message path traceId } }\n  }\n": typeof types.PortalStartBulkDocument,
    "\n  query PortalBulkOperations($first: Int!, $after: String) {\n    bulkOperations(first: $first, after: $after) { edges { node { ...BulkWhole } } pageInfo { hasNextPage endCursor } }\n  }\n": typeof types.PortalBulkOperationsDocument,
    "\n  query PortalConnectors { connectors { name title description effect lookup takesSecrets hosts hostFields inputSchema outputSchema failures { name code retryable mayHaveArrived when } } }\n": typeof types.PortalConnectorsDocument,
    "\n  query PortalValidateWorkflow($definition: JSON!, $workflow: String) {\n    validateWorkflow(definition: $definition, workflow: $workflow) { valid problems { code message path } }\n  }\n": typeof types.PortalValidateWorkflowDocument,
    "\n  mutation PortalSaveWorkflow($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { workflow { id revision } errors { code message path traceId } } }\n": typeof types.PortalSaveWorkflowDocument,
    "\n  fragment DeliveryRow on Delivery {\n    id outcome type idempotencyKey payloadBytes receivedAt redeliverable\n    reason { code message } source { slug } redeliveredEvent { id }\n  }\n": typeof types.DeliveryRowFragmentDoc,
    "\n  query PortalDeliveries($first: Int!, $after: String, $filter: DeliveryFilter) {\n    deliveries(first: $first, after: $after, filter: $filter) { edges { node { ...DeliveryRow } } pageInfo { hasNextPage endCursor } }\n  }\n": typeof types.PortalDeliveriesDocument,
    "\n  query PortalDeliverySources { sources(first: 100) { edges { node { slug } } } }\n": typeof types.PortalDeliverySourcesDocument,
    "\n  query PortalDelivery($id: ID!) {\n    node(id: $id) { __typename ... on Delivery { ...DeliveryRow traceId payloadSha256 secretVersion expiresAt eventExpired event { id type } } }\n  }\n": typeof types.PortalDeliveryDocument,
    "\n  query PortalVerifyDelivery($input: VerifyDeliveryInput!) {\n    verifyDelivery(input: $input) { verified secretVersion secrets { version cause message } refusal { code message traceId } }\n  }\n": typeof types.PortalVerifyDeliveryDocument,
    "\n  mutation PortalRedeliver($input: RedeliverInput!) { redeliver(input: $input) { events { id type } errors { code message path traceId } } }\n": typeof types.PortalRedeliverDocument,
    "\n  fragment EffectWhole on Effect {\n    id key step connector effect target state tries mostSent proof code externalId responseSha256 intendedAt settledAt lookups\n    earlierTries { number state code intendedAt }\n    resolution { how reason by at }\n  }\n": typeof types.EffectWholeFragmentDoc,
    "\n  mutation PortalResolveEffect($input: ResolveEffectInput!) {\n    resolveEffect(input: $input) { effect { ...EffectWhole } errors { code message path traceId } }\n  }\n": typeof types.PortalResolveEffectDocument,
    "\n  query PortalEvent($id: ID!) {\n    event(id: $id) {\n      ...EventRow\n      traceId occurredAt payload payloadSha256 depth\n      waitingFor { until sentence }\n      derivedFrom { id }\n      decisions(first: 100) { verdict reason path decidedAt rule { slug name } run { id state } collapsedInto { id } }\n      runs(first: 20) { edges { node { id state createdAt workflow { name } workflowVersion { number } } } }\n    }\n  }\n": typeof types.PortalEventDocument,
    "\n  subscription PortalEventRuns($filter: RunFeedFilter) { runFeed(filter: $filter) { kind cursor } }\n": typeof types.PortalEventRunsDocument,
    "\n  mutation PortalReplay($input: ReplayEventInput!) {\n    replayEvent(input: $input) { event { id } runs { id } errors { code message path traceId } }\n  }\n": typeof types.PortalReplayDocument,
    "\n  query PortalWhy($rule: String!, $event: ID!) { explainRule(rule: $rule, event: $event) { sentence tree } }\n": typeof types.PortalWhyDocument,
    "\n  fragment EventRow on Event { id type subject idempotencyKey receivedAt payloadBytes source { slug } schemaProblems { message } }\n": typeof types.EventRowFragmentDoc,
    "\n  query PortalEvents($first: Int!, $after: String, $filter: EventFilter) {\n    events(first: $first, after: $after, filter: $filter) {\n      edges { node { ...EventRow } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.PortalEventsDocument,
    "\n  subscription PortalEventFeed($filter: EventFeedFilter) {\n    eventFeed(filter: $filter) { ... on EventReceived { cursor event { id } } }\n  }\n": typeof types.PortalEventFeedDocument,
    "\n  query PortalEventNames {\n    sources(first: 100) { edges { node { slug } } }\n    eventTypes(first: 100) { edges { node { name } } }\n  }\n": typeof types.PortalEventNamesDocument,
    "\n  query PortalFailureDetails($filter: RunFilter) {\n    newest: runs(first: 100, filter: $filter) { edges { node { id createdAt } } pageInfo { hasNextPage } }\n    oldest: runs(last: 1, filter: $filter) { edges { node { id createdAt workflow { slug name } workflowVersion { number publishedAt publishedBy } } } }\n  }\n": typeof types.PortalFailureDetailsDocument,
    "\n  query PortalFailures($of: FailureKind!, $first: Int!, $after: String, $resolved: Boolean!) {\n    failureGroups(of: $of, first: $first, after: $after, resolved: $resolved) {\n      edges { node { fingerprint code message count firstAt lastAt trend workflows topics state resolvedAt resolvedBy resolvedReason } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.PortalFailuresDocument,
    "\n  mutation PortalResolveFailures($input: ResolveFailuresInput!) { resolveFailures(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalResolveFailuresDocument,
    "\n  mutation PortalReopenFailures($input: ReopenFailuresInput!) { reopenFailures(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalReopenFailuresDocument,
    "\n  fragment RunRow on ExecutionRun {\n    id\n    state\n    stateReason\n    createdAt\n    startedAt\n    finishedAt\n    test\n    error { code message traceId }\n    workflow { slug name }\n    workflowVersion { number }\n    event { id type subject idempotencyKey }\n  }\n": typeof types.RunRowFragmentDoc,
    "\n  query PortalHeldRuns($last: Int!, $filter: RunFilter, $count: Boolean!) {\n    runs(last: $last, filter: $filter) {\n      totalCount @include(if: $count)\n      edges { node { id createdAt workflow { name } event { id type idempotencyKey } waitingFor { cause position until sentence } } }\n      pageInfo { hasPreviousPage }\n    }\n  }\n": typeof types.PortalHeldRunsDocument,
    "\n  query PortalHeldEvents($last: Int!) {\n    events(last: $last, filter: { waitsForBudget: true }) {\n      totalCount\n      edges { node { id type idempotencyKey receivedAt waitingFor { position until sentence } } }\n    }\n  }\n": typeof types.PortalHeldEventsDocument,
    "\n  query PortalHome { workflows(first: 1) { edges { node { id } } } runs(first: 1) { edges { node { id } } } }\n": typeof types.PortalHomeDocument,
    "\n  query PortalRecipes { recipes { slug title description parameters creates { kind slug } secrets { name exists } } }\n": typeof types.PortalRecipesDocument,
    "\n  mutation PortalInstallRecipe($input: InstallRecipeInput!) {\n    installRecipe(input: $input) { changes { kind slug outcome version } errors { code message path traceId } }\n  }\n": typeof types.PortalInstallRecipeDocument,
    "\n  query PortalRetryPlan($input: RetryRunsInput!) {\n    planRetry(input: $input) {\n      planId runs skippedSteps repeatedSteps\n      droppedSteps { step reason }\n      effectsThatRepeat { step connector effect state key }\n      errors { code message path traceId }\n    }\n  }\n": typeof types.PortalRetryPlanDocument,
    "\n  mutation PortalRetry($input: RetryRunsInput!) { retryRuns(input: $input) { runs { id } errors { code message path traceId } } }\n": typeof types.PortalRetryDocument,
    "\n  query PortalRetryChoices($id: ID!) {\n    run(id: $id) { id event { id payload } }\n  }\n": typeof types.PortalRetryChoicesDocument,
    "\n  mutation PortalReveal($input: RevealPayloadInput!) {\n    revealPayload(input: $input) { revealed { body scrubbed until } errors { code message path traceId } }\n  }\n": typeof types.PortalRevealDocument,
    "\n  fragment RuleWhole on RuleSpec {\n    id slug name enabled pausedAt priority when revision warnings { message path } workflow { slug name }\n  }\n": typeof types.RuleWholeFragmentDoc,
    "\n  query PortalRules($first: Int!, $after: String) { rules(first: $first, after: $after) { edges { node { ...RuleWhole } } pageInfo { hasNextPage endCursor } } }\n": typeof types.PortalRulesDocument,
    "\n  query PortalRule($slug: String!) { rule(slug: $slug) { ...RuleWhole } }\n": typeof types.PortalRuleDocument,
    "\n  query PortalRuleSamples { events(first: 50) { edges { node { id type idempotencyKey receivedAt source { slug } } } } }\n": typeof types.PortalRuleSamplesDocument,
    "\n  query PortalRuleSample($id: ID!) { event(id: $id) { id type subject payload idempotencyKey receivedAt source { slug } } }\n": typeof types.PortalRuleSampleDocument,
    "\n  query PortalExplainRule($when: JSON!, $event: ID!) { explainRule(when: $when, event: $event) { matched verdict sentence tree } }\n": typeof types.PortalExplainRuleDocument,
    "\n  mutation PortalSaveRule($input: SaveRuleInput!) { saveRule(input: $input) { rule { ...RuleWhole } errors { code message path traceId } } }\n": typeof types.PortalSaveRuleDocument,
    "\n  mutation PortalPauseRule($input: PauseRuleInput!) { pauseRule(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalPauseRuleDocument,
    "\n  mutation PortalResumeRule($input: ResumeRuleInput!) { resumeRule(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalResumeRuleDocument,
    "\n  query PortalRun($id: ID!) {\n    run(id: $id) {\n      ...RunRow\n      traceId\n      fingerprint\n      stepCount\n      expired\n      waitingFor { cause position until sentence }\n      rule { slug name }\n      steps: stepConnection(first: 100) { edges { node { ...StepLane } } pageInfo { hasNextPage endCursor } }\n      timeline(first: 100) { edges { node { ...LogLine } } pageInfo { hasNextPage endCursor } }\n      effects(first: 20) { ...RunEffect }\n      parent { id state workflow { name } }\n      retryOf { id state createdAt }\n      retries(first: 10) { edges { node { id state createdAt } } }\n    }\n  }\n": typeof types.PortalRunDocument,
    "\n  fragment LogLine on TimelineEntry { at kind step item compensates attempt message }\n": typeof types.LogLineFragmentDoc,
    "\n  fragment StepLane on StepRun { id key state attempt startedAt finishedAt error { code message traceId } }\n": typeof types.StepLaneFragmentDoc,
    "\n  query PortalRunDefinition($id: ID!) { run(id: $id) { id workflowVersion { id definition } } }\n": typeof types.PortalRunDefinitionDocument,
    "\n  subscription PortalRunChanges($runs: [ID!]!) { runFeed(filter: { runs: $runs }) { kind cursor } }\n": typeof types.PortalRunChangesDocument,
    "\n  mutation PortalCancel($input: CancelRunsInput!) { cancelRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n": typeof types.PortalCancelDocument,
    "\n  mutation PortalPause($input: PauseRunsInput!) { pauseRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n": typeof types.PortalPauseDocument,
    "\n  mutation PortalResume($input: ResumeRunsInput!) { resumeRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n": typeof types.PortalResumeDocument,
    "\n  query PortalRunCounts($from: DateTime!, $to: DateTime!, $by: RunCountsBy!, $workflow: String) {\n    runCounts(from: $from, to: $to, by: $by, workflow: $workflow) { from to succeeded failed cancelled timedOut }\n  }\n": typeof types.PortalRunCountsDocument,
    "\n  query PortalStep($id: ID!) {\n    node(id: $id) {\n      ... on StepRun {\n        id key state attempt startedAt finishedAt nextAttemptAt reason input output\n        error { code message traceId }\n        effect { ...EffectWhole }\n        childRun { id state workflow { name } }\n        progress { total done failed }\n        attempts(first: 20) { edges { node { id attempt state startedAt finishedAt error { code message traceId } } } }\n      }\n    }\n  }\n": typeof types.PortalStepDocument,
    "\n  query PortalRunPayload($id: ID!) { run(id: $id) { id event { id payload } } }\n": typeof types.PortalRunPayloadDocument,
    "\n  fragment RunEffect on Effect { id key step connector target state proof }\n": typeof types.RunEffectFragmentDoc,
    "\n  query PortalRunEffects($first: Int!, $after: String, $run: ID!) {\n    effects(first: $first, after: $after, filter: { run: $run }) { edges { node { ...RunEffect } } pageInfo { hasNextPage endCursor } }\n  }\n": typeof types.PortalRunEffectsDocument,
    "\n  query PortalMoreSteps($id: ID!, $after: String) {\n    run(id: $id) { stepConnection(first: 100, after: $after) { edges { node { ...StepLane } } pageInfo { hasNextPage endCursor } } }\n  }\n": typeof types.PortalMoreStepsDocument,
    "\n  query PortalMoreHistory($id: ID!, $after: String) {\n    run(id: $id) { timeline(first: 100, after: $after) { edges { node { ...LogLine } } pageInfo { hasNextPage endCursor } } }\n  }\n": typeof types.PortalMoreHistoryDocument,
    "\n  query PortalRuns($first: Int!, $after: String, $filter: RunFilter, $rule: Boolean!, $source: Boolean!, $trace: Boolean!) {\n    runs(first: $first, after: $after, filter: $filter) {\n      edges { node { ...RunRow traceId @include(if: $trace) rule @include(if: $rule) { name } event @include(if: $source) { source { slug } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.PortalRunsDocument,
    "\n  subscription PortalRunFeed($filter: RunFeedFilter) {\n    runFeed(filter: $filter) { kind cursor step { id } run { ...RunRow } }\n  }\n": typeof types.PortalRunFeedDocument,
    "\n  query PortalRunFilters($rules: Boolean!, $sources: Boolean!) {\n    rules(first: 100) @include(if: $rules) { edges { node { slug name } } }\n    sources(first: 100) @include(if: $sources) { edges { node { slug } } }\n  }\n": typeof types.PortalRunFiltersDocument,
    "\n  query PortalSavedViews($page: String!) { savedViews(page: $page) { id name search shared savedBy } }\n": typeof types.PortalSavedViewsDocument,
    "\n  mutation PortalSaveView($input: SaveViewInput!) { saveView(input: $input) { view { id } errors { code message path traceId } } }\n": typeof types.PortalSaveViewDocument,
    "\n  mutation PortalDeleteView($input: DeleteViewInput!) { deleteView(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalDeleteViewDocument,
    "\n  query PortalSchedules($first: Int!, $after: String) {\n    schedules(first: $first, after: $after) { edges { node { id slug name sentence state eventType nextTicks(first: 1) { at } } } pageInfo { hasNextPage endCursor } }\n  }\n": typeof types.PortalSchedulesDocument,
    "\n  query PortalSchedule($slug: String!) {\n    schedule(slug: $slug) {\n      id slug name sentence state pausedAt pausedNote eventType data overlap missedCount\n      nextTicks(first: 10) { at local zone }\n    }\n  }\n": typeof types.PortalScheduleDocument,
    "\n  query PortalScheduleTicks($slug: String!, $first: Int!, $after: String) {\n    schedule(slug: $slug) { id ticks(first: $first, after: $after) { edges { node { plannedAt at outcome byHand missed event { id } } } pageInfo { hasNextPage endCursor } } }\n  }\n": typeof types.PortalScheduleTicksDocument,
    "\n  mutation PortalPauseSchedule($input: PauseScheduleInput!) { pauseSchedule(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalPauseScheduleDocument,
    "\n  mutation PortalResumeSchedule($input: ResumeScheduleInput!) { resumeSchedule(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalResumeScheduleDocument,
    "\n  mutation PortalRunSchedule($input: RunScheduleNowInput!) { runScheduleNow(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalRunScheduleDocument,
    "\n  query PortalEventTypes { eventTypes(first: 100) { edges { node { name schema } } } }\n": typeof types.PortalEventTypesDocument,
    "\n  mutation PortalSendEvent($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code message path traceId } } }\n": typeof types.PortalSendEventDocument,
    "\n  query PortalAudit($first: Int!, $after: String, $filter: AuditEntryFilter) {\n    auditEntries(first: $first, after: $after, filter: $filter) {\n      edges { node { id at action changes traceId actor { kind id name } object { kind id label } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.PortalAuditDocument,
    "\n  query PortalBudgets { budgets { id metric window workflow connector costLimit costUsed limit ceiling used reserved action resetsAt forecast } }\n": typeof types.PortalBudgetsDocument,
    "\n  query PortalUsage($metric: UsageMetric!, $from: DateTime!) { usage(metric: $metric, from: $from, by: DAY) { start total retries tests replays } }\n": typeof types.PortalUsageDocument,
    "\n  mutation PortalSetBudget($input: SetBudgetInput!) { setBudget(input: $input) { budget { id } errors { code message path traceId } } }\n": typeof types.PortalSetBudgetDocument,
    "\n  mutation PortalDeleteBudget($input: DeleteBudgetInput!) { deleteBudget(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalDeleteBudgetDocument,
    "\n  mutation PortalExportTenant($input: ExportTenantInput!) { exportTenant(input: $input) { url expiresAt errors { code message path traceId } } }\n": typeof types.PortalExportTenantDocument,
    "\n  query PortalMembers($first: Int!, $after: String) {\n    members(first: $first, after: $after) { edges { node { id email name role active joinedAt } } pageInfo { hasNextPage endCursor } }\n  }\n": typeof types.PortalMembersDocument,
    "\n  query PortalInvitations($first: Int!, $after: String) {\n    invitations(first: $first, after: $after, open: true) { edges { node { id email role state mail createdAt expiresAt invitedBy { name } } } pageInfo { hasNextPage endCursor } }\n  }\n": typeof types.PortalInvitationsDocument,
    "\n  mutation PortalInvite($input: InviteMemberInput!) { inviteMember(input: $input) { invitation { id } errors { code message path traceId } } }\n": typeof types.PortalInviteDocument,
    "\n  mutation PortalResendInvitation($input: ResendInvitationInput!) { resendInvitation(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalResendInvitationDocument,
    "\n  mutation PortalRevokeInvitation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalRevokeInvitationDocument,
    "\n  mutation PortalChangeRole($input: ChangeMemberRoleInput!) { changeMemberRole(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalChangeRoleDocument,
    "\n  mutation PortalRemoveMember($input: RemoveMemberInput!) { removeMember(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalRemoveMemberDocument,
    "\n  query PortalRetention { retention { dataClass days defaultDays ownDays holdReason heldAt removedBefore } }\n": typeof types.PortalRetentionDocument,
    "\n  query PortalRetentionPreview($policies: [RetentionDaysInput!]) { previewRetention(policies: $policies) { dataClass days before rows bytes exact } }\n": typeof types.PortalRetentionPreviewDocument,
    "\n  mutation PortalSaveRetention($input: SaveRetentionInput!) { saveRetention(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalSaveRetentionDocument,
    "\n  query PortalSecrets {\n    secrets { id name ref version hasValue allowedHosts updatedAt lastUsedAt revision versions { number current createdAt expiresAt } usage { workflow version current steps } }\n  }\n": typeof types.PortalSecretsDocument,
    "\n  mutation PortalSetSecret($input: SetSecretInput!) { setSecret(input: $input) { secret { id } errors { code message path traceId } } }\n": typeof types.PortalSetSecretDocument,
    "\n  mutation PortalDeleteSecret($input: DeleteSecretInput!) { deleteSecret(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalDeleteSecretDocument,
    "\n  fragment TokenRow on ApiToken { id name prefix role scopes allowedIps state createdAt expiresAt lastUsedAt lastUsedFrom createdBy { name } }\n": typeof types.TokenRowFragmentDoc,
    "\n  query PortalTokens($first: Int!, $after: String) { tokens(first: $first, after: $after) { edges { node { ...TokenRow } } pageInfo { hasNextPage endCursor } } }\n": typeof types.PortalTokensDocument,
    "\n  mutation PortalCreateToken($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message path traceId } } }\n": typeof types.PortalCreateTokenDocument,
    "\n  mutation PortalRevokeToken($input: RevokeTokenInput!) { revokeToken(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalRevokeTokenDocument,
    "\n  subscription PortalSourceEvents($source: String!) {\n    eventFeed(filter: { source: $source }) { ... on EventReceived { cursor event { id type receivedAt } } }\n  }\n": typeof types.PortalSourceEventsDocument,
    "\n  query PortalSourceRejected($source: String!, $from: DateTime!) {\n    deliveries(first: 5, filter: { source: $source, receivedFrom: $from }) { edges { node { id receivedAt reason { message } } } }\n  }\n": typeof types.PortalSourceRejectedDocument,
    "\n  query PortalSourceAccepted($source: String!, $from: DateTime!) {\n    events(first: 5, filter: { source: $source, receivedFrom: $from }) { edges { node { id type receivedAt } } }\n  }\n": typeof types.PortalSourceAcceptedDocument,
    "\n  fragment SourceRow on Source { id slug scheme enabled builtIn revision url secrets { version addedAt lastUsedAt } }\n": typeof types.SourceRowFragmentDoc,
    "\n  query PortalSources($first: Int!, $after: String) { sources(first: $first, after: $after) { edges { node { ...SourceRow } } pageInfo { hasNextPage endCursor } } }\n": typeof types.PortalSourcesDocument,
    "\n  mutation PortalSaveSource($input: SaveSourceInput!) { saveSource(input: $input) { warnings { message } errors { code message path traceId } } }\n": typeof types.PortalSaveSourceDocument,
    "\n  mutation PortalEnableSource($input: EnableSourceInput!) { enableSource(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalEnableSourceDocument,
    "\n  mutation PortalDisableSource($input: DisableSourceInput!) { disableSource(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalDisableSourceDocument,
    "\n  subscription PortalFirstEvents { eventFeed { ... on EventReceived { cursor event { id type source { slug } } } } }\n": typeof types.PortalFirstEventsDocument,
    "\n  subscription PortalFirstRuns { runFeed { kind cursor run { ...RunRow } } }\n": typeof types.PortalFirstRunsDocument,
    "\n  mutation PortalFirstToken($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message path traceId } } }\n": typeof types.PortalFirstTokenDocument,
    "\n  mutation PortalIngest($input: IngestEventInput!) { ingestEvent(input: $input) { event { id type } errors { code message path traceId } } }\n": typeof types.PortalIngestDocument,
    "\n  mutation PortalFirstWorkflow($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalFirstWorkflowDocument,
    "\n  mutation PortalFirstPublish($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalFirstPublishDocument,
    "\n  mutation PortalFirstRule($input: SaveRuleInput!) { saveRule(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalFirstRuleDocument,
    "\n  query PortalStart {\n    events(first: 20) { edges { node { id type source { slug } } } }\n    workflows(first: 1) { edges { node { slug } } }\n    runs(first: 1) { edges { node { ...RunRow } } }\n  }\n": typeof types.PortalStartDocument,
    "\n  query PortalFirstInstalled($slug: String!) { workflow(slug: $slug) { id draft { definition } currentVersion { id } } rule(slug: $slug) { id } }\n": typeof types.PortalFirstInstalledDocument,
    "\n  query PortalUndecided($first: Int!, $after: String) {\n    effects(first: $first, after: $after, filter: { unresolved: true }) {\n      edges { node { ...EffectWhole run { id workflow { name } event { idempotencyKey } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.PortalUndecidedDocument,
    "\n  fragment EndpointRow on WebhookEndpoint { id slug url enabled disabledAt disabledReason secretCount revision updatedAt }\n": typeof types.EndpointRowFragmentDoc,
    "\n  fragment WebhookRow on WebhookDelivery {\n    id endpoint type webhookId state attempts nextAttemptAt createdAt settledAt lastError { code message traceId } run { id }\n  }\n": typeof types.WebhookRowFragmentDoc,
    "\n  query PortalEndpoints { webhookEndpoints(first: 100) { edges { node { ...EndpointRow } } } }\n": typeof types.PortalEndpointsDocument,
    "\n  query PortalWebhooks($first: Int!, $after: String, $filter: WebhookDeliveryFilter) {\n    webhookDeliveries(first: $first, after: $after, filter: $filter) { edges { node { ...WebhookRow } } pageInfo { hasNextPage endCursor } }\n  }\n": typeof types.PortalWebhooksDocument,
    "\n  mutation PortalResend($input: ResendWebhookDeliveriesInput!) { resendWebhookDeliveries(input: $input) { runs { id } errors { code message path traceId } } }\n": typeof types.PortalResendDocument,
    "\n  mutation PortalSaveEndpoint($input: SaveWebhookEndpointInput!) {\n    saveWebhookEndpoint(input: $input) { webhookEndpoint { ...EndpointRow } errors { code message path traceId } }\n  }\n": typeof types.PortalSaveEndpointDocument,
    "\n  query PortalWorkflow($slug: String!) {\n    workflow(slug: $slug) {\n      id slug name enabled pausedAt revision\n      draft { valid problems { message path } definition }\n      currentVersion { number }\n    }\n  }\n": typeof types.PortalWorkflowDocument,
    "\n  query PortalWorkflowVersion($id: ID!) { node(id: $id) { __typename ... on WorkflowVersion { id definition } } }\n": typeof types.PortalWorkflowVersionDocument,
    "\n  query PortalWorkflowDiff($input: WorkflowDiffInput!) {\n    workflowDiff(input: $input) {\n      same leftOut\n      fields { path before after wasThere isThere }\n      steps { key change renamedFrom needsBefore needsAfter places { path before after wasThere isThere } }\n    }\n  }\n": typeof types.PortalWorkflowDiffDocument,
    "\n  query PortalWorkflowNames($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) { edges { node { id slug name } } pageInfo { hasNextPage endCursor } }\n  }\n": typeof types.PortalWorkflowNamesDocument,
    "\n  mutation PortalPauseWorkflow($input: PauseWorkflowInput!) { pauseWorkflow(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalPauseWorkflowDocument,
    "\n  mutation PortalResumeWorkflow($input: ResumeWorkflowInput!) { resumeWorkflow(input: $input) { errors { code message path traceId } } }\n": typeof types.PortalResumeWorkflowDocument,
    "\n  query PortalPublishChecklist($workflow: String!) {\n    publishChecklist(workflow: $workflow) { publishable items { key state sentence names problems { message path } } }\n  }\n": typeof types.PortalPublishChecklistDocument,
    "\n  mutation PortalPublishWorkflow($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { workflowVersion { id number } errors { code message path traceId } } }\n": typeof types.PortalPublishWorkflowDocument,
    "\n  mutation PortalRollBack($input: RollBackWorkflowInput!) { rollBackWorkflow(input: $input) { workflowVersion { id number } draftKept errors { code message path traceId } } }\n": typeof types.PortalRollBackDocument,
    "\n  query PortalNewestPayload($workflow: String!) { runs(first: 1, filter: { workflow: $workflow }) { edges { node { id event { payload } } } } }\n": typeof types.PortalNewestPayloadDocument,
    "\n  mutation PortalRunWorkflow($input: RunWorkflowInput!) { runWorkflow(input: $input) { run { id } errors { code message path traceId } } }\n": typeof types.PortalRunWorkflowDocument,
    "\n  query PortalTestSamples { events(first: 50) { edges { node { id type idempotencyKey receivedAt source { slug } } } } }\n": typeof types.PortalTestSamplesDocument,
    "\n  mutation PortalTestWorkflow($input: TestWorkflowInput!) {\n    testWorkflow(input: $input) {\n      test { state reason seconds error { code message traceId } stopped { code message traceId } emitted\n        steps { key uses state reason input output startsAtSeconds endsAtSeconds error { code message traceId } calls { attempt host mock } } }\n      run { id }\n      errors { code message path traceId }\n    }\n  }\n": typeof types.PortalTestWorkflowDocument,
    "\n  query PortalVersions($slug: String!, $first: Int!, $after: String) {\n    workflow(slug: $slug) {\n      id\n      versions(first: $first, after: $after) { edges { node { id number publishedAt publishedBy restores } } pageInfo { hasNextPage endCursor } }\n    }\n  }\n": typeof types.PortalVersionsDocument,
    "\n  query PortalWorkflows($first: Int!, $after: String, $archived: Boolean) {\n    workflows(first: $first, after: $after, archived: $archived) {\n      edges { node { id slug name enabled pausedAt archivedAt updatedAt draft { valid } currentVersion { number publishedAt publishedBy } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.PortalWorkflowsDocument,
};
const documents: Documents = {
    "\n  query PortalCounts($first: Int!, $filter: ApprovalFilter) {\n    failureGroups(first: $first, resolved: false) { edges { node { fingerprint } } pageInfo { hasNextPage } }\n    approvals(first: $first, filter: $filter) { edges { node { id } } pageInfo { hasNextPage } }\n  }\n": types.PortalCountsDocument,
    "\n  query PortalViewer {\n    viewer { name role permissions }\n    tenant { slug name }\n  }\n": types.PortalViewerDocument,
    "\n  fragment ApprovalWhole on Approval {\n    id title description roles members quorum form shown requestedBy requestedAt expiresAt expiresAs decidedAt state viewerCanDecide data\n    decisions(first: 50) { by role outcome at form }\n    run { id state workflow { name } }\n  }\n": types.ApprovalWholeFragmentDoc,
    "\n  query PortalApproval($id: ID!) { node(id: $id) { __typename ... on Approval { ...ApprovalWhole } } }\n": types.PortalApprovalDocument,
    "\n  mutation PortalDecide($input: DecideApprovalInput!) {\n    decideApproval(input: $input) { approval { ...ApprovalWhole } errors { code message path traceId } }\n  }\n": types.PortalDecideDocument,
    "\n  query PortalApprovals($first: Int!, $after: String, $filter: ApprovalFilter) {\n    approvals(first: $first, after: $after, filter: $filter) {\n      edges { node { id title state requestedAt expiresAt decidedAt quorum viewerCanDecide run { id workflow { name } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.PortalApprovalsDocument,
    "\n  subscription PortalApprovalFeed {\n    approvalFeed {\n      __typename\n      ... on ApprovalRequested { cursor }\n      ... on ApprovalDecided { cursor }\n      ... on ApprovalEnded { cursor }\n    }\n  }\n": types.PortalApprovalFeedDocument,
    "\n  fragment BacktestState on Backtest {\n    id state total tested erased older newlyMatched noLongerMatched stillMatched stillUnmatched startedBy createdAt\n    error { code message traceId }\n  }\n": types.BacktestStateFragmentDoc,
    "\n  mutation PortalBacktestRule($input: BacktestRuleInput!) { backtestRule(input: $input) { backtest { id } errors { code message path traceId } } }\n": types.PortalBacktestRuleDocument,
    "\n  mutation PortalAbortBacktest($input: AbortBacktestInput!) { abortBacktest(input: $input) { errors { code message path traceId } } }\n": types.PortalAbortBacktestDocument,
    "\n  query PortalBacktest($id: ID!, $difference: BacktestDifference) {\n    backtest(id: $id) { ...BacktestState when samples(first: 20, difference: $difference) { difference verdict reason event { id type idempotencyKey receivedAt } } }\n  }\n": types.PortalBacktestDocument,
    "\n  subscription PortalBacktestProgress($id: ID!) { backtestProgress(backtest: $id) { ...BacktestState } }\n": types.PortalBacktestProgressDocument,
    "\n  fragment BreakerRow on CircuitBreaker { id connector host state mode calls failures code probeAt changedAt windowStarted }\n": types.BreakerRowFragmentDoc,
    "\n  query PortalBreakers($first: Int!, $after: String, $holding: Boolean) {\n    circuitBreakers(first: $first, after: $after, holding: $holding) { edges { node { ...BreakerRow } } pageInfo { hasNextPage endCursor } }\n  }\n": types.PortalBreakersDocument,
    "\n  mutation PortalSetBreaker($input: SetBreakerInput!) { setBreaker(input: $input) { breaker { ...BreakerRow } errors { code message path traceId } } }\n": types.PortalSetBreakerDocument,
    "\n  fragment BulkWhole on BulkOperation {\n    id kind state reason rate total done skipped refused startedBy createdAt finishedAt\n    error { code message traceId }\n  }\n": types.BulkWholeFragmentDoc,
    "\n  query PortalBulk($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on BulkOperation {\n        ...BulkWhole\n      }\n    }\n  }\n": types.PortalBulkDocument,
    "\n  query PortalBulkItems($id: ID!, $first: Int!, $after: String, $outcome: BulkOutcome) {\n    node(id: $id) {\n      __typename\n      ... on BulkOperation {\n        id\n        items(first: $first, after: $after, outcome: $outcome) { edges { node { item outcome runs at error { code message traceId } } } pageInfo { hasNextPage endCursor } }\n      }\n    }\n  }\n": types.PortalBulkItemsDocument,
    "\n  subscription PortalBulkProgress($id: ID!) { bulkProgress(operation: $id) { ...BulkWhole } }\n": types.PortalBulkProgressDocument,
    "\n  mutation PortalAbortBulk($input: AbortBulkOperationInput!) {\n    abortBulkOperation(input: $input) { operation { id state } errors { code message path traceId } }\n  }\n": types.PortalAbortBulkDocument,
    "\n  query PortalBulkPreview($input: BulkInput!) {\n    previewBulkOperation(input: $input) {\n      previewId count lookedAt newRuns\n      effectsThatRepeat { step connector effect consent runs }\n      refusals { code message items }\n    }\n  }\n": types.PortalBulkPreviewDocument,
    "\n  mutation PortalStartBulk($input: StartBulkOperationInput!) {\n    startBulkOperation(input: $input) { operation { id } errors { code message path traceId } }\n  }\n": types.PortalStartBulkDocument,
    "\n  query PortalBulkOperations($first: Int!, $after: String) {\n    bulkOperations(first: $first, after: $after) { edges { node { ...BulkWhole } } pageInfo { hasNextPage endCursor } }\n  }\n": types.PortalBulkOperationsDocument,
    "\n  query PortalConnectors { connectors { name title description effect lookup takesSecrets hosts hostFields inputSchema outputSchema failures { name code retryable mayHaveArrived when } } }\n": types.PortalConnectorsDocument,
    "\n  query PortalValidateWorkflow($definition: JSON!, $workflow: String) {\n    validateWorkflow(definition: $definition, workflow: $workflow) { valid problems { code message path } }\n  }\n": types.PortalValidateWorkflowDocument,
    "\n  mutation PortalSaveWorkflow($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { workflow { id revision } errors { code message path traceId } } }\n": types.PortalSaveWorkflowDocument,
    "\n  fragment DeliveryRow on Delivery {\n    id outcome type idempotencyKey payloadBytes receivedAt redeliverable\n    reason { code message } source { slug } redeliveredEvent { id }\n  }\n": types.DeliveryRowFragmentDoc,
    "\n  query PortalDeliveries($first: Int!, $after: String, $filter: DeliveryFilter) {\n    deliveries(first: $first, after: $after, filter: $filter) { edges { node { ...DeliveryRow } } pageInfo { hasNextPage endCursor } }\n  }\n": types.PortalDeliveriesDocument,
    "\n  query PortalDeliverySources { sources(first: 100) { edges { node { slug } } } }\n": types.PortalDeliverySourcesDocument,
    "\n  query PortalDelivery($id: ID!) {\n    node(id: $id) { __typename ... on Delivery { ...DeliveryRow traceId payloadSha256 secretVersion expiresAt eventExpired event { id type } } }\n  }\n": types.PortalDeliveryDocument,
    "\n  query PortalVerifyDelivery($input: VerifyDeliveryInput!) {\n    verifyDelivery(input: $input) { verified secretVersion secrets { version cause message } refusal { code message traceId } }\n  }\n": types.PortalVerifyDeliveryDocument,
    "\n  mutation PortalRedeliver($input: RedeliverInput!) { redeliver(input: $input) { events { id type } errors { code message path traceId } } }\n": types.PortalRedeliverDocument,
    "\n  fragment EffectWhole on Effect {\n    id key step connector effect target state tries mostSent proof code externalId responseSha256 intendedAt settledAt lookups\n    earlierTries { number state code intendedAt }\n    resolution { how reason by at }\n  }\n": types.EffectWholeFragmentDoc,
    "\n  mutation PortalResolveEffect($input: ResolveEffectInput!) {\n    resolveEffect(input: $input) { effect { ...EffectWhole } errors { code message path traceId } }\n  }\n": types.PortalResolveEffectDocument,
    "\n  query PortalEvent($id: ID!) {\n    event(id: $id) {\n      ...EventRow\n      traceId occurredAt payload payloadSha256 depth\n      waitingFor { until sentence }\n      derivedFrom { id }\n      decisions(first: 100) { verdict reason path decidedAt rule { slug name } run { id state } collapsedInto { id } }\n      runs(first: 20) { edges { node { id state createdAt workflow { name } workflowVersion { number } } } }\n    }\n  }\n": types.PortalEventDocument,
    "\n  subscription PortalEventRuns($filter: RunFeedFilter) { runFeed(filter: $filter) { kind cursor } }\n": types.PortalEventRunsDocument,
    "\n  mutation PortalReplay($input: ReplayEventInput!) {\n    replayEvent(input: $input) { event { id } runs { id } errors { code message path traceId } }\n  }\n": types.PortalReplayDocument,
    "\n  query PortalWhy($rule: String!, $event: ID!) { explainRule(rule: $rule, event: $event) { sentence tree } }\n": types.PortalWhyDocument,
    "\n  fragment EventRow on Event { id type subject idempotencyKey receivedAt payloadBytes source { slug } schemaProblems { message } }\n": types.EventRowFragmentDoc,
    "\n  query PortalEvents($first: Int!, $after: String, $filter: EventFilter) {\n    events(first: $first, after: $after, filter: $filter) {\n      edges { node { ...EventRow } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.PortalEventsDocument,
    "\n  subscription PortalEventFeed($filter: EventFeedFilter) {\n    eventFeed(filter: $filter) { ... on EventReceived { cursor event { id } } }\n  }\n": types.PortalEventFeedDocument,
    "\n  query PortalEventNames {\n    sources(first: 100) { edges { node { slug } } }\n    eventTypes(first: 100) { edges { node { name } } }\n  }\n": types.PortalEventNamesDocument,
    "\n  query PortalFailureDetails($filter: RunFilter) {\n    newest: runs(first: 100, filter: $filter) { edges { node { id createdAt } } pageInfo { hasNextPage } }\n    oldest: runs(last: 1, filter: $filter) { edges { node { id createdAt workflow { slug name } workflowVersion { number publishedAt publishedBy } } } }\n  }\n": types.PortalFailureDetailsDocument,
    "\n  query PortalFailures($of: FailureKind!, $first: Int!, $after: String, $resolved: Boolean!) {\n    failureGroups(of: $of, first: $first, after: $after, resolved: $resolved) {\n      edges { node { fingerprint code message count firstAt lastAt trend workflows topics state resolvedAt resolvedBy resolvedReason } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.PortalFailuresDocument,
    "\n  mutation PortalResolveFailures($input: ResolveFailuresInput!) { resolveFailures(input: $input) { errors { code message path traceId } } }\n": types.PortalResolveFailuresDocument,
    "\n  mutation PortalReopenFailures($input: ReopenFailuresInput!) { reopenFailures(input: $input) { errors { code message path traceId } } }\n": types.PortalReopenFailuresDocument,
    "\n  fragment RunRow on ExecutionRun {\n    id\n    state\n    stateReason\n    createdAt\n    startedAt\n    finishedAt\n    test\n    error { code message traceId }\n    workflow { slug name }\n    workflowVersion { number }\n    event { id type subject idempotencyKey }\n  }\n": types.RunRowFragmentDoc,
    "\n  query PortalHeldRuns($last: Int!, $filter: RunFilter, $count: Boolean!) {\n    runs(last: $last, filter: $filter) {\n      totalCount @include(if: $count)\n      edges { node { id createdAt workflow { name } event { id type idempotencyKey } waitingFor { cause position until sentence } } }\n      pageInfo { hasPreviousPage }\n    }\n  }\n": types.PortalHeldRunsDocument,
    "\n  query PortalHeldEvents($last: Int!) {\n    events(last: $last, filter: { waitsForBudget: true }) {\n      totalCount\n      edges { node { id type idempotencyKey receivedAt waitingFor { position until sentence } } }\n    }\n  }\n": types.PortalHeldEventsDocument,
    "\n  query PortalHome { workflows(first: 1) { edges { node { id } } } runs(first: 1) { edges { node { id } } } }\n": types.PortalHomeDocument,
    "\n  query PortalRecipes { recipes { slug title description parameters creates { kind slug } secrets { name exists } } }\n": types.PortalRecipesDocument,
    "\n  mutation PortalInstallRecipe($input: InstallRecipeInput!) {\n    installRecipe(input: $input) { changes { kind slug outcome version } errors { code message path traceId } }\n  }\n": types.PortalInstallRecipeDocument,
    "\n  query PortalRetryPlan($input: RetryRunsInput!) {\n    planRetry(input: $input) {\n      planId runs skippedSteps repeatedSteps\n      droppedSteps { step reason }\n      effectsThatRepeat { step connector effect state key }\n      errors { code message path traceId }\n    }\n  }\n": types.PortalRetryPlanDocument,
    "\n  mutation PortalRetry($input: RetryRunsInput!) { retryRuns(input: $input) { runs { id } errors { code message path traceId } } }\n": types.PortalRetryDocument,
    "\n  query PortalRetryChoices($id: ID!) {\n    run(id: $id) { id event { id payload } }\n  }\n": types.PortalRetryChoicesDocument,
    "\n  mutation PortalReveal($input: RevealPayloadInput!) {\n    revealPayload(input: $input) { revealed { body scrubbed until } errors { code message path traceId } }\n  }\n": types.PortalRevealDocument,
    "\n  fragment RuleWhole on RuleSpec {\n    id slug name enabled pausedAt priority when revision warnings { message path } workflow { slug name }\n  }\n": types.RuleWholeFragmentDoc,
    "\n  query PortalRules($first: Int!, $after: String) { rules(first: $first, after: $after) { edges { node { ...RuleWhole } } pageInfo { hasNextPage endCursor } } }\n": types.PortalRulesDocument,
    "\n  query PortalRule($slug: String!) { rule(slug: $slug) { ...RuleWhole } }\n": types.PortalRuleDocument,
    "\n  query PortalRuleSamples { events(first: 50) { edges { node { id type idempotencyKey receivedAt source { slug } } } } }\n": types.PortalRuleSamplesDocument,
    "\n  query PortalRuleSample($id: ID!) { event(id: $id) { id type subject payload idempotencyKey receivedAt source { slug } } }\n": types.PortalRuleSampleDocument,
    "\n  query PortalExplainRule($when: JSON!, $event: ID!) { explainRule(when: $when, event: $event) { matched verdict sentence tree } }\n": types.PortalExplainRuleDocument,
    "\n  mutation PortalSaveRule($input: SaveRuleInput!) { saveRule(input: $input) { rule { ...RuleWhole } errors { code message path traceId } } }\n": types.PortalSaveRuleDocument,
    "\n  mutation PortalPauseRule($input: PauseRuleInput!) { pauseRule(input: $input) { errors { code message path traceId } } }\n": types.PortalPauseRuleDocument,
    "\n  mutation PortalResumeRule($input: ResumeRuleInput!) { resumeRule(input: $input) { errors { code message path traceId } } }\n": types.PortalResumeRuleDocument,
    "\n  query PortalRun($id: ID!) {\n    run(id: $id) {\n      ...RunRow\n      traceId\n      fingerprint\n      stepCount\n      expired\n      waitingFor { cause position until sentence }\n      rule { slug name }\n      steps: stepConnection(first: 100) { edges { node { ...StepLane } } pageInfo { hasNextPage endCursor } }\n      timeline(first: 100) { edges { node { ...LogLine } } pageInfo { hasNextPage endCursor } }\n      effects(first: 20) { ...RunEffect }\n      parent { id state workflow { name } }\n      retryOf { id state createdAt }\n      retries(first: 10) { edges { node { id state createdAt } } }\n    }\n  }\n": types.PortalRunDocument,
    "\n  fragment LogLine on TimelineEntry { at kind step item compensates attempt message }\n": types.LogLineFragmentDoc,
    "\n  fragment StepLane on StepRun { id key state attempt startedAt finishedAt error { code message traceId } }\n": types.StepLaneFragmentDoc,
    "\n  query PortalRunDefinition($id: ID!) { run(id: $id) { id workflowVersion { id definition } } }\n": types.PortalRunDefinitionDocument,
    "\n  subscription PortalRunChanges($runs: [ID!]!) { runFeed(filter: { runs: $runs }) { kind cursor } }\n": types.PortalRunChangesDocument,
    "\n  mutation PortalCancel($input: CancelRunsInput!) { cancelRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n": types.PortalCancelDocument,
    "\n  mutation PortalPause($input: PauseRunsInput!) { pauseRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n": types.PortalPauseDocument,
    "\n  mutation PortalResume($input: ResumeRunsInput!) { resumeRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n": types.PortalResumeDocument,
    "\n  query PortalRunCounts($from: DateTime!, $to: DateTime!, $by: RunCountsBy!, $workflow: String) {\n    runCounts(from: $from, to: $to, by: $by, workflow: $workflow) { from to succeeded failed cancelled timedOut }\n  }\n": types.PortalRunCountsDocument,
    "\n  query PortalStep($id: ID!) {\n    node(id: $id) {\n      ... on StepRun {\n        id key state attempt startedAt finishedAt nextAttemptAt reason input output\n        error { code message traceId }\n        effect { ...EffectWhole }\n        childRun { id state workflow { name } }\n        progress { total done failed }\n        attempts(first: 20) { edges { node { id attempt state startedAt finishedAt error { code message traceId } } } }\n      }\n    }\n  }\n": types.PortalStepDocument,
    "\n  query PortalRunPayload($id: ID!) { run(id: $id) { id event { id payload } } }\n": types.PortalRunPayloadDocument,
    "\n  fragment RunEffect on Effect { id key step connector target state proof }\n": types.RunEffectFragmentDoc,
    "\n  query PortalRunEffects($first: Int!, $after: String, $run: ID!) {\n    effects(first: $first, after: $after, filter: { run: $run }) { edges { node { ...RunEffect } } pageInfo { hasNextPage endCursor } }\n  }\n": types.PortalRunEffectsDocument,
    "\n  query PortalMoreSteps($id: ID!, $after: String) {\n    run(id: $id) { stepConnection(first: 100, after: $after) { edges { node { ...StepLane } } pageInfo { hasNextPage endCursor } } }\n  }\n": types.PortalMoreStepsDocument,
    "\n  query PortalMoreHistory($id: ID!, $after: String) {\n    run(id: $id) { timeline(first: 100, after: $after) { edges { node { ...LogLine } } pageInfo { hasNextPage endCursor } } }\n  }\n": types.PortalMoreHistoryDocument,
    "\n  query PortalRuns($first: Int!, $after: String, $filter: RunFilter, $rule: Boolean!, $source: Boolean!, $trace: Boolean!) {\n    runs(first: $first, after: $after, filter: $filter) {\n      edges { node { ...RunRow traceId @include(if: $trace) rule @include(if: $rule) { name } event @include(if: $source) { source { slug } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.PortalRunsDocument,
    "\n  subscription PortalRunFeed($filter: RunFeedFilter) {\n    runFeed(filter: $filter) { kind cursor step { id } run { ...RunRow } }\n  }\n": types.PortalRunFeedDocument,
    "\n  query PortalRunFilters($rules: Boolean!, $sources: Boolean!) {\n    rules(first: 100) @include(if: $rules) { edges { node { slug name } } }\n    sources(first: 100) @include(if: $sources) { edges { node { slug } } }\n  }\n": types.PortalRunFiltersDocument,
    "\n  query PortalSavedViews($page: String!) { savedViews(page: $page) { id name search shared savedBy } }\n": types.PortalSavedViewsDocument,
    "\n  mutation PortalSaveView($input: SaveViewInput!) { saveView(input: $input) { view { id } errors { code message path traceId } } }\n": types.PortalSaveViewDocument,
    "\n  mutation PortalDeleteView($input: DeleteViewInput!) { deleteView(input: $input) { errors { code message path traceId } } }\n": types.PortalDeleteViewDocument,
    "\n  query PortalSchedules($first: Int!, $after: String) {\n    schedules(first: $first, after: $after) { edges { node { id slug name sentence state eventType nextTicks(first: 1) { at } } } pageInfo { hasNextPage endCursor } }\n  }\n": types.PortalSchedulesDocument,
    "\n  query PortalSchedule($slug: String!) {\n    schedule(slug: $slug) {\n      id slug name sentence state pausedAt pausedNote eventType data overlap missedCount\n      nextTicks(first: 10) { at local zone }\n    }\n  }\n": types.PortalScheduleDocument,
    "\n  query PortalScheduleTicks($slug: String!, $first: Int!, $after: String) {\n    schedule(slug: $slug) { id ticks(first: $first, after: $after) { edges { node { plannedAt at outcome byHand missed event { id } } } pageInfo { hasNextPage endCursor } } }\n  }\n": types.PortalScheduleTicksDocument,
    "\n  mutation PortalPauseSchedule($input: PauseScheduleInput!) { pauseSchedule(input: $input) { errors { code message path traceId } } }\n": types.PortalPauseScheduleDocument,
    "\n  mutation PortalResumeSchedule($input: ResumeScheduleInput!) { resumeSchedule(input: $input) { errors { code message path traceId } } }\n": types.PortalResumeScheduleDocument,
    "\n  mutation PortalRunSchedule($input: RunScheduleNowInput!) { runScheduleNow(input: $input) { errors { code message path traceId } } }\n": types.PortalRunScheduleDocument,
    "\n  query PortalEventTypes { eventTypes(first: 100) { edges { node { name schema } } } }\n": types.PortalEventTypesDocument,
    "\n  mutation PortalSendEvent($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code message path traceId } } }\n": types.PortalSendEventDocument,
    "\n  query PortalAudit($first: Int!, $after: String, $filter: AuditEntryFilter) {\n    auditEntries(first: $first, after: $after, filter: $filter) {\n      edges { node { id at action changes traceId actor { kind id name } object { kind id label } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.PortalAuditDocument,
    "\n  query PortalBudgets { budgets { id metric window workflow connector costLimit costUsed limit ceiling used reserved action resetsAt forecast } }\n": types.PortalBudgetsDocument,
    "\n  query PortalUsage($metric: UsageMetric!, $from: DateTime!) { usage(metric: $metric, from: $from, by: DAY) { start total retries tests replays } }\n": types.PortalUsageDocument,
    "\n  mutation PortalSetBudget($input: SetBudgetInput!) { setBudget(input: $input) { budget { id } errors { code message path traceId } } }\n": types.PortalSetBudgetDocument,
    "\n  mutation PortalDeleteBudget($input: DeleteBudgetInput!) { deleteBudget(input: $input) { errors { code message path traceId } } }\n": types.PortalDeleteBudgetDocument,
    "\n  mutation PortalExportTenant($input: ExportTenantInput!) { exportTenant(input: $input) { url expiresAt errors { code message path traceId } } }\n": types.PortalExportTenantDocument,
    "\n  query PortalMembers($first: Int!, $after: String) {\n    members(first: $first, after: $after) { edges { node { id email name role active joinedAt } } pageInfo { hasNextPage endCursor } }\n  }\n": types.PortalMembersDocument,
    "\n  query PortalInvitations($first: Int!, $after: String) {\n    invitations(first: $first, after: $after, open: true) { edges { node { id email role state mail createdAt expiresAt invitedBy { name } } } pageInfo { hasNextPage endCursor } }\n  }\n": types.PortalInvitationsDocument,
    "\n  mutation PortalInvite($input: InviteMemberInput!) { inviteMember(input: $input) { invitation { id } errors { code message path traceId } } }\n": types.PortalInviteDocument,
    "\n  mutation PortalResendInvitation($input: ResendInvitationInput!) { resendInvitation(input: $input) { errors { code message path traceId } } }\n": types.PortalResendInvitationDocument,
    "\n  mutation PortalRevokeInvitation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { errors { code message path traceId } } }\n": types.PortalRevokeInvitationDocument,
    "\n  mutation PortalChangeRole($input: ChangeMemberRoleInput!) { changeMemberRole(input: $input) { errors { code message path traceId } } }\n": types.PortalChangeRoleDocument,
    "\n  mutation PortalRemoveMember($input: RemoveMemberInput!) { removeMember(input: $input) { errors { code message path traceId } } }\n": types.PortalRemoveMemberDocument,
    "\n  query PortalRetention { retention { dataClass days defaultDays ownDays holdReason heldAt removedBefore } }\n": types.PortalRetentionDocument,
    "\n  query PortalRetentionPreview($policies: [RetentionDaysInput!]) { previewRetention(policies: $policies) { dataClass days before rows bytes exact } }\n": types.PortalRetentionPreviewDocument,
    "\n  mutation PortalSaveRetention($input: SaveRetentionInput!) { saveRetention(input: $input) { errors { code message path traceId } } }\n": types.PortalSaveRetentionDocument,
    "\n  query PortalSecrets {\n    secrets { id name ref version hasValue allowedHosts updatedAt lastUsedAt revision versions { number current createdAt expiresAt } usage { workflow version current steps } }\n  }\n": types.PortalSecretsDocument,
    "\n  mutation PortalSetSecret($input: SetSecretInput!) { setSecret(input: $input) { secret { id } errors { code message path traceId } } }\n": types.PortalSetSecretDocument,
    "\n  mutation PortalDeleteSecret($input: DeleteSecretInput!) { deleteSecret(input: $input) { errors { code message path traceId } } }\n": types.PortalDeleteSecretDocument,
    "\n  fragment TokenRow on ApiToken { id name prefix role scopes allowedIps state createdAt expiresAt lastUsedAt lastUsedFrom createdBy { name } }\n": types.TokenRowFragmentDoc,
    "\n  query PortalTokens($first: Int!, $after: String) { tokens(first: $first, after: $after) { edges { node { ...TokenRow } } pageInfo { hasNextPage endCursor } } }\n": types.PortalTokensDocument,
    "\n  mutation PortalCreateToken($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message path traceId } } }\n": types.PortalCreateTokenDocument,
    "\n  mutation PortalRevokeToken($input: RevokeTokenInput!) { revokeToken(input: $input) { errors { code message path traceId } } }\n": types.PortalRevokeTokenDocument,
    "\n  subscription PortalSourceEvents($source: String!) {\n    eventFeed(filter: { source: $source }) { ... on EventReceived { cursor event { id type receivedAt } } }\n  }\n": types.PortalSourceEventsDocument,
    "\n  query PortalSourceRejected($source: String!, $from: DateTime!) {\n    deliveries(first: 5, filter: { source: $source, receivedFrom: $from }) { edges { node { id receivedAt reason { message } } } }\n  }\n": types.PortalSourceRejectedDocument,
    "\n  query PortalSourceAccepted($source: String!, $from: DateTime!) {\n    events(first: 5, filter: { source: $source, receivedFrom: $from }) { edges { node { id type receivedAt } } }\n  }\n": types.PortalSourceAcceptedDocument,
    "\n  fragment SourceRow on Source { id slug scheme enabled builtIn revision url secrets { version addedAt lastUsedAt } }\n": types.SourceRowFragmentDoc,
    "\n  query PortalSources($first: Int!, $after: String) { sources(first: $first, after: $after) { edges { node { ...SourceRow } } pageInfo { hasNextPage endCursor } } }\n": types.PortalSourcesDocument,
    "\n  mutation PortalSaveSource($input: SaveSourceInput!) { saveSource(input: $input) { warnings { message } errors { code message path traceId } } }\n": types.PortalSaveSourceDocument,
    "\n  mutation PortalEnableSource($input: EnableSourceInput!) { enableSource(input: $input) { errors { code message path traceId } } }\n": types.PortalEnableSourceDocument,
    "\n  mutation PortalDisableSource($input: DisableSourceInput!) { disableSource(input: $input) { errors { code message path traceId } } }\n": types.PortalDisableSourceDocument,
    "\n  subscription PortalFirstEvents { eventFeed { ... on EventReceived { cursor event { id type source { slug } } } } }\n": types.PortalFirstEventsDocument,
    "\n  subscription PortalFirstRuns { runFeed { kind cursor run { ...RunRow } } }\n": types.PortalFirstRunsDocument,
    "\n  mutation PortalFirstToken($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message path traceId } } }\n": types.PortalFirstTokenDocument,
    "\n  mutation PortalIngest($input: IngestEventInput!) { ingestEvent(input: $input) { event { id type } errors { code message path traceId } } }\n": types.PortalIngestDocument,
    "\n  mutation PortalFirstWorkflow($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code message path traceId } } }\n": types.PortalFirstWorkflowDocument,
    "\n  mutation PortalFirstPublish($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { errors { code message path traceId } } }\n": types.PortalFirstPublishDocument,
    "\n  mutation PortalFirstRule($input: SaveRuleInput!) { saveRule(input: $input) { errors { code message path traceId } } }\n": types.PortalFirstRuleDocument,
    "\n  query PortalStart {\n    events(first: 20) { edges { node { id type source { slug } } } }\n    workflows(first: 1) { edges { node { slug } } }\n    runs(first: 1) { edges { node { ...RunRow } } }\n  }\n": types.PortalStartDocument,
    "\n  query PortalFirstInstalled($slug: String!) { workflow(slug: $slug) { id draft { definition } currentVersion { id } } rule(slug: $slug) { id } }\n": types.PortalFirstInstalledDocument,
    "\n  query PortalUndecided($first: Int!, $after: String) {\n    effects(first: $first, after: $after, filter: { unresolved: true }) {\n      edges { node { ...EffectWhole run { id workflow { name } event { idempotencyKey } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.PortalUndecidedDocument,
    "\n  fragment EndpointRow on WebhookEndpoint { id slug url enabled disabledAt disabledReason secretCount revision updatedAt }\n": types.EndpointRowFragmentDoc,
    "\n  fragment WebhookRow on WebhookDelivery {\n    id endpoint type webhookId state attempts nextAttemptAt createdAt settledAt lastError { code message traceId } run { id }\n  }\n": types.WebhookRowFragmentDoc,
    "\n  query PortalEndpoints { webhookEndpoints(first: 100) { edges { node { ...EndpointRow } } } }\n": types.PortalEndpointsDocument,
    "\n  query PortalWebhooks($first: Int!, $after: String, $filter: WebhookDeliveryFilter) {\n    webhookDeliveries(first: $first, after: $after, filter: $filter) { edges { node { ...WebhookRow } } pageInfo { hasNextPage endCursor } }\n  }\n": types.PortalWebhooksDocument,
    "\n  mutation PortalResend($input: ResendWebhookDeliveriesInput!) { resendWebhookDeliveries(input: $input) { runs { id } errors { code message path traceId } } }\n": types.PortalResendDocument,
    "\n  mutation PortalSaveEndpoint($input: SaveWebhookEndpointInput!) {\n    saveWebhookEndpoint(input: $input) { webhookEndpoint { ...EndpointRow } errors { code message path traceId } }\n  }\n": types.PortalSaveEndpointDocument,
    "\n  query PortalWorkflow($slug: String!) {\n    workflow(slug: $slug) {\n      id slug name enabled pausedAt revision\n      draft { valid problems { message path } definition }\n      currentVersion { number }\n    }\n  }\n": types.PortalWorkflowDocument,
    "\n  query PortalWorkflowVersion($id: ID!) { node(id: $id) { __typename ... on WorkflowVersion { id definition } } }\n": types.PortalWorkflowVersionDocument,
    "\n  query PortalWorkflowDiff($input: WorkflowDiffInput!) {\n    workflowDiff(input: $input) {\n      same leftOut\n      fields { path before after wasThere isThere }\n      steps { key change renamedFrom needsBefore needsAfter places { path before after wasThere isThere } }\n    }\n  }\n": types.PortalWorkflowDiffDocument,
    "\n  query PortalWorkflowNames($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) { edges { node { id slug name } } pageInfo { hasNextPage endCursor } }\n  }\n": types.PortalWorkflowNamesDocument,
    "\n  mutation PortalPauseWorkflow($input: PauseWorkflowInput!) { pauseWorkflow(input: $input) { errors { code message path traceId } } }\n": types.PortalPauseWorkflowDocument,
    "\n  mutation PortalResumeWorkflow($input: ResumeWorkflowInput!) { resumeWorkflow(input: $input) { errors { code message path traceId } } }\n": types.PortalResumeWorkflowDocument,
    "\n  query PortalPublishChecklist($workflow: String!) {\n    publishChecklist(workflow: $workflow) { publishable items { key state sentence names problems { message path } } }\n  }\n": types.PortalPublishChecklistDocument,
    "\n  mutation PortalPublishWorkflow($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { workflowVersion { id number } errors { code message path traceId } } }\n": types.PortalPublishWorkflowDocument,
    "\n  mutation PortalRollBack($input: RollBackWorkflowInput!) { rollBackWorkflow(input: $input) { workflowVersion { id number } draftKept errors { code message path traceId } } }\n": types.PortalRollBackDocument,
    "\n  query PortalNewestPayload($workflow: String!) { runs(first: 1, filter: { workflow: $workflow }) { edges { node { id event { payload } } } } }\n": types.PortalNewestPayloadDocument,
    "\n  mutation PortalRunWorkflow($input: RunWorkflowInput!) { runWorkflow(input: $input) { run { id } errors { code message path traceId } } }\n": types.PortalRunWorkflowDocument,
    "\n  query PortalTestSamples { events(first: 50) { edges { node { id type idempotencyKey receivedAt source { slug } } } } }\n": types.PortalTestSamplesDocument,
    "\n  mutation PortalTestWorkflow($input: TestWorkflowInput!) {\n    testWorkflow(input: $input) {\n      test { state reason seconds error { code message traceId } stopped { code message traceId } emitted\n        steps { key uses state reason input output startsAtSeconds endsAtSeconds error { code message traceId } calls { attempt host mock } } }\n      run { id }\n      errors { code message path traceId }\n    }\n  }\n": types.PortalTestWorkflowDocument,
    "\n  query PortalVersions($slug: String!, $first: Int!, $after: String) {\n    workflow(slug: $slug) {\n      id\n      versions(first: $first, after: $after) { edges { node { id number publishedAt publishedBy restores } } pageInfo { hasNextPage endCursor } }\n    }\n  }\n": types.PortalVersionsDocument,
    "\n  query PortalWorkflows($first: Int!, $after: String, $archived: Boolean) {\n    workflows(first: $first, after: $after, archived: $archived) {\n      edges { node { id slug name enabled pausedAt archivedAt updatedAt draft { valid } currentVersion { number publishedAt publishedBy } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.PortalWorkflowsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalCounts($first: Int!, $filter: ApprovalFilter) {\n    failureGroups(first: $first, resolved: false) { edges { node { fingerprint } } pageInfo { hasNextPage } }\n    approvals(first: $first, filter: $filter) { edges { node { id } } pageInfo { hasNextPage } }\n  }\n"): (typeof documents)["\n  query PortalCounts($first: Int!, $filter: ApprovalFilter) {\n    failureGroups(first: $first, resolved: false) { edges { node { fingerprint } } pageInfo { hasNextPage } }\n    approvals(first: $first, filter: $filter) { edges { node { id } } pageInfo { hasNextPage } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalViewer {\n    viewer { name role permissions }\n    tenant { slug name }\n  }\n"): (typeof documents)["\n  query PortalViewer {\n    viewer { name role permissions }\n    tenant { slug name }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment ApprovalWhole on Approval {\n    id title description roles members quorum form shown requestedBy requestedAt expiresAt expiresAs decidedAt state viewerCanDecide data\n    decisions(first: 50) { by role outcome at form }\n    run { id state workflow { name } }\n  }\n"): (typeof documents)["\n  fragment ApprovalWhole on Approval {\n    id title description roles members quorum form shown requestedBy requestedAt expiresAt expiresAs decidedAt state viewerCanDecide data\n    decisions(first: 50) { by role outcome at form }\n    run { id state workflow { name } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalApproval($id: ID!) { node(id: $id) { __typename ... on Approval { ...ApprovalWhole } } }\n"): (typeof documents)["\n  query PortalApproval($id: ID!) { node(id: $id) { __typename ... on Approval { ...ApprovalWhole } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalDecide($input: DecideApprovalInput!) {\n    decideApproval(input: $input) { approval { ...ApprovalWhole } errors { code message path traceId } }\n  }\n"): (typeof documents)["\n  mutation PortalDecide($input: DecideApprovalInput!) {\n    decideApproval(input: $input) { approval { ...ApprovalWhole } errors { code message path traceId } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalApprovals($first: Int!, $after: String, $filter: ApprovalFilter) {\n    approvals(first: $first, after: $after, filter: $filter) {\n      edges { node { id title state requestedAt expiresAt decidedAt quorum viewerCanDecide run { id workflow { name } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): (typeof documents)["\n  query PortalApprovals($first: Int!, $after: String, $filter: ApprovalFilter) {\n    approvals(first: $first, after: $after, filter: $filter) {\n      edges { node { id title state requestedAt expiresAt decidedAt quorum viewerCanDecide run { id workflow { name } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PortalApprovalFeed {\n    approvalFeed {\n      __typename\n      ... on ApprovalRequested { cursor }\n      ... on ApprovalDecided { cursor }\n      ... on ApprovalEnded { cursor }\n    }\n  }\n"): (typeof documents)["\n  subscription PortalApprovalFeed {\n    approvalFeed {\n      __typename\n      ... on ApprovalRequested { cursor }\n      ... on ApprovalDecided { cursor }\n      ... on ApprovalEnded { cursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment BacktestState on Backtest {\n    id state total tested erased older newlyMatched noLongerMatched stillMatched stillUnmatched startedBy createdAt\n    error { code message traceId }\n  }\n"): (typeof documents)["\n  fragment BacktestState on Backtest {\n    id state total tested erased older newlyMatched noLongerMatched stillMatched stillUnmatched startedBy createdAt\n    error { code message traceId }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalBacktestRule($input: BacktestRuleInput!) { backtestRule(input: $input) { backtest { id } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalBacktestRule($input: BacktestRuleInput!) { backtestRule(input: $input) { backtest { id } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalAbortBacktest($input: AbortBacktestInput!) { abortBacktest(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalAbortBacktest($input: AbortBacktestInput!) { abortBacktest(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalBacktest($id: ID!, $difference: BacktestDifference) {\n    backtest(id: $id) { ...BacktestState when samples(first: 20, difference: $difference) { difference verdict reason event { id type idempotencyKey receivedAt } } }\n  }\n"): (typeof documents)["\n  query PortalBacktest($id: ID!, $difference: BacktestDifference) {\n    backtest(id: $id) { ...BacktestState when samples(first: 20, difference: $difference) { difference verdict reason event { id type idempotencyKey receivedAt } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PortalBacktestProgress($id: ID!) { backtestProgress(backtest: $id) { ...BacktestState } }\n"): (typeof documents)["\n  subscription PortalBacktestProgress($id: ID!) { backtestProgress(backtest: $id) { ...BacktestState } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment BreakerRow on CircuitBreaker { id connector host state mode calls failures code probeAt changedAt windowStarted }\n"): (typeof documents)["\n  fragment BreakerRow on CircuitBreaker { id connector host state mode calls failures code probeAt changedAt windowStarted }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalBreakers($first: Int!, $after: String, $holding: Boolean) {\n    circuitBreakers(first: $first, after: $after, holding: $holding) { edges { node { ...BreakerRow } } pageInfo { hasNextPage endCursor } }\n  }\n"): (typeof documents)["\n  query PortalBreakers($first: Int!, $after: String, $holding: Boolean) {\n    circuitBreakers(first: $first, after: $after, holding: $holding) { edges { node { ...BreakerRow } } pageInfo { hasNextPage endCursor } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalSetBreaker($input: SetBreakerInput!) { setBreaker(input: $input) { breaker { ...BreakerRow } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalSetBreaker($input: SetBreakerInput!) { setBreaker(input: $input) { breaker { ...BreakerRow } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment BulkWhole on BulkOperation {\n    id kind state reason rate total done skipped refused startedBy createdAt finishedAt\n    error { code message traceId }\n  }\n"): (typeof documents)["\n  fragment BulkWhole on BulkOperation {\n    id kind state reason rate total done skipped refused startedBy createdAt finishedAt\n    error { code message traceId }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalBulk($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on BulkOperation {\n        ...BulkWhole\n      }\n    }\n  }\n"): (typeof documents)["\n  query PortalBulk($id: ID!) {\n    node(id: $id) {\n      __typename\n      ... on BulkOperation {\n        ...BulkWhole\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalBulkItems($id: ID!, $first: Int!, $after: String, $outcome: BulkOutcome) {\n    node(id: $id) {\n      __typename\n      ... on BulkOperation {\n        id\n        items(first: $first, after: $after, outcome: $outcome) { edges { node { item outcome runs at error { code message traceId } } } pageInfo { hasNextPage endCursor } }\n      }\n    }\n  }\n"): (typeof documents)["\n  query PortalBulkItems($id: ID!, $first: Int!, $after: String, $outcome: BulkOutcome) {\n    node(id: $id) {\n      __typename\n      ... on BulkOperation {\n        id\n        items(first: $first, after: $after, outcome: $outcome) { edges { node { item outcome runs at error { code message traceId } } } pageInfo { hasNextPage endCursor } }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PortalBulkProgress($id: ID!) { bulkProgress(operation: $id) { ...BulkWhole } }\n"): (typeof documents)["\n  subscription PortalBulkProgress($id: ID!) { bulkProgress(operation: $id) { ...BulkWhole } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalAbortBulk($input: AbortBulkOperationInput!) {\n    abortBulkOperation(input: $input) { operation { id state } errors { code message path traceId } }\n  }\n"): (typeof documents)["\n  mutation PortalAbortBulk($input: AbortBulkOperationInput!) {\n    abortBulkOperation(input: $input) { operation { id state } errors { code message path traceId } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalBulkPreview($input: BulkInput!) {\n    previewBulkOperation(input: $input) {\n      previewId count lookedAt newRuns\n      effectsThatRepeat { step connector effect consent runs }\n      refusals { code message items }\n    }\n  }\n"): (typeof documents)["\n  query PortalBulkPreview($input: BulkInput!) {\n    previewBulkOperation(input: $input) {\n      previewId count lookedAt newRuns\n      effectsThatRepeat { step connector effect consent runs }\n      refusals { code message items }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalStartBulk($input: StartBulkOperationInput!) {\n    startBulkOperation(input: $input) { operation { id } errors { code message path traceId } }\n  }\n"): (typeof documents)["\n  mutation PortalStartBulk($input: StartBulkOperationInput!) {\n    startBulkOperation(input: $input) { operation { id } errors { code message path traceId } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalBulkOperations($first: Int!, $after: String) {\n    bulkOperations(first: $first, after: $after) { edges { node { ...BulkWhole } } pageInfo { hasNextPage endCursor } }\n  }\n"): (typeof documents)["\n  query PortalBulkOperations($first: Int!, $after: String) {\n    bulkOperations(first: $first, after: $after) { edges { node { ...BulkWhole } } pageInfo { hasNextPage endCursor } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalConnectors { connectors { name title description effect lookup takesSecrets hosts hostFields inputSchema outputSchema failures { name code retryable mayHaveArrived when } } }\n"): (typeof documents)["\n  query PortalConnectors { connectors { name title description effect lookup takesSecrets hosts hostFields inputSchema outputSchema failures { name code retryable mayHaveArrived when } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalValidateWorkflow($definition: JSON!, $workflow: String) {\n    validateWorkflow(definition: $definition, workflow: $workflow) { valid problems { code message path } }\n  }\n"): (typeof documents)["\n  query PortalValidateWorkflow($definition: JSON!, $workflow: String) {\n    validateWorkflow(definition: $definition, workflow: $workflow) { valid problems { code message path } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalSaveWorkflow($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { workflow { id revision } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalSaveWorkflow($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { workflow { id revision } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment DeliveryRow on Delivery {\n    id outcome type idempotencyKey payloadBytes receivedAt redeliverable\n    reason { code message } source { slug } redeliveredEvent { id }\n  }\n"): (typeof documents)["\n  fragment DeliveryRow on Delivery {\n    id outcome type idempotencyKey payloadBytes receivedAt redeliverable\n    reason { code message } source { slug } redeliveredEvent { id }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalDeliveries($first: Int!, $after: String, $filter: DeliveryFilter) {\n    deliveries(first: $first, after: $after, filter: $filter) { edges { node { ...DeliveryRow } } pageInfo { hasNextPage endCursor } }\n  }\n"): (typeof documents)["\n  query PortalDeliveries($first: Int!, $after: String, $filter: DeliveryFilter) {\n    deliveries(first: $first, after: $after, filter: $filter) { edges { node { ...DeliveryRow } } pageInfo { hasNextPage endCursor } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalDeliverySources { sources(first: 100) { edges { node { slug } } } }\n"): (typeof documents)["\n  query PortalDeliverySources { sources(first: 100) { edges { node { slug } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalDelivery($id: ID!) {\n    node(id: $id) { __typename ... on Delivery { ...DeliveryRow traceId payloadSha256 secretVersion expiresAt eventExpired event { id type } } }\n  }\n"): (typeof documents)["\n  query PortalDelivery($id: ID!) {\n    node(id: $id) { __typename ... on Delivery { ...DeliveryRow traceId payloadSha256 secretVersion expiresAt eventExpired event { id type } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalVerifyDelivery($input: VerifyDeliveryInput!) {\n    verifyDelivery(input: $input) { verified secretVersion secrets { version cause message } refusal { code message traceId } }\n  }\n"): (typeof documents)["\n  query PortalVerifyDelivery($input: VerifyDeliveryInput!) {\n    verifyDelivery(input: $input) { verified secretVersion secrets { version cause message } refusal { code message traceId } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalRedeliver($input: RedeliverInput!) { redeliver(input: $input) { events { id type } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalRedeliver($input: RedeliverInput!) { redeliver(input: $input) { events { id type } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment EffectWhole on Effect {\n    id key step connector effect target state tries mostSent proof code externalId responseSha256 intendedAt settledAt lookups\n    earlierTries { number state code intendedAt }\n    resolution { how reason by at }\n  }\n"): (typeof documents)["\n  fragment EffectWhole on Effect {\n    id key step connector effect target state tries mostSent proof code externalId responseSha256 intendedAt settledAt lookups\n    earlierTries { number state code intendedAt }\n    resolution { how reason by at }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalResolveEffect($input: ResolveEffectInput!) {\n    resolveEffect(input: $input) { effect { ...EffectWhole } errors { code message path traceId } }\n  }\n"): (typeof documents)["\n  mutation PortalResolveEffect($input: ResolveEffectInput!) {\n    resolveEffect(input: $input) { effect { ...EffectWhole } errors { code message path traceId } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalEvent($id: ID!) {\n    event(id: $id) {\n      ...EventRow\n      traceId occurredAt payload payloadSha256 depth\n      waitingFor { until sentence }\n      derivedFrom { id }\n      decisions(first: 100) { verdict reason path decidedAt rule { slug name } run { id state } collapsedInto { id } }\n      runs(first: 20) { edges { node { id state createdAt workflow { name } workflowVersion { number } } } }\n    }\n  }\n"): (typeof documents)["\n  query PortalEvent($id: ID!) {\n    event(id: $id) {\n      ...EventRow\n      traceId occurredAt payload payloadSha256 depth\n      waitingFor { until sentence }\n      derivedFrom { id }\n      decisions(first: 100) { verdict reason path decidedAt rule { slug name } run { id state } collapsedInto { id } }\n      runs(first: 20) { edges { node { id state createdAt workflow { name } workflowVersion { number } } } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PortalEventRuns($filter: RunFeedFilter) { runFeed(filter: $filter) { kind cursor } }\n"): (typeof documents)["\n  subscription PortalEventRuns($filter: RunFeedFilter) { runFeed(filter: $filter) { kind cursor } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalReplay($input: ReplayEventInput!) {\n    replayEvent(input: $input) { event { id } runs { id } errors { code message path traceId } }\n  }\n"): (typeof documents)["\n  mutation PortalReplay($input: ReplayEventInput!) {\n    replayEvent(input: $input) { event { id } runs { id } errors { code message path traceId } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalWhy($rule: String!, $event: ID!) { explainRule(rule: $rule, event: $event) { sentence tree } }\n"): (typeof documents)["\n  query PortalWhy($rule: String!, $event: ID!) { explainRule(rule: $rule, event: $event) { sentence tree } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment EventRow on Event { id type subject idempotencyKey receivedAt payloadBytes source { slug } schemaProblems { message } }\n"): (typeof documents)["\n  fragment EventRow on Event { id type subject idempotencyKey receivedAt payloadBytes source { slug } schemaProblems { message } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalEvents($first: Int!, $after: String, $filter: EventFilter) {\n    events(first: $first, after: $after, filter: $filter) {\n      edges { node { ...EventRow } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): (typeof documents)["\n  query PortalEvents($first: Int!, $after: String, $filter: EventFilter) {\n    events(first: $first, after: $after, filter: $filter) {\n      edges { node { ...EventRow } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PortalEventFeed($filter: EventFeedFilter) {\n    eventFeed(filter: $filter) { ... on EventReceived { cursor event { id } } }\n  }\n"): (typeof documents)["\n  subscription PortalEventFeed($filter: EventFeedFilter) {\n    eventFeed(filter: $filter) { ... on EventReceived { cursor event { id } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalEventNames {\n    sources(first: 100) { edges { node { slug } } }\n    eventTypes(first: 100) { edges { node { name } } }\n  }\n"): (typeof documents)["\n  query PortalEventNames {\n    sources(first: 100) { edges { node { slug } } }\n    eventTypes(first: 100) { edges { node { name } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalFailureDetails($filter: RunFilter) {\n    newest: runs(first: 100, filter: $filter) { edges { node { id createdAt } } pageInfo { hasNextPage } }\n    oldest: runs(last: 1, filter: $filter) { edges { node { id createdAt workflow { slug name } workflowVersion { number publishedAt publishedBy } } } }\n  }\n"): (typeof documents)["\n  query PortalFailureDetails($filter: RunFilter) {\n    newest: runs(first: 100, filter: $filter) { edges { node { id createdAt } } pageInfo { hasNextPage } }\n    oldest: runs(last: 1, filter: $filter) { edges { node { id createdAt workflow { slug name } workflowVersion { number publishedAt publishedBy } } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalFailures($of: FailureKind!, $first: Int!, $after: String, $resolved: Boolean!) {\n    failureGroups(of: $of, first: $first, after: $after, resolved: $resolved) {\n      edges { node { fingerprint code message count firstAt lastAt trend workflows topics state resolvedAt resolvedBy resolvedReason } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): (typeof documents)["\n  query PortalFailures($of: FailureKind!, $first: Int!, $after: String, $resolved: Boolean!) {\n    failureGroups(of: $of, first: $first, after: $after, resolved: $resolved) {\n      edges { node { fingerprint code message count firstAt lastAt trend workflows topics state resolvedAt resolvedBy resolvedReason } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalResolveFailures($input: ResolveFailuresInput!) { resolveFailures(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalResolveFailures($input: ResolveFailuresInput!) { resolveFailures(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalReopenFailures($input: ReopenFailuresInput!) { reopenFailures(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalReopenFailures($input: ReopenFailuresInput!) { reopenFailures(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunRow on ExecutionRun {\n    id\n    state\n    stateReason\n    createdAt\n    startedAt\n    finishedAt\n    test\n    error { code message traceId }\n    workflow { slug name }\n    workflowVersion { number }\n    event { id type subject idempotencyKey }\n  }\n"): (typeof documents)["\n  fragment RunRow on ExecutionRun {\n    id\n    state\n    stateReason\n    createdAt\n    startedAt\n    finishedAt\n    test\n    error { code message traceId }\n    workflow { slug name }\n    workflowVersion { number }\n    event { id type subject idempotencyKey }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalHeldRuns($last: Int!, $filter: RunFilter, $count: Boolean!) {\n    runs(last: $last, filter: $filter) {\n      totalCount @include(if: $count)\n      edges { node { id createdAt workflow { name } event { id type idempotencyKey } waitingFor { cause position until sentence } } }\n      pageInfo { hasPreviousPage }\n    }\n  }\n"): (typeof documents)["\n  query PortalHeldRuns($last: Int!, $filter: RunFilter, $count: Boolean!) {\n    runs(last: $last, filter: $filter) {\n      totalCount @include(if: $count)\n      edges { node { id createdAt workflow { name } event { id type idempotencyKey } waitingFor { cause position until sentence } } }\n      pageInfo { hasPreviousPage }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalHeldEvents($last: Int!) {\n    events(last: $last, filter: { waitsForBudget: true }) {\n      totalCount\n      edges { node { id type idempotencyKey receivedAt waitingFor { position until sentence } } }\n    }\n  }\n"): (typeof documents)["\n  query PortalHeldEvents($last: Int!) {\n    events(last: $last, filter: { waitsForBudget: true }) {\n      totalCount\n      edges { node { id type idempotencyKey receivedAt waitingFor { position until sentence } } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalHome { workflows(first: 1) { edges { node { id } } } runs(first: 1) { edges { node { id } } } }\n"): (typeof documents)["\n  query PortalHome { workflows(first: 1) { edges { node { id } } } runs(first: 1) { edges { node { id } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRecipes { recipes { slug title description parameters creates { kind slug } secrets { name exists } } }\n"): (typeof documents)["\n  query PortalRecipes { recipes { slug title description parameters creates { kind slug } secrets { name exists } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalInstallRecipe($input: InstallRecipeInput!) {\n    installRecipe(input: $input) { changes { kind slug outcome version } errors { code message path traceId } }\n  }\n"): (typeof documents)["\n  mutation PortalInstallRecipe($input: InstallRecipeInput!) {\n    installRecipe(input: $input) { changes { kind slug outcome version } errors { code message path traceId } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRetryPlan($input: RetryRunsInput!) {\n    planRetry(input: $input) {\n      planId runs skippedSteps repeatedSteps\n      droppedSteps { step reason }\n      effectsThatRepeat { step connector effect state key }\n      errors { code message path traceId }\n    }\n  }\n"): (typeof documents)["\n  query PortalRetryPlan($input: RetryRunsInput!) {\n    planRetry(input: $input) {\n      planId runs skippedSteps repeatedSteps\n      droppedSteps { step reason }\n      effectsThatRepeat { step connector effect state key }\n      errors { code message path traceId }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalRetry($input: RetryRunsInput!) { retryRuns(input: $input) { runs { id } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalRetry($input: RetryRunsInput!) { retryRuns(input: $input) { runs { id } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRetryChoices($id: ID!) {\n    run(id: $id) { id event { id payload } }\n  }\n"): (typeof documents)["\n  query PortalRetryChoices($id: ID!) {\n    run(id: $id) { id event { id payload } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalReveal($input: RevealPayloadInput!) {\n    revealPayload(input: $input) { revealed { body scrubbed until } errors { code message path traceId } }\n  }\n"): (typeof documents)["\n  mutation PortalReveal($input: RevealPayloadInput!) {\n    revealPayload(input: $input) { revealed { body scrubbed until } errors { code message path traceId } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RuleWhole on RuleSpec {\n    id slug name enabled pausedAt priority when revision warnings { message path } workflow { slug name }\n  }\n"): (typeof documents)["\n  fragment RuleWhole on RuleSpec {\n    id slug name enabled pausedAt priority when revision warnings { message path } workflow { slug name }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRules($first: Int!, $after: String) { rules(first: $first, after: $after) { edges { node { ...RuleWhole } } pageInfo { hasNextPage endCursor } } }\n"): (typeof documents)["\n  query PortalRules($first: Int!, $after: String) { rules(first: $first, after: $after) { edges { node { ...RuleWhole } } pageInfo { hasNextPage endCursor } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRule($slug: String!) { rule(slug: $slug) { ...RuleWhole } }\n"): (typeof documents)["\n  query PortalRule($slug: String!) { rule(slug: $slug) { ...RuleWhole } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRuleSamples { events(first: 50) { edges { node { id type idempotencyKey receivedAt source { slug } } } } }\n"): (typeof documents)["\n  query PortalRuleSamples { events(first: 50) { edges { node { id type idempotencyKey receivedAt source { slug } } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRuleSample($id: ID!) { event(id: $id) { id type subject payload idempotencyKey receivedAt source { slug } } }\n"): (typeof documents)["\n  query PortalRuleSample($id: ID!) { event(id: $id) { id type subject payload idempotencyKey receivedAt source { slug } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalExplainRule($when: JSON!, $event: ID!) { explainRule(when: $when, event: $event) { matched verdict sentence tree } }\n"): (typeof documents)["\n  query PortalExplainRule($when: JSON!, $event: ID!) { explainRule(when: $when, event: $event) { matched verdict sentence tree } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalSaveRule($input: SaveRuleInput!) { saveRule(input: $input) { rule { ...RuleWhole } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalSaveRule($input: SaveRuleInput!) { saveRule(input: $input) { rule { ...RuleWhole } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalPauseRule($input: PauseRuleInput!) { pauseRule(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalPauseRule($input: PauseRuleInput!) { pauseRule(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalResumeRule($input: ResumeRuleInput!) { resumeRule(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalResumeRule($input: ResumeRuleInput!) { resumeRule(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRun($id: ID!) {\n    run(id: $id) {\n      ...RunRow\n      traceId\n      fingerprint\n      stepCount\n      expired\n      waitingFor { cause position until sentence }\n      rule { slug name }\n      steps: stepConnection(first: 100) { edges { node { ...StepLane } } pageInfo { hasNextPage endCursor } }\n      timeline(first: 100) { edges { node { ...LogLine } } pageInfo { hasNextPage endCursor } }\n      effects(first: 20) { ...RunEffect }\n      parent { id state workflow { name } }\n      retryOf { id state createdAt }\n      retries(first: 10) { edges { node { id state createdAt } } }\n    }\n  }\n"): (typeof documents)["\n  query PortalRun($id: ID!) {\n    run(id: $id) {\n      ...RunRow\n      traceId\n      fingerprint\n      stepCount\n      expired\n      waitingFor { cause position until sentence }\n      rule { slug name }\n      steps: stepConnection(first: 100) { edges { node { ...StepLane } } pageInfo { hasNextPage endCursor } }\n      timeline(first: 100) { edges { node { ...LogLine } } pageInfo { hasNextPage endCursor } }\n      effects(first: 20) { ...RunEffect }\n      parent { id state workflow { name } }\n      retryOf { id state createdAt }\n      retries(first: 10) { edges { node { id state createdAt } } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment LogLine on TimelineEntry { at kind step item compensates attempt message }\n"): (typeof documents)["\n  fragment LogLine on TimelineEntry { at kind step item compensates attempt message }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment StepLane on StepRun { id key state attempt startedAt finishedAt error { code message traceId } }\n"): (typeof documents)["\n  fragment StepLane on StepRun { id key state attempt startedAt finishedAt error { code message traceId } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRunDefinition($id: ID!) { run(id: $id) { id workflowVersion { id definition } } }\n"): (typeof documents)["\n  query PortalRunDefinition($id: ID!) { run(id: $id) { id workflowVersion { id definition } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PortalRunChanges($runs: [ID!]!) { runFeed(filter: { runs: $runs }) { kind cursor } }\n"): (typeof documents)["\n  subscription PortalRunChanges($runs: [ID!]!) { runFeed(filter: { runs: $runs }) { kind cursor } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalCancel($input: CancelRunsInput!) { cancelRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalCancel($input: CancelRunsInput!) { cancelRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalPause($input: PauseRunsInput!) { pauseRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalPause($input: PauseRunsInput!) { pauseRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalResume($input: ResumeRunsInput!) { resumeRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalResume($input: ResumeRunsInput!) { resumeRuns(input: $input) { runs { id state } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRunCounts($from: DateTime!, $to: DateTime!, $by: RunCountsBy!, $workflow: String) {\n    runCounts(from: $from, to: $to, by: $by, workflow: $workflow) { from to succeeded failed cancelled timedOut }\n  }\n"): (typeof documents)["\n  query PortalRunCounts($from: DateTime!, $to: DateTime!, $by: RunCountsBy!, $workflow: String) {\n    runCounts(from: $from, to: $to, by: $by, workflow: $workflow) { from to succeeded failed cancelled timedOut }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalStep($id: ID!) {\n    node(id: $id) {\n      ... on StepRun {\n        id key state attempt startedAt finishedAt nextAttemptAt reason input output\n        error { code message traceId }\n        effect { ...EffectWhole }\n        childRun { id state workflow { name } }\n        progress { total done failed }\n        attempts(first: 20) { edges { node { id attempt state startedAt finishedAt error { code message traceId } } } }\n      }\n    }\n  }\n"): (typeof documents)["\n  query PortalStep($id: ID!) {\n    node(id: $id) {\n      ... on StepRun {\n        id key state attempt startedAt finishedAt nextAttemptAt reason input output\n        error { code message traceId }\n        effect { ...EffectWhole }\n        childRun { id state workflow { name } }\n        progress { total done failed }\n        attempts(first: 20) { edges { node { id attempt state startedAt finishedAt error { code message traceId } } } }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRunPayload($id: ID!) { run(id: $id) { id event { id payload } } }\n"): (typeof documents)["\n  query PortalRunPayload($id: ID!) { run(id: $id) { id event { id payload } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment RunEffect on Effect { id key step connector target state proof }\n"): (typeof documents)["\n  fragment RunEffect on Effect { id key step connector target state proof }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRunEffects($first: Int!, $after: String, $run: ID!) {\n    effects(first: $first, after: $after, filter: { run: $run }) { edges { node { ...RunEffect } } pageInfo { hasNextPage endCursor } }\n  }\n"): (typeof documents)["\n  query PortalRunEffects($first: Int!, $after: String, $run: ID!) {\n    effects(first: $first, after: $after, filter: { run: $run }) { edges { node { ...RunEffect } } pageInfo { hasNextPage endCursor } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalMoreSteps($id: ID!, $after: String) {\n    run(id: $id) { stepConnection(first: 100, after: $after) { edges { node { ...StepLane } } pageInfo { hasNextPage endCursor } } }\n  }\n"): (typeof documents)["\n  query PortalMoreSteps($id: ID!, $after: String) {\n    run(id: $id) { stepConnection(first: 100, after: $after) { edges { node { ...StepLane } } pageInfo { hasNextPage endCursor } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalMoreHistory($id: ID!, $after: String) {\n    run(id: $id) { timeline(first: 100, after: $after) { edges { node { ...LogLine } } pageInfo { hasNextPage endCursor } } }\n  }\n"): (typeof documents)["\n  query PortalMoreHistory($id: ID!, $after: String) {\n    run(id: $id) { timeline(first: 100, after: $after) { edges { node { ...LogLine } } pageInfo { hasNextPage endCursor } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRuns($first: Int!, $after: String, $filter: RunFilter, $rule: Boolean!, $source: Boolean!, $trace: Boolean!) {\n    runs(first: $first, after: $after, filter: $filter) {\n      edges { node { ...RunRow traceId @include(if: $trace) rule @include(if: $rule) { name } event @include(if: $source) { source { slug } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): (typeof documents)["\n  query PortalRuns($first: Int!, $after: String, $filter: RunFilter, $rule: Boolean!, $source: Boolean!, $trace: Boolean!) {\n    runs(first: $first, after: $after, filter: $filter) {\n      edges { node { ...RunRow traceId @include(if: $trace) rule @include(if: $rule) { name } event @include(if: $source) { source { slug } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PortalRunFeed($filter: RunFeedFilter) {\n    runFeed(filter: $filter) { kind cursor step { id } run { ...RunRow } }\n  }\n"): (typeof documents)["\n  subscription PortalRunFeed($filter: RunFeedFilter) {\n    runFeed(filter: $filter) { kind cursor step { id } run { ...RunRow } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRunFilters($rules: Boolean!, $sources: Boolean!) {\n    rules(first: 100) @include(if: $rules) { edges { node { slug name } } }\n    sources(first: 100) @include(if: $sources) { edges { node { slug } } }\n  }\n"): (typeof documents)["\n  query PortalRunFilters($rules: Boolean!, $sources: Boolean!) {\n    rules(first: 100) @include(if: $rules) { edges { node { slug name } } }\n    sources(first: 100) @include(if: $sources) { edges { node { slug } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalSavedViews($page: String!) { savedViews(page: $page) { id name search shared savedBy } }\n"): (typeof documents)["\n  query PortalSavedViews($page: String!) { savedViews(page: $page) { id name search shared savedBy } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalSaveView($input: SaveViewInput!) { saveView(input: $input) { view { id } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalSaveView($input: SaveViewInput!) { saveView(input: $input) { view { id } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalDeleteView($input: DeleteViewInput!) { deleteView(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalDeleteView($input: DeleteViewInput!) { deleteView(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalSchedules($first: Int!, $after: String) {\n    schedules(first: $first, after: $after) { edges { node { id slug name sentence state eventType nextTicks(first: 1) { at } } } pageInfo { hasNextPage endCursor } }\n  }\n"): (typeof documents)["\n  query PortalSchedules($first: Int!, $after: String) {\n    schedules(first: $first, after: $after) { edges { node { id slug name sentence state eventType nextTicks(first: 1) { at } } } pageInfo { hasNextPage endCursor } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalSchedule($slug: String!) {\n    schedule(slug: $slug) {\n      id slug name sentence state pausedAt pausedNote eventType data overlap missedCount\n      nextTicks(first: 10) { at local zone }\n    }\n  }\n"): (typeof documents)["\n  query PortalSchedule($slug: String!) {\n    schedule(slug: $slug) {\n      id slug name sentence state pausedAt pausedNote eventType data overlap missedCount\n      nextTicks(first: 10) { at local zone }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalScheduleTicks($slug: String!, $first: Int!, $after: String) {\n    schedule(slug: $slug) { id ticks(first: $first, after: $after) { edges { node { plannedAt at outcome byHand missed event { id } } } pageInfo { hasNextPage endCursor } } }\n  }\n"): (typeof documents)["\n  query PortalScheduleTicks($slug: String!, $first: Int!, $after: String) {\n    schedule(slug: $slug) { id ticks(first: $first, after: $after) { edges { node { plannedAt at outcome byHand missed event { id } } } pageInfo { hasNextPage endCursor } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalPauseSchedule($input: PauseScheduleInput!) { pauseSchedule(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalPauseSchedule($input: PauseScheduleInput!) { pauseSchedule(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalResumeSchedule($input: ResumeScheduleInput!) { resumeSchedule(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalResumeSchedule($input: ResumeScheduleInput!) { resumeSchedule(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalRunSchedule($input: RunScheduleNowInput!) { runScheduleNow(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalRunSchedule($input: RunScheduleNowInput!) { runScheduleNow(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalEventTypes { eventTypes(first: 100) { edges { node { name schema } } } }\n"): (typeof documents)["\n  query PortalEventTypes { eventTypes(first: 100) { edges { node { name schema } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalSendEvent($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalSendEvent($input: IngestEventInput!) { ingestEvent(input: $input) { event { id } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalAudit($first: Int!, $after: String, $filter: AuditEntryFilter) {\n    auditEntries(first: $first, after: $after, filter: $filter) {\n      edges { node { id at action changes traceId actor { kind id name } object { kind id label } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): (typeof documents)["\n  query PortalAudit($first: Int!, $after: String, $filter: AuditEntryFilter) {\n    auditEntries(first: $first, after: $after, filter: $filter) {\n      edges { node { id at action changes traceId actor { kind id name } object { kind id label } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalBudgets { budgets { id metric window workflow connector costLimit costUsed limit ceiling used reserved action resetsAt forecast } }\n"): (typeof documents)["\n  query PortalBudgets { budgets { id metric window workflow connector costLimit costUsed limit ceiling used reserved action resetsAt forecast } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalUsage($metric: UsageMetric!, $from: DateTime!) { usage(metric: $metric, from: $from, by: DAY) { start total retries tests replays } }\n"): (typeof documents)["\n  query PortalUsage($metric: UsageMetric!, $from: DateTime!) { usage(metric: $metric, from: $from, by: DAY) { start total retries tests replays } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalSetBudget($input: SetBudgetInput!) { setBudget(input: $input) { budget { id } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalSetBudget($input: SetBudgetInput!) { setBudget(input: $input) { budget { id } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalDeleteBudget($input: DeleteBudgetInput!) { deleteBudget(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalDeleteBudget($input: DeleteBudgetInput!) { deleteBudget(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalExportTenant($input: ExportTenantInput!) { exportTenant(input: $input) { url expiresAt errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalExportTenant($input: ExportTenantInput!) { exportTenant(input: $input) { url expiresAt errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalMembers($first: Int!, $after: String) {\n    members(first: $first, after: $after) { edges { node { id email name role active joinedAt } } pageInfo { hasNextPage endCursor } }\n  }\n"): (typeof documents)["\n  query PortalMembers($first: Int!, $after: String) {\n    members(first: $first, after: $after) { edges { node { id email name role active joinedAt } } pageInfo { hasNextPage endCursor } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalInvitations($first: Int!, $after: String) {\n    invitations(first: $first, after: $after, open: true) { edges { node { id email role state mail createdAt expiresAt invitedBy { name } } } pageInfo { hasNextPage endCursor } }\n  }\n"): (typeof documents)["\n  query PortalInvitations($first: Int!, $after: String) {\n    invitations(first: $first, after: $after, open: true) { edges { node { id email role state mail createdAt expiresAt invitedBy { name } } } pageInfo { hasNextPage endCursor } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalInvite($input: InviteMemberInput!) { inviteMember(input: $input) { invitation { id } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalInvite($input: InviteMemberInput!) { inviteMember(input: $input) { invitation { id } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalResendInvitation($input: ResendInvitationInput!) { resendInvitation(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalResendInvitation($input: ResendInvitationInput!) { resendInvitation(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalRevokeInvitation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalRevokeInvitation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalChangeRole($input: ChangeMemberRoleInput!) { changeMemberRole(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalChangeRole($input: ChangeMemberRoleInput!) { changeMemberRole(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalRemoveMember($input: RemoveMemberInput!) { removeMember(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalRemoveMember($input: RemoveMemberInput!) { removeMember(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRetention { retention { dataClass days defaultDays ownDays holdReason heldAt removedBefore } }\n"): (typeof documents)["\n  query PortalRetention { retention { dataClass days defaultDays ownDays holdReason heldAt removedBefore } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalRetentionPreview($policies: [RetentionDaysInput!]) { previewRetention(policies: $policies) { dataClass days before rows bytes exact } }\n"): (typeof documents)["\n  query PortalRetentionPreview($policies: [RetentionDaysInput!]) { previewRetention(policies: $policies) { dataClass days before rows bytes exact } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalSaveRetention($input: SaveRetentionInput!) { saveRetention(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalSaveRetention($input: SaveRetentionInput!) { saveRetention(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalSecrets {\n    secrets { id name ref version hasValue allowedHosts updatedAt lastUsedAt revision versions { number current createdAt expiresAt } usage { workflow version current steps } }\n  }\n"): (typeof documents)["\n  query PortalSecrets {\n    secrets { id name ref version hasValue allowedHosts updatedAt lastUsedAt revision versions { number current createdAt expiresAt } usage { workflow version current steps } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalSetSecret($input: SetSecretInput!) { setSecret(input: $input) { secret { id } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalSetSecret($input: SetSecretInput!) { setSecret(input: $input) { secret { id } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalDeleteSecret($input: DeleteSecretInput!) { deleteSecret(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalDeleteSecret($input: DeleteSecretInput!) { deleteSecret(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment TokenRow on ApiToken { id name prefix role scopes allowedIps state createdAt expiresAt lastUsedAt lastUsedFrom createdBy { name } }\n"): (typeof documents)["\n  fragment TokenRow on ApiToken { id name prefix role scopes allowedIps state createdAt expiresAt lastUsedAt lastUsedFrom createdBy { name } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalTokens($first: Int!, $after: String) { tokens(first: $first, after: $after) { edges { node { ...TokenRow } } pageInfo { hasNextPage endCursor } } }\n"): (typeof documents)["\n  query PortalTokens($first: Int!, $after: String) { tokens(first: $first, after: $after) { edges { node { ...TokenRow } } pageInfo { hasNextPage endCursor } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalCreateToken($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalCreateToken($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalRevokeToken($input: RevokeTokenInput!) { revokeToken(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalRevokeToken($input: RevokeTokenInput!) { revokeToken(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PortalSourceEvents($source: String!) {\n    eventFeed(filter: { source: $source }) { ... on EventReceived { cursor event { id type receivedAt } } }\n  }\n"): (typeof documents)["\n  subscription PortalSourceEvents($source: String!) {\n    eventFeed(filter: { source: $source }) { ... on EventReceived { cursor event { id type receivedAt } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalSourceRejected($source: String!, $from: DateTime!) {\n    deliveries(first: 5, filter: { source: $source, receivedFrom: $from }) { edges { node { id receivedAt reason { message } } } }\n  }\n"): (typeof documents)["\n  query PortalSourceRejected($source: String!, $from: DateTime!) {\n    deliveries(first: 5, filter: { source: $source, receivedFrom: $from }) { edges { node { id receivedAt reason { message } } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalSourceAccepted($source: String!, $from: DateTime!) {\n    events(first: 5, filter: { source: $source, receivedFrom: $from }) { edges { node { id type receivedAt } } }\n  }\n"): (typeof documents)["\n  query PortalSourceAccepted($source: String!, $from: DateTime!) {\n    events(first: 5, filter: { source: $source, receivedFrom: $from }) { edges { node { id type receivedAt } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment SourceRow on Source { id slug scheme enabled builtIn revision url secrets { version addedAt lastUsedAt } }\n"): (typeof documents)["\n  fragment SourceRow on Source { id slug scheme enabled builtIn revision url secrets { version addedAt lastUsedAt } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalSources($first: Int!, $after: String) { sources(first: $first, after: $after) { edges { node { ...SourceRow } } pageInfo { hasNextPage endCursor } } }\n"): (typeof documents)["\n  query PortalSources($first: Int!, $after: String) { sources(first: $first, after: $after) { edges { node { ...SourceRow } } pageInfo { hasNextPage endCursor } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalSaveSource($input: SaveSourceInput!) { saveSource(input: $input) { warnings { message } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalSaveSource($input: SaveSourceInput!) { saveSource(input: $input) { warnings { message } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalEnableSource($input: EnableSourceInput!) { enableSource(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalEnableSource($input: EnableSourceInput!) { enableSource(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalDisableSource($input: DisableSourceInput!) { disableSource(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalDisableSource($input: DisableSourceInput!) { disableSource(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PortalFirstEvents { eventFeed { ... on EventReceived { cursor event { id type source { slug } } } } }\n"): (typeof documents)["\n  subscription PortalFirstEvents { eventFeed { ... on EventReceived { cursor event { id type source { slug } } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription PortalFirstRuns { runFeed { kind cursor run { ...RunRow } } }\n"): (typeof documents)["\n  subscription PortalFirstRuns { runFeed { kind cursor run { ...RunRow } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalFirstToken($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalFirstToken($input: CreateTokenInput!) { createToken(input: $input) { value errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalIngest($input: IngestEventInput!) { ingestEvent(input: $input) { event { id type } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalIngest($input: IngestEventInput!) { ingestEvent(input: $input) { event { id type } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalFirstWorkflow($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalFirstWorkflow($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalFirstPublish($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalFirstPublish($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalFirstRule($input: SaveRuleInput!) { saveRule(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalFirstRule($input: SaveRuleInput!) { saveRule(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalStart {\n    events(first: 20) { edges { node { id type source { slug } } } }\n    workflows(first: 1) { edges { node { slug } } }\n    runs(first: 1) { edges { node { ...RunRow } } }\n  }\n"): (typeof documents)["\n  query PortalStart {\n    events(first: 20) { edges { node { id type source { slug } } } }\n    workflows(first: 1) { edges { node { slug } } }\n    runs(first: 1) { edges { node { ...RunRow } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalFirstInstalled($slug: String!) { workflow(slug: $slug) { id draft { definition } currentVersion { id } } rule(slug: $slug) { id } }\n"): (typeof documents)["\n  query PortalFirstInstalled($slug: String!) { workflow(slug: $slug) { id draft { definition } currentVersion { id } } rule(slug: $slug) { id } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalUndecided($first: Int!, $after: String) {\n    effects(first: $first, after: $after, filter: { unresolved: true }) {\n      edges { node { ...EffectWhole run { id workflow { name } event { idempotencyKey } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): (typeof documents)["\n  query PortalUndecided($first: Int!, $after: String) {\n    effects(first: $first, after: $after, filter: { unresolved: true }) {\n      edges { node { ...EffectWhole run { id workflow { name } event { idempotencyKey } } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment EndpointRow on WebhookEndpoint { id slug url enabled disabledAt disabledReason secretCount revision updatedAt }\n"): (typeof documents)["\n  fragment EndpointRow on WebhookEndpoint { id slug url enabled disabledAt disabledReason secretCount revision updatedAt }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment WebhookRow on WebhookDelivery {\n    id endpoint type webhookId state attempts nextAttemptAt createdAt settledAt lastError { code message traceId } run { id }\n  }\n"): (typeof documents)["\n  fragment WebhookRow on WebhookDelivery {\n    id endpoint type webhookId state attempts nextAttemptAt createdAt settledAt lastError { code message traceId } run { id }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalEndpoints { webhookEndpoints(first: 100) { edges { node { ...EndpointRow } } } }\n"): (typeof documents)["\n  query PortalEndpoints { webhookEndpoints(first: 100) { edges { node { ...EndpointRow } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalWebhooks($first: Int!, $after: String, $filter: WebhookDeliveryFilter) {\n    webhookDeliveries(first: $first, after: $after, filter: $filter) { edges { node { ...WebhookRow } } pageInfo { hasNextPage endCursor } }\n  }\n"): (typeof documents)["\n  query PortalWebhooks($first: Int!, $after: String, $filter: WebhookDeliveryFilter) {\n    webhookDeliveries(first: $first, after: $after, filter: $filter) { edges { node { ...WebhookRow } } pageInfo { hasNextPage endCursor } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalResend($input: ResendWebhookDeliveriesInput!) { resendWebhookDeliveries(input: $input) { runs { id } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalResend($input: ResendWebhookDeliveriesInput!) { resendWebhookDeliveries(input: $input) { runs { id } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalSaveEndpoint($input: SaveWebhookEndpointInput!) {\n    saveWebhookEndpoint(input: $input) { webhookEndpoint { ...EndpointRow } errors { code message path traceId } }\n  }\n"): (typeof documents)["\n  mutation PortalSaveEndpoint($input: SaveWebhookEndpointInput!) {\n    saveWebhookEndpoint(input: $input) { webhookEndpoint { ...EndpointRow } errors { code message path traceId } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalWorkflow($slug: String!) {\n    workflow(slug: $slug) {\n      id slug name enabled pausedAt revision\n      draft { valid problems { message path } definition }\n      currentVersion { number }\n    }\n  }\n"): (typeof documents)["\n  query PortalWorkflow($slug: String!) {\n    workflow(slug: $slug) {\n      id slug name enabled pausedAt revision\n      draft { valid problems { message path } definition }\n      currentVersion { number }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalWorkflowVersion($id: ID!) { node(id: $id) { __typename ... on WorkflowVersion { id definition } } }\n"): (typeof documents)["\n  query PortalWorkflowVersion($id: ID!) { node(id: $id) { __typename ... on WorkflowVersion { id definition } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalWorkflowDiff($input: WorkflowDiffInput!) {\n    workflowDiff(input: $input) {\n      same leftOut\n      fields { path before after wasThere isThere }\n      steps { key change renamedFrom needsBefore needsAfter places { path before after wasThere isThere } }\n    }\n  }\n"): (typeof documents)["\n  query PortalWorkflowDiff($input: WorkflowDiffInput!) {\n    workflowDiff(input: $input) {\n      same leftOut\n      fields { path before after wasThere isThere }\n      steps { key change renamedFrom needsBefore needsAfter places { path before after wasThere isThere } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalWorkflowNames($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) { edges { node { id slug name } } pageInfo { hasNextPage endCursor } }\n  }\n"): (typeof documents)["\n  query PortalWorkflowNames($first: Int!, $after: String) {\n    workflows(first: $first, after: $after) { edges { node { id slug name } } pageInfo { hasNextPage endCursor } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalPauseWorkflow($input: PauseWorkflowInput!) { pauseWorkflow(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalPauseWorkflow($input: PauseWorkflowInput!) { pauseWorkflow(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalResumeWorkflow($input: ResumeWorkflowInput!) { resumeWorkflow(input: $input) { errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalResumeWorkflow($input: ResumeWorkflowInput!) { resumeWorkflow(input: $input) { errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalPublishChecklist($workflow: String!) {\n    publishChecklist(workflow: $workflow) { publishable items { key state sentence names problems { message path } } }\n  }\n"): (typeof documents)["\n  query PortalPublishChecklist($workflow: String!) {\n    publishChecklist(workflow: $workflow) { publishable items { key state sentence names problems { message path } } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalPublishWorkflow($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { workflowVersion { id number } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalPublishWorkflow($input: PublishWorkflowInput!) { publishWorkflow(input: $input) { workflowVersion { id number } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalRollBack($input: RollBackWorkflowInput!) { rollBackWorkflow(input: $input) { workflowVersion { id number } draftKept errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalRollBack($input: RollBackWorkflowInput!) { rollBackWorkflow(input: $input) { workflowVersion { id number } draftKept errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalNewestPayload($workflow: String!) { runs(first: 1, filter: { workflow: $workflow }) { edges { node { id event { payload } } } } }\n"): (typeof documents)["\n  query PortalNewestPayload($workflow: String!) { runs(first: 1, filter: { workflow: $workflow }) { edges { node { id event { payload } } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalRunWorkflow($input: RunWorkflowInput!) { runWorkflow(input: $input) { run { id } errors { code message path traceId } } }\n"): (typeof documents)["\n  mutation PortalRunWorkflow($input: RunWorkflowInput!) { runWorkflow(input: $input) { run { id } errors { code message path traceId } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalTestSamples { events(first: 50) { edges { node { id type idempotencyKey receivedAt source { slug } } } } }\n"): (typeof documents)["\n  query PortalTestSamples { events(first: 50) { edges { node { id type idempotencyKey receivedAt source { slug } } } } }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PortalTestWorkflow($input: TestWorkflowInput!) {\n    testWorkflow(input: $input) {\n      test { state reason seconds error { code message traceId } stopped { code message traceId } emitted\n        steps { key uses state reason input output startsAtSeconds endsAtSeconds error { code message traceId } calls { attempt host mock } } }\n      run { id }\n      errors { code message path traceId }\n    }\n  }\n"): (typeof documents)["\n  mutation PortalTestWorkflow($input: TestWorkflowInput!) {\n    testWorkflow(input: $input) {\n      test { state reason seconds error { code message traceId } stopped { code message traceId } emitted\n        steps { key uses state reason input output startsAtSeconds endsAtSeconds error { code message traceId } calls { attempt host mock } } }\n      run { id }\n      errors { code message path traceId }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalVersions($slug: String!, $first: Int!, $after: String) {\n    workflow(slug: $slug) {\n      id\n      versions(first: $first, after: $after) { edges { node { id number publishedAt publishedBy restores } } pageInfo { hasNextPage endCursor } }\n    }\n  }\n"): (typeof documents)["\n  query PortalVersions($slug: String!, $first: Int!, $after: String) {\n    workflow(slug: $slug) {\n      id\n      versions(first: $first, after: $after) { edges { node { id number publishedAt publishedBy restores } } pageInfo { hasNextPage endCursor } }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PortalWorkflows($first: Int!, $after: String, $archived: Boolean) {\n    workflows(first: $first, after: $after, archived: $archived) {\n      edges { node { id slug name enabled pausedAt archivedAt updatedAt draft { valid } currentVersion { number publishedAt publishedBy } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): (typeof documents)["\n  query PortalWorkflows($first: Int!, $after: String, $archived: Boolean) {\n    workflows(first: $first, after: $after, archived: $archived) {\n      edges { node { id slug name enabled pausedAt archivedAt updatedAt draft { valid } currentVersion { number publishedAt publishedBy } } }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;