// Every address there is. Pages are fetched when they are first gone to; filters stand in the address, so that every view
// can be shared.
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect,
} from "@tanstack/react-router";
import { proveWith } from "./api/client";
import { asFailure } from "./api/failure";
import { basePath } from "./api/place";
import { session } from "./api/queries";
import { LiveProvider } from "./live/live";
import { Broken, Nowhere } from "./shell/Broken";
import { Shell } from "./shell/Shell";

interface Context {
  client: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: Nowhere, errorComponent: Broken });

/** Everything that wants to know who asks. */
const known = createRoute({
  getParentRoute: () => root,
  id: "known",
  beforeLoad: async ({ context, location }) => {
    try {
      proveWith((await context.client.ensureQueryData(session())).csrf);
    } catch (error) {
      if (asFailure(error).status === 401) throw redirect({ to: "/sign-in", search: { to: location.href } });
      throw error;
    }
  },
  component: () => (
    <LiveProvider>
      <Shell />
    </LiveProvider>
  ),
  errorComponent: Broken,
});

/** What an address may carry behind its `?`: words, kept as they are; pages say which of them they know. */
type Words = Record<string, string | undefined>;
const words = (search: Record<string, unknown>): Words =>
  Object.fromEntries(Object.entries(search).flatMap(([key, value]) => (value === undefined || value === "" ? [] : [[key, String(value)]])));

const page = <Path extends string>(path: Path, load: () => Promise<Record<string, unknown>>, name: string) =>
  createRoute({
    getParentRoute: () => known,
    path,
    validateSearch: words,
    component: lazyRouteComponent(load as () => Promise<Record<string, never>>, name),
  });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: words,
  component: lazyRouteComponent(() => import("./pages/sign-in/SignIn"), "SignIn"),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(() => import("./pages/setup/Setup"), "Setup"),
});

const tree = root.addChildren([
  signIn,
  setup,
  known.addChildren([
    page("/", () => import("./pages/overview/Overview"), "Overview"),
    page("/first-run", () => import("./pages/first-run/FirstRun"), "FirstRun"),
    page("/releases", () => import("./pages/releases/Releases"), "Releases"),
    page("/releases/$version", () => import("./pages/release/ReleasePage"), "ReleasePage"),
    page("/rollouts", () => import("./pages/rollouts/Rollouts"), "Rollouts"),
    page("/rollouts/$id", () => import("./pages/rollout/RolloutPage"), "RolloutPage"),
    page("/flags", () => import("./pages/flags/Flags"), "Flags"),
    page("/flags/$key", () => import("./pages/flag/FlagPage"), "FlagPage"),
    page("/plans", () => import("./pages/plans/Plans"), "Plans"),
    page("/plans/sources/$source", () => import("./pages/scope/SourcePage"), "SourcePage"),
    page("/plans/templates/$name", () => import("./pages/templates/TemplatePage"), "TemplatePage"),
    page("/plans/$version", () => import("./pages/plan/PlanPage"), "PlanPage"),
    page("/announcements", () => import("./pages/announcements/Announcements"), "Announcements"),
    page("/announcements/$announcement", () => import("./pages/announcement/AnnouncementPage"), "AnnouncementPage"),
    page("/measures", () => import("./pages/measures/Measures"), "Measures"),
    page("/incidents", () => import("./pages/incidents/Incidents"), "Incidents"),
    page("/incidents/$incident", () => import("./pages/incidents/IncidentPage"), "IncidentPage"),
    page("/approvals", () => import("./pages/approvals/Approvals"), "Approvals"),
    page("/calendar", () => import("./pages/calendar/CalendarPage"), "CalendarPage"),
    page("/environments", () => import("./pages/environments/Environments"), "Environments"),
    page("/environments/$environment", () => import("./pages/environment/EnvironmentPage"), "EnvironmentPage"),
    page("/audit", () => import("./pages/audit/AuditPage"), "AuditPage"),
    page("/webhooks", () => import("./pages/webhooks/Webhooks"), "Webhooks"),
    page("/webhooks/$name", () => import("./pages/webhooks/WebhookPage"), "WebhookPage"),
    page("/people", () => import("./pages/people/People"), "People"),
    page("/people/$person", () => import("./pages/people/PersonPage"), "PersonPage"),
    page("/settings", () => import("./pages/settings/Settings"), "Settings"),
  ]),
]);

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    basepath: basePath,
    context: { client },
    defaultPreload: "intent",
    scrollRestoration: true,
    // Words stay words: a release called 1.10 is no number.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== "");
      const text = new URLSearchParams(given as [string, string][]).toString();
      return text === "" ? "" : `?${text}`;
    },
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
