"""Lists the fields of each resource for the REST API and for exports. Each list is a selection of the GraphQL schema.

A field that needs an extra permission has ``@include(if: $<permission>)``.
"""

from __future__ import annotations

_EVENT = """
  id type subject idempotencyKey traceId depth occurredAt receivedAt payloadBytes payloadSha256 secretVersion
  source @include(if: $view_sources) { id slug }
"""

EVENT = f"{{ {_EVENT} }}"
EVENT_EXPORT = f"{{ {_EVENT} payload }}"
EVENT_DETAIL = f"""{{ {_EVENT}
  payload
  decisions(first: 100) @include(if: $view_rules) {{ verdict reason decidedAt rule {{ id slug }} }}
}}"""

_ERROR = "error { code message details retryable }"

_RUN = f"""
  id state stateReason traceId createdAt startedAt finishedAt stepCount test fingerprint
  {_ERROR}
  workflowVersion @include(if: $view_workflows) {{ id number workflow {{ id slug name }} }}
  event @include(if: $view_events) {{ id type }}
"""

_STEP = f"""
  id key item compensates attempt state startedAt finishedAt nextAttemptAt reason idempotencyKey
  {_ERROR}
  input @include(if: $view_events)
  output @include(if: $view_events)
"""

RUN = f"{{ {_RUN} }}"
RUN_DETAIL = f"""{{ {_RUN}
  retryOf {{ id }}
  waitingFor {{ cause position until sentence }}
  steps(first: 100) {{
    {_STEP}
  }}
}}"""
STEP_EXPORT = f"{{ runId {_STEP} }}"
EFFECT_EXPORT = """{
  id key step item compensates connector effect target state tries mostSent code externalId responseSha256 lookups
  resolution { how reason by at }
  intendedAt settledAt
  run { id }
  request @include(if: $view_events)
}"""

_WORKFLOW = "id slug name enabled pausedAt pausedEvents archivedAt revision createdAt updatedAt"

WORKFLOW = f"{{ {_WORKFLOW} currentVersion {{ id number publishedAt publishedBy checksum }} }}"
WORKFLOW_DETAIL = f"""{{ {_WORKFLOW}
  currentVersion {{ id number publishedAt publishedBy checksum definition }}
  draft {{ valid definition problems {{ code message path }} }}
}}"""
