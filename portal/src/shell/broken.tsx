import { Component, type ReactNode } from "react";
import { t } from "../strings";
import { Button, Problems } from "../ui/basics";

type State = { error: Error | null };

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
        <Problems of={[{ code: "PORTAL_BROKEN", message: t.broken.thisViewHasADefect(error.message), traceId: "" }]}>
          <Button className="mt-3" onClick={() => location.reload()}>{t.tryAgain}</Button>
        </Problems>
      </div>
    );
  }
}
