/** The menu of saved views: filters under a name. */

import { Bookmark, X } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type FormEvent, useState } from "react";
import { useSearchParams } from "react-router";
import { readViews, type SavedView, withView, writeViews } from "../lib/saved_views";
import { useSession } from "../shell/session";
import { useTenant } from "../shell/tenant";
import { Button, Dialog, Field, INPUT } from "../ui/basics";

const ITEM = "flex h-8 min-w-0 cursor-pointer items-center gap-2 rounded-md px-2.5 outline-none data-highlighted:bg-select data-disabled:opacity-55";

export function SavedViews() {
  const { slug } = useTenant();
  const { person } = useSession();
  const [search, setSearch] = useSearchParams();
  const [views, setViews] = useState(() => readViews(slug, person.email));
  const [naming, setNaming] = useState(false);
  const current = search.toString();
  const keep = (changed: SavedView[]): void => {
    setViews(changed);
    writeViews(slug, person.email, changed);
  };
  const shown = views.find((one) => one.search === current)?.name ?? "Views";
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <Button aria-label={`Saved views: ${shown}`} className="max-w-40"><Bookmark aria-hidden size={14} /><span className="truncate">{shown}</span></Button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content align="start" sideOffset={4} className="z-40 max-h-80 w-64 overflow-auto rounded-lg border border-line bg-raised p-1 shadow-xl">
            {views.map((one) => (
              <DropdownMenu.Item key={one.name} className={ITEM} onSelect={() => setSearch(new URLSearchParams(one.search))}>
                <span className="w-3 text-accent">{one.search === current ? "✓" : ""}</span><span className="truncate">{one.name}</span>
              </DropdownMenu.Item>
            ))}
            {views.length > 0 && <DropdownMenu.Separator className="my-1 h-px bg-line" />}
            <DropdownMenu.Item className={ITEM} disabled={current === ""} onSelect={() => setNaming(true)}>Save these filters…</DropdownMenu.Item>
            {views.filter((one) => one.search === current).map((one) => (
              <DropdownMenu.Item key={one.name} className={ITEM} onSelect={() => keep(views.filter((other) => other !== one))}>
                <X aria-hidden size={14} />Remove “{one.name}”
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {naming && <NameDialog onClose={() => setNaming(false)} onName={(name) => { keep(withView(views, name, current)); setNaming(false); }} />}
    </>
  );
}

function NameDialog({ onClose, onName }: { onClose: () => void; onName: (name: string) => void }) {
  const [name, setName] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onName(name);
  };
  return (
    <Dialog title="Save these filters" onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label="Name of the view" help="This browser keeps it. To share a view, copy its link.">
          {(id) => <input id={id} required autoFocus maxLength={60} className={INPUT} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <div className="flex justify-end gap-2"><Button onClick={onClose}>Cancel</Button><Button type="submit" kind="primary">Save</Button></div>
      </form>
    </Dialog>
  );
}
