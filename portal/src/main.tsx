import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { App } from "./app";
import { showTheme } from "./lib/store";
import "./styles.css";

showTheme();
// A page that was open while a new build arrived asks for files that are gone. Where the server is away, a reload would leave nothing.
addEventListener("vite:preloadError", () => {
  const script = document.querySelector("script[src]")?.getAttribute("src") ?? "";
  void fetch(location.href).then(async (answer) => {
    if (answer.ok && !(await answer.text()).includes(script)) location.reload();
  }, () => undefined);
});
const root = document.getElementById("root");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <BrowserRouter basename="/portal">
        <App />
      </BrowserRouter>
    </StrictMode>,
  );
}
