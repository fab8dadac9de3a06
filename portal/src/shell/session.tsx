/** Who is signed in, for all pages. An ended session asks for the password above the page, which keeps what was typed. */

import { createContext, Fragment, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { type Person, signOut, whoIsSignedIn } from "../api/account";
import { SIGNED_IN_AGAIN } from "../api/client";
import type { Problem } from "../api/errors";
import { Button, Problems, Skeleton } from "../ui/basics";
import { t } from "../strings";
import { SignInAgain, SignInPage } from "./sign_in";

type Session = {
  person: Person;
  /** The server has said that the session has ended. */
  expired: () => void;
  /** A socket was closed. Resolves once the person is signed in, at once or again. */
  lost: () => Promise<void>;
  leave: () => void;
};
const Context = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(Context);
  if (session === null) throw new Error("useSession stands outside of SessionGate");
  return session;
}

/** Calls back when the person has signed in again, for what was refused meanwhile. */
export function useSignedInAgain(callback: () => void): void {
  useEffect(() => {
    addEventListener(SIGNED_IN_AGAIN, callback);
    return () => removeEventListener(SIGNED_IN_AGAIN, callback);
  }, [callback]);
}

export function SessionGate({ children }: { children: ReactNode }) {
  const [person, setPerson] = useState<Person | null | undefined>(undefined);
  const [ended, setEnded] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const look = useCallback(() => {
    setProblem(null);
    return whoIsSignedIn().then(setPerson, (error: unknown) => setProblem(error as Problem));
  }, []);
  useEffect(() => void look(), [look]);

  const expired = useCallback(() => setEnded(true), []);
  /** Resolves to true if the session has ended. */
  const isOver = useCallback(async () => {
    const found = await whoIsSignedIn().catch(() => undefined);
    if (found) setPerson(found);
    if (found === null) setEnded(true);
    return found === null;
  }, []);
  const lost = useCallback(async () => {
    if (!(await isOver())) return;
    await new Promise<void>((resolve) => addEventListener(SIGNED_IN_AGAIN, () => resolve(), { once: true }));
  }, [isOver]);
  const isKnown = Boolean(person);
  useEffect(() => {
    // Somebody may have signed in or out in another tab.
    const seen = (): void => {
      if (isKnown && document.visibilityState === "visible") void isOver();
    };
    document.addEventListener("visibilitychange", seen);
    addEventListener("focus", seen);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      removeEventListener("focus", seen);
    };
  }, [isKnown, isOver]);
  const session = useMemo(() => {
    if (!person) return null;
    const leave = () => void signOut().finally(() => location.assign("/portal/"));
    return { person, expired, lost, leave };
  }, [person, expired, lost]);

  if (problem !== null && session === null) {
    return (
      <main className="mx-auto flex max-w-lg flex-col gap-4 p-6 pt-24">
        <h1 className="text-lg font-semibold">{t.product}</h1>
        <Problems of={[problem]} />
        <Button onClick={() => void look()}>{t.tryAgain}</Button>
      </main>
    );
  }
  if (person === undefined) return <Skeleton />;
  if (session === null) return <SignInPage onDone={() => void look()} />;
  const back = (): void => {
    setEnded(false);
    void look().then(() => dispatchEvent(new Event(SIGNED_IN_AGAIN)));
  };
  return (
    <Context value={session}>
      {/* Nothing of one person is shown to another. */}
      <Fragment key={session.person.email}>{children}</Fragment>
      {ended && <SignInAgain email={session.person.email} onDone={back} />}
    </Context>
  );
}
