/** Test a draft or a version on a stored event: with mocked connectors, or for real. */

import { useMemo, useState } from "react";
import { Link } from "react-router";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import { useAct } from "../lib/act";
import { useChoices } from "../lib/store";
import { duration, exact } from "../lib/time";
import { useLacks, useTenant } from "../shell/tenant";
import { Box, Button, Dialog, Field, INPUT, LINK, Problems } from "../ui/basics";
import { JsonView } from "../ui/json_view";
import { StateBadge } from "../ui/state_badge";
import Graph from "./graph";
import { t } from "../strings";

const EVENTS = graphql(`
  query PortalTestSamples { events(first: 50) { edges { node { id type idempotencyKey receivedAt source { slug } } } } }
`);
const TEST = graphql(`
  mutation PortalTestWorkflow($input: TestWorkflowInput!) {
    testWorkflow(input: $input) {
      test { state reason seconds error { code message traceId } stopped { code message traceId } emitted
        steps { key uses state reason input output startsAtSeconds endsAtSeconds error { code message traceId } calls { attempt host mock } } }
      run { id }
      errors { code message path traceId }
    }
  }
`);

/** version: null for the draft. */
export function WorkflowTest({ workflow, version, definition }: { workflow: string; version: number | null; definition: unknown }) {
  const { slug } = useTenant();
  const lacks = useLacks();
  const { utc } = useChoices();
  const [{ data, error }] = useQuery({ query: EVENTS, pause: lacks("view_events") !== undefined });
  const known = data?.events.edges.map(({ node }) => node) ?? [];
  const [chosen, setChosen] = useState("");
  const event = chosen || (known.find(({ source }) => source.slug !== "runs") ?? known[0])?.id || "";
  const [live, setLive] = useState(false);
  const [step, setStep] = useState<string | null>(null);
  const act = useAct(TEST, (answer) => answer.testWorkflow);
  const [answer, setAnswer] = useState<Awaited<ReturnType<typeof act.send>>>(null);
  /** The event of the last test. No other event shows its result. */
  const [tested, setTested] = useState("");
  const found = tested === event ? answer : null;
  const run = async (connectors: "MOCKED" | "LIVE"): Promise<void> => {
    setLive(false);
    setTested(event);
    setChosen(event);
    setAnswer(null);
    setAnswer(await act.send({ workflow, version, event, connectors }));
  };
  const test = found?.test;
  const states = useMemo(() => new Map(test?.steps.flatMap(({ key, state }) => (state ? [[key, state] as const] : []))), [test]);
  const shown = test?.steps.find(({ key }) => key === step) ?? test?.steps.find(({ state }) => state === "FAILED") ?? test?.steps.at(-1);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <div className="min-w-64 flex-1 sm:max-w-lg">
          <Field label={t.workflowTest.testOnAStoredEvent} help={t.workflowTest.theNewest50AreListed}>
            {(id) => (
              <select id={id} className={INPUT} value={event} onChange={(change) => setChosen(change.target.value)}>
                {known.map((one) => <option key={one.id} value={one.id}>{t.workflowTest.from(one.type, one.source.slug, one.idempotencyKey ? `, ${one.idempotencyKey}` : "", exact(one.receivedAt, utc))}</option>)}
              </select>
            )}
          </Field>
        </div>
        <div className="flex flex-wrap gap-2 sm:pt-6">
          <Button kind="primary" lacks={lacks("run_workflows")} disabled={act.busy || event === ""} onClick={() => void run("MOCKED")}>{t.workflowTest.testWithMockedCalls}</Button>
          <Button lacks={lacks("run_workflows")} disabled={act.busy || event === ""} onClick={() => setLive(true)}>{t.workflowTest.askTestForReal}</Button>
        </div>
      </div>
      {error && <Problems of={problemsOf(error)} />}
      {data && known.length === 0 && <p className="text-amber">{t.rules.thereIsNoEventTo}</p>}
      {found === null && <p className="max-w-2xl text-muted">{t.workflowTest.aTestWithMockedCalls}</p>}
      {tested === event && <Problems of={act.problems} />}
      {found?.run && <p role="status">{t.workflowTest.theTestRunsForReal} <Link className={LINK} to={`/${slug}/runs/${encodeURIComponent(found.run.id)}`}>{t.workflowTest.seeTheRun}</Link></p>}
      {test && (
        <>
          <p role="status" className="flex flex-wrap items-center gap-3 rounded-lg border border-line bg-surface p-3">
            <StateBadge state={test.state} /><span>{t.workflowTest.itWouldTakeNoCall(duration(test.seconds * 1000))}</span>{test.reason && <span className="text-muted">{test.reason}</span>}
          </p>
          <Problems of={[test.error, test.stopped].filter((one) => one != null)} />
          <div className="grid gap-4 lg:grid-cols-2">
            <div className="[&>section]:h-[50vh]!"><Graph definition={definition} chosen={shown?.key ?? null} onChoose={setStep} states={states} /></div>
            <div className="flex min-w-0 flex-col gap-3">
              <Box title={t.common.steps}>
                {test.steps.map((one) => (
                  <li key={one.key} className="flex flex-wrap items-center gap-3 px-3 py-1.5">
                    <button type="button" className={`${LINK} cursor-pointer`} aria-pressed={one.key === shown?.key} onClick={() => setStep(one.key)}>{one.key}</button>
                    {one.state ? <StateBadge state={one.state} /> : <span className="text-muted">{t.workflowTest.notReached}</span>}
                    <span className="text-muted">{one.calls.map(({ host, mock }) => `${host ?? t.workflowTest.noHost}, ${mock ? MOCKS[mock] : "refused"}`).join("; ")}</span>
                    {one.reason && <span className="text-muted">{one.reason}</span>}
                  </li>
                ))}
              </Box>
              {shown?.error && <Problems of={[shown.error]} />}
              {shown?.input != null && <JsonView label={t.workflowTest.inputOf(shown.key)} value={shown.input} />}
              {shown?.output != null && <JsonView label={t.workflowTest.outputOf(shown.key)} value={shown.output} />}
              {test.emitted.length > 0 && <JsonView label={t.workflowTest.eventsThatItWouldMake} value={test.emitted} />}
            </div>
          </div>
        </>
      )}
      {live && (
        <Dialog title={t.workflowTest.testForReal} onClose={() => setLive(false)}>
          <p>{t.workflowTest.theStepsCallWhatThey}</p>
          <div className="flex justify-end gap-2"><Button onClick={() => setLive(false)}>{t.common.leaveIt}</Button><Button kind="danger" disabled={act.busy} onClick={() => void run("LIVE")}>{t.workflowTest.runItForReal}</Button></div>
        </Dialog>
      )}
    </div>
  );
}

const MOCKS = { GIVEN: t.workflowTest.asGiven, RECORDED: t.workflowTest.asRecorded, EXAMPLE: t.workflowTest.anExample };
