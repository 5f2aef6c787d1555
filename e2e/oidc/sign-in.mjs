// The test: a real provider, a real server, people who sign in.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Browser } from './browser.mjs';
import { start } from './provider.mjs';

const tidegate = process.argv[2];
const PASSWORD = 'a sentence nobody guesses';
const here = mkdtempSync(join(tmpdir(), 'tidegate-oidc-'));
const provider = await start();
let server;

// Nothing of whoever runs this test: neither their sessions nor a browser of theirs.
const environment = { PATH: process.env.PATH, HOME: here, XDG_CONFIG_HOME: here };
const program = (args, more = {}) => spawn(tidegate, args, { cwd: here, env: { ...environment, ...more } });

async function until(what, ask) {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await pause(50)) {
    const answer = await ask();
    if (answer) return answer;
  }
  throw new Error(`waited too long until ${what}`);
}

// What a command prints, once it ends as it should.
async function command(args, { input = '', code = 0, ...more } = {}) {
  const child = program(args, more);
  const printed = ['', ''];
  child.stdout.on('data', (piece) => (printed[0] += piece));
  child.stderr.on('data', (piece) => (printed[1] += piece));
  child.stdin.end(input);
  const [ended] = await once(child, 'close');
  assert.equal(ended, code, `tidegate ${args.join(' ')}: ${printed.join('\n')}`);
  return printed[0];
}

async function serve() {
  writeFileSync(join(here, 'corp.secret'), 'the secret of corp & nobody else');
  writeFileSync(
    join(here, 'sign-in.toml'),
    `[[provider]]
name = "corp"
display = "Corp SSO"
issuer = "${provider.issuer}"
client_id = "tidegate"
client_secret_file = "corp.secret"
scopes = ["openid", "email", "profile", "groups"]
group_claim = "groups"
groups = { "release managers" = "ops" }
allowed_hosts = ["127.0.0.1"]

[[provider]]
name = "guests"
issuer = "${provider.issuer}"
client_id = "tidegate-guests"
client_secret_env = "GUESTS_SECRET"
create = true
email_domains = ["corp.example"]
allowed_hosts = ["127.0.0.1"]
`,
  );
  const args = ['up', '--data', 'data', '--listen', '127.0.0.1:0', '--stop-services-on-exit', '--sign-in', 'sign-in.toml'];
  server = program(args, { GUESTS_SECRET: 'the secret of guests' });
  server.log = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (piece) => (server.log += piece));
  const record = join(here, 'data/server.json');
  await until('the server serves', () => {
    assert.equal(server.exitCode, null, server.log);
    return existsSync(record) && readFileSync(record, 'utf8').trim().endsWith('}');
  });
  const { url } = JSON.parse(readFileSync(record, 'utf8'));
  environment.TIDEGATE_SERVER = url;
  const client = (name, id, secret) => ({ name: id, secret, back: `${url}/api/v1/session/oidc/${name}/callback` });
  provider.serve([
    client('corp', 'tidegate', 'the secret of corp & nobody else'),
    client('guests', 'tidegate-guests', 'the secret of guests'),
  ]);
  return url;
}

// From our own page through those of the provider and back.
async function signIn(browser, address, name) {
  const login = await browser.open(address);
  assert.match(login.text, /name="login"/, login.text);
  const consent = await browser.send(login, { login: name, password: 'any' });
  assert.match(consent.text, /value="consent"/, consent.text);
  return browser.send(consent, {});
}

async function whoami(url, browser) {
  const { text } = await browser.open(`${url}/api/v1/session`, { headers: { accept: 'application/json' } });
  return JSON.parse(text);
}

async function test() {
  const url = await serve();
  await command(['user', 'create', 'root', '--admin', '--password-stdin', '--setup-token', readFileSync(join(here, 'data/setup'), 'utf8').trim()], { input: `${PASSWORD}\n` });
  await command(['login', 'root', '--password-stdin'], { input: `${PASSWORD}\n` });
  const corp = `${url}/api/v1/session/oidc/corp`;
  const guests = `${url}/api/v1/session/oidc/guests`;

  const nobody = await signIn(new Browser(), corp, 'ann');
  assert.equal(nobody.status, 403);
  assert.match(nobody.text, /identity-unknown/);
  assert.match(nobody.text, /tidegate user link NAME --oidc corp --subject &#39;ann&#39;/);
  console.log('somebody whom nobody here knows is refused, and told what an administrator types');

  await command(['group', 'grant', 'ops', '--role', 'approver']);
  await command(['user', 'create', 'ann', '--no-password', '--display', 'Ann']);
  await command(['user', 'link', 'ann', '--oidc', 'corp', '--subject', 'ann']);
  const browser = new Browser();
  const back = await signIn(browser, `${corp}?return_to=/api/v1/health`, 'ann');
  assert.equal(back.status, 200, back.text);
  assert.match(back.text, /You are signed in as ann\./);
  assert.match(back.text, /0;url=\/api\/v1\/health/);
  assert.ok(browser.cookie(url, '__Host-tidegate') && !browser.cookie(url, '__Host-tidegate-oidc'));
  const ann = await whoami(url, browser);
  assert.deepEqual([ann.name, ann.how, ann.groups, ann.grants.map((grant) => grant.role)], ['ann', 'session', ['ops'], ['approver']]);
  console.log('somebody who is linked signs in, with the groups that the provider says');

  const again = await browser.open(back.url);
  assert.equal(again.status, 401);
  assert.match(again.text, /sign-in-not-begun/);
  console.log('the same answer counts no second time');

  const login = program(['login', '--oidc', 'corp'], { XDG_CONFIG_HOME: join(here, 'ann') });
  let told = '';
  login.stderr.on('data', (piece) => (told += piece));
  login.stdout.resume();
  const ended = once(login, 'close');
  const address = await until('the command line says where', () => {
    assert.equal(login.exitCode, null, told);
    return told.match(/http:\/\/\S+terminal_state=[0-9A-F]{32}/)?.[0];
  });
  const shown = await until('it says what is shown', () => told.match(/must show ([0-9A-F]{4}-[0-9A-F]{4})/)?.[1]);
  const terminal = new Browser();
  const page = await signIn(terminal, address, 'ann');
  assert.ok(page.text.includes(shown), `${shown} is not on ${page.text}`);
  assert.equal(terminal.cookie(url, '__Host-tidegate'), undefined);
  const done = await terminal.follow(page, /that is mine/);
  assert.match(done.text, /You can close this page/);
  assert.equal((await ended)[0], 0, told);
  const printed = await command(['whoami', '--json'], { XDG_CONFIG_HOME: join(here, 'ann') });
  assert.equal(JSON.parse(printed).name, 'ann');
  console.log('a command line signs in through the browser');

  const visitor = new Browser();
  assert.equal((await signIn(visitor, guests, 'bob')).status, 200);
  const bob = await whoami(url, visitor);
  assert.deepEqual([bob.name, bob.display, bob.grants], ['bob@corp.example', 'Bob Wu', []]);
  const eve = await signIn(new Browser(), guests, 'eve');
  assert.equal(eve.status, 403, eve.text);
  console.log('whoever is new comes without rights, and only from the domain that may');

  const undecided = new Browser();
  const form = await undecided.open(corp);
  const denied = await undecided.follow(form, /Cancel/i);
  assert.equal(denied.status, 401, denied.text);
  assert.match(denied.text, /provider-denied/);
  console.log('who says no is not signed in');

  await command(['user', 'disable', 'ann', '--reason', 'left']);
  const gone = await signIn(new Browser(), corp, 'ann');
  assert.equal(gone.status, 409, gone.text);
  assert.equal((await whoami(url, browser)).code, 'session-ended');
  await command(['user', 'unlink', 'ann', '--oidc', 'corp', '--subject', 'ann']);
  console.log('who was disabled is refused');

  const history = await command(['events', '-n', '1000', '--json']);
  for (const secret of ['the secret of', PASSWORD, 'code=']) {
    assert.ok(!`${history}${server.log}`.includes(secret), `${secret} is told`);
  }
}

try {
  await test();
} finally {
  if (server && server.exitCode === null) {
    server.kill('SIGTERM');
    await once(server, 'close');
  }
  await provider.stop();
  rmSync(here, { recursive: true, force: true });
}
