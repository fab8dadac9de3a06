import { type FormEvent, useState } from "react";
import { askForReset, confirmCode, type SignIn, signIn } from "../api/account";
import type { Problem } from "../api/errors";
import icon from "../icon.svg?no-inline";
import { t } from "../strings";
import { Button, Dialog, Field, INPUT, Problems } from "../ui/basics";

type Step = "password" | "code" | "reset" | "sent";
type FormProps = { email?: string; onDone: () => void };

export function SignInPage({ onDone }: { onDone: () => void }) {
  return (
    <main className="flex min-h-full items-center justify-center bg-surface p-4">
      <div className="flex w-full max-w-sm flex-col gap-5 rounded-xl border border-line bg-raised p-6 shadow-sm">
        <header className="flex items-center gap-3">
          <img src={icon} alt="" width={32} height={32} />
          <div>
            <h1 className="text-base font-semibold">{t.signIn.title}</h1>
            <p className="text-muted">{t.product}</p>
          </div>
        </header>
        <Form onDone={onDone} />
        <p className="text-xs text-muted">{t.signIn.invitation}</p>
      </div>
    </main>
  );
}

export function SignInAgain({ email, onDone }: { email: string; onDone: () => void }) {
  return (
    <Dialog title={t.signIn.title} onClose={() => undefined} lasting>
      <p className="text-muted">{t.signIn.again}</p>
      <Form email={email} onDone={onDone} />
    </Dialog>
  );
}

function Form({ email: given = "", onDone }: FormProps) {
  const [step, setStep] = useState<Step>("password");
  const [email, setEmail] = useState(given);
  const [secret, setSecret] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const went = (next: Step): void => {
    setStep(next);
    setSecret("");
    setProblem(null);
  };
  const settle = (result: SignIn): void => {
    setBusy(false);
    if (step === "reset" && result.step !== "refused") went("sent");
    else if (result.step === "done") onDone();
    else if (result.step === "code") went("code");
    else setProblem(result.problem);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    const asked = { password: () => signIn(email, secret), code: () => confirmCode(secret.trim()), reset: () => askForReset(email), sent: null };
    void asked[step]?.().then(settle);
  };
  if (step === "sent") {
    return (
      <div className="flex flex-col gap-3">
        <p role="status">{t.signIn.sent}</p>
        <Button onClick={() => went("password")}>{t.signIn.back}</Button>
      </div>
    );
  }
  const label = { password: t.signIn.submit, code: t.signIn.confirm, reset: t.signIn.reset }[step];
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {problem !== null && <Problems of={[problem]} />}
      {step !== "code" && (
        <Field label={t.signIn.email}>
          {(id) => (
            <input id={id} className={INPUT} type="email" autoComplete="username" required autoFocus={given === ""}
              value={email} onChange={(event) => setEmail(event.target.value)} />
          )}
        </Field>
      )}
      {step === "password" && (
        <Field label={t.signIn.password}>
          {(id) => (
            <input id={id} className={INPUT} type="password" autoComplete="current-password" required autoFocus={given !== ""}
              value={secret} onChange={(event) => setSecret(event.target.value)} />
          )}
        </Field>
      )}
      {step === "code" && (
        <Field label={t.signIn.code}>
          {(id) => (
            <input id={id} className={INPUT} autoComplete="one-time-code" required autoFocus
              value={secret} onChange={(event) => setSecret(event.target.value)} />
          )}
        </Field>
      )}
      <Button type="submit" kind="primary" disabled={busy}>{label}</Button>
      <Button kind="quiet" onClick={() => went(step === "password" ? "reset" : "password")}>
        {step === "password" ? t.signIn.forgot : t.signIn.back}
      </Button>
    </form>
  );
}
