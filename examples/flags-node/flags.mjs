// Feature flags for this process: OpenFeature's SDK for servers, its stock OFREP provider, and where Tidegate is.
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';

/** A client that asks the server, or an edge, at `url`; `key` is a server key (`tdk_…`) of one environment. */
export async function connect(url, key) {
  const provider = new OFREPProvider({ baseUrl: url, headers: [['Authorization', `Bearer ${key}`]] });
  await OpenFeature.setProviderAndWait(provider);
  return OpenFeature.getClient();
}
