/** A run with all its steps and its whole history. The API gives a hundred of each at a time. */

import { useEffect, useMemo, useRef, useState } from "react";
import { useClient } from "urql";
import { graphql } from "../gql";
import type { LogLineFragment, PortalRunQuery, StepLaneFragment } from "../gql/graphql";

const MORE_STEPS = graphql(`
  query PortalMoreSteps($id: ID!, $after: String) {
    run(id: $id) { stepConnection(first: 100, after: $after) { edges { node { ...StepLane } } pageInfo { hasNextPage endCursor } } }
  }
`);
const MORE_HISTORY = graphql(`
  query PortalMoreHistory($id: ID!, $after: String) {
    run(id: $id) { timeline(first: 100, after: $after) { edges { node { ...LogLine } } pageInfo { hasNextPage endCursor } } }
  }
`);

type Answered = NonNullable<PortalRunQuery["run"]>;
export type Run = Omit<Answered, "steps" | "timeline"> & { steps: StepLaneFragment[]; stepsComplete: boolean; timeline: LogLineFragment[] };

export function useWhole(answered: Answered | null | undefined): Run | null {
  const rest = useRestOfSteps(answered);
  const later = useLaterHistory(answered);
  return useMemo(() => {
    if (!answered) return null;
    const more = answered.steps.pageInfo.hasNextPage;
    const steps = [...answered.steps.edges.map(({ node }) => node), ...(more ? rest : [])];
    const timeline = [...answered.timeline.edges.map(({ node }) => node), ...(answered.timeline.pageInfo.hasNextPage ? later : [])];
    return { ...answered, steps, stepsComplete: !more || rest.length > 0, timeline };
  }, [answered, rest, later]);
}

/** Steps change, so all of them are read again when the run has moved. */
function useRestOfSteps(answered: Answered | null | undefined): StepLaneFragment[] {
  const client = useClient();
  const [rest, setRest] = useState<StepLaneFragment[]>([]);
  useEffect(() => {
    let left = false;
    const read = async (): Promise<void> => {
      const found: StepLaneFragment[] = [];
      const page = answered?.steps.pageInfo;
      let after = page?.hasNextPage ? page.endCursor : null;
      while (after && answered && !left) {
        const { data } = await client.query(MORE_STEPS, { id: answered.id, after }, { requestPolicy: "network-only" }).toPromise();
        const next = data?.run?.stepConnection;
        found.push(...(next?.edges.map(({ node }) => node) ?? []));
        after = next?.pageInfo.hasNextPage ? next.pageInfo.endCursor : null;
      }
      if (!left) setRest(found);
    };
    void read();
    return () => {
      left = true;
    };
  }, [answered]);
  return rest;
}

/** History only grows, so what was read is kept, and the reading continues behind it. */
function useLaterHistory(answered: Answered | null | undefined): LogLineFragment[] {
  const client = useClient();
  const [later, setLater] = useState<LogLineFragment[]>([]);
  const read = useRef<{ id: string; lines: LogLineFragment[]; after: string; busy: boolean } | null>(null);
  useEffect(() => {
    const page = answered?.timeline.pageInfo;
    if (!answered || !page?.hasNextPage || !page.endCursor) return;
    if (read.current?.id !== answered.id) read.current = { id: answered.id, lines: [], after: page.endCursor, busy: false };
    const mine = read.current;
    if (mine.busy) return;
    const readOn = async (): Promise<void> => {
      mine.busy = true;
      for (let more = true; more && read.current === mine; ) {
        const { data } = await client.query(MORE_HISTORY, { id: mine.id, after: mine.after }, { requestPolicy: "network-only" }).toPromise();
        const next = data?.run?.timeline;
        mine.lines = [...mine.lines, ...(next?.edges.map(({ node }) => node) ?? [])];
        mine.after = next?.pageInfo.endCursor ?? mine.after;
        more = next?.pageInfo.hasNextPage === true;
      }
      mine.busy = false;
      if (read.current === mine) setLater(mine.lines);
    };
    void readOn();
  }, [answered]);
  useEffect(() => () => void (read.current = null), []);
  return read.current?.id === answered?.id ? later : [];
}
