/** Why a rule does not match an event: the sentence with the values, and the verdict at each node. */

import { useQuery } from "urql";
import { graphql } from "../gql";
import { Skeleton, Unanswered } from "../ui/basics";
import { ExplainTree } from "./explain_tree";
import { t } from "../strings";

const WHY = graphql(`
  query PortalWhy($rule: String!, $event: ID!) { explainRule(rule: $rule, event: $event) { sentence tree } }
`);

/** rule: a slug. The rule as it stands now, which may have changed since its decision. */
export function Why({ rule, event }: { rule: string; event: string }) {
  const [{ data, error }, again] = useQuery({ query: WHY, variables: { rule, event } });
  if (data === undefined) return error ? <Unanswered error={error} again={() => again({ requestPolicy: "network-only" })} /> : <Skeleton rows={2} />;
  if (!data.explainRule) return <p className="text-muted">{t.unknownObject}</p>;
  return (
    <div className="mt-2 flex flex-col gap-2">
      <p className="break-words">{data.explainRule.sentence} <span className="text-muted">{t.event.asTheRuleStandsNow}</span></p>
      <ExplainTree tree={data.explainRule.tree} />
    </div>
  );
}
