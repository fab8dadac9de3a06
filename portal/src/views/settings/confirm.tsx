import type { ReactNode } from "react";
import type { Problem } from "../../api/errors";
import { Button, Dialog, Problems } from "../../ui/basics";
import { t } from "../../strings";

type Props = { title: string; text: string; verb: string; problems: readonly Problem[]; busy?: boolean; onClose: () => void; onYes: () => void; children?: ReactNode };

/** Names the object and the consequence before something ends. */
export function Confirm({ title, text, verb, problems, busy = false, onClose, onYes, children }: Props) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="text-muted">{text}</p>
      {children}
      <Problems of={problems} />
      <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.cancel}</Button><Button kind="danger" disabled={busy} onClick={onYes}>{verb}</Button></div>
    </Dialog>
  );
}
