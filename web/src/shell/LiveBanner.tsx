// Says when what is on the screen is no longer live, and how old it is.
import { Alert } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useStanding } from "@/live/live";
import { useNow } from "@/live/clock";
import { exact, span } from "@/parts/time";

/** A break shorter than this is mended before anybody reads of it. */
const SHOWN_AFTER_MS = 1500;

export function LiveBanner() {
  const { state, sinceMs, heardMs } = useStanding();
  useNow(1000);
  const away = Date.now() - sinceMs;
  if (state === "live" || away < SHOWN_AFTER_MS) return null;
  const heard = heardMs ?? sinceMs;
  return (
    <Alert role="status" color="yellow" variant="light" mb="md" icon={<IconPlugConnectedX aria-hidden />} title="Not live">
      {heardMs === null ? "The stream of events did not open yet." : `The stream of events is lost. What you see is ${span(Date.now() - heard)} old (${exact(heard)}).`} Trying again by itself; what you do is still
      asked of the server at once.
    </Alert>
  );
}
