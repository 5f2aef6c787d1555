// A shop whose new checkout is behind a flag: GET /?user=ann&plan=gold
import { createServer } from 'node:http';
import { connect } from './flags.mjs';
import { outcomes } from './outcomes.mjs';

const { TIDEGATE_URL = 'http://127.0.0.1:7070', TIDEGATE_FLAG_KEY, FLAG = 'new-checkout', PORT = '8080' } = process.env;
if (!TIDEGATE_FLAG_KEY) {
  console.error('TIDEGATE_FLAG_KEY is not set: tidegate flag keys create --env ENVIRONMENT --kind server');
  process.exit(2);
}
const flags = await connect(TIDEGATE_URL, TIDEGATE_FLAG_KEY);
const counted = await outcomes(TIDEGATE_URL, TIDEGATE_FLAG_KEY);

const server = createServer(async (request, response) => {
  const began = performance.now();
  const asked = new URL(request.url, 'http://localhost').searchParams;
  const somebody = { targetingKey: asked.get('user') ?? undefined, plan: asked.get('plan') ?? undefined };
  // The default is what happens when Tidegate cannot be asked.
  const { value, variant, reason, errorCode } = await flags.getBooleanDetails(FLAG, false, somebody);
  response.setHeader('content-type', 'application/json');
  response.end(`${JSON.stringify({ checkout: value ? 'new' : 'old', variant, reason, errorCode })}\n`);
  counted.count(FLAG, variant, performance.now() - began, response.statusCode >= 500);
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => {
  server.close(async () => {
    const { requests, unknown } = await counted.end();
    console.log(`reported ${requests} requests${unknown.length > 0 ? `; unknown there: ${unknown.join(', ')}` : ''}`);
    process.exit(0);
  });
  server.closeIdleConnections();
});
