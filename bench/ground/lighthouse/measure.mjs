/**
 * Runs Lighthouse on pages of a signed-in user: `node measure.mjs '{"chromium", "url", "cookie", "paths", "runs"}'`.
 *
 * Prints one line of JSON a run: {path, performance, accessibility, lcp, fcp, tbt, cls, si, kilobytes, requests, faults}. Scores are of 100, times in ms.
 * Settings are those of Lighthouse's preset for desktops: a wide screen, a cold cache, and a network of 10 Mbit/s and 40 ms, simulated.
 */
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const { chromium, url, cookie, paths, runs } = JSON.parse(process.argv[2]);

for (const path of paths) {
  let failed = 0;
  for (let run = 0; run < runs; run++) {
    const chrome = await launch({ chromePath: chromium, chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"], logLevel: "silent" });
    try {
      const flags = {
        port: chrome.port,
        logLevel: "error",
        onlyCategories: ["performance", "accessibility"],
        disableFullPageScreenshot: true,
        extraHeaders: { Cookie: cookie },
      };
      const { lhr } = await lighthouse(url + path, flags, desktopConfig);
      if (lhr.runtimeError) {
        // on a busy machine the browser may miss the beginning of its own recording: that says nothing about the page
        if (lhr.runtimeError.code !== "NO_NAVSTART" || ++failed > runs) throw new Error(`${path}: ${lhr.runtimeError.message}`);
        run--;
        continue;
      }
      if (new URL(lhr.finalDisplayedUrl).pathname !== path) throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
      console.log(JSON.stringify({ path, ...told(lhr) }));
    } finally {
      chrome.kill();
    }
  }
}

function told({ audits, categories }) {
  const value = (name) => audits[name].numericValue;
  const asked = audits["network-requests"].details.items;
  return {
    performance: Math.round(categories.performance.score * 100),
    accessibility: Math.round(categories.accessibility.score * 100),
    fcp: value("first-contentful-paint"),
    lcp: value("largest-contentful-paint"),
    si: value("speed-index"),
    tbt: value("total-blocking-time"),
    cls: value("cumulative-layout-shift"),
    kilobytes: asked.reduce((sum, each) => sum + (each.transferSize ?? 0), 0) / 1000,
    requests: asked.length,
    faults: categories.accessibility.auditRefs.map(({ id }) => audits[id]).filter(({ score }) => score !== null && score < 1).map(({ id }) => id),
  };
}
