import { lazy, Suspense } from "react";
import { Link, Navigate, Route, Routes, useLocation, useParams } from "react-router";
import { Unbroken } from "./shell/broken";
import { SessionGate, useSession } from "./shell/session";
import { Shell } from "./shell/shell";
import { TenantScope, useTenant } from "./shell/tenant";
import { t } from "./strings";
import { Empty, Skeleton } from "./ui/basics";
import { ApprovalPage } from "./views/approval";
import { ApprovalsPage } from "./views/approvals";
import { BreakersPage } from "./views/breakers";
import { DeliveriesPage, DeliveryPage } from "./views/deliveries";
import { EventPage } from "./views/event";
import { EventsPage } from "./views/events";
import { BulkPage } from "./views/bulk";
import { BulkListPage } from "./views/bulk_list";
import { FailuresPage } from "./views/failures";
import { HomePage } from "./views/home";
import { RunPage } from "./views/run";
import { RunsPage } from "./views/runs";
import { StartPage } from "./views/start";
import { WebhooksPage } from "./views/webhooks";
import { WorkflowsPage } from "./views/workflows";

type Build = typeof import("./views/build");
const built = (name: keyof Build) => lazy(() => import("./views/build").then((all) => ({ default: all[name] })));
const RulesPage = built("RulesPage");
const RulePage = built("RulePage");
const SchedulesPage = built("SchedulesPage");
const SchedulePage = built("SchedulePage");
const SourcesPage = built("SourcesPage");
const ConnectorsPage = built("ConnectorsPage");
const RecipesPage = built("RecipesPage");
const SettingsPage = lazy(() => import("./views/settings"));
const AccountPage = lazy(() => import("./views/account"));
const WorkflowPage = lazy(() => import("./views/workflow"));

export function App() {
  return (
    <SessionGate>
      <Routes>
        <Route path="/" element={<FirstTenant />} />
        <Route path="/:tenant/*" element={<OneTenant />} />
      </Routes>
    </SessionGate>
  );
}

function FirstTenant() {
  const { person, leave } = useSession();
  const first = person.memberships.find(({ suspended }) => !suspended);
  if (first !== undefined) return <Navigate to={`/${first.slug}`} replace />;
  return (
    <main>
      <Empty title={t.noTenant.title}>
        <p>{t.noTenant.text}</p>
        <button type="button" onClick={leave} className="mt-4 cursor-pointer text-accent underline">{t.common.signOut}</button>
      </Empty>
    </main>
  );
}

function OneTenant() {
  const { tenant = "" } = useParams();
  const { person } = useSession();
  const { pathname } = useLocation();
  if (!person.memberships.some(({ slug }) => slug === tenant)) {
    return (
      <main>
        <Empty title={t.unknownTenant.title}>
          <p>{t.unknownTenant.text}</p>
          <ul className="mt-3">
            {person.memberships.map(({ slug, name }) => (
              <li key={slug}><Link className="text-accent underline" to={`/${slug}/runs`}>{name}</Link></li>
            ))}
          </ul>
        </Empty>
      </main>
    );
  }
  return (
    <TenantScope slug={tenant} key={tenant}>
      <Shell>
        <Unbroken key={pathname}>
          <Suspense fallback={<Skeleton />}>
            <Routes>
              <Route index element={<HomePage />} />
              <Route path="start" element={<StartPage />} />
              <Route path="runs" element={<RunsPage />} />
              <Route path="runs/:id" element={<RunPage />} />
              <Route path="failures" element={<FailuresPage />} />
              <Route path="bulk" element={<BulkListPage />} />
              <Route path="bulk/:id" element={<BulkPage />} />
              <Route path="events" element={<EventsPage />} />
              <Route path="events/:id" element={<EventPage />} />
              <Route path="deliveries" element={<DeliveriesPage />} />
              <Route path="deliveries/:id" element={<DeliveryPage />} />
              <Route path="webhooks" element={<WebhooksPage />} />
              <Route path="breakers" element={<BreakersPage />} />
              <Route path="approvals" element={<ApprovalsPage />} />
              <Route path="approvals/:id" element={<ApprovalPage />} />
              <Route path="workflows" element={<WorkflowsPage />} />
              <Route path="workflows/:slug" element={<WorkflowPage />} />
              <Route path="rules" element={<RulesPage />} />
              <Route path="rules/:rule" element={<RulePage />} />
              <Route path="schedules" element={<SchedulesPage />} />
              <Route path="schedules/:schedule" element={<SchedulePage />} />
              <Route path="sources" element={<SourcesPage />} />
              <Route path="connectors" element={<ConnectorsPage />} />
              <Route path="recipes" element={<RecipesPage />} />
              <Route path="account" element={<AccountPage />} />
              <Route path="settings" element={<SettingsPage />} />
              <Route path="settings/:tab" element={<SettingsPage />} />
              <Route path="*" element={<NoPage />} />
            </Routes>
          </Suspense>
        </Unbroken>
      </Shell>
    </TenantScope>
  );
}

function NoPage() {
  const { slug } = useTenant();
  return (
    <Empty title={t.unknownPage.title}>
      <p>{t.unknownPage.text}</p>
      <Link className="mt-3 inline-block text-accent underline" to={`/${slug}/runs`}>{t.runs.title}</Link>
    </Empty>
  );
}
