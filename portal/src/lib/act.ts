/** One mutation with its problems: those of the answer and those of the request. */

import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { useCallback, useState } from "react";
import { useMutation } from "urql";
import { isSignedOut, type Problem, problemsOf } from "../api/errors";
import { useSignedInAgain } from "../shell/session";

type Payload = { errors: readonly Problem[] };
type Act<Input, Answer> = {
  /** The answer, or null where the act was refused; `problems` then says why. */
  send: (input: Input) => Promise<Answer | null>;
  problems: Problem[];
  refuse: (problems: Problem[]) => void;
  busy: boolean;
};

/** pick: the mutation's payload within its answer. */
export function useAct<Data, Input, Answer extends Payload>(
  document: TypedDocumentNode<Data, { input: Input }>,
  pick: (data: Data) => Answer,
): Act<Input, Answer> {
  const [{ fetching }, execute] = useMutation(document);
  const [problems, setProblems] = useState<Problem[]>([]);
  useSignedInAgain(useCallback(() => setProblems((before) => before.filter((one) => !isSignedOut([one]))), []));
  const send = async (input: Input): Promise<Answer | null> => {
    const { data, error } = await execute({ input });
    const answer = data === undefined ? null : pick(data);
    const found = [...problemsOf(error), ...(answer?.errors ?? [])];
    setProblems(found);
    return found.length === 0 ? answer : null;
  };
  return { send, problems, refuse: setProblems, busy: fetching };
}
