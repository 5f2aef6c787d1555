// How an announcement stands, and how far its letters came.
import { Group } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock, IconX } from "@tabler/icons-react";
import type { Announcement } from "@/api/types";
import { count } from "@/parts/figures";
import { Mark } from "@/parts/Mark";

const STATES = {
  planned: { sign: IconClock, word: "planned", tone: "moving" },
  told: { sign: IconCheck, word: "told", tone: "good" },
  cancelled: { sign: IconX, word: "cancelled", tone: "quiet" },
} as const;

export function AnnouncementMark({ state }: Pick<Announcement, "state">) {
  return <Mark {...STATES[state]} />;
}

export function Arrived({ of: { state, deliveries, delivered, waiting, dead, url } }: { of: Announcement }) {
  if (state === "planned") return <>nothing yet</>;
  return (
    <Group gap="sm" style={{ rowGap: 0 }}>
      <span>{deliveries === 0 ? (url == null ? "to nobody" : "on the public page") : `${delivered.toLocaleString()} of ${count(deliveries, "delivery", "deliveries")}`}</span>
      {waiting > 0 && <Mark sign={IconClock} word={`${waiting} waiting`} tone="warn" />}
      {dead > 0 && <Mark sign={IconAlertTriangle} word={`${dead} given up`} tone="bad" />}
    </Group>
  );
}
