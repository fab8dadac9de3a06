import { Command } from "cmdk";
import { useState } from "react";
import { useNavigate } from "react-router";
import { choose, pathOf, useChoices } from "../lib/store";
import { searched, serialise, parse } from "../lib/run_filters";
import { Dialog } from "../ui/basics";
import type { Place } from "./shell";
import { useSession } from "./session";
import { useTenant } from "./tenant";
import { t } from "../strings";

type Props = { places: readonly Place[]; to: (path: string) => string; onClose: () => void; onHelp: () => void };

const ITEM = "flex h-9 cursor-pointer items-center gap-2 rounded-md px-3 data-[selected=true]:bg-select";
const GROUP = "p-1.5 [&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted";

/** Everything that can be opened or done from anywhere, with its keys. */
export function Palette({ places, to, onClose, onHelp }: Props) {
  const { slug } = useTenant();
  const { firsts } = useChoices();
  const { person, leave } = useSession();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const act = (action: () => void) => () => {
    onClose();
    action();
  };
  const search = (): void => {
    const query = { ...parse(new URLSearchParams()), ...searched(text) };
    void navigate(`/${slug}/runs?${serialise(query).toString()}`);
  };
  return (
    <Dialog title={t.palette.commandPalette} onClose={onClose} wide bare>
      <Command label={t.palette.commandPalette} loop>
        <Command.Input autoFocus value={text} onValueChange={setText} placeholder={t.palette.searchForAPageAn}
          className="h-12 w-full border-b border-line bg-transparent px-4 outline-none placeholder:text-muted" />
        <Command.List className="max-h-96 overflow-auto">
          <Command.Empty className="p-4 text-muted">{t.palette.nothingMatches}</Command.Empty>
          <Command.Group heading={t.palette.goTo} className={GROUP}>
            {places.map(({ path, title, key, icon: Shown }) => (
              <Command.Item key={path} className={ITEM} onSelect={act(() => void navigate(to(path)))}>
                <Shown aria-hidden size={15} />{title}<kbd className="ml-auto font-mono text-xs text-muted max-md:hidden">{key}</kbd>
              </Command.Item>
            ))}
            <Command.Item className={ITEM} onSelect={act(() => void navigate(`/${slug}/runs?state=failed`))}>{t.palette.failedRuns}</Command.Item>
            {places.some(({ path }) => path === "failures") && <Command.Item className={ITEM} onSelect={act(() => void navigate(`/${slug}/bulk`))}>{t.bulk.title}</Command.Item>}
          </Command.Group>
          {person.memberships.length > 1 && (
            <Command.Group heading={t.palette.switchTenant} className={GROUP}>
              {person.memberships.filter((one) => one.slug !== slug && !one.suspended).map((one) => (
                <Command.Item key={one.slug} className={ITEM} onSelect={act(() => void navigate(pathOf(firsts, one.slug, "runs")))}>{one.name}</Command.Item>
              ))}
            </Command.Group>
          )}
          <Command.Group heading={t.palette.act} className={GROUP}>
            <Command.Item className={ITEM} onSelect={act(() => void navigator.clipboard?.writeText(location.href))}>
              {t.palette.copyTheLinkOfThis}<kbd className="ml-auto font-mono text-xs text-muted max-md:hidden">c</kbd>
            </Command.Item>
            <Command.Item className={ITEM} onSelect={act(() => choose({ theme: "dark" }))}>{t.palette.darkTheme}</Command.Item>
            <Command.Item className={ITEM} onSelect={act(() => choose({ theme: "light" }))}>{t.palette.lightTheme}</Command.Item>
            <Command.Item className={ITEM} onSelect={act(onHelp)}>{t.palette.keyboardShortcuts}<kbd className="ml-auto font-mono text-xs text-muted max-md:hidden">?</kbd></Command.Item>
            <Command.Item className={ITEM} onSelect={act(leave)}>{t.common.signOut}</Command.Item>
          </Command.Group>
          {/* Last: its value matches no text, so pages and actions that match come first. */}
          {text.trim() !== "" && (
            <Command.Group heading={t.palette.search} className={GROUP} forceMount>
              <Command.Item className={ITEM} forceMount value="\u0000" onSelect={act(search)}>{t.palette.findRunsOf(text.trim())}</Command.Item>
            </Command.Group>
          )}
        </Command.List>
      </Command>
    </Dialog>
  );
}
