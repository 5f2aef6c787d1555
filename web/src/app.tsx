// What stands around every page: looks, remembered answers, messages, addresses.
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { asFailure } from "./api/failure";
import { whenSignedOut } from "./api/client";
import { makeRouter } from "./router";
import { theme } from "./theme/theme";

const TRIES_MAX = 2;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say when an answer is old; nothing is asked again only because time went by or a window was focused.
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < TRIES_MAX && [0, 503].includes(asFailure(error).status),
    },
  },
});

const router = makeRouter(client);
const colours = localStorageColorSchemeManager({ key: "tidegate-colours" });

whenSignedOut(() => {
  const { pathname, href } = router.state.location;
  if (pathname === "/sign-in" || pathname === "/setup") return;
  client.clear();
  void router.navigate({ to: "/sign-in", search: { to: href } });
});

export function App({ nonce }: { nonce: string }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={colours} getStyleNonce={() => nonce}>
      <QueryClientProvider client={client}>
        <Notifications position="bottom-right" aria-live="polite" />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
