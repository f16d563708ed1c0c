import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

export default defineConfig({
  plugins: [react(), brotli(), libraries()],
  build: {
    outDir: "../src/tidings/web_dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // few files rather than many, since each one asked for costs a turn: what every page takes, what lists take, what most pages take
        codeSplitting: {
          groups: [
            { name: "frame", tags: ["$initial"], priority: 4 },
            { name: "list", test: /mantine-datatable|ListPage/, priority: 3, includeDependenciesRecursively: false },
            { name: "shared", minShareCount: 11, priority: 2 },
            { name: "icons", test: /@tabler/, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
});

/** Puts the compressed form beside each file that has one worth having: made once here, as small as it can be, rather than at each answer. */
function brotli(): Plugin {
  return {
    name: "brotli",
    writeBundle({ dir }) {
      for (const name of readdirSync(dir!, { recursive: true, encoding: "utf8" })) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const file = readFileSync(join(dir!, name));
        if (file.length > 1000) writeFileSync(join(dir!, `${name}.br`), brotliCompressSync(file));
      }
    },
  };
}

/** Puts the libraries that Segment's and Customer.io's snippets load beside the app, as npm has them, with what they load and their licence. */
function libraries(): Plugin {
  const packages = { segment: "@segment/analytics-next", customerio: "@customerio/cdp-analytics-browser" };
  return {
    name: "libraries",
    writeBundle({ dir }) {
      for (const [vendor, name] of Object.entries(packages)) {
        const from = join("node_modules", name);
        const to = join(dir!, "libraries", vendor);
        cpSync(join(from, "dist/umd"), to, { recursive: true, filter: (path) => !/(\.map|\.gz|index\.js)$/.test(path) });
        cpSync(join(from, "LICENSE.MD"), join(to, "LICENSE.MD"));
      }
    },
  };
}
