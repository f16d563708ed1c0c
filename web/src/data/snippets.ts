/** What to paste into a product so that its events arrive, by kind of source; the key and the address are filled in. */
export interface Snippet { name: string; about: string; code: string }

export function snippets(kind: string, isPublic: boolean, key: string, url: string): Snippet[] {
  if (kind === "track") {
    const [site = "", secret = ""] = key.split(":");
    return [
      { name: "curl", about: "One person and one event, from a terminal", code: `curl -u "${site}:${secret}" -X PUT ${url}/api/v1/customers/ada \\\n  -H 'content-type: application/json' -d '{"email": "ada@example.com", "plan": "trial"}'\ncurl -u "${site}:${secret}" ${url}/api/v1/customers/ada/events \\\n  -H 'content-type: application/json' -d '{"name": "Signed Up", "data": {"plan": "trial"}}'` },
      { name: "Node", about: "npm install customerio-node", code: `import { TrackClient } from 'customerio-node'\n\nconst tidings = new TrackClient('${site}', '${secret}', { url: '${url}/api/v1' })\nawait tidings.identify('ada', { email: 'ada@example.com', plan: 'trial' })\nawait tidings.track('ada', { name: 'Signed Up', data: { plan: 'trial' } })` },
    ];
  }
  const browser: Snippet = {
    name: "Browser", about: "npm install @segment/analytics-next",
    code: `import { AnalyticsBrowser } from '@segment/analytics-next'\n\nconst analytics = AnalyticsBrowser.load({ writeKey: '${key}', cdnURL: '${url}' })\nanalytics.identify('ada', { email: 'ada@example.com', plan: 'trial' })\nanalytics.track('Signed Up', { plan: 'trial' })`,
  };
  const curl: Snippet = {
    name: "curl", about: "One person and one event, from a terminal",
    code: `curl -u ${key}: ${url}/v1/identify -H 'content-type: application/json' \\\n  -d '{"userId": "ada", "traits": {"email": "ada@example.com", "plan": "trial"}}'\ncurl -u ${key}: ${url}/v1/track -H 'content-type: application/json' \\\n  -d '{"userId": "ada", "event": "Signed Up", "properties": {"plan": "trial"}}'`,
  };
  if (isPublic) return [browser, curl];
  return [
    curl,
    { name: "Python", about: "pip install segment-analytics-python", code: `from segment.analytics.client import Client\n\nanalytics = Client("${key}", host="${url}")\nanalytics.identify("ada", {"email": "ada@example.com", "plan": "trial"})\nanalytics.track("ada", "Signed Up", {"plan": "trial"})\nanalytics.shutdown()` },
    { name: "Node", about: "npm install @segment/analytics-node", code: `import { Analytics } from '@segment/analytics-node'\n\nconst analytics = new Analytics({ writeKey: '${key}', host: '${url}' })\nanalytics.identify({ userId: 'ada', traits: { email: 'ada@example.com', plan: 'trial' } })\nanalytics.track({ userId: 'ada', event: 'Signed Up', properties: { plan: 'trial' } })\nawait analytics.closeAndFlush()` },
    { name: "RudderStack", about: "pip install rudder-sdk-python", code: `from rudderstack.analytics.client import Client\n\nanalytics = Client("${key}", host="${url}")\nanalytics.identify("ada", {"email": "ada@example.com", "plan": "trial"})\nanalytics.track("ada", "Signed Up", {"plan": "trial"})\nanalytics.shutdown()` },
  ];
}
