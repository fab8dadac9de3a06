import { useMemo, useState } from "react";
import { copied, found, leaves } from "../lib/json_paths";
import { CopyButton, INPUT } from "./basics";
import { t } from "../strings";
import { isNumber, jsonOf, REDACTED } from "../lib/numbers";

const OPEN_DEPTH = 2;
const SHOWN = 100;

/** Values with at least so many leaves have a search. */
const SEARCHED = 4;

/** JSON as a tree that opens and closes; the API has redacted it. A search lists the places that have the text, each to copy. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const [raw, setRaw] = useState(false);
  const [wanted, setWanted] = useState("");
  const searched = useMemo(() => leaves(value).length >= SEARCHED, [value]);
  const text = jsonOf(value, 2);
  return (
    <section aria-label={label} className="rounded-lg border border-line bg-surface">
      <header className="flex flex-wrap items-center justify-between gap-x-2 border-b border-line px-3 py-1">
        <h3 className="text-xs font-semibold text-muted">{label}</h3>
        <span className="flex min-w-0 items-center gap-1">
          {searched && <input type="search" aria-label={t.ui.searchIn(label)} placeholder={t.ui.search} className={`${INPUT} h-6! w-28! text-xs`} value={wanted} onChange={(event) => setWanted(event.target.value)} />}
          <button
            type="button"
            aria-pressed={raw}
            onClick={() => setRaw(!raw)}
            className="cursor-pointer rounded px-1.5 text-xs text-muted hover:text-ink"
          >
            {raw ? t.ui.tree : t.ui.raw}
          </button>
          <CopyButton value={text} label={label} />
        </span>
      </header>
      <div className="max-h-96 overflow-auto p-3 font-mono text-xs leading-5" tabIndex={0} role="region" aria-label={t.ui.content(label)}>
        {wanted.trim() !== "" ? <Places value={value} wanted={wanted} /> : raw ? <pre className="whitespace-pre-wrap break-words">{text}</pre> : <Value value={value} depth={0} />}
      </div>
    </section>
  );
}

/** name: its place in what holds it. What a value holds is indented by the same step, however long the name is. */
function Value({ value, depth, name }: { value: unknown; depth: number; name?: string }) {
  const label = name === undefined ? null : <><span className="text-violet">{name}</span><span className="text-muted">: </span></>;
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (entries.length === 0) {
    const [colour, text] = typeof value === "string" && isNumber(value) ? ["text-blue", jsonOf(value)] : typeof value === "string" ? ["text-green", `"${value}"`] : typeof value === "object" && value !== null ? ["text-muted", `${open}${close}`] : ["text-blue", String(value)];
    return <div className={name === undefined ? "" : "pl-3.5"}>{label}{value === REDACTED ? <span className="text-muted"><span aria-hidden>••••</span><span className="sr-only">{t.ui.redacted}</span></span> : <span className={`break-words whitespace-pre-wrap ${colour}`}>{text}</span>}</div>;
  }
  return (
    <details open={depth < OPEN_DEPTH}>
      <summary className="w-fit cursor-pointer py-0.5 text-muted">{label}{open} {entries.length} {close}</summary>
      <ul className="ml-1 border-l border-line pl-2">
        {entries.slice(0, SHOWN).map(([place, one]) => <li key={place}><Value value={one} depth={depth + 1} name={place} /></li>)}
        {entries.length > SHOWN && <li className="text-muted">… {entries.length - SHOWN} {t.ui.moreSeeRaw}</li>}
      </ul>
    </details>
  );
}

function Places({ value, wanted }: { value: unknown; wanted: string }) {
  const places = found(value, wanted);
  if (places.length === 0) return <p className="text-muted">{t.ui.noPlaceHas}</p>;
  return (
    <ul className="flex flex-col gap-1">
      {places.slice(0, SHOWN).map(({ path, value: one }) => (
        <li key={path} className="flex flex-wrap items-center gap-x-1">
          <span className="break-all text-violet">{path}</span><CopyButton value={path} label={t.ui.thePath(path)} />
          <span className="min-w-0 break-all">{copied(one)}</span><CopyButton value={copied(one)} label={t.ui.theValueAt(path)} />
        </li>
      ))}
      {places.length > SHOWN && <li className="text-muted">… {places.length - SHOWN} {t.ui.moreSeeRaw}</li>}
    </ul>
  );
}
