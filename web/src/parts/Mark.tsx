// A state: always a sign and a word, and a colour beside them.
import { Group, Text } from "@mantine/core";
import {
  IconArrowBackUp, IconBan, IconCheck, IconCircleDashed, IconClock, IconHandStop, IconLock, IconPlayerPlay,
  IconPointFilled, IconProgress, IconX, type Icon,
} from "@tabler/icons-react";
import type { Rollout, Why } from "@/api/types";

export type Tone = "good" | "bad" | "warn" | "moving" | "quiet";

interface Look {
  sign: Icon;
  word: string;
  tone: Tone;
}

const ROLLOUT: Record<Rollout["state"], Look> = {
  waiting: { sign: IconClock, word: "waiting", tone: "quiet" },
  advancing: { sign: IconProgress, word: "advancing", tone: "moving" },
  held: { sign: IconHandStop, word: "held", tone: "warn" },
  returning: { sign: IconArrowBackUp, word: "going back", tone: "bad" },
  succeeded: { sign: IconCheck, word: "succeeded", tone: "good" },
  "rolled-back": { sign: IconArrowBackUp, word: "rolled back", tone: "bad" },
  cancelled: { sign: IconX, word: "cancelled", tone: "quiet" },
};

const STANDS: Record<Why["stands"], Look> = {
  live: { sign: IconCheck, word: "live", tone: "good" },
  verified: { sign: IconCheck, word: "verified", tone: "quiet" },
  "under-way": { sign: IconProgress, word: "under way", tone: "moving" },
  held: { sign: IconHandStop, word: "held", tone: "warn" },
  returning: { sign: IconArrowBackUp, word: "going back", tone: "bad" },
  "not-in-pipeline": { sign: IconCircleDashed, word: "not in its pipeline", tone: "quiet" },
  "not-yet": { sign: IconCircleDashed, word: "not yet", tone: "quiet" },
  barred: { sign: IconBan, word: "barred", tone: "bad" },
  "secret-missing": { sign: IconLock, word: "secret missing", tone: "warn" },
  "gates-closed": { sign: IconLock, word: "gates closed", tone: "warn" },
  busy: { sign: IconClock, word: "busy", tone: "quiet" },
  ready: { sign: IconPlayerPlay, word: "ready", tone: "moving" },
};

export function RolloutMark({ state }: { state: Rollout["state"] }) {
  return <Mark {...ROLLOUT[state]} />;
}

export function StandsMark({ stands }: { stands: Why["stands"] }) {
  return <Mark {...STANDS[stands]} />;
}

/** Of an instance, a delivery, anything: its sign follows from the tone where none is given. */
export function Mark({ sign: Sign = IconPointFilled, word, tone }: { sign?: Icon; word: string; tone: Tone }) {
  return (
    <Group gap={4} wrap="nowrap" display="inline-flex" style={{ color: `var(--tg-${tone})` }}>
      <Sign size={16} aria-hidden stroke={2.2} className={tone === "moving" ? "tg-pulse" : undefined} />
      <Text component="span" size="sm" fw={600} inherit={false} style={{ whiteSpace: "nowrap" }}>
        {word}
      </Text>
    </Group>
  );
}
