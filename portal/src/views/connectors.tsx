/** What steps can use: each connector with its inputs, outputs, failures and a step to copy. */

import { useMemo } from "react";
import { Link, useSearchParams } from "react-router";
import { useQuery } from "urql";
import { graphql } from "../gql";
import type { PortalConnectorsQuery } from "../gql/graphql";
import { exampleOf, fieldsOf } from "../lib/form";
import { yamlLines } from "../lib/definition_text";
import { t } from "../strings";
import { Box, Copyable, Empty, INPUT, Skeleton, Unanswered } from "../ui/basics";
import { JsonView } from "../ui/json_view";
import { Header } from "../ui/list";

const CONNECTORS = graphql(`
  query PortalConnectors { connectors { name title description effect lookup takesSecrets hosts hostFields inputSchema outputSchema failures { name code retryable mayHaveArrived when } } }
`);
type Connector = PortalConnectorsQuery["connectors"][number];
const EFFECTS: Record<string, string> = {
  IDEMPOTENT: t.connectors.aCallMayBeRepeated,
  KEYED: t.connectors.itsReceiverRecognisesARepeated,
  UNSAFE: t.connectors.aRepeatedCallMayHave,
};

export function ConnectorsPage() {
  const [search, setSearch] = useSearchParams();
  const [{ data, error }, read] = useQuery({ query: CONNECTORS });
  const text = search.get("q") ?? "";
  const listed = useMemo(() => data?.connectors.filter(({ name, title, description }) => `${name} ${title} ${description}`.toLowerCase().includes(text.toLowerCase())) ?? [], [data, text]);
  const chosen = listed.find(({ name }) => name === search.get("name")) ?? listed[0];
  return (
    <>
      <Header title={t.connectors.title}>
        <input data-search type="search" aria-label={t.connectors.searchConnectors} placeholder={t.connectors.search} className={`${INPUT} w-48!`} value={text}
          onChange={(event) => setSearch(event.target.value === "" ? {} : { q: event.target.value }, { replace: true })} />
        <span className="text-muted max-md:hidden">{t.connectors.whatAStepCanName} <code className="font-mono text-xs">uses</code></span>
      </Header>
      {data === undefined && (error ? <div className="p-4"><Unanswered error={error} again={() => read({ requestPolicy: "network-only" })} /></div> : <Skeleton rows={8} />)}
      {data && listed.length === 0 && <Empty title={t.connectors.none} />}
      {chosen && (
        <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] overflow-auto md:grid-cols-[16rem_minmax(0,1fr)] md:overflow-hidden">
          <nav aria-label={t.connectors.title} className="border-line max-md:border-b md:overflow-auto md:border-r">
            <ul className="max-md:flex max-md:overflow-x-auto">
              {listed.map(({ name, title }) => (
                <li key={name} className="shrink-0">
                  <Link data-row aria-current={name === chosen.name ? "page" : undefined} to={`?${new URLSearchParams({ ...(text ? { q: text } : {}), name })}`}
                    className={`flex flex-col px-4 py-1.5 -outline-offset-2 hover:bg-surface ${name === chosen.name ? "bg-select" : ""}`}>
                    <span className="font-medium">{title}</span><code className="font-mono text-xs text-muted">{name}</code>
                  </Link>
                </li>
              ))}
            </ul>
          </nav>
          <Reference key={chosen.name} connector={chosen} />
        </div>
      )}
    </>
  );
}

function Reference({ connector }: { connector: Connector }) {
  const fields = useMemo(() => fieldsOf(connector.inputSchema), [connector]);
  const step = useMemo(() => yamlLines([{ key: connector.name.split(".").at(-1) ?? "step", uses: connector.name, with: exampleOf(connector.inputSchema) }]).map((line) => line.text).join("\n"), [connector]);
  const hosts = [...connector.hosts, ...connector.hostFields.map((field) => t.connectors.theHostIn(field))];
  return (
    <article aria-label={connector.title} className="flex min-w-0 flex-col gap-4 p-4 md:overflow-auto">
      <header>
        <h2 className="text-base font-semibold">{connector.title} <code className="font-mono text-xs font-normal text-muted">{connector.name}</code></h2>
        <p className="mt-1 max-w-3xl">{connector.description}</p>
        <p className="mt-1 text-muted">
          {EFFECTS[connector.effect]} {connector.lookup && t.connectors.theOutcomeOfACall}
          {connector.takesSecrets && t.connectors.itsInputMayNameSecrets}{hosts.length > 0 && t.connectors.itCalls(hosts.join(", "))}
        </p>
      </header>
      <section aria-label={t.connectors.aStepToCopy}><h3 className="mb-1 font-medium">{t.connectors.aStepToCopy}</h3><Copyable text={step} label={t.connectors.theStep} /></section>
      {fields.length > 0 && (
        <Box title={t.common.input}>
          {fields.map((field) => (
            <li key={field.name} className="grid gap-x-4 px-3 py-1.5 sm:grid-cols-[minmax(0,2fr)_minmax(0,5fr)]">
              <span><code className="font-mono text-xs font-semibold">{field.name}</code>{field.required && <span className="text-amber"> {t.connectors.required}</span>} <span className="text-muted">{field.kind}</span></span>
              <span className="min-w-0 text-muted">
                {field.help}{field.choices.length > 0 && <> {t.connectors.oneOf(field.choices.join(", "))}</>}
                {field.initial !== "" && <> {t.connectors.default} <code className="font-mono text-xs">{String(field.initial)}</code>.</>}
                {field.example !== "" && <> {t.connectors.forExample} <code className="font-mono text-xs break-all">{field.example}</code>.</>}
              </span>
            </li>
          ))}
        </Box>
      )}
      {connector.failures.length > 0 && (
        <Box title={t.failures.title}>
          {connector.failures.map((one) => (
            <li key={one.name} className="px-3 py-1.5">
              <span className="flex flex-wrap gap-x-3"><code className="font-mono text-xs font-semibold">{one.name}</code><code className="font-mono text-xs text-muted">{one.code}</code>
                <span className="text-muted">{one.retryable ? t.connectors.isTriedAgain : t.connectors.isNotTriedAgain}{one.mayHaveArrived ? t.connectors.theEffectMayHaveHappened : ""}</span></span>
              <span className="text-muted">{one.when}</span>
            </li>
          ))}
        </Box>
      )}
      <JsonView label={t.connectors.schemaOfTheInput} value={connector.inputSchema} />
      <JsonView label={t.connectors.schemaOfTheOutput} value={connector.outputSchema} />
    </article>
  );
}
