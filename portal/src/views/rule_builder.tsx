/** A rule's condition as lines of a form. The JSON beside it is the same condition: each follows the other. */

import { Plus, X } from "lucide-react";
import { useState } from "react";
import { COMPARISONS, type Comparison, type Line, listOf, type Literal, literalOf, type Shape, textOf, textOfList, whenOf } from "../lib/rule_shape";
import { Button, INPUT } from "../ui/basics";
import { t } from "../strings";

const EMPTY: Line = { path: "type", comparison: "==", value: "" };
const VALUELESS: readonly Comparison[] = ["exists", "absent"];
const PATHS = "rule-paths";

/** shape: null while the condition has another shape. paths: of events that can be read, as suggestions. */
export function RuleBuilder({ shape, paths, onChange }: { shape: Shape | null; paths: readonly string[]; onChange: (when: unknown) => void }) {
  if (shape === null) {
    return <p className="rounded-lg border border-line p-3 text-muted">{t.ruleBuilder.thisConditionHasAShape}</p>;
  }
  const { join, lines } = shape;
  const change = (changed: Partial<Shape>): void => onChange(whenOf({ ...shape, ...changed }));
  const replace = (index: number, line: Line): void => change({ lines: lines.map((one, at) => (at === index ? line : one)) });
  return (
    <fieldset className="flex flex-col gap-2 rounded-lg border border-line p-3">
      <legend className="px-1 font-medium">{t.ruleBuilder.anEventMatchesWhen}</legend>
      {lines.length > 1 && (
        <select aria-label={t.ruleBuilder.howTheLinesAreJoined} className={`${INPUT} w-fit!`} value={join} onChange={(event) => change({ join: event.target.value === "or" ? "or" : "and" })}>
          <option value="and">{t.ruleBuilder.allOfTheseAreTrue}</option>
          <option value="or">{t.ruleBuilder.anyOfTheseIsTrue}</option>
        </select>
      )}
      {lines.length === 0 && <p className="text-amber">{t.ruleBuilder.alwaysEachEventMatches}</p>}
      <ul aria-label={t.ruleBuilder.linesOfTheCondition} className="flex flex-col gap-2">
        {lines.map((line, index) => (
          <li key={index} className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] gap-2 sm:grid-cols-[minmax(0,3fr)_minmax(0,3fr)_minmax(0,3fr)_auto]">
            <input aria-label={t.ruleBuilder.fieldOfLine(index + 1)} list={PATHS} className={`${INPUT} font-mono text-xs max-sm:col-span-2`} value={line.path} onChange={(event) => replace(index, { ...line, path: event.target.value })} />
            <select aria-label={t.ruleBuilder.comparisonOfLine(index + 1)} className={`${INPUT} max-sm:order-3`} value={line.comparison} onChange={(event) => replace(index, compared(line, event.target.value as Comparison))}>
              {(Object.keys(COMPARISONS) as Comparison[]).map((one) => <option key={one} value={one}>{COMPARISONS[one]}</option>)}
            </select>
            {VALUELESS.includes(line.comparison) ? <span className="max-sm:order-4 max-sm:col-span-2" /> : <Value label={t.ruleBuilder.valueOfLine(index + 1)} line={line} onChange={(value) => replace(index, { ...line, value })} />}
            <button type="button" aria-label={t.ruleBuilder.removeLine(index + 1)} onClick={() => change({ lines: lines.filter((_, at) => at !== index) })} className="inline-flex size-8 shrink-0 cursor-pointer items-center justify-center rounded-md text-muted hover:bg-surface hover:text-ink">
              <X aria-hidden size={14} />
            </button>
          </li>
        ))}
      </ul>
      <Button className="w-fit" onClick={() => change({ lines: [...lines, lines.length === 0 ? EMPTY : { ...EMPTY, path: "payload." }] })}><Plus aria-hidden size={14} />{t.ruleBuilder.addALine}</Button>
      <datalist id={PATHS}>{paths.map((path) => <option key={path} value={path} />)}</datalist>
    </fieldset>
  );
}

/** The line with another comparison, whose value is a list where it wants one. */
function compared(line: Line, comparison: Comparison): Line {
  const listed = Array.isArray(line.value) ? line.value : line.value === null || line.value === "" ? [] : [line.value];
  const one = Array.isArray(line.value) ? (line.value[0] ?? "") : line.value;
  return { ...line, comparison, value: comparison === "in" ? listed : VALUELESS.includes(comparison) ? null : (one ?? "") };
}

/** What was typed stays as it was typed while it means the value: `5.0` is not rewritten to `5`. */
function Value({ label, line, onChange }: { label: string; line: Line; onChange: (value: Literal | Literal[]) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const many = Array.isArray(line.value);
  const read = (text: string): Literal | Literal[] => (many ? listOf(text) : literalOf(text));
  const stored = Array.isArray(line.value) ? textOfList(line.value) : textOf(line.value);
  const shown = typed !== null && JSON.stringify(read(typed)) === JSON.stringify(line.value) ? typed : stored;
  const change = (text: string): void => {
    setTyped(text);
    onChange(read(text));
  };
  return (
    <input aria-label={label} className={`${INPUT} font-mono text-xs max-sm:order-4 max-sm:col-span-2`} placeholder={many ? t.ruleBuilder.goldVip : ""} title={t.ruleBuilder.numbersTrueFalseAndNull}
      value={shown} onChange={(event) => change(event.target.value)} onBlur={() => setTyped(null)} />
  );
}
