/** The signing scheme of a sender without a preset: the header, the hash, what is signed, and the time that is signed with it. */

import type { SignatureAlgorithm, SignatureEncoding } from "../gql/graphql";
import type { HmacOptions } from "../lib/hmac";
import { Field, INPUT } from "../ui/basics";
import { t } from "../strings";

const ENCODINGS: Record<SignatureEncoding, string> = { HEX: t.sourceHmac.hexadecimal, BASE64: "Base64", BASE64URL: t.sourceHmac.base64WithAnd };
const ALGORITHMS: readonly SignatureAlgorithm[] = ["SHA256", "SHA512", "SHA1"];

type Texts = "header" | "prefix" | "signs" | "timestampHeader" | "idHeader";

export function HmacFields({ options, onChange }: { options: HmacOptions; onChange: (options: HmacOptions) => void }) {
  const text = (name: Texts, label: string, help?: string) => (
    <Field at={`verification.${name}`} label={label} {...(help === undefined ? {} : { help })}>
      {(id) => <input id={id} required={name === "header" || name === "signs"} className={INPUT} value={options[name]} onChange={(event) => onChange({ ...options, [name]: event.target.value })} />}
    </Field>
  );
  return (
    <>
      {text("header", t.sourceHmac.headerOfTheSignature)}
      {text("prefix", t.sourceHmac.prefix, t.sourceHmac.suchAsSha256ItMay)}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field at="verification.encoding" label={t.sourceHmac.howItIsWritten}>
          {(id) => <select id={id} className={INPUT} value={options.encoding} onChange={(event) => onChange({ ...options, encoding: event.target.value as SignatureEncoding })}>{(Object.keys(ENCODINGS) as SignatureEncoding[]).map((one) => <option key={one} value={one}>{ENCODINGS[one]}</option>)}</select>}
        </Field>
        <Field at="verification.algorithm" label={t.sourceHmac.hash}>
          {(id) => <select id={id} className={INPUT} value={options.algorithm} onChange={(event) => onChange({ ...options, algorithm: event.target.value as SignatureAlgorithm })}>{ALGORITHMS.map((one) => <option key={one} value={one}>{t.sourceHmac.hmac(one)}</option>)}</select>}
        </Field>
      </div>
      {text("signs", t.sourceHmac.signedText, t.sourceHmac.itHasTheBody)}
      {text("timestampHeader", t.sourceHmac.headerOfTheTime, t.sourceHmac.emptyWithoutATime)}
      {options.timestampHeader.trim() !== "" && (
        <Field at="verification.toleranceSeconds" label={t.sourceHmac.oldestTime}>
          {(id) => <input id={id} type="number" min={1} required className={INPUT} value={options.toleranceSeconds} onChange={(event) => onChange({ ...options, toleranceSeconds: event.target.value })} />}
        </Field>
      )}
      {text("idHeader", t.sourceHmac.headerOfTheId, t.sourceHmac.emptyWithoutAnId)}
      <label className="flex items-start gap-2"><input type="checkbox" className="mt-1" checked={options.trustUnsignedHeaders} onChange={(event) => onChange({ ...options, trustUnsignedHeaders: event.target.checked })} />
        <span>{t.sourceHmac.trustHeaders}<span className="block text-xs text-muted">{t.sourceHmac.typeSubjectAndKey}</span></span>
      </label>
    </>
  );
}
