// Feature flags for a page: OpenFeature's SDK for the web, its stock OFREP provider, and where Tidegate is.
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';

/**
 * Calls `told` with a client now, and again whenever a flag changed: the server's stream of events says so, nothing polls.
 * `key` is a client key (`tdk_…`): whoever reads the page may read it, and it is answered values, never rules.
 */
export async function follow(url, key, somebody, told) {
  await OpenFeature.setContext(somebody);
  const provider = new OFREPWebProvider({ baseUrl: url, pollInterval: 0, headers: [['Authorization', `Bearer ${key}`]] });
  await OpenFeature.setProviderAndWait(provider);
  const client = OpenFeature.getClient();
  client.addHandler(ProviderEvents.ConfigurationChanged, () => told(client));
  told(client);
}
