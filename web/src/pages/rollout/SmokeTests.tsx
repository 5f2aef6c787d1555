// What a rollout's smoke tests have said so far; those whose turn has not come are only counted.
import { Stack, Text } from "@mantine/core";
import { IconCheck, IconProgress, IconX, type Icon } from "@tabler/icons-react";
import type { SmokeBrief } from "@/api/types";
import { Mark, type Tone } from "@/parts/Mark";

const LOOK: Record<Exclude<SmokeBrief["state"], "waiting">, { sign: Icon; word: string; tone: Tone }> = {
  running: { sign: IconProgress, word: "is asked now", tone: "moving" },
  passed: { sign: IconCheck, word: "passed", tone: "good" },
  failed: { sign: IconX, word: "failed", tone: "bad" },
  faulted: { sign: IconX, word: "could not be asked", tone: "bad" },
};

const WHEN: Record<SmokeBrief["phase"], string> = {
  expand: "before anything of the version runs",
  "before-traffic": "before traffic",
  "with-all-traffic": "with all traffic",
  contracted: "once nothing else runs",
  contract: "once nothing else runs",
};

const OF_DATABASE: Partial<Record<SmokeBrief["phase"], string>> = {
  expand: "Expansion of the database",
  contracted: "Question whether the database is contracted already",
  contract: "Contraction of the database",
};

export function SmokeTests({ tests }: { tests: SmokeBrief[] }) {
  const waiting = tests.filter((test) => test.state === "waiting").length;
  return (
    <Stack gap={2}>
      {tests.map((test) => test.state !== "waiting" && (
        <Mark key={`${test.component} ${test.name} ${test.phase}`} sign={LOOK[test.state].sign} tone={LOOK[test.state].tone} word={told(test, LOOK[test.state].word)} />
      ))}
      {waiting > 0 && <Text size="sm" c="dimmed">{waiting === 1 ? "One check" : `${waiting} checks`} to come.</Text>}
    </Stack>
  );
}

function told(test: SmokeBrief, word: string): string {
  const seen = test.seen == null ? "" : `: ${test.seen}`;
  const what = OF_DATABASE[test.phase] ?? `Smoke test ${test.name}`;
  return `${what} of ${test.component} ${word} ${WHEN[test.phase]}${seen}`;
}
