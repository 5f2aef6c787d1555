// A real provider on a free port of this machine. Its pages take any name and any password.
import http from 'node:http';
import Provider from 'oidc-provider';

// It says that it is not set up as one that lasts; this one does not.
console.info = console.warn = () => {};

const people = {
  ann: { email: 'ann@corp.example', email_verified: true, name: 'Ann Lee', groups: ['release managers', 'everybody'] },
  bob: { email: 'bob@corp.example', email_verified: true, name: 'Bob Wu', groups: [] },
  eve: { email: 'eve@elsewhere.example', email_verified: true, name: 'Eve', groups: ['release managers'] },
};

// `clients` are names and secrets; where they come back to is said once the server runs.
export async function start() {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  return {
    issuer,
    serve(clients) {
      const provider = new Provider(issuer, {
        clients: clients.map(({ name, secret, back }) => ({
          client_id: name,
          client_secret: secret,
          redirect_uris: [back],
          response_types: ['code'],
          grant_types: ['authorization_code'],
        })),
        cookies: { keys: ['a key of this test alone'] },
        pkce: { required: () => true },
        claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
        findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
      });
      server.on('request', provider.callback());
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
