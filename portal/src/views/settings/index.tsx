/** Settings of the tenant: people, tokens, secrets, budgets, retention and the audit record. */

import { type ComponentType, type ReactNode, useEffect, useRef } from "react";
import { Navigate, NavLink, useParams } from "react-router";
import { SETTINGS } from "../../shell/places";
import { useTenant } from "../../shell/tenant";
import { t } from "../../strings";
import { Empty } from "../../ui/basics";
import { Header } from "../../ui/list";
import { Audit } from "./audit";
import { Budgets } from "./budgets";
import { Export } from "./export";
import { Members } from "./members";
import { Retention } from "./retention";
import { Secrets } from "./secrets";
import { Tokens } from "./tokens";

const TABS: Record<(typeof SETTINGS)[number]["path"], ComponentType> = {
  members: Members, tokens: Tokens, secrets: Secrets, budgets: Budgets, retention: Retention, audit: Audit, export: Export,
};

export default function SettingsPage() {
  const { tab } = useParams();
  const { slug, may } = useTenant();
  const allowed = SETTINGS.filter(({ permission }) => may(permission));
  const chosen = SETTINGS.find(({ path }) => path === tab);
  if (chosen === undefined) return <Navigate to={`/${slug}/settings/${allowed[0]?.path ?? "members"}`} replace />;
  const Shown = TABS[chosen.path];
  return <Tab key={chosen.path} allowed={allowed} permission={chosen.permission}><Shown /></Tab>;
}

type TabProps = { allowed: readonly { path: string; title: string }[]; permission: string; children: ReactNode };

function Tab({ allowed, permission, children }: TabProps) {
  const { slug, may } = useTenant();
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    // With braces: the call returns a promise in new browsers, and an effect may return a function alone.
    void bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, []);
  return (
    <>
      <Header title={t.settings.title}>
        <nav ref={bar} aria-label={t.settings.title} className="flex min-w-0 overflow-x-auto rounded-md border border-line">
          {allowed.map(({ path, title }) => (
            <NavLink key={path} to={`/${slug}/settings/${path}`}
              className={({ isActive }) => `inline-flex h-8 shrink-0 items-center px-3 -outline-offset-2 ${isActive ? "bg-select font-medium" : "text-muted hover:text-ink"}`}>
              {title}
            </NavLink>
          ))}
        </nav>
      </Header>
      <div className="min-h-0 flex-1 overflow-auto p-4">
        <div className="flex max-w-4xl flex-col gap-4">{may(permission) ? children : <Empty title={t.settings.notForYourRole}><p>{t.lacks(permission)}</p></Empty>}</div>
      </div>
    </>
  );
}
