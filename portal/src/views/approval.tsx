/** One approval: what is asked, the form, the decision, and who has decided. */

import { type FormEvent, useMemo, useState } from "react";
import { Link, useParams } from "react-router";
import { useMutation, useQuery } from "urql";
import { type Problem, problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { ApprovalOutcome, PortalApprovalQuery } from "../gql/graphql";
import { useDraft } from "../lib/use_draft";
import { fieldsOf, filled, type Typed } from "../lib/form";
import { parsed } from "../lib/json";
import { isNumber, jsonOf } from "../lib/numbers";
import { useLacks, useTenant } from "../shell/tenant";
import { t } from "../strings";
import { Button, Empty, Heading, Problems, Refusals, Skeleton, Time, Unanswered } from "../ui/basics";
import { JsonView } from "../ui/json_view";
import { SchemaInput, wrongValues } from "../ui/schema_input";
import { StateBadge } from "../ui/state_badge";

graphql(`
  fragment ApprovalWhole on Approval {
    id title description roles members quorum form shown requestedBy requestedAt expiresAt expiresAs decidedAt state viewerCanDecide data
    decisions(first: 50) { by role outcome at form }
    run { id state workflow { name } }
  }
`);
const APPROVAL = graphql(`
  query PortalApproval($id: ID!) { node(id: $id) { __typename ... on Approval { ...ApprovalWhole } } }
`);
const DECIDE = graphql(`
  mutation PortalDecide($input: DecideApprovalInput!) {
    decideApproval(input: $input) { approval { ...ApprovalWhole } errors { code message path traceId } }
  }
`);
type Approval = Extract<NonNullable<PortalApprovalQuery["node"]>, { __typename: "Approval" }>;
const LINK = "text-accent underline underline-offset-2";

export function ApprovalPage() {
  const { id = "" } = useParams();
  const { slug } = useTenant();
  const [{ data, error, fetching }, again] = useQuery({ query: APPROVAL, variables: { id } });
  const approval = data?.node?.__typename === "Approval" ? data.node : null;
  if (approval === null) {
    if (error) return <div className="p-4"><Unanswered error={error} again={() => again({ requestPolicy: "network-only" })} /></div>;
    if (fetching) return <Skeleton rows={8} />;
    return <Empty title={t.approval.noSuchApproval}><p>{t.unknownObject}</p><Link className={LINK} to={`/${slug}/approvals`}>{t.approvals.title}</Link></Empty>;
  }
  const asked = [...approval.roles.map((one) => one.toLowerCase()), ...approval.members].join(", ");
  return (
    <div className="min-h-0 flex-1 overflow-auto">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-3">
        <Heading>{approval.title}</Heading>
        <StateBadge state={approval.state} />
        {approval.run && <Link className={LINK} to={`/${slug}/runs/${encodeURIComponent(approval.run.id)}`}>{t.approval.runOf(approval.run.workflow.name)}</Link>}
      </header>
      <div className="grid max-w-5xl gap-4 p-4 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4">
          {approval.description && <p className="text-sm break-words whitespace-pre-wrap">{approval.description}</p>}
          <p className="text-muted">
            {t.approval.mustApproveAskedTheFirst(approval.quorum === 1 ? t.approval.onePerson : t.approval.people(approval.quorum), asked || t.approval.nobody)}
            {approval.state === "PENDING" ? <>{t.approval.withoutADecisionItCounts(approval.expiresAs === "APPROVED" ? t.approval.approved : t.approval.rejected)} <Time at={approval.expiresAt} />.</> : <>{t.approval.asked} <Time at={approval.requestedAt} />.</>}
            {approval.requestedBy && <> {t.approval.beganTheRunSoMay(approval.requestedBy)}</>}
          </p>
          {approval.viewerCanDecide ? <Decide key={approval.shown} approval={approval} onDone={() => again({ requestPolicy: "network-only" })} /> : approval.state === "PENDING" && <p className="rounded-lg border border-line bg-surface p-3">{t.approval.youHaveDecidedAlreadyOr}</p>}
          <Decisions approval={approval} />
        </div>
        <div className="min-w-0">{approval.data != null && <JsonView label={t.approval.whatItIsAbout} value={approval.data} />}</div>
      </div>
    </div>
  );
}

function Decide({ approval, onDone }: { approval: Approval; onDone: () => void }) {
  const lacks = useLacks();
  const { slug } = useTenant();
  const fields = useMemo(() => fieldsOf(approval.form), [approval.form]);
  const draft = useDraft(`${slug}/approval/${approval.id}`, "{}");
  const typed = useMemo(() => (parsed(draft.text).value ?? {}) as Typed, [draft.text]);
  const [problems, setProblems] = useState<Problem[]>([]);
  const [{ fetching }, decide] = useMutation(DECIDE);
  const send = async (outcome: ApprovalOutcome): Promise<void> => {
    const { value, wrong } = filled(fields, typed);
    if (wrong.length > 0) {
      setProblems(wrongValues(wrong, "form"));
      return;
    }
    const { data, error } = await decide({ input: { approval: approval.id, outcome, shown: approval.shown, form: approval.form == null ? null : value } });
    const found = [...problemsOf(error), ...(data?.decideApproval.errors ?? [])];
    setProblems(found);
    if (found.length > 0) return;
    draft.undo();
    onDone();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void send("APPROVED");
  };
  const set = (name: string, value: string | boolean): void => draft.change(JSON.stringify({ ...typed, [name]: value }));
  return (
    <Refusals of={problems}><form onSubmit={submit} className="flex flex-col gap-4 rounded-lg border border-line p-4">
      {fields.map((field) => <SchemaInput key={field.name} at={`form.${field.name}`} field={field} value={typed[field.name]} onChange={(value) => set(field.name, value)} />)}
      <Problems of={problems} />
      <div className="flex gap-2">
        <Button type="submit" kind="primary" disabled={fetching} lacks={lacks("decide_approvals")}>{t.approval.approve}</Button>
        <Button kind="danger" disabled={fetching} lacks={lacks("decide_approvals")} onClick={() => void send("REJECTED")}>{t.approval.reject}</Button>
      </div>
    </form></Refusals>
  );
}

function Decisions({ approval }: { approval: Approval }) {
  if (approval.decisions.length === 0) return null;
  return (
    <section aria-label={t.approval.decisions} className="overflow-hidden rounded-lg border border-line">
      <h2 className="border-b border-line bg-surface px-3 py-1 text-xs font-semibold text-muted">{t.approval.decisions}</h2>
      <ul className="divide-y divide-line">
        {approval.decisions.map((one) => (
          <li key={`${one.by}${one.at}`} className="flex flex-wrap items-center gap-x-3 px-3 py-2">
            <StateBadge state={one.outcome === "APPROVED" ? "APPROVED" : "REJECTED"} />
            <span>{one.by} <span className="text-muted">{t.approval.as(one.role.toLowerCase())}</span></span>
            <Time at={one.at} className="ml-auto text-muted" />
            {fieldsOf(approval.form).filter(({ name }) => name in record(one.form)).map(({ name, label }) => (
              <p key={name} className="w-full break-words whitespace-pre-wrap"><span className="text-muted">{t.approval.answer(label)}</span> {answered(record(one.form)[name])}</p>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

const record = (value: unknown): Record<string, unknown> => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});
const answered = (value: unknown): string => (typeof value === "boolean" ? (value ? t.approval.yes : t.approval.no) : typeof value === "string" && !isNumber(value) ? value : jsonOf(value));
