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
  if (isPublic) return [...pages(key, url), browser, ...phones(key, url), curl];
  return [
    curl,
    { name: "Python", about: "pip install segment-analytics-python", code: `from segment.analytics.client import Client\n\nanalytics = Client("${key}", host="${url}")\nanalytics.identify("ada", {"email": "ada@example.com", "plan": "trial"})\nanalytics.track("ada", "Signed Up", {"plan": "trial"})\nanalytics.shutdown()` },
    { name: "Node", about: "npm install @segment/analytics-node", code: `import { Analytics } from '@segment/analytics-node'\n\nconst analytics = new Analytics({ writeKey: '${key}', host: '${url}' })\nanalytics.identify({ userId: 'ada', traits: { email: 'ada@example.com', plan: 'trial' } })\nanalytics.track({ userId: 'ada', event: 'Signed Up', properties: { plan: 'trial' } })\nawait analytics.closeAndFlush()` },
    { name: "RudderStack", about: "pip install rudder-sdk-python", code: `from rudderstack.analytics.client import Client\n\nanalytics = Client("${key}", host="${url}")\nanalytics.identify("ada", {"email": "ada@example.com", "plan": "trial"})\nanalytics.track("ada", "Signed Up", {"plan": "trial"})\nanalytics.shutdown()` },
  ];
}

/** For pages without a build, with the libraries that are handed out here; a page that has Segment's or Customer.io's own snippet keeps it. */
function pages(key: string, url: string): Snippet[] {
  const page = (script: string, more = "") => `<script>
  window.analytics = []
  analytics._writeKey = '${key}'${more}
  for (const call of ['identify', 'track', 'page', 'group', 'alias'])
    analytics[call] = (...given) => analytics.push([call, ...given])
  analytics.page()
</script>
<script async src="${url}${script}"></script>

<!-- where you know who it is: your user's id in place of ada -->
<script>
  analytics.identify('ada', { email: 'ada@example.com', plan: 'trial' })
  analytics.track('Signed Up', { plan: 'trial' })
</script>`;
  const kept = (whose: string, host: string) => `. A page that has ${whose}’s snippet keeps it, with ${url} in place of https://${host}, and this key`;
  return [
    {
      name: "Web page",
      about: `Into the head of every page${url.startsWith("https:") ? kept("Segment", "cdn.segment.com") : ""}`,
      code: page(`/analytics.js/v1/${key}/analytics.min.js`, `\n  analytics._cdn = '${url}'`),
    },
    {
      name: "Customer.io",
      about: `The same with Customer.io’s library${kept("Customer.io", "cdp.customer.io")}`,
      code: page(`/v1/analytics-js/snippet/${key}/analytics.min.js`),
    },
  ];
}

/**
 * Segment's libraries for phones, with a public key. Written for analytics-swift 1.10, analytics-kotlin 1.25, analytics-react-native 2.21 and
 * segment_analytics 1.1 for Flutter. But for React Native they put `https://` before the host themselves, so the address must have it.
 */
function phones(key: string, url: string): Snippet[] {
  const host = `${url.replace(/^https?:\/\//, "")}/v1`;
  const encrypted = url.startsWith("https:") ? "" : ". It reaches https addresses only, so Tidings needs one first";
  return [
    {
      name: "iOS", about: `Swift package github.com/segmentio/analytics-swift, 1.10${encrypted}`,
      code: `import Segment\n\nlet analytics = Analytics(configuration: Configuration(writeKey: "${key}")\n    .apiHost("${host}")\n    .cdnHost("${host}"))\nanalytics.identify(userId: "ada", traits: ["email": "ada@example.com", "plan": "trial"])\nanalytics.track(name: "Signed Up", properties: ["plan": "trial"])`,
    },
    {
      name: "Android", about: `implementation("com.segment.analytics.kotlin:android:1.25.0")${encrypted}`,
      code: `import com.segment.analytics.kotlin.android.Analytics\nimport kotlinx.serialization.json.buildJsonObject\nimport kotlinx.serialization.json.put\n\nval analytics = Analytics("${key}", applicationContext) {\n    apiHost = "${host}"\n    cdnHost = "${host}"\n}\nanalytics.identify("ada", buildJsonObject { put("email", "ada@example.com"); put("plan", "trial") })\nanalytics.track("Signed Up", buildJsonObject { put("plan", "trial") })`,
    },
    {
      name: "React Native", about: "npm install @segment/analytics-react-native@2.21 @segment/sovran-react-native react-native-get-random-values @react-native-async-storage/async-storage",
      code: `import { createClient } from '@segment/analytics-react-native'\n\nconst analytics = createClient({\n  writeKey: '${key}',\n  proxy: '${url}/v1',\n  cdnProxy: '${url}/v1',\n  useSegmentEndpoints: true,\n})\nanalytics.identify('ada', { email: 'ada@example.com', plan: 'trial' })\nanalytics.track('Signed Up', { plan: 'trial' })`,
    },
    {
      name: "Flutter", about: `flutter pub add segment_analytics, 1.1${encrypted}`,
      code: `import 'package:segment_analytics/client.dart';\nimport 'package:segment_analytics/event.dart';\nimport 'package:segment_analytics/state.dart';\n\nfinal analytics = createClient(Configuration('${key}', apiHost: '${host}', cdnHost: '${host}'));\nanalytics.identify(userId: 'ada', userTraits: UserTraits(email: 'ada@example.com', custom: {'plan': 'trial'}));\nanalytics.track('Signed Up', properties: {'plan': 'trial'});`,
    },
  ];
}
