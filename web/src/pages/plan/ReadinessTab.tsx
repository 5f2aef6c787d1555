// What has to be ready, area by area and for whom, ticked in its place; what is not, with why and whose it is.
import { Group, Progress, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconCheck, IconCircleDashed } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { planReadiness } from "@/api/plans";
import type { Named } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Mark } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { ownerName, titleOfAudience, type ChecklistItem, type PlanDocument } from "./document";
import { AddEntry, EntryActions } from "./EntryForm";
import type { TabProps } from "./PlanPage";
import { Said } from "./Said";
import { TickBox } from "./TickBox";
import { useMarks } from "./useEdits";

const words = (area: string) => area.charAt(0).toUpperCase() + area.slice(1).replaceAll("-", " ");

export function ReadinessTab(props: TabProps) {
  const { plan, document, edits } = props;
  const read = useQuery(planReadiness(plan.version));
  const { readiness, afterwards } = document;
  const areas = [...new Set(readiness.map(({ area }) => area))];
  return (
    <Stack gap="xl">
      <Read of={read}>
        {({ ready, areas: parts, audiences, untriaged, stopping, unbound, strangers }) => (
          <Stack gap="md">
            <Group gap="sm">
              <Mark sign={ready ? IconCheck : IconCircleDashed} word={ready ? "ready" : "not ready"} tone={ready ? "good" : "warn"} />
              <Text size="sm" c="dimmed">
                {[untriaged.length > 0 && `to be triaged: ${untriaged.join(", ")}`, stopping.length > 0 && `stops the release: ${stopping.join(", ")}`].filter(Boolean).join("; ")}
              </Text>
            </Group>
            {[...(unbound ?? []).map(({ risk, kind, name }) => `${risk} counts on the ${kind} ${name}, which is not there`), ...(strangers ?? []).map(strange)].map((told) => <Text key={told} size="sm" className="tg-break">{told}</Text>)}
            <Section title="By area"><PartList parts={parts} document={document} name={words} /></Section>
            {audiences.length > 0 && <Section title="By audience"><PartList parts={audiences} document={document} name={(id) => titleOfAudience(document, id)} /></Section>}
          </Stack>
        )}
      </Read>
      <Section title="Checklist before it goes out" aside={edits && <AddEntry version={plan.version} document={document} list="readiness" />}>
        {readiness.length === 0 ? (
          <Empty title="Nothing is on the checklist">Final testing, the release candidate, environment and data: what has to be so before it goes out.</Empty>
        ) : (
          areas.map((area) => (
            <Stack key={area} gap={4}>
              <Text fw={600} size="sm">{words(area)}</Text>
              <Items {...props} list="readiness" items={readiness.filter((item) => item.area === area)} label={words(area)} />
            </Stack>
          ))
        )}
      </Section>
      <Section title="Once it is out" aside={edits && <AddEntry version={plan.version} document={document} list="afterwards" />}>
        {afterwards.length === 0 ? <Text size="sm" c="dimmed">Nothing is to be done afterwards.</Text> : <Items {...props} list="afterwards" items={afterwards} label="Once it is out" />}
      </Section>
    </Stack>
  );
}

function strange({ name, named_as: as }: Named<"PlanStranger">): string {
  return `nobody here is called ${name} (${as.join(", ")})`;
}

function PartList({ parts, document, name }: { parts: Named<"PlanPart">[]; document: PlanDocument; name: (id: string) => string }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
      {parts.map(({ name: id, done, total, open }) => (
        <Stack key={id} gap={4} component="article" aria-label={name(id)}>
          <Group justify="space-between" gap="xs">
            <Text size="sm" fw={600} className="tg-break">{name(id)}</Text>
            <Text size="sm" c="dimmed">{total === 0 ? "nothing asked" : `${done} of ${total}`}</Text>
          </Group>
          <Progress value={total === 0 ? 0 : (100 * done) / total} color={open.length === 0 ? "green" : "tide"} aria-label={`${name(id)}: ${done} of ${total}`} />
          {open.length > 0 && (
            <details>
              <summary style={{ cursor: "pointer", fontSize: "var(--mantine-font-size-xs)" }}>{count(open.length, "thing")} open</summary>
              <Stack component="ul" gap={2} m={0} pl="md" mt={4}>
                {open.map((one) => (
                  <li key={`${one.what}/${one.id}`}>
                    <Text size="xs" className="tg-break">{one.text}: {one.why}{one.owner ? ` (${ownerName(document, one.owner)})` : ""}</Text>
                  </li>
                ))}
              </Stack>
            </details>
          )}
        </Stack>
      ))}
    </SimpleGrid>
  );
}

interface ItemsProps extends TabProps {
  list: "readiness" | "afterwards";
  items: ChecklistItem[];
  label: string;
}

function Items({ plan, document, edits, list, items, label }: ItemsProps) {
  const marks = useMarks(plan);
  return (
    <Stack component="ul" gap={6} m={0} p={0} style={{ listStyle: "none" }} aria-label={label}>
      {items.map((item) => (
        <li key={item.id}>
          <Group justify="space-between" align="flex-start" gap="xs">
            <Stack gap={0} flex="1 1 16rem" miw={0}>
              <TickBox version={plan.version} label={item.text} checked={item.done === true} may={marks} act={(done) => ({ act: "tick", item: item.id, done, note: null })} />
              <Text size="xs" c="dimmed" pl={28} className="tg-break">
                {[item.owner ? ownerName(document, item.owner) : "nobody owns it", item.audience && `for ${titleOfAudience(document, item.audience)}`].filter(Boolean).join(" · ")}
              </Text>
              <div style={{ paddingLeft: 28 }}><Said said={plan.marks[`item/${item.id}`]} /></div>
            </Stack>
            {edits && <EntryActions version={plan.version} document={document} list={list} entry={item} named={item.text} />}
          </Group>
        </li>
      ))}
    </Stack>
  );
}
