/** What can be done to all that match the filters of a list, not only to the rows in view. */

import { Layers } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useState } from "react";
import type { BulkInput } from "../gql/graphql";
import { useLacks } from "../shell/tenant";
import { Button } from "../ui/basics";
import { BulkDialog } from "./bulk_dialog";
import { t } from "../strings";

const ITEM = "flex h-8 cursor-pointer items-center rounded-md px-2.5 outline-none data-highlighted:bg-select";

type Props = { choices: readonly [string, BulkInput][]; message: string };

export function BulkMenu({ choices, message }: Props) {
  const lacks = useLacks();
  const [chosen, setChosen] = useState<BulkInput | null>(null);
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <Button lacks={lacks("start_bulk")}><Layers aria-hidden size={14} />{t.bulkMenu.askAllThatMatch}</Button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content align="start" sideOffset={4} className="z-40 rounded-lg border border-line bg-raised p-1 shadow-xl">
            {choices.map(([word, input]) => <DropdownMenu.Item key={word} className={ITEM} onSelect={() => setChosen(input)}>{word}</DropdownMenu.Item>)}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {chosen !== null && <BulkDialog input={chosen} message={message} onClose={() => setChosen(null)} />}
    </>
  );
}
