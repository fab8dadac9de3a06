"""The documents that the demo and the command line send."""

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
    f"{{ workflowVersion {{ number }} {ERRORS} }} }}"
)
SAVE_RULE = f"mutation($input: SaveRuleInput!) {{ saveRule(input: $input) {{ rule {{ slug revision }} {ERRORS} }} }}"
INGEST = (
    "mutation($input: IngestEventInput!) { ingestEvent(input: $input) "
    f"{{ outcome event {{ id type traceId }} {ERRORS} }} }}"
)
RUN_WORKFLOW = (
    f"mutation($input: RunWorkflowInput!) {{ runWorkflow(input: $input) {{ run {{ id state traceId }} {ERRORS} }} }}"
)
RUN = """
query($id: ID!) { run(id: $id) {
  state stateReason traceId createdAt startedAt finishedAt error { message }
  steps(first: 100) { key state attempt startedAt finishedAt error { message } } } }"""
RUN_FEED = """
subscription($after: String, $filter: RunFeedFilter) { runFeed(after: $after, filter: $filter) {
  kind cursor occurredAt fromState toState reason
  run { id traceId workflowVersion { workflow { slug } } } step { key attempt } gap { from to } } }"""
EVENT = """
query($id: ID!) { event(id: $id) {
  id type subject traceId receivedAt source { slug }
  decisions(first: 100) { verdict reason path rule { slug when } } } }"""
EXPLAIN = """
query($when: JSON!, $event: ID!) { explainRule(when: $when, event: $event) { matched verdict sentence tree } }"""
SOURCES = """
query($after: String) { page: sources(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } edges { node { slug scheme enabled builtIn revision url } } } }"""
WORKFLOW = "query($slug: String!, $id: ID!) { named: workflow(slug: $slug) { id } known: workflow(id: $id) { id } }"
# Thirty drafts, each as large as one may be, fit into one answer.
WORKFLOWS = """
query($after: String) { page: workflows(first: 30, after: $after) {
  pageInfo { hasNextPage endCursor } edges { node { slug name revision
    draft { valid definition problems { code message path } } currentVersion { number checksum } } } } }"""
RULES = """
query($after: String) { page: rules(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } edges { node { slug name enabled priority when revision workflow { slug } } } } }"""

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

FINAL = ("SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT")
"""States that a run does not leave."""
