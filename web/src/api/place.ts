// Which project this page shows. The first one stands at the root, another under /projects/NAME, in both the page's
// address and the API's. People, sessions and tokens belong to the whole installation.

const OTHER = /^\/projects\/([a-z0-9][a-z0-9-]*)(?=\/|$)/;
const OF_INSTALLATION = /^\/api\/v1\/(people|groups|session|setup|projects|health|openapi\.json)(?=\/|\?|$)/;

/** Null for the first project. */
export const project: string | null = OTHER.exec(window.location.pathname)?.[1] ?? null;

/** What stands before every address of this page. */
export const basePath = project === null ? "/" : `/projects/${project}`;

/** Where an address of the API document is found for this project. */
export function placed(path: string): string {
  if (project === null || OF_INSTALLATION.test(path)) return path;
  return path.replace(/^\/api\/v1/, `/api/v1/projects/${project}`);
}
