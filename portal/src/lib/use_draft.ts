/** What a person has typed and not saved. It survives navigation, a reload and a new build of the portal, in this tab. */

import { useRef, useState } from "react";
import { useSession } from "../shell/session";
import { type Held, held, readDraft, settled, typed, writeDraft } from "./drafts";

type Drafted = {
  text: string;
  revision: number;
  isChanged: boolean;
  change: (text: string) => void;
  undo: () => void;
  /** After a save. moved: the key of the object that the save has made. */
  settle: (sent: string, revision: number, moved?: string) => void;
};

/** key: of the object, within all that the person may see. stored: what the server has, at this revision; 0 for what is new. */
export function useDraft(key: string, stored: string, revision = 0): Drafted {
  const { email } = useSession().person;
  const own = (of: string): string => `${email}/${of}`;
  const [draft, setDraft] = useState<Held | null>(() => readDraft(own(key)));
  const latest = useRef(draft);
  const keep = (next: Held | null, to = key): void => {
    latest.current = next;
    setDraft(next);
    if (to !== key) writeDraft(own(key), null);
    writeDraft(own(to), next?.saved === true ? null : next);
  };
  const shown = held(draft, revision);
  return {
    text: shown?.text ?? stored,
    revision: shown?.revision ?? revision,
    isChanged: shown !== null && shown.saved !== true,
    change: (text) => keep(typed(latest.current, text, stored, revision)),
    undo: () => keep(null),
    settle: (sent, made, moved) => keep(settled(latest.current, sent, made), moved),
  };
}
