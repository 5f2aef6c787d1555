// A plan's past: every edition with who made it, what two of them say otherwise, and what the plan says otherwise than its template.
import { Button, Code, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { planDifference, planHistory } from "@/api/plans";
import type { PlanDifference } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Mark, type Tone } from "@/parts/Mark";
import { IconMinus, IconPencil, IconPlus, type Icon } from "@tabler/icons-react";
import { Read, Section } from "@/parts/Page";
import { When } from "@/parts/When";
import type { TabProps } from "./PlanPage";
import { Said } from "./Said";

const HOW: Record<string, { sign: Icon; tone: Tone }> = {
  added: { sign: IconPlus, tone: "good" },
  removed: { sign: IconMinus, tone: "bad" },
  changed: { sign: IconPencil, tone: "quiet" },
};

export function HistoryTab({ plan }: TabProps) {
  const read = useQuery(planHistory(plan.version));
  const [shown, setShown] = useState<number | "template" | null>(null);
  return (
    <Stack gap="xl">
      {plan.document["template"] !== undefined && (
        <Section title="Against its template" aside={<Button size="xs" variant="default" aria-expanded={shown === "template"} onClick={() => setShown(shown === "template" ? null : "template")}>{shown === "template" ? "Hide it" : "Show what is otherwise"}</Button>}>
          {shown === "template" && <Difference version={plan.version} edition="template" />}
        </Section>
      )}
      <Section title="Editions">
        <Read of={read}>
          {({ editions }) => (
            <Stack component="ol" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label="Editions, the newest first">
              {editions.map((one) => (
                <li key={one.edition}>
                  <Stack gap={2}>
                    <Group gap="xs">
                      <Text size="sm" fw={600}>Edition {one.edition}</Text>
                      <Text size="sm" className="tg-break">{one.kind.replace("plan.", "").replaceAll("-", " ")} by {one.by}, <When ms={one.at_ms} /></Text>
                      {one.places.length > 0 && (
                        <Button size="compact-xs" variant="default" aria-expanded={shown === one.edition} aria-label={`What edition ${one.edition} changed`} onClick={() => setShown(shown === one.edition ? null : one.edition)}>
                          {shown === one.edition ? "Hide it" : "What changed"}
                        </Button>
                      )}
                    </Group>
                    {one.note && <Text size="xs" c="dimmed" className="tg-break">{one.note}</Text>}
                    {shown === one.edition && <Difference version={plan.version} edition={one.edition} />}
                  </Stack>
                </li>
              ))}
            </Stack>
          )}
        </Read>
      </Section>
    </Stack>
  );
}

function Difference({ version, edition }: { version: string; edition: number | "template" }) {
  const read = useQuery(planDifference(version, edition));
  return <Read of={read}>{(found) => <Changes found={found} />}</Read>;
}

function Changes({ found }: { found: PlanDifference }) {
  if (found.changes.length === 0) return <Empty title="They say the same">From {found.from} to {found.to}.</Empty>;
  return (
    <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label={`From ${found.from} to ${found.to}`}>
      {found.changes.map((change) => {
        const { sign, tone } = HOW[change.how] ?? HOW["changed"]!;
        return (
          <li key={change.path}>
            <Group gap="xs"><Mark sign={sign} word={change.how} tone={tone} /><Code className="tg-break">{change.path}</Code></Group>
            {change.before !== undefined && change.before !== null && <Text size="xs" className="tg-break">before: {told(change.before)}</Text>}
            {change.after !== undefined && change.after !== null && <Text size="xs" className="tg-break">after: {told(change.after)}</Text>}
            <Said said={change.said} />
          </li>
        );
      })}
    </Stack>
  );
}

const told = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
