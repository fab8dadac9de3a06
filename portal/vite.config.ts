/// <reference types="vitest/config" />
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The address of the running `make up`, as its up.json tells clients. */
function stack(): string {
  const home = process.env.AUTOMATE_HOME ?? resolve(import.meta.dirname, "../.automate");
  const file = resolve(home, "up.json");
  if (!existsSync(file)) return `http://127.0.0.1:${process.env.AUTOMATE_PORT ?? "8000"}`;
  return new URL(JSON.parse(readFileSync(file, "utf8")).graphql).origin;
}

export default defineConfig(({ command }) => ({
  plugins: [react(), tailwindcss()],
  // The built page asks for its files below /static/portal/; Vite serves the source where web serves the page.
  base: command === "build" ? "/static/portal/" : "/portal/",
  // An inlined file would be a data: URL, which the page's policy refuses for scripts and fonts.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 900 },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(["/graphql", "/t/", "/account"].map((path) => [path, { target: stack(), ws: true }])),
  },
  test: { include: ["src/**/*.test.ts"] },
}));
