// A shop whose new checkout is behind a flag: GET /?user=ann&plan=gold
import { createServer } from 'node:http';
import { connect } from './flags.mjs';

const { TIDEGATE_URL = 'http://127.0.0.1:7070', TIDEGATE_FLAG_KEY, FLAG = 'new-checkout', PORT = '8080' } = process.env;
if (!TIDEGATE_FLAG_KEY) {
  console.error('TIDEGATE_FLAG_KEY is not set: tidegate flag keys create --env ENVIRONMENT --kind server');
  process.exit(2);
}
const flags = await connect(TIDEGATE_URL, TIDEGATE_FLAG_KEY);

const server = createServer(async (request, response) => {
  const asked = new URL(request.url, 'http://localhost').searchParams;
  const somebody = { targetingKey: asked.get('user') ?? undefined, plan: asked.get('plan') ?? undefined };
  // The default is what happens when Tidegate cannot be asked.
  const { value, variant, reason, errorCode } = await flags.getBooleanDetails(FLAG, false, somebody);
  response.setHeader('content-type', 'application/json');
  response.end(`${JSON.stringify({ checkout: value ? 'new' : 'old', variant, reason, errorCode })}\n`);
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
