/** The person's own account: the second factor, the password, and all sessions. It is the same in each tenant. */

import { QRCodeSVG } from "qrcode.react";
import { type FormEvent, type ReactNode, useCallback, useEffect, useState } from "react";
import { type Answered, changePassword, type Factor, recoveryCodes, secondFactor, signOutEverywhere, switchOff, switchOn } from "../api/account";
import type { Problem } from "../api/errors";
import { useSession } from "../shell/session";
import { Button, Copyable, Dialog, Field, INPUT, LINK, Problems, Skeleton } from "../ui/basics";
import { Header } from "../ui/list";
import { t } from "../strings";

const SHORTEST = 12;
const QR_PIXELS = 176;
const QR_QUIET_MODULES = 4;

export default function AccountPage() {
  const { person } = useSession();
  return (
    <>
      <Header title={t.account.title}><span className="text-muted">{person.name} · {person.email}</span></Header>
      <div className="min-h-0 flex-1 overflow-auto p-4">
        <div className="flex max-w-2xl flex-col gap-4">
          <SecondFactor />
          <Password />
          <Everywhere />
        </div>
      </div>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return <section aria-label={title} className="flex flex-col gap-3 rounded-lg border border-line p-4"><h2 className="text-sm font-semibold">{title}</h2>{children}</section>;
}

/** One request of a form at a time, with the problem of the last one. */
function useAsk() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const ask = async <Value,>(asked: Promise<Answered<Value>>): Promise<{ value: Value } | null> => {
    setBusy(true);
    const answer = await asked;
    setBusy(false);
    setProblem(answer.problem ?? null);
    return answer.problem === undefined ? { value: answer.value } : null;
  };
  return { ask, busy, problems: problem === null ? [] : [problem] };
}

function SecondFactor() {
  const [factor, setFactor] = useState<Factor | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asking, setAsking] = useState<"on" | "off" | "codes" | null>(null);
  const read = useCallback(async () => {
    const answer = await secondFactor();
    setProblem(answer.problem ?? null);
    if (answer.problem === undefined) setFactor(answer.value);
  }, []);
  useEffect(() => void read(), [read]);
  const close = (): void => {
    setAsking(null);
    void read();
  };
  return (
    <Part title={t.account.secondFactor}>
      {problem !== null && <Problems of={[problem]}><Button className="mt-3" onClick={() => void read()}>{t.tryAgain}</Button></Problems>}
      {factor === null && problem === null && <Skeleton rows={2} />}
      {factor !== null && <p role="status">{factor.on ? <><b className="font-medium text-green">{t.account.on}</b> {t.account.signInAsksForACode(factor.unusedCodes)}</> : <><b className="font-medium text-amber">{t.account.off}</b> {t.account.aPasswordAlone}</>}</p>}
      <div className="flex flex-wrap gap-2">
        {factor?.on === false && <Button kind="primary" onClick={() => setAsking("on")}>{t.account.askSwitchOn}</Button>}
        {factor?.on === true && <><Button onClick={() => setAsking("codes")}>{t.account.askShowTheCodes}</Button><Button kind="danger" onClick={() => setAsking("off")}>{t.account.askSwitchOff}</Button></>}
      </div>
      {asking === "on" && factor?.on === false && <SwitchOn secret={factor.secret} link={factor.link} onClose={close} />}
      {asking === "off" && <SwitchOff onClose={close} />}
      {asking === "codes" && <Codes onClose={close} />}
    </Part>
  );
}

function PasswordField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return <Field label={t.account.yourPassword} help={t.account.itProvesThat}>{(id) => <input id={id} required type="password" autoComplete="current-password" className={INPUT} value={value} onChange={(event) => onChange(event.target.value)} />}</Field>;
}

function SwitchOn({ secret, link, onClose }: { secret: string; link: string; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState<string[] | null>(null);
  const { ask, busy, problems } = useAsk();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await ask(switchOn(password, code.trim()))) setCodes((await ask(recoveryCodes(password)))?.value ?? []);
  };
  if (codes !== null) return <Dialog title={t.account.itIsOn} onClose={onClose} lasting><CodeList codes={codes} /><Problems of={problems} /><div className="flex justify-end"><Button kind="primary" onClick={onClose}>{t.account.iHaveThem}</Button></div></Dialog>;
  return (
    <Dialog title={t.account.switchOn} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p>{t.account.addThisToYourApp} <a className={LINK} href={link}>{t.account.openTheApp}</a></p>
        {/* Dark on white in both themes, because many scanners read nothing else. */}
        <QRCodeSVG value={link} size={QR_PIXELS} marginSize={QR_QUIET_MODULES} title={t.account.theLinkAsAPicture} className="self-center rounded" />
        <Copyable text={secret} label={t.account.theSecret} />
        <PasswordField value={password} onChange={setPassword} />
        <Field label={t.account.code} help={t.account.sixDigits}>{(id) => <input id={id} required autoComplete="one-time-code" inputMode="numeric" className={INPUT} value={code} onChange={(event) => setCode(event.target.value)} />}</Field>
        <Problems of={problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.cancel}</Button><Button type="submit" kind="primary" disabled={busy}>{t.account.switchOn}</Button></div>
      </form>
    </Dialog>
  );
}

function CodeList({ codes }: { codes: readonly string[] }) {
  return <><p>{t.account.keepTheseCodes}</p><Copyable text={codes.join("\n")} label={t.account.theCodes} /></>;
}

function SwitchOff({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState("");
  const { ask, busy, problems } = useAsk();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await ask(switchOff(password))) onClose();
  };
  return (
    <Dialog title={t.account.switchOff} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <p className="text-muted">{t.account.yourPasswordAloneThen}</p>
        <PasswordField value={password} onChange={setPassword} />
        <Problems of={problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.leaveIt}</Button><Button type="submit" kind="danger" disabled={busy}>{t.account.switchOff}</Button></div>
      </form>
    </Dialog>
  );
}

function Codes({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState("");
  const [codes, setCodes] = useState<string[] | null>(null);
  const { ask, busy, problems } = useAsk();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setCodes((await ask(recoveryCodes(password)))?.value ?? null);
  };
  return (
    <Dialog title={t.account.recoveryCodes} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {codes === null ? <PasswordField value={password} onChange={setPassword} /> : <CodeList codes={codes} />}
        <Problems of={problems} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{codes === null ? t.common.cancel : t.account.close}</Button>
          {codes === null && <Button type="submit" kind="primary" disabled={busy}>{t.account.showTheCodes}</Button>}
        </div>
      </form>
    </Dialog>
  );
}

function Password() {
  const [before, setBefore] = useState("");
  const [after, setAfter] = useState("");
  const [done, setDone] = useState(false);
  const { ask, busy, problems } = useAsk();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const changed = await ask(changePassword(before, after));
    setDone(changed !== null);
    if (changed === null) return;
    setBefore("");
    setAfter("");
  };
  return (
    <Part title={t.account.password}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t.account.passwordOfToday}>{(id) => <input id={id} required type="password" autoComplete="current-password" className={INPUT} value={before} onChange={(event) => setBefore(event.target.value)} />}</Field>
          <Field label={t.account.newPassword} help={t.account.atLeast(SHORTEST)}>{(id) => <input id={id} required minLength={SHORTEST} type="password" autoComplete="new-password" className={INPUT} value={after} onChange={(event) => setAfter(event.target.value)} />}</Field>
        </div>
        <Problems of={problems} />
        {done && <p role="status" className="text-green">{t.account.changed}</p>}
        <Button type="submit" className="w-fit" disabled={busy}>{t.account.change}</Button>
      </form>
    </Part>
  );
}

function Everywhere() {
  const [asking, setAsking] = useState(false);
  const { ask, busy, problems } = useAsk();
  const yes = async (): Promise<void> => {
    if (await ask(signOutEverywhere())) location.assign("/portal/");
  };
  return (
    <Part title={t.account.sessions}>
      <p className="text-muted">{t.account.lostADevice}</p>
      <Button kind="danger" className="w-fit" onClick={() => setAsking(true)}>{t.account.askSignOutEverywhere}</Button>
      {asking && (
        <Dialog title={t.account.signOutEverywhere} onClose={() => setAsking(false)}>
          <p className="text-muted">{t.account.allSessionsEnd}</p>
          <Problems of={problems} />
          <div className="flex justify-end gap-2"><Button onClick={() => setAsking(false)}>{t.common.leaveIt}</Button><Button kind="danger" disabled={busy} onClick={() => void yes()}>{t.account.signOutEverywhere}</Button></div>
        </Dialog>
      )}
    </Part>
  );
}
