// A plan's past: every edition with who made it, what two of them say otherwise, and what the plan says otherwise than its template.
import { Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useMay } from "@/api/may";
import { planTemplates } from "@/api/planBook";
import { planDifference, planHistory } from "@/api/plans";
import type { Plan } from "@/api/types";
import { BringIn } from "@/pages/templates/BringIn";
import { KeepTemplate } from "@/pages/templates/KeepTemplate";
import { Read, Section } from "@/parts/Page";
import { When } from "@/parts/When";
import { Changes } from "./Changes";
import { documentOf } from "./document";
import type { TabProps } from "./PlanPage";

export function HistoryTab({ plan, edits }: TabProps) {
  const read = useQuery(planHistory(plan.version));
  const [shown, setShown] = useState<number | "template" | null>(null);
  return (
    <Stack gap="xl">
      <Renewal plan={plan} may={edits} />
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

/** What it was made from, and what can be made of it. */
function Renewal({ plan, may }: { plan: Plan; may: boolean }) {
  const { template: used } = documentOf(plan);
  const keeps = useMay()("create-release");
  const newest = useQuery(planTemplates()).data?.templates.find(({ name }) => name === used?.name)?.version;
  const { version } = plan;
  return (
    <Section title="Template" aside={keeps && <KeepTemplate version={version} />}>
      <Group gap="sm">
        <Text size="sm" className="tg-break">
          {used ? <>It was made from <Link className="tg-link" to="/plans/templates/$name" params={{ name: used.name }} search={{ edition: String(used.version) }}>{used.name}</Link>, edition {used.version}.</> : "It was made from none."}
        </Text>
        {used && may && (
          <BringIn from={used.name} edition={newest !== undefined && newest > used.version ? newest : null} into={`the plan of ${version}`} stream={`plan/${version}`} ask={() => got(api.POST("/api/v1/plans/{version}/template", { params: { path: { version } }, body: {} }))} />
        )}
      </Group>
    </Section>
  );
}

function Difference({ version, edition }: { version: string; edition: number | "template" }) {
  const read = useQuery(planDifference(version, edition));
  return <Read of={read}>{(found) => <Changes found={found} />}</Read>;
}
