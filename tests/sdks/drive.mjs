// Makes calls with a real SDK, as it is told: a line of JSON in ({"key", "calls": [[method, ...arguments]]}), a line out
// ({"results", "errors"}). Its arguments: which SDK, and where the server is. {"$date": "..."} stands for a Date.

import { createInterface } from "node:readline";

const [, , library, url] = process.argv;

const sdks = {
  segment: async ({ key }) => {
    const { Analytics } = await import("@segment/analytics-node");
    return flushed(new Analytics({ writeKey: key, host: url }));
  },
  cdp: async ({ key }) => {
    const { Analytics } = await import("@customerio/cdp-analytics-node");
    return flushed(new Analytics({ writeKey: key, host: url }));
  },
  rudder: async ({ key }) => {
    const { default: Analytics } = await import("@rudderstack/rudder-sdk-node");
    return calledBack(new Analytics(key, { dataPlaneUrl: url, logLevel: "none", flushInterval: 20, errorHandler() {} }));
  },
  pipelines: async ({ key }) => {
    const { PipelinesClient } = await import("customerio-node");
    return answered(new PipelinesClient(key, { url: `${url}/v1`, strictMode: true }));
  },
  app: async ({ key }) => {
    const { APIClient } = await import("customerio-node");
    return answered(new APIClient(key, { url: `${url}/v1` }));
  },
  track: async ({ key }) => {
    const { TrackClient } = await import("customerio-node");
    return answered(new TrackClient(...key.split(":"), { url: `${url}/api/v1` }));
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { key, calls } = JSON.parse(line, (_, value) => (value?.$date ? new Date(value.$date) : value));
  const { call, end, errors } = await sdks[library]({ key });
  const results = [];
  for (const [method, ...given] of calls) results.push(await call(method, given));
  await end();
  console.log(JSON.stringify({ results, errors }));
}

// Libraries that keep calls in a queue, and say by an event what failed.
function flushed(client) {
  const errors = [];
  client.on("error", (error) => errors.push(`${error.code}: ${error.reason?.message ?? JSON.stringify(error.reason)}`));
  const call = (method, given) => void client[method](...given) ?? null;
  return { call, end: () => client.closeAndFlush({ timeout: 15_000 }), errors };
}

// A library that tells of each call when it is delivered.
function calledBack(client) {
  const errors = [];
  const delivered = [];
  const call = (method, given) => {
    const told = (done) => (error) => done(error && errors.push(error.message));
    delivered.push(new Promise((done) => client[method](...given, told(done))));
    return null;
  };
  return { call, end: () => Promise.all(delivered), errors };
}

// Libraries that give an answer to each call.
function answered(client) {
  const call = async (method, given) => {
    try {
      return { answer: await client[method](...given) };
    } catch (error) {
      return { status: error.statusCode, message: error.message };
    }
  };
  return { call, end: async () => {}, errors: [] };
}
