// The API, typed from its own document. Every request goes through here: its project, its proof against forged requests,
// a key that makes a repeated change happen once, and its problem when it was not done.
import createClient from "openapi-fetch";
import { noteEdition } from "./editions";
import { asFailure, failureOf, type Failure } from "./failure";
import { placed } from "./place";
import type { paths } from "./schema";

let csrf: string | null = null;
let onSignedOut: (failure: Failure) => void = () => {};

/** What `GET` and `POST /session` said is to be sent with every change. */
export function proveWith(token: string | null | undefined): void {
  csrf = token ?? null;
}

/** Called when a request is refused because nobody proved who they are. */
export function whenSignedOut(then: (failure: Failure) => void): void {
  onSignedOut = then;
}

/** `crypto.randomUUID` exists in secure contexts only, and a server in an office may be reached without TLS. */
function key(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const api = createClient<paths>({ baseUrl: window.location.origin });

api.use({
  onRequest({ request }) {
    const url = new URL(request.url);
    const at = placed(url.pathname) + url.search;
    const placedRequest = at === url.pathname + url.search ? request : new Request(at, request);
    if (request.method !== "GET" && request.method !== "HEAD") {
      if (csrf !== null) placedRequest.headers.set("X-CSRF-Token", csrf);
      placedRequest.headers.set("Idempotency-Key", key());
    }
    return placedRequest;
  },
  async onResponse({ response, request }) {
    if (response.ok) {
      if (request.method === "GET") noteEdition(new URL(request.url).pathname, response.headers.get("etag"));
      return;
    }
    const failure = await failureOf(response);
    // A wrong password is an answer to what was typed, not the end of a session.
    if (failure.status === 401 && failure.code !== "wrong-password" && !request.url.endsWith("/session")) onSignedOut(failure);
    throw failure;
  },
  onError({ error }) {
    throw asFailure(error);
  },
});

/** The body of an answer; what was refused is thrown as a [Failure]. */
export async function got<Body>(answer: Promise<{ data?: Body }>): Promise<NonNullable<Body>> {
  const { data } = await answer;
  return data as NonNullable<Body>;
}
