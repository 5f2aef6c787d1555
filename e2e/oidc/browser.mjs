// As much of a browser as a sign-in needs: cookies kept for each address, redirects, forms, links.
import http from 'node:http';

export class Browser {
  #cookies = new Map();

  // Follows redirects to the first page.
  async open(address, options = {}) {
    let [url, next] = [new URL(address), options];
    for (let count = 0; count < 20; count += 1) {
      const cookie = [...(this.#cookies.get(url.origin) ?? new Map())].map(([name, value]) => `${name}=${value}`);
      const headers = { accept: 'text/html', 'sec-fetch-mode': 'navigate', ...options.headers };
      if (cookie.length) headers.cookie = cookie.join('; ');
      const response = await ask(url, { ...next, headers });
      this.#keep(url.origin, response.headers['set-cookie'] ?? []);
      const location = response.headers.location;
      if (!location) return { url, status: response.status, text: response.text };
      [url, next] = [new URL(location, url), {}];
    }
    throw new Error(`too many redirects, the last to ${url}`);
  }

  // Fills in the form of a page, hidden fields as they are.
  async send(page, fields) {
    const action = attribute(page.text.match(/<form[^>]*>/i)?.[0] ?? '', 'action');
    if (!action) throw new Error(`no form at ${page.url}: ${page.text}`);
    const inputs = [...page.text.matchAll(/<input[^>]*>/gi)].map(([input]) => input);
    const body = new URLSearchParams();
    for (const input of inputs.filter((input) => attribute(input, 'name'))) {
      body.set(attribute(input, 'name'), attribute(input, 'value') ?? '');
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return this.open(new URL(action, page.url), { method: 'POST', body });
  }

  // Follows the link whose text fits.
  async follow(page, text) {
    const links = [...page.text.matchAll(/<a [^>]*>[^<]*<\/a>/gi)].map(([link]) => link);
    const link = links.find((link) => text.test(link));
    if (!link) throw new Error(`no link ${text} at ${page.url}: ${page.text}`);
    return this.open(new URL(attribute(link, 'href'), page.url));
  }

  cookie(address, name) {
    return this.#cookies.get(new URL(address).origin)?.get(name);
  }

  #keep(origin, lines) {
    const jar = this.#cookies.get(origin) ?? new Map();
    this.#cookies.set(origin, jar);
    for (const line of lines) {
      const [pair, ...more] = line.split(';').map((part) => part.trim());
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const over = more.some((part) => /^max-age=0$/i.test(part) || (/^expires=/i.test(part) && new Date(part.slice(8)) < new Date()));
      if (over) jar.delete(name);
      else jar.set(name, value);
    }
  }
}

// Node's own `fetch` says that a script asks, and not a person.
function ask(url, { method = 'GET', headers, body }) {
  return new Promise((resolve, reject) => {
    const form = body && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': `${body}`.length };
    const request = http.request(url, { method, headers: { ...headers, ...form }, agent: false, timeout: 120_000 });
    request.on('timeout', () => request.destroy(new Error(`${url} gives no answer`)));
    request.on('error', reject);
    request.on('response', async (response) => {
      let text = '';
      for await (const piece of response.setEncoding('utf8')) text += piece;
      resolve({ status: response.statusCode, headers: response.headers, text });
    });
    request.end(body && `${body}`);
  });
}

function attribute(element, name) {
  const found = element.match(new RegExp(`${name}="([^"]*)"`, 'i'));
  return found?.[1].replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
