/** All of the tenant's data as one file. */

import { type FormEvent, useState } from "react";
import { graphql } from "../../gql";
import { useAct } from "../../lib/act";
import { useLacks } from "../../shell/tenant";
import { Button, Field, INPUT, LINK, Problems, Time } from "../../ui/basics";
import { t } from "../../strings";

const EXPORT = graphql(`
  mutation PortalExportTenant($input: ExportTenantInput!) { exportTenant(input: $input) { url expiresAt errors { code message path traceId } } }
`);

export function Export() {
  const lacks = useLacks();
  const [reason, setReason] = useState("");
  const [made, setMade] = useState<{ url: string; until: string } | null>(null);
  const act = useAct(EXPORT, (data) => data.exportTenant);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const answer = await act.send({ reason });
    if (answer?.url && answer.expiresAt) setMade({ url: answer.url, until: answer.expiresAt });
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex max-w-xl flex-col gap-4">
      <p>{t.export.aTarFileWithJson}</p>
      <Field label={t.common.reason} help={t.export.itStandsInTheAudit}>
        {(id) => <input id={id} required maxLength={255} className={INPUT} value={reason} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      <Problems of={act.problems} />
      <Button type="submit" kind="primary" className="w-fit" lacks={lacks("export_tenant")} disabled={act.busy}>{t.export.prepareTheExport}</Button>
      {made && <p role="status"><a className={LINK} href={made.url} download>{t.export.downloadTheFile}</a> <span className="text-muted">{t.export.theLinkEnds} <Time at={made.until} />.</span></p>}
    </form>
  );
}
