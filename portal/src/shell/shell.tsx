/** The frame around each view: navigation, tenant switcher, palette and keys. */

import { Activity, CalendarClock, CircleCheckBig, Command, HelpCircle, Inbox, type LucideIcon, OctagonAlert, Ellipsis, PanelLeftClose, PanelLeftOpen, Plug, Radio, Settings, Split, UserRound, Webhook, Workflow, Zap } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type ReactNode, useEffect, useState } from "react";
import { NavLink, useLocation, useNavigate } from "react-router";
import { copyText } from "../lib/clipboard";
import { isTyping, moveFocus, useKeys } from "../lib/keys";
import { choose, pathOf, type Theme, useChoices } from "../lib/store";
import { t } from "../strings";
import { Dialog } from "../ui/basics";
import icon from "../icon.svg?no-inline";
import { useCounts } from "./counts";
import { Palette } from "./palette";
import { useSession } from "./session";
import { useTenant } from "./tenant";

export type Place = {
  path: string;
  title: string;
  key: string;
  icon: LucideIcon;
  permission: string;
  /** Other paths that belong to the place. */
  also?: readonly string[];
};

export const PLACES: readonly Place[] = [
  { path: "runs", title: t.runs.title, key: "g r", icon: Activity, permission: "view_runs" },
  { path: "failures", title: t.failures.title, key: "g f", icon: OctagonAlert, permission: "view_runs", also: ["bulk"] },
  { path: "approvals", title: t.approvals.title, key: "g a", icon: CircleCheckBig, permission: "view_runs" },
  { path: "events", title: t.events.title, key: "g e", icon: Radio, permission: "view_events", also: ["deliveries"] },
  { path: "workflows", title: t.workflows.title, key: "g w", icon: Workflow, permission: "view_workflows", also: ["recipes"] },
  { path: "rules", title: t.rules.title, key: "g u", icon: Split, permission: "view_rules" },
  { path: "schedules", title: t.schedules.title, key: "g d", icon: CalendarClock, permission: "view_schedules" },
  { path: "sources", title: t.sources.title, key: "g o", icon: Inbox, permission: "view_sources" },
  { path: "webhooks", title: t.webhooks.title, key: "g h", icon: Webhook, permission: "view_endpoints" },
  { path: "breakers", title: t.breakers.title, key: "g b", icon: Zap, permission: "view_runs" },
  { path: "connectors", title: t.connectors.title, key: "g c", icon: Plug, permission: "view_workflows" },
  { path: "settings", title: t.settings.title, key: "g s", icon: Settings, permission: "view_members" },
];
/** So long a notice stays. */
const NOTICE_MS = 2_000;

/** The bottom bar of a phone has room for these; the others are behind "More". */
const IN_BAR = 4;

export function Shell({ children }: { children: ReactNode }) {
  const tenant = useTenant();
  const navigate = useNavigate();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const counts = useCounts();
  const { railClosed, firsts } = useChoices();
  const to = (path: string): string => pathOf(firsts, tenant.slug, path);
  const places = PLACES.filter(({ permission }) => tenant.may(permission));
  const [notice, setNotice] = useState("");
  useEffect(() => {
    if (notice === "") return;
    const timer = setTimeout(() => setNotice(""), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  const copyLink = (): void => void copyText(location.href).then((done) => setNotice(done ? t.shell.linkCopied : t.shell.linkNotCopied));
  const escape = useEscape();
  useKeys({
    "mod+k": () => setPalette(true),
    "?": () => setHelp(true),
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    "/": () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
    c: copyLink,
    Escape: escape,
    ...Object.fromEntries(places.map(({ key, path }) => [key, () => void navigate(to(path))])),
    "[": () => choose({ railClosed: !railClosed }),
  });
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-raised focus:p-2">{t.shell.skipToContent}</a>
      <aside className={`flex shrink-0 items-center gap-1 border-line bg-surface p-2 max-md:border-b md:flex-col md:items-stretch md:border-r ${railClosed ? "md:w-14" : "md:w-52"}`}>
        <TenantMenu short={railClosed} />
        <button type="button" onClick={() => setPalette(true)}
          className="flex h-8 cursor-pointer items-center gap-2 rounded-md px-2.5 text-muted hover:bg-select hover:text-ink max-md:ml-auto md:mb-2 md:border md:border-line md:bg-page">
          <Command aria-hidden size={14} />
          <span className={railClosed ? "sr-only" : "max-md:sr-only"}>{t.shell.searchOrAct}</span>
          {!railClosed && <kbd className="ml-auto font-mono text-[11px] max-md:hidden">Ctrl K</kbd>}
        </button>
        <nav aria-label={t.shell.main} className="max-md:hidden">
          <Links places={places} to={to} short={railClosed} counts={counts} />
        </nav>
        <div className={`flex items-center gap-1 md:mt-auto ${railClosed ? "md:flex-col" : "md:justify-between"}`}>
          <AccountMenu short={railClosed} />
          <button type="button" onClick={() => setHelp(true)} aria-label={t.shell.keyboardShortcuts} title={t.shell.keyboardShortcutsKey}
            className="inline-flex size-8 shrink-0 cursor-pointer items-center justify-center rounded-md text-muted hover:bg-select hover:text-ink max-md:hidden">
            <HelpCircle aria-hidden size={16} />
          </button>
          <button type="button" onClick={() => choose({ railClosed: !railClosed })} aria-label={railClosed ? t.shell.openTheRail : t.shell.closeTheRail} title={railClosed ? t.shell.openTheRailKey : t.shell.closeTheRailKey}
            className="inline-flex size-8 shrink-0 cursor-pointer items-center justify-center rounded-md text-muted hover:bg-select hover:text-ink max-md:hidden">
            {railClosed ? <PanelLeftOpen aria-hidden size={16} /> : <PanelLeftClose aria-hidden size={16} />}
          </button>
        </div>
      </aside>
      <main id="main" className="relative flex min-h-0 min-w-0 flex-1 flex-col overflow-clip">{children}</main>
      <nav aria-label={t.shell.main} className="grid grid-cols-5 border-t border-line bg-surface md:hidden">
        {places.slice(0, IN_BAR).map(({ path, title, icon: Shown }) => (
          <NavLink key={path} to={to(path)}
            className={({ isActive }) => `flex h-14 flex-col items-center justify-center gap-0.5 text-[11px] ${isActive ? "font-semibold text-accent" : "text-muted"}`}>
            <span className="relative"><Shown aria-hidden size={18} />{counts[path] && <span className="absolute -top-1.5 left-3 rounded-full bg-accent px-1 text-[10px] leading-4 text-accent-ink tabular-nums">{counts[path]}</span>}</span>
            {title}
          </NavLink>
        ))}
        {places.length > IN_BAR && <MoreMenu places={places.slice(IN_BAR)} to={to} />}
      </nav>
      <p role="status" className={notice === "" ? "sr-only" : "fixed bottom-18 left-1/2 z-50 -translate-x-1/2 rounded-md border border-line bg-raised px-3 py-1.5 shadow-xl md:bottom-4"}>{notice}</p>
      {palette && <Palette places={places} to={to} onClose={() => setPalette(false)} onHelp={() => setHelp(true)} onCopy={copyLink} />}
      {help && <Keys onClose={() => setHelp(false)} />}
    </div>
  );
}

/** Esc leaves a field, and then the page of one object for the list that led to it. */
function useEscape(): () => void {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const [, slug = "", list = "", object] = pathname.split("/");
  return () => {
    const focused = document.activeElement;
    const inForm = isTyping(focused) || focused?.closest("form") != null;
    if (object === undefined || list === "settings" || inForm) {
      if (focused instanceof HTMLElement) focused.blur();
    } else if ((history.state as { idx?: number } | null)?.idx) void navigate(-1);
    else void navigate(`/${slug}/${list}`);
  };
}

type LinksProps = { places: readonly Place[]; to: (path: string) => string; short: boolean; counts: Record<string, string> };

/** short: icons alone, with their names for screen readers. */
function Links({ places, to, short, counts }: LinksProps) {
  const here = useLocation().pathname.split("/")[2] ?? "";
  return (
    <ul className="flex flex-col gap-0.5">
      {places.map(({ path, title, key, icon: Shown, also = [] }) => (
        <li key={path}>
          <NavLink to={to(path)} title={`${title} (${key})`}
            className={({ isActive }) => `relative flex h-8 items-center gap-2.5 rounded-md px-2.5 ${isActive || also.includes(here) ? "bg-select font-semibold text-ink" : "text-muted hover:bg-select hover:text-ink"}`}>
            <Shown aria-hidden size={16} className="shrink-0" />
            <span className={short ? "sr-only" : ""}>{title}</span>
            {counts[path] && <span className={short ? "absolute -top-0.5 right-0 rounded-full bg-accent px-1 text-[10px] leading-4 text-accent-ink tabular-nums" : "ml-auto rounded-full border border-line bg-page px-1.5 text-[11px] leading-4 text-muted tabular-nums"}>{counts[path]}</span>}
          </NavLink>
        </li>
      ))}
    </ul>
  );
}

const MENU = "z-40 max-h-80 min-w-52 overflow-auto rounded-lg border border-line bg-raised p-1 shadow-xl";
const ITEM = "flex h-8 cursor-pointer items-center gap-2 rounded-md px-2.5 outline-none data-highlighted:bg-select data-disabled:opacity-55";

function MoreMenu({ places, to }: Pick<LinksProps, "places" | "to">) {
  const navigate = useNavigate();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="flex h-14 cursor-pointer flex-col items-center justify-center gap-0.5 text-[11px] text-muted">
        <Ellipsis aria-hidden size={18} />{t.shell.more}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="end" sideOffset={4} className={MENU}>
          {places.map(({ path, title, icon: Shown }) => (
            <DropdownMenu.Item key={path} className={ITEM} onSelect={() => void navigate(to(path))}><Shown aria-hidden size={15} />{title}</DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function TenantMenu({ short }: { short: boolean }) {
  const tenant = useTenant();
  const { person } = useSession();
  const { firsts } = useChoices();
  const navigate = useNavigate();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger aria-label={t.shell.tenantSwitch(tenant.name)}
        className="flex h-9 min-w-0 cursor-pointer items-center gap-2 rounded-md px-1.5 text-left font-semibold hover:bg-select md:mb-1">
        <img src={icon} alt="" width={22} height={22} className="shrink-0" />
        <span className={short ? "truncate md:sr-only" : "truncate"}>{tenant.name}</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="start" sideOffset={4} className={MENU}>
          <DropdownMenu.Label className="px-2.5 py-1 text-xs text-muted">{t.shell.yourTenants}</DropdownMenu.Label>
          {person.memberships.map(({ slug, name, role, suspended }) => (
            <DropdownMenu.Item key={slug} disabled={suspended} className={ITEM} onSelect={() => void navigate(pathOf(firsts, slug, "runs"))}>
              <span className="truncate">{name}</span>
              <span className="ml-auto text-xs text-muted">{suspended ? t.shell.suspended : role.toLowerCase()}</span>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function AccountMenu({ short }: { short: boolean }) {
  const { person, leave } = useSession();
  const { role, slug } = useTenant();
  const navigate = useNavigate();
  const { theme, utc, exact } = useChoices();
  const check = "w-4 text-accent";
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="flex h-9 min-w-0 cursor-pointer items-center gap-2 rounded-md px-1.5 hover:bg-select">
        <span className="sr-only">{t.shell.accountOf}</span>
        <span aria-hidden className="inline-flex size-6 shrink-0 items-center justify-center rounded-full bg-accent text-[11px] font-semibold text-accent-ink">
          <UserRound size={14} />
        </span>
        <span className={short ? "sr-only" : "truncate max-md:sr-only"}>{person.name}</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align="start" sideOffset={4} className={MENU}>
          <DropdownMenu.Label className="px-2.5 py-1 text-xs text-muted">{person.email} · {role}</DropdownMenu.Label>
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <DropdownMenu.RadioGroup value={theme} onValueChange={(value) => choose({ theme: value as Theme })}>
            {(["system", "light", "dark"] as const).map((one) => (
              <DropdownMenu.RadioItem key={one} value={one} className={ITEM}>
                <span className={check}>{theme === one ? "✓" : ""}</span>{one === "system" ? t.shell.themeOfTheSystem : `${one[0]?.toUpperCase()}${one.slice(1)}`}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <DropdownMenu.CheckboxItem checked={exact} className={ITEM} onCheckedChange={(value) => choose({ exact: value === true })}>
            <span className={check}>{exact ? "✓" : ""}</span>{t.shell.exactTimes}
          </DropdownMenu.CheckboxItem>
          <DropdownMenu.CheckboxItem checked={utc} className={ITEM} onCheckedChange={(value) => choose({ utc: value === true })}>
            <span className={check}>{utc ? "✓" : ""}</span>{t.shell.timesInUtc}
          </DropdownMenu.CheckboxItem>
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          <DropdownMenu.Item className={ITEM} onSelect={() => void navigate(`/${slug}/account`)}><span className={check} />{t.account.title}</DropdownMenu.Item>
          <DropdownMenu.Item className={ITEM} onSelect={leave}><span className={check} />{t.common.signOut}</DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Keys({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t.shell.keyboardShortcuts} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        {t.keys.map(([key, what]) => (
          <div key={key} className="contents">
            <dt><kbd className="rounded border border-line bg-surface px-1.5 font-mono text-xs">{key}</kbd></dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
