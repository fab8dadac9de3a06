import { Command } from "cmdk";
import { useState } from "react";
import { useNavigate } from "react-router";
import { pageActions } from "../lib/page_actions";
import { choose, pathOf, useChoices } from "../lib/store";
import { searched, serialise, parse } from "../lib/run_filters";
import { Dialog } from "../ui/basics";
import { SIDE_PLACES } from "./places";
import type { Place } from "./shell";
import { useSession } from "./session";
import { useTenant } from "./tenant";
import { t } from "../strings";

type Props = { places: readonly Place[]; to: (path: string) => string; onClose: () => void; onHelp: () => void; onCopy: () => void };

const ITEM = "flex h-9 cursor-pointer items-center gap-2 rounded-md px-3 data-[selected=true]:bg-select";
const GROUP = "p-1.5 [&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted";

/** Everything that can be opened or done from anywhere, with its keys. */
export function Palette({ places, to, onClose, onHelp, onCopy }: Props) {
  const { slug, may } = useTenant();
  const { firsts, exact, utc, railClosed } = useChoices();
  const [offered] = useState(pageActions);
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
          {offered.length > 0 && (
            <Command.Group heading={t.palette.onThisPage} className={GROUP}>
              {offered.map((one) => (
                <Command.Item key={one.title} className={ITEM} onSelect={act(one.act)}>{one.title}{one.key !== undefined && <Key name={one.key} />}</Command.Item>
              ))}
            </Command.Group>
          )}
          <Command.Group heading={t.palette.goTo} className={GROUP}>
            {places.map(({ path, title, key, icon: Shown }) => (
              <Command.Item key={path} className={ITEM} onSelect={act(() => void navigate(to(path)))}>
                <Shown aria-hidden size={15} />{title}<Key name={key} />
              </Command.Item>
            ))}
            <Command.Item className={ITEM} onSelect={act(() => void navigate(`/${slug}/runs?state=failed`))}>{t.palette.failedRuns}</Command.Item>
            {SIDE_PLACES.filter(({ permission }) => permission === null || may(permission)).map(({ path, title }) => (
              <Command.Item key={path} className={ITEM} onSelect={act(() => void navigate(`/${slug}/${path}`))}>{title}</Command.Item>
            ))}
          </Command.Group>
          {person.memberships.length > 1 && (
            <Command.Group heading={t.palette.switchTenant} className={GROUP}>
              {person.memberships.filter((one) => one.slug !== slug && !one.suspended).map((one) => (
                <Command.Item key={one.slug} className={ITEM} onSelect={act(() => void navigate(pathOf(firsts, one.slug, "runs")))}>{one.name}</Command.Item>
              ))}
            </Command.Group>
          )}
          <Command.Group heading={t.palette.act} className={GROUP}>
            <Command.Item className={ITEM} onSelect={act(onCopy)}>{t.palette.copyTheLinkOfThis}<Key name="c" /></Command.Item>
            <Command.Item className={ITEM} onSelect={act(() => choose({ theme: "dark" }))}>{t.palette.darkTheme}</Command.Item>
            <Command.Item className={ITEM} onSelect={act(() => choose({ theme: "light" }))}>{t.palette.lightTheme}</Command.Item>
            <Command.Item className={ITEM} onSelect={act(() => choose({ exact: !exact }))}>{exact ? t.palette.relativeTimes : t.palette.exactTimes}</Command.Item>
            <Command.Item className={ITEM} onSelect={act(() => choose({ utc: !utc }))}>{utc ? t.palette.timesOfThisPlace : t.palette.timesInUtc}</Command.Item>
            <Command.Item className={ITEM} onSelect={act(() => choose({ railClosed: !railClosed }))}>{railClosed ? t.shell.openTheRail : t.shell.closeTheRail}<Key name="[" /></Command.Item>
            <Command.Item className={ITEM} onSelect={act(onHelp)}>{t.palette.keyboardShortcuts}<Key name="?" /></Command.Item>
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

const Key = ({ name }: { name: string }) => <kbd className="ml-auto font-mono text-xs text-muted max-md:hidden">{name}</kbd>;
