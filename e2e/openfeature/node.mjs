// Asks as `examples/flags-node` does, beside whose files this is copied; answers JSON on stdout.
import { connect } from './flags.mjs';

const [url, key, subjects] = process.argv.slice(2);
const client = await connect(url, key);
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
  nobody: told(await client.getStringDetails('split', 'default', {})),
}));
