// Serves this directory, and what the page must know: where Tidegate is, and a client key.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';

const { TIDEGATE_URL = 'http://127.0.0.1:7070', TIDEGATE_FLAG_KEY, FLAG = 'new-checkout', PORT = '8081' } = process.env;
if (!TIDEGATE_FLAG_KEY) {
  console.error('TIDEGATE_FLAG_KEY is not set: tidegate flag keys create --env ENVIRONMENT --kind client');
  process.exit(2);
}
const settings = JSON.stringify({ url: TIDEGATE_URL, key: TIDEGATE_FLAG_KEY, flag: FLAG });
const kinds = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/settings.json') {
    response.setHeader('content-type', 'application/json').end(settings);
    return;
  }
  const path = pathname === '/' ? '/index.html' : pathname;
  const kind = kinds[extname(path)];
  try {
    // URLs have no way up: `/../` is gone by now.
    const content = kind && (await readFile(new URL(`.${path}`, import.meta.url)));
    response.writeHead(content ? 200 : 404, { 'content-type': kind ?? 'text/plain' }).end(content || 'not here');
  } catch {
    response.writeHead(404).end('not here');
  }
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
