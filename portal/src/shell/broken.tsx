import { Component, type ReactNode } from "react";
import { t } from "../strings";
import { Button, Problems } from "../ui/basics";

type State = { error: Error | null };

/** What Chromium, Firefox and Safari say where a part of the portal is not to be had. */
const NOT_LOADED = /dynamically imported module|Importing a module script failed/;

/** A view that breaks leaves the rest of the page usable. Give it a key that changes with the address. */
export class Unbroken extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div className="p-4">
        <Problems of={[NOT_LOADED.test(error.message) ? { code: "UNREACHABLE", message: t.broken.thisViewWasNotLoaded, traceId: "" } : { code: "PORTAL_BROKEN", message: t.broken.thisViewHasADefect(error.message), traceId: "" }]}>
          <Button className="mt-3" onClick={() => location.reload()}>{t.tryAgain}</Button>
        </Problems>
      </div>
    );
  }
}
