/** The tenant of the address: its GraphQL client, and what the person may do there. */

import { createContext, type ReactNode, useContext, useMemo } from "react";
import { Provider, useQuery } from "urql";
import { tenantClient } from "../api/client";
import { problemsOf } from "../api/errors";
import { graphql } from "../gql";
import { Problems, Skeleton } from "../ui/basics";
import { useSession } from "./session";

const VIEWER = graphql(`
  query PortalViewer {
    viewer { name role permissions }
    tenant { slug name }
  }
`);

type Tenant = { slug: string; name: string; role: string; may: (permission: string) => boolean };
const Context = createContext<Tenant | null>(null);

export function useTenant(): Tenant {
  const tenant = useContext(Context);
  if (tenant === null) throw new Error("useTenant stands outside of TenantScope");
  return tenant;
}

/** The permission, where the person lacks it: `Button` takes it as `lacks`. */
export function useLacks(): (permission: string) => string | undefined {
  const { may } = useTenant();
  return (permission) => (may(permission) ? undefined : permission);
}

export function TenantScope({ slug, children }: { slug: string; children: ReactNode }) {
  const { expired, lost } = useSession();
  const client = useMemo(() => tenantClient(slug, { expired, lost }), [slug, expired, lost]);
  return (
    <Provider value={client}>
      <Loaded>{children}</Loaded>
    </Provider>
  );
}

function Loaded({ children }: { children: ReactNode }) {
  const [{ data, error }] = useQuery({ query: VIEWER });
  const tenant = useMemo(() => {
    if (data === undefined) return null;
    const permissions = new Set(data.viewer.permissions);
    return { ...data.tenant, role: data.viewer.role.toLowerCase(), may: (one: string) => permissions.has(one) };
  }, [data]);
  if (tenant !== null) return <Context value={tenant}>{children}</Context>;
  if (error !== undefined) return <main className="p-6"><Problems of={problemsOf(error)} /></main>;
  return <Skeleton />;
}
