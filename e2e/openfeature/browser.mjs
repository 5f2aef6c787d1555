// Opens a page in a real browser, and prints what its element says whenever that becomes another. By Chromium's own protocol:
// chromedevtools.github.io/devtools-protocol.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [chromium, page, element] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'tidegate-browser-'));
const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-port=0'];
const browser = spawn(chromium, [...options, `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
const end = () => browser.kill('SIGKILL');
browser.on('exit', () => {
  rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  process.exit(0);
});
process.on('SIGTERM', end);

const socket = await new Promise((found) => {
  createInterface(browser.stderr).on('line', (line) => {
    const told = line.match(/^DevTools listening on (ws:.*)$/);
    if (told) found(new WebSocket(told[1]));
  });
});
await new Promise((open) => socket.addEventListener('open', open));
const waiting = new Map();
socket.addEventListener('message', ({ data }) => {
  const { id, result, error } = JSON.parse(data);
  waiting.get(id)?.(result ?? { error });
  waiting.delete(id);
});
let asked = 0;
const ask = (method, params, sessionId) => new Promise((answered) => {
  asked += 1;
  waiting.set(asked, answered);
  socket.send(JSON.stringify({ id: asked, method, params, sessionId }));
});

const { targetId } = await ask('Target.createTarget', { url: page });
const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true });
let before = null;
for (;;) {
  const expression = `document.getElementById(${JSON.stringify(element)})?.textContent`;
  const text = (await ask('Runtime.evaluate', { expression }, sessionId)).result?.value ?? null;
  if (text !== before) console.log(JSON.stringify(text));
  before = text;
  await new Promise((later) => setTimeout(later, 50));
}
