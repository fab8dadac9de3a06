import { Check, Copy, Link2, TriangleAlert } from "lucide-react";
import { type ButtonHTMLAttributes, createContext, type MouseEvent, type ReactNode, useContext, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { type Failure, type Problem, problemsAt, problemsOf } from "../api/errors";
import { copyText } from "../lib/clipboard";
import { useAtNow, useChoices } from "../lib/store";
import { duration, exact, relative } from "../lib/time";
import { t } from "../strings";

type Kind = "plain" | "primary" | "danger" | "quiet";
const KINDS: Record<Kind, string> = {
  plain: "border border-line bg-raised hover:bg-surface",
  primary: "bg-accent text-accent-ink hover:opacity-90",
  danger: "border border-red text-red hover:bg-surface",
  quiet: "text-muted hover:text-ink hover:bg-surface",
};

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { kind?: Kind; lacks?: string | undefined };

/** lacks: the permission that the person does not have; the button then says whom to ask. */
export function Button({ kind = "plain", lacks, className = "", disabled, title, ...rest }: ButtonProps) {
  const refused = lacks !== undefined;
  return (
    <button
      type="button"
      className={`inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md px-3 font-medium whitespace-nowrap enabled:cursor-pointer disabled:opacity-55 ${KINDS[kind]} ${className}`}
      disabled={disabled === true || refused}
      title={refused ? t.lacks(lacks) : title}
      {...rest}
    />
  );
}

/** link: the value is an address, which another icon shows. */
export function CopyButton({ value, label, link = false }: { value: string; label: string; link?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1_500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => void copyText(value).then(setCopied);
  const Shown = copied ? Check : link ? Link2 : Copy;
  return (
    <button
      type="button"
      onClick={copy}
      aria-label={copied ? t.copied : `${t.copy} ${label}`}
      title={copied ? t.copied : `${t.copy} ${label}`}
      className="inline-flex size-6 shrink-0 cursor-pointer items-center justify-center rounded text-muted hover:bg-surface hover:text-ink"
    >
      <Shown aria-hidden size={13} />
    </button>
  );
}

/** An id: the whole for copying, its beginning for reading. */
export function Id({ value, label }: { value: string; label: string }) {
  return (
    <span className="inline-flex items-center gap-0.5">
      <code className="font-mono text-xs" title={value}>
        {value.length > 12 ? `${value.slice(0, 8)}…` : value}
      </code>
      <CopyButton value={value} label={label} />
    </span>
  );
}

export function Time({ at, className = "" }: { at: string; className?: string }) {
  const { utc, exact: shownExact } = useChoices();
  const whole = exact(at, utc);
  const then = Date.parse(at);
  const shown = useAtNow((now) => (shownExact ? whole : relative(then, now)));
  return (
    <time dateTime={at} title={whole} className={`whitespace-nowrap tabular-nums ${className}`}>
      {shown}
    </time>
  );
}

/** How long something took, or has taken so far. */
export function Duration({ from, to }: { from: string; to?: string | null | undefined }) {
  return <span className="tabular-nums">{to ? duration(Date.parse(to) - Date.parse(from)) : <Running from={from} />}</span>;
}

function Running({ from }: { from: string }) {
  const then = Date.parse(from);
  return useAtNow((now) => duration(now - then));
}

/** Problems with their code and trace id; nothing without problems. */
export function Problems({ of, children }: { of: readonly Problem[]; children?: ReactNode }) {
  if (of.length === 0) return null;
  return (
    <div role="alert" className="rounded-lg border border-red bg-surface p-3">
      {of.map(({ code, message, traceId, path }) => (
        <div key={`${code}${traceId}${message}`} className="flex gap-2">
          <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-red" />
          <div className="min-w-0">
            <p className="break-words">{message}</p>
            <p className="flex flex-wrap items-center gap-x-3 text-xs text-muted">
              <code className="font-mono">{code}</code>
              {path !== undefined && path.length > 0 && <span>{t.ui.at(path.join("."))}</span>}
              {traceId !== "" && (
                <span className="inline-flex items-center gap-1">
                  {t.common.trace} <Id value={traceId} label={t.common.theTraceId} />
                </span>
              )}
            </p>
          </div>
        </div>
      ))}
      {children}
    </div>
  );
}

/** A query without an answer: its problems, and a button that asks again. */
export function Unanswered({ error, again }: { error: Failure; again: () => void }) {
  return <Problems of={problemsOf(error)}><Button className="mt-3" onClick={again}>{t.tryAgain}</Button></Problems>;
}

/** The heading of a view, which is also the title of the browser's tab. */
export function Heading({ children }: { children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${heading.current?.textContent} · ${t.product}`;
  });
  return <h1 ref={heading} className="min-w-0 text-[15px] font-semibold wrap-anywhere">{children}</h1>;
}

/** What a page will show, and what fills it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-xl flex-col items-center gap-3 px-4 py-16 text-center">
      <h2 className="text-base font-semibold">{title}</h2>
      <div className="w-full text-muted">{children}</div>
    </div>
  );
}

/** Grey lines while content loads, after a short delay. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  return (
    <div role="status" aria-label={t.loading} className="flex flex-col gap-3 p-4">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="h-4 animate-pulse rounded bg-line" />
      ))}
    </div>
  );
}

type DialogProps = { title: string; onClose: () => void; children: ReactNode; wide?: boolean; bare?: boolean; lasting?: boolean };

/**
 * The browser's own modal dialog: it keeps the focus. Esc closes it, and a click beside it while nothing has been typed.
 * bare: the title is for screen readers alone, and what is typed is no loss. lasting: only its own buttons close it.
 */
export function Dialog({ title, onClose, children, wide = false, bare = false, lasting = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const typed = useRef(false);
  const pressed = useRef(false);
  const [open, setOpen] = useState(false);
  // The content comes once the dialog is open: a field of a closed one cannot take the focus.
  useLayoutEffect(() => {
    const shown = dialog.current;
    if (shown !== null && !shown.open) shown.showModal();
    setOpen(true);
    return () => shown?.close();
  }, []);
  useEffect(() => {
    if (!lasting) return;
    // Otherwise the browser closes it at a second Esc, and at a third the dialog under it.
    const keep = (event: KeyboardEvent): void => {
      if (event.key === "Escape") event.preventDefault();
    };
    addEventListener("keydown", keep);
    return () => removeEventListener("keydown", keep);
  }, [lasting]);
  useEffect(() => {
    const shown = dialog.current;
    if (shown !== null && document.activeElement === shown) [...shown.querySelectorAll<HTMLElement>("*")].find((one) => one.tabIndex >= 0 && !one.matches(":disabled"))?.focus();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        if (!lasting) onClose();
      }}
      onClose={({ currentTarget: closed }) => {
        // The browser may close it without asking.
        if (!closed.isConnected || closed.open) return;
        if (lasting) closed.showModal();
        else onClose();
      }}
      onInput={() => {
        typed.current = !bare;
      }}
      onPointerDown={(event) => {
        pressed.current = isBeside(event);
      }}
      onClick={(event) => {
        if (pressed.current && isBeside(event) && !typed.current && !lasting) onClose();
      }}
      className={`m-auto mt-[12vh] max-h-[80vh] w-[calc(100vw-2rem)] overflow-auto rounded-xl border border-line bg-raised text-ink shadow-2xl ${wide ? "max-w-2xl" : "max-w-md"}`}
    >
      {!open ? null : bare ? (
        children
      ) : (
        <div className="flex flex-col gap-4 p-5">
          <h2 className="text-base font-semibold">{title}</h2>
          {children}
        </div>
      )}
    </dialog>
  );
}

/** Whether the pointer is on the backdrop, which counts as the dialog. */
function isBeside({ target, currentTarget, clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = currentTarget.getBoundingClientRect();
  return target === currentTarget && (clientX < left || clientX > right || clientY < top || clientY > bottom);
}

const Refused = createContext<readonly Problem[]>([]);

/** The API's problems with what a form sent. Each field shows those of its own place. */
export function Refusals({ of, children }: { of: readonly Problem[]; children: ReactNode }) {
  return <Refused value={of}>{children}</Refused>;
}

/** at: the field's place in the mutation's input, such as "name" or "plan.cron". */
type FieldProps = { label: string; help?: string; at?: string | undefined; children: (id: string) => ReactNode };

export function Field({ label, help, at, children }: FieldProps) {
  const id = useId();
  const wrong = problemsAt(useContext(Refused), at).map(({ message }) => message).join(" ");
  useEffect(() => {
    const input = document.getElementById(id);
    if (wrong === "" || input === null) return;
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", `${id}-problem`);
    return () => {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    };
  }, [id, wrong]);
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children(id)}
      {wrong !== "" && <p id={`${id}-problem`} className="text-xs text-red">{wrong}</p>}
      {help !== undefined && <p className="text-xs text-muted">{help}</p>}
    </div>
  );
}

export const INPUT =
  "h-8 w-full min-w-0 rounded-md border border-line bg-page px-2.5 text-ink text-ellipsis placeholder:text-muted disabled:opacity-60";

export const LINK = "text-accent underline underline-offset-2";
const TITLE = "border-b border-line bg-surface px-3 py-1 text-xs font-semibold text-muted";

/** A titled list. children: `<li>` elements. */
export function Box({ title, children, aside }: { title: string; children: ReactNode; aside?: ReactNode }) {
  return (
    <section aria-label={title} className="shrink-0 overflow-hidden rounded-lg border border-line">
      <header className={`flex flex-wrap items-center justify-between gap-x-3 ${TITLE}`}><h2>{title}</h2>{aside}</header>
      <ul className="divide-y divide-line">{children}</ul>
    </section>
  );
}

/** A command that a person copies. */
export function Copyable({ text, label }: { text: string; label: string }) {
  return (
    <div className="flex items-start justify-between gap-2 rounded-md border border-line bg-surface py-1 pr-1 pl-3 text-left text-ink">
      <code className="min-w-0 py-1 font-mono text-xs break-all whitespace-pre-wrap">{text}</code>
      <CopyButton value={text} label={label} />
    </div>
  );
}
