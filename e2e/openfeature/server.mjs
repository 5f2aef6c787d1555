// Asks through the OFREP provider for servers; answers JSON on stdout.
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';

const [url, key, subjects] = process.argv.slice(2);
const provider = new OFREPProvider({ baseUrl: url, headers: [['Authorization', `Bearer ${key}`]] });
await OpenFeature.setProviderAndWait(provider);
const client = OpenFeature.getClient();
const told = (details) => [details.value, details.variant ?? null, details.reason, details.errorCode ?? null];
const split = {};
for (const subject of JSON.parse(subjects)) {
  split[subject] = (await client.getStringDetails('split', 'default', { targetingKey: subject })).variant;
}
const ann = { targetingKey: 'ann', plan: 'gold' };
console.log(JSON.stringify({
  split,
  rule: told(await client.getStringDetails('rule', 'default', ann)),
  off: told(await client.getBooleanDetails('off', true, ann)),
  missing: told(await client.getBooleanDetails('missing', true, ann)),
  object: told(await client.getObjectDetails('object', {}, ann)),
  number: told(await client.getNumberDetails('number', 0, ann)),
}));
