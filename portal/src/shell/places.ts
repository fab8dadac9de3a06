/** Pages that have no place in the navigation of their own. */

import { t } from "../strings";

export const SETTINGS = [
  { path: "members", title: t.settings.members, permission: "view_members" },
  { path: "tokens", title: t.settings.tokens, permission: "view_tokens" },
  { path: "secrets", title: t.settings.secrets, permission: "view_secrets" },
  { path: "budgets", title: t.settings.budgetsAndUsage, permission: "view_budgets" },
  { path: "retention", title: t.settings.retention, permission: "view_retention" },
  { path: "audit", title: t.settings.audit, permission: "view_audit" },
  { path: "export", title: t.settings.export, permission: "export_tenant" },
] as const;

/** Null: each person may see the page. */
export type SidePlace = { path: string; title: string; permission: string | null };

export const SIDE_PLACES: readonly SidePlace[] = [
  { path: "bulk", title: t.bulk.title, permission: "view_runs" },
  { path: "failures?of=effects", title: t.undecided.title, permission: "view_runs" },
  { path: "deliveries", title: t.palette.rejectedDeliveries, permission: "view_events" },
  { path: "recipes", title: t.recipes.title, permission: "view_workflows" },
  ...SETTINGS.map(({ path, title, permission }) => ({ path: `settings/${path}`, title: `${t.settings.title}: ${title}`, permission })),
  { path: "start", title: t.start.title, permission: "view_events" },
  { path: "account", title: t.account.title, permission: null },
];
