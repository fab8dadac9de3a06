"""The GraphQL documents of the demo and the command line."""

from __future__ import annotations

ERRORS = "errors { code message details path }"
SAVE_SOURCE = (
    f"mutation($input: SaveSourceInput!) {{ saveSource(input: $input) {{ source {{ slug url revision }} {ERRORS} }} }}"
)
SAVE_WORKFLOW = (
    "mutation($input: SaveWorkflowInput!) { saveWorkflow(input: $input) "
    f"{{ workflow {{ revision draft {{ valid problems {{ code message path }} }} }} {ERRORS} }} }}"
)
PUBLISH = (
    "mutation($input: PublishWorkflowInput!) { publishWorkflow(input: $input) "
    f"{{ workflowVersion {{ number }} warnings {{ message path }} {ERRORS} }} }}"
)
SAVE_RULE = (
    "mutation($input: SaveRuleInput!) { saveRule(input: $input) "
    f"{{ rule {{ slug revision warnings {{ message path }} }} {ERRORS} }} }}"
)
_CONFIGURED = f"""fingerprintBefore changes {{ kind slug outcome version leftOut warnings {{ message path }}
  places {{ path before after wasThere isThere }} }} {ERRORS}"""
EXPORT_CONFIGURATION = "{ exportConfiguration { configuration } }"
PLAN_CONFIGURATION = (
    f"query($input: ApplyConfigurationInput!) {{ planConfiguration(input: $input) {{ {_CONFIGURED} }} }}"
)
APPLY_CONFIGURATION = (
    f"mutation($input: ApplyConfigurationInput!) {{ applyConfiguration(input: $input) {{ {_CONFIGURED} }} }}"
)
INGEST = (
    "mutation($input: IngestEventInput!) { ingestEvent(input: $input) "
    f"{{ outcome event {{ id type traceId }} {ERRORS} }} }}"
)
RUN_WORKFLOW = (
    f"mutation($input: RunWorkflowInput!) {{ runWorkflow(input: $input) {{ run {{ id state traceId }} {ERRORS} }} }}"
)
RUN = """
query($id: ID!) { run(id: $id) {
  state stateReason traceId createdAt startedAt finishedAt error { message } } }"""
RUN_STEPS = """
query($id: ID!, $after: String) { run(id: $id) {
  page: stepConnection(first: 100, after: $after) { pageInfo { hasNextPage endCursor }
    edges { node { key state attempt startedAt finishedAt error { message } } } } } }"""
RUN_FEED = """
subscription($after: String, $filter: RunFeedFilter) { runFeed(after: $after, filter: $filter) {
  kind cursor occurredAt fromState toState reason
  run { id traceId error { message } workflowVersion { workflow { slug } } }
  step { key item compensates attempt error { message } } gap { from to } } }"""
EVENT = """
query($id: ID!) { event(id: $id) {
  id type subject traceId receivedAt source { slug } waitingFor { cause sentence }
  decisions(first: 100) { verdict reason path when run { id state } collapsedInto { id state } rule { slug when } } } }"""
EXPLAIN = """
query($when: JSON!, $event: ID!) { explainRule(when: $when, event: $event) { matched verdict sentence tree } }"""
SOURCES = """
query($after: String) { page: sources(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } edges { node { slug scheme enabled builtIn revision url } } } }"""
WORKFLOW = "query($slug: String!, $id: ID!) { named: workflow(slug: $slug) { id } known: workflow(id: $id) { id } }"
RULES = """
query($after: String) { page: rules(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } edges { node { slug name enabled priority when revision workflow { slug } options {
    stop rateLimit { limit periodSeconds key } debounce { periodSeconds maxWaitSeconds key }
    throttle { limit periodSeconds burst key } count { atLeast withinSeconds key }
    absence { unless withinSeconds key unlessKey } } } } } }"""

CANCEL_RUNS = f"mutation($input: CancelRunsInput!) {{ cancelRuns(input: $input) {{ runs {{ id state }} {ERRORS} }} }}"
PAUSE_RUNS = f"mutation($input: PauseRunsInput!) {{ pauseRuns(input: $input) {{ runs {{ id state }} {ERRORS} }} }}"
RESUME_RUNS = f"mutation($input: ResumeRunsInput!) {{ resumeRuns(input: $input) {{ runs {{ id state }} {ERRORS} }} }}"
RETRY_RUNS = f"mutation($input: RetryRunsInput!) {{ retryRuns(input: $input) {{ runs {{ id state }} {ERRORS} }} }}"
REPLAY_EVENT = (
    f"mutation($input: ReplayEventInput!) {{ replayEvent(input: $input) {{ runs {{ id state }} {ERRORS} }} }}"
)
PLAN_RETRY = """
query($input: RetryRunsInput!) { planRetry(input: $input) {
  skippedSteps repeatedSteps droppedSteps { step reason } effectsThatRepeat { step connector effect key }
  errors { message } } }"""
_REVEALED = "body scrubbed payloadSha256 until"
REVEAL_PAYLOAD = (
    "mutation($input: RevealPayloadInput!) { revealPayload(input: $input) "
    f"{{ revealed {{ {_REVEALED} }} {ERRORS} }} }}"
)
REVEALED_PAYLOAD = f"query($event: ID!) {{ revealedPayload(event: $event) {{ {_REVEALED} }} }}"
STORED_EVENT = "query($id: ID!) { event(id: $id) { type subject occurredAt payload source { slug } } }"
ATTEMPTS = "attempts(first: 50) { edges { node { state input output error { code message details } } } }"
RECORDED_RUN = f"""
query($id: ID!) {{ run(id: $id) {{
  id state stepCount workflowVersion {{ number definition workflow {{ slug }} }}
  event {{ type subject occurredAt receivedAt payload source {{ slug }} }}
  steps(first: 100) {{ id key state startedAt output error {{ code message details }} progress {{ total }} {ATTEMPTS} }} }} }}"""
RECORDED_ITEMS = f"""
query($step: ID!, $from: Int!) {{ node(id: $step) {{ ... on StepRun {{
  items(first: 50, from: $from) {{ item state {ATTEMPTS} }} }} }} }}"""
RECORDED_COMPENSATION = f"""
query($step: ID!) {{ node(id: $step) {{ ... on StepRun {{ compensation {{ {ATTEMPTS} }} }} }} }}"""

BULK = "id state total done skipped refused error { message }"
PREVIEW_BULK = """
query($input: BulkInput!) { previewBulkOperation(input: $input) { previewId count lookedAt newRuns
  effectsThatRepeat { step connector effect consent runs } refusals { code message items } } }"""
START_BULK = (
    "mutation($input: StartBulkOperationInput!) { startBulkOperation(input: $input) "
    f"{{ operation {{ {BULK} }} {ERRORS} }} }}"
)
ABORT_BULK = (
    "mutation($input: AbortBulkOperationInput!) { abortBulkOperation(input: $input) "
    f"{{ operation {{ {BULK} }} {ERRORS} }} }}"
)
BULK_PROGRESS = f"subscription($id: ID!) {{ bulkProgress(operation: $id) {{ {BULK} }} }}"
BULK_ITEMS = """
query($id: ID!, $after: String, $outcome: BulkOutcome) { node(id: $id) { ... on BulkOperation {
  items(first: 100, after: $after, outcome: $outcome) { pageInfo { hasNextPage endCursor }
    edges { node { item outcome runs error { code message } } } } } } }"""
BACKTEST = """id state total tested older erased newlyMatched noLongerMatched stillMatched stillUnmatched
  verdicts { verdict count liveCount } error { message }"""
BACKTEST_RULE = (
    f"mutation($input: BacktestRuleInput!) {{ backtestRule(input: $input) {{ backtest {{ id }} {ERRORS} }} }}"
)
ABORT_BACKTEST = (
    f"mutation($input: AbortBacktestInput!) {{ abortBacktest(input: $input) {{ backtest {{ id }} {ERRORS} }} }}"
)
BACKTEST_PROGRESS = "subscription($id: ID!) { backtestProgress(backtest: $id) { state total tested } }"
BACKTEST_FOUND = f"""
query($id: ID!) {{ backtest(id: $id) {{ {BACKTEST} when liveWhen filter createdAt finishedAt
  samples(first: 100) {{ difference verdict liveVerdict reason path
    event {{ id type receivedAt source {{ slug }} }} }} }} }}"""
DELIVERIES = """
query($after: String, $filter: DeliveryFilter) { page: deliveries(first: 100, after: $after, filter: $filter) {
  pageInfo { hasNextPage endCursor } edges { node {
    id outcome type receivedAt redeliverable reason { code message } source { slug } redeliveredEvent { id } } } } }"""
REDELIVER = (
    f"mutation($input: RedeliverInput!) {{ redeliver(input: $input) {{ events {{ id type traceId }} {ERRORS} }} }}"
)
VERIFY_DELIVERY = """
query($input: VerifyDeliveryInput!) { verifyDelivery(input: $input) {
  verified secretVersion secrets { version cause message } refusal { code message } } }"""
EFFECTS = """
query($id: ID!, $states: [EffectState!]) { run(id: $id) { effects(first: 100, states: $states) {
  id step item compensates state connector target externalId proof } } }"""
UNRESOLVED_EFFECTS = """
query($after: String) { page: effects(first: 100, after: $after, filter: {unresolved: true}) {
  pageInfo { hasNextPage endCursor } edges { node {
    id step item compensates state connector target externalId proof run { id } } } } }"""
RESOLVE_EFFECT = f"mutation($input: ResolveEffectInput!) {{ resolveEffect(input: $input) {{ effect {{ id state }} run {{ id state }} {ERRORS} }} }}"
BREAKERS = """
query($after: String) { page: circuitBreakers(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } edges { node { connector host state mode calls failures probeAt } } } }"""
SET_BREAKER = f"mutation($input: SetBreakerInput!) {{ setBreaker(input: $input) {{ breaker {{ connector host state mode }} {ERRORS} }} }}"
USAGE = """
query($metric: UsageMetric!, $from: DateTime!, $to: DateTime, $by: UsageBy!, $groupBy: UsageGroup) {
  usage(metric: $metric, from: $from, to: $to, by: $by, groupBy: $groupBy) {
    start name total normal retries tests replays closed } }"""
USAGE_RECORDS = """
query($after: String, $to: DateTime, $format: UsageFormat!) {
  usageRecords(after: $after, to: $to, format: $format) { text cursor more } }"""
LAST_RESTORE = "{ lastRestore { epoch restoredAt reason held } }"
HELD_JOBS = """
query($after: String) { page: outboxJobs(first: 50, after: $after, filter: {restored: true}) {
  pageInfo { hasNextPage endCursor } edges { node { id topic subject run { id state workflowVersion { workflow { slug } }
    effects(first: 5) { step item compensates state connector target intendedAt } } } } } }"""
RELEASE_RESTORED = (
    f"""mutation($input: ReleaseRestoredInput!) {{ releaseRestored(input: $input) {{ count remaining {ERRORS} }} }}"""
)
_BUDGET = "id metric window workflow connector limit costLimit used costUsed action resetsAt"
BUDGETS = f"{{ budgets {{ {_BUDGET} }} }}"
SET_BUDGET = f"mutation($input: SetBudgetInput!) {{ setBudget(input: $input) {{ budget {{ {_BUDGET} }} {ERRORS} }} }}"
DELETE_BUDGET = f"mutation($input: DeleteBudgetInput!) {{ deleteBudget(input: $input) {{ deletedId {ERRORS} }} }}"

_POLICY = "dataClass days defaultDays ownDays holdReason"
RETENTION = f"{{ retention {{ {_POLICY} }} }}"
SAVE_RETENTION = (
    f"mutation($input: SaveRetentionInput!) {{ saveRetention(input: $input) {{ policies {{ {_POLICY} }} {ERRORS} }} }}"
)
HOLD_RETENTION = (
    f"mutation($input: HoldRetentionInput!) {{ holdRetention(input: $input) {{ policies {{ {_POLICY} }} {ERRORS} }} }}"
)
RELEASE_RETENTION = f"mutation($input: ReleaseRetentionInput!) {{ releaseRetention(input: $input) {{ policies {{ {_POLICY} }} {ERRORS} }} }}"
EXPORT_TENANT = f"mutation($input: ExportTenantInput!) {{ exportTenant(input: $input) {{ url {ERRORS} }} }}"
DELETE_TENANT = f"mutation($input: DeleteTenantInput!) {{ deleteTenant(input: $input) {{ deletesAt {ERRORS} }} }}"
CANCEL_TENANT_DELETION = f"mutation {{ cancelTenantDeletion {{ cancelled {ERRORS} }} }}"
DELETE_TENANT_BY_PLATFORM = (
    f"mutation($input: DeleteTenantInput!) {{ deleteTenant(input: $input) {{ tenant {{ deletesAt }} {ERRORS} }} }}"
)
CANCEL_DELETION_BY_PLATFORM = f"mutation($input: CancelTenantDeletionInput!) {{ cancelTenantDeletion(input: $input) {{ tenant {{ slug }} {ERRORS} }} }}"
PREVIEW_RETENTION = "query($policies: [RetentionDaysInput!]) { previewRetention(policies: $policies) { dataClass days rows bytes exact } }"

LIST_RUNS = """
query($first: Int, $filter: RunFilter) { runs(first: $first, filter: $filter) { edges { node {
  id state createdAt startedAt finishedAt error { message } workflowVersion { workflow { slug } } } } } }"""
SHOW_RUN = """
query($run: ID!) {
  run(id: $run) { id state traceId createdAt stepCount error { code message } event { id type } retryOf { id }
    waitingFor { sentence } workflowVersion { number workflow { slug } }
    steps(first: 100) { key state attempt startedAt finishedAt error { message } } } }"""
SHOW_EVENT = """
query($event: ID!) {
  event(id: $event) { id type traceId receivedAt source { slug } waitingFor { sentence } decisions(first: 100) { verdict reason rule { slug } }
    runs(first: 100) { edges { node { id state workflowVersion { workflow { slug } } } } } } }"""
SHOW_TRACE = """
query($trace: String!) {
  events(first: 100, filter: {traceId: $trace}) { pageInfo { hasNextPage } edges { node { id type receivedAt source { slug } } } }
  runs(first: 100, filter: {traceId: $trace}) { pageInfo { hasNextPage } edges { node {
    id state createdAt startedAt finishedAt error { message } workflowVersion { workflow { slug } } } } } }"""
APPROVALS = """
query($after: String, $filter: ApprovalFilter) { page: approvals(first: 100, after: $after, filter: $filter) {
  pageInfo { hasNextPage endCursor } edges { node {
    id title state roles quorum expiresAt decisions(first: 100) { outcome } run { id } } } } }"""

FINAL = ("SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT")
"""The final states of a run."""
_TEST = (
    "run { id traceId } test { state reason seconds error { message } stopped { message } "
    "steps { key state reason mock endsAtSeconds error { message } } }"
)
TEST_WORKFLOW = f"mutation($input: TestWorkflowInput!) {{ testWorkflow(input: $input) {{ {_TEST} {ERRORS} }} }}"
TEST_STEP = f"mutation($input: TestStepInput!) {{ testStep(input: $input) {{ {_TEST} {ERRORS} }} }}"
RECIPES = """
{ recipes { slug title description parameters creates { kind slug } secrets { name exists } } }"""
INSTALL_RECIPE = (
    "mutation($input: InstallRecipeInput!) { installRecipe(input: $input) "
    f"{{ changes {{ kind slug outcome version }} {ERRORS} }} }}"
)
_ROW = "id name prefix role scopes allowedIps state expiresAt lastUsedAt lastUsedFrom"
_SHOWN = f"token {{ {_ROW} }}"
TOKENS = f"""
query($after: String) {{ page: tokens(first: 100, after: $after) {{
  pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {_ROW} }} }} }} }}"""
CREATE_TOKEN = f"mutation($input: CreateTokenInput!) {{ createToken(input: $input) {{ {_SHOWN} value {ERRORS} }} }}"
REVOKE_TOKEN = (
    "mutation($input: RevokeTokenInput!) { revokeToken(input: $input) "
    f"{{ {_SHOWN} itsTokens {{ {_ROW} }} {ERRORS} }} }}"
)
ROTATE_TOKEN = f"mutation($input: RotateTokenInput!) {{ rotateToken(input: $input) {{ {_SHOWN} value {ERRORS} }} }}"
EXPORT_RECORDS = """
subscription($records: RecordKind!, $after: String, $filter: ExportFilter) {
  exportRecords(records: $records, after: $after, filter: $filter) { jsonl cursor } }"""
_MEMBER = "member { id email name role active }"
_INVITATION = "invitation { id email role state mail expiresAt }"
MEMBERS = """
query($after: String) { page: members(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } edges { node { id email name role active } } } }"""
INVITATIONS = """
query($after: String) { page: invitations(first: 100, after: $after, open: true) {
  pageInfo { hasNextPage endCursor } edges { node { id email role state mail expiresAt } } } }"""
INVITE_MEMBER = f"mutation($input: InviteMemberInput!) {{ inviteMember(input: $input) {{ {_INVITATION} {ERRORS} }} }}"
REVOKE_INVITATION = (
    f"mutation($input: RevokeInvitationInput!) {{ revokeInvitation(input: $input) {{ {_INVITATION} {ERRORS} }} }}"
)
CHANGE_MEMBER_ROLE = (
    f"mutation($input: ChangeMemberRoleInput!) {{ changeMemberRole(input: $input) {{ {_MEMBER} {ERRORS} }} }}"
)
REMOVE_MEMBER = f"mutation($input: RemoveMemberInput!) {{ removeMember(input: $input) {{ {_MEMBER} {ERRORS} }} }}"
FAIRNESS = """
query($after: String) { page: fairness(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor }
  edges { node { slug weight share jobs oldestDueAt startDelayP95 } } } }"""
