/** The menu of saved views: filters and columns under a name, one's own or for all members. */

import { Bookmark, Users, X } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type FormEvent, useState } from "react";
import { useSearchParams } from "react-router";
import { useQuery } from "urql";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import type { PortalSavedViewsQuery } from "../gql/graphql";
import { useAct } from "../lib/act";
import { openFirst, useChoices } from "../lib/store";
import { useLacks, useTenant } from "../shell/tenant";
import { Button, Dialog, Field, INPUT, Problems, Refusals } from "../ui/basics";
import { t } from "../strings";

const VIEWS = graphql(`
  query PortalSavedViews($page: String!) { savedViews(page: $page) { id name search shared savedBy } }
`);
const SAVE = graphql(`
  mutation PortalSaveView($input: SaveViewInput!) { saveView(input: $input) { view { id } errors { code message path traceId } } }
`);
const DELETE = graphql(`
  mutation PortalDeleteView($input: DeleteViewInput!) { deleteView(input: $input) { errors { code message path traceId } } }
`);
const ITEM = "flex h-8 min-w-0 cursor-pointer items-center gap-2 rounded-md px-2.5 outline-none data-highlighted:bg-select data-disabled:opacity-55";
const MOST_NAME = 60;

/** page: the list whose filters they are. */
export function SavedViews({ page }: { page: string }) {
  const lacks = useLacks();
  const [search, setSearch] = useSearchParams();
  const [{ data, error }, read] = useQuery({ query: VIEWS, variables: { page } });
  const remove = useAct(DELETE, (answer) => answer.deleteView);
  const [naming, setNaming] = useState(false);
  const list = `${useTenant().slug}/${page}`;
  const first = useChoices().firsts[list] ?? "";
  const current = search.toString();
  const views = data?.savedViews ?? [];
  const again = (): void => read({ requestPolicy: "network-only" });
  const shown = views.find((one) => one.search === current)?.name ?? t.savedViews.views;
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <Button aria-label={t.savedViews.savedViews(shown)} className="max-w-40"><Bookmark aria-hidden size={14} /><span className="truncate">{shown}</span></Button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content align="start" sideOffset={4} className="z-40 max-h-80 w-64 overflow-auto rounded-lg border border-line bg-raised p-1 shadow-xl">
            {views.map((one) => (
              <DropdownMenu.Item key={one.id} className={ITEM} title={one.shared ? t.savedViews.sharedBy(one.savedBy) : t.savedViews.yourOwn} onSelect={() => setSearch(new URLSearchParams(one.search))}>
                <span className="w-3 text-accent">{one.search === current ? "✓" : ""}</span><span className="truncate">{one.name}</span>
                {one.shared && <Users aria-label={t.savedViews.shared} size={13} className="ml-auto shrink-0 text-muted" />}
              </DropdownMenu.Item>
            ))}
            {problemsOf(error).map(({ code, message }) => <DropdownMenu.Label key={code} className="px-2.5 py-1 text-red">{message} <code className="font-mono text-xs">{code}</code></DropdownMenu.Label>)}
            {views.length > 0 && <DropdownMenu.Separator className="my-1 h-px bg-line" />}
            <DropdownMenu.Item className={ITEM} disabled={current === ""} onSelect={() => setNaming(true)}>{t.savedViews.askSaveTheseFilters}</DropdownMenu.Item>
            {(current !== "" || first !== "") && (
              <DropdownMenu.CheckboxItem className={ITEM} checked={current === first} onCheckedChange={(on) => openFirst(list, on === true ? current : "")}>
                <span className="w-3 text-accent">{current === first ? "✓" : ""}</span>{t.savedViews.openTheListThisWay}
              </DropdownMenu.CheckboxItem>
            )}
            {views.filter((one) => one.search === current).map((one) => (
              <DropdownMenu.Item key={one.id} className={ITEM} disabled={one.shared && lacks("share_views") !== undefined} onSelect={() => void remove.send({ id: one.id }).then(again)}>
                <X aria-hidden size={14} />{t.savedViews.remove(one.name)}
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <Problems of={remove.problems} />
      {naming && <NameDialog page={page} search={current} views={views} onClose={() => setNaming(false)} onDone={() => { setNaming(false); again(); }} />}
    </>
  );
}

type View = PortalSavedViewsQuery["savedViews"][number];

function NameDialog({ page, search, views, onClose, onDone }: { page: string; search: string; views: readonly View[]; onClose: () => void; onDone: () => void }) {
  const lacks = useLacks();
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const act = useAct(SAVE, (data) => data.saveView);
  const replaces = views.some((one) => one.name === name.trim() && one.shared === shared);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await act.send({ page, name: name.trim(), search, shared, onlyNew: !replaces })) onDone();
  };
  const lacking = lacks("share_views");
  return (
    <Dialog title={t.savedViews.saveTheseFilters} onClose={onClose}>
      <Refusals of={act.problems}><form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Field at="name" label={t.savedViews.nameOfTheView} help={t.savedViews.withTheChosenColumnsA}>
          {(id) => <input id={id} required autoFocus maxLength={MOST_NAME} className={INPUT} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <label className="flex items-start gap-2">
          <input type="checkbox" className="mt-1" checked={shared} disabled={lacking !== undefined} onChange={(event) => setShared(event.target.checked)} />
          <span>{t.savedViews.showItToAllMembers}<span className="block text-xs text-muted">{lacking === undefined ? t.savedViews.otherwiseItIsYoursAlone : t.savedViews.yourRoleLacksThePermission(lacking)}</span></span>
        </label>
        {replaces && <p role="status" className="text-amber">{t.savedViews.aViewHasThisName}</p>}
        <Problems of={act.problems} />
        <div className="flex justify-end gap-2"><Button onClick={onClose}>{t.common.cancel}</Button><Button type="submit" kind={replaces ? "danger" : "primary"} disabled={act.busy}>{replaces ? t.savedViews.replace : t.common.save}</Button></div>
      </form></Refusals>
    </Dialog>
  );
}
