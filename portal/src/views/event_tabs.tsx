import { NavLink } from "react-router";
import { useTenant } from "../shell/tenant";
import { t } from "../strings";

const TABS = [["events", t.eventTabs.accepted], ["deliveries", t.deliveries.title]] as const;

/** Accepted events, and deliveries that made none. */
export function EventTabs() {
  const { slug } = useTenant();
  return (
    <div className="flex rounded-md border border-line">
      {TABS.map(([path, title]) => (
        <NavLink key={path} to={`/${slug}/${path}`} end
          className={({ isActive }) => `inline-flex h-8 items-center px-3 first:rounded-l-md last:rounded-r-md ${isActive ? "bg-select font-medium" : "text-muted hover:text-ink"}`}>
          {title}
        </NavLink>
      ))}
    </div>
  );
}
