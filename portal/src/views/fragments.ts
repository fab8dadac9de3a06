import { graphql } from "../gql";

export const RUN_ROW = graphql(`
  fragment RunRow on ExecutionRun {
    id
    state
    stateReason
    createdAt
    startedAt
    finishedAt
    test
    error { code message traceId }
    workflow { slug name }
    workflowVersion { number }
    event { id type subject idempotencyKey }
  }
`);
