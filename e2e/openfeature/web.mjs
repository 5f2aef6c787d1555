// The provider for pages, with its stream of changes: prints the flag now, and once more when it hears that it changed.
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';

const [url, key] = process.argv.slice(2);
// What it needs of a page beside `fetch` and `EventSource`.
globalThis.document ??= { addEventListener() {}, removeEventListener() {}, visibilityState: 'visible', hidden: false };
await OpenFeature.setContext({ targetingKey: 'ann' });
// Without polling, only the stream can tell.
const provider = new OFREPWebProvider({ baseUrl: url, pollInterval: 0, headers: [['Authorization', `Bearer ${key}`]] });
await OpenFeature.setProviderAndWait(provider);
const client = OpenFeature.getClient();
const say = (event) => {
  const { value, variant, reason } = client.getBooleanDetails('live', false);
  console.log(JSON.stringify({ event, value, variant, reason }));
};
client.addHandler(ProviderEvents.ConfigurationChanged, () => {
  say('changed');
  process.exit(0);
});
say('first');
