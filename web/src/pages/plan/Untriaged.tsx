// What trackers have and the plan has not decided on: each is taken in or left out in its place, by whoever may.
import { Badge, Button, Card, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { scopeSources, untriaged } from "@/api/scope";
import type { Plan, UntriagedItem } from "@/api/types";
import { itemWords } from "@/pages/scope/words";
import { decisionWord } from "@/pages/plans/words";
import { useAddress } from "@/parts/address";
import { Away } from "@/parts/Away";
import { count } from "@/parts/figures";
import { Read, Section } from "@/parts/Page";
import { When } from "@/parts/When";
import { severityAgainstRisk } from "./scope";
import { Triage } from "./Triage";

export function Untriaged({ plan, decides }: { plan: Plan; decides: boolean }) {
  const [{ waits: after }, put] = useAddress();
  const sources = useQuery(scopeSources()).data?.items.length;
  const read = useQuery(untriaged(plan.version, after));
  const where = <Link className="tg-link" to="/plans" search={{ tab: "sources" }}>Sources of scope</Link>;
  return (
    <Section title="Untriaged in trackers">
      <Read of={read}>
        {({ entries, total, late, frozen_ms: frozen, next }) => (
          <Stack gap="xs">
            <Text size="sm" c={total === 0 ? "dimmed" : undefined}>
              {sources === 0 ? <>No tracker is read yet: {where} say where issues come from.</>
              : total === 0 ? <>Nothing waits: whatever belongs to {plan.version} or was filed since is decided. {where}.</>
              : <>{count(total, "item waits", "items wait")} for a decision{late > 0 && `, ${late} of them closed after the freeze`}. {where}.</>}
              {frozen != null && total > 0 && <> The scope is frozen since <When ms={frozen} />.</>}
            </Text>
            {entries.length > 0 && (
              <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label="Untriaged items">
                {entries.map((entry) => <li key={entry.item.key}><Waiting entry={entry} plan={plan} decides={decides} /></li>)}
              </Stack>
            )}
            {(after !== undefined || next != null) && (
              <Group gap="xs">
                <Button size="xs" variant="default" disabled={after === undefined} onClick={() => put({ waits: undefined })}>First</Button>
                <Button size="xs" variant="default" disabled={next == null} onClick={() => put({ waits: next ?? undefined })}>Next</Button>
              </Group>
            )}
          </Stack>
        )}
      </Read>
    </Section>
  );
}

function Waiting({ entry: { item, source, reason, late, severity, fix_risk: risk, advice }, plan, decides }: { entry: UntriagedItem; plan: Plan; decides: boolean }) {
  const { key, title, url, labels } = item;
  return (
    <Card padding="sm" component="article" aria-label={`${key}: ${title}`}>
      <Group justify="space-between" align="flex-start" gap="xs">
        <Stack gap={2} flex="1 1 16rem" miw={0}>
          <Group gap={8}>
            <Text size="sm" fw={600} className="tg-break">{url && /^https?:/.test(url) ? <Away href={url}>{key}</Away> : key}</Text>
            {late && <Badge color="orange">after the freeze</Badge>}
            <Badge variant="default">{reason === "mapped" ? "belongs to this release" : "filed since the plan was made"}</Badge>
            {labels?.map((label) => <Badge key={label} variant="default" fw={400}>{label}</Badge>)}
          </Group>
          <Text size="sm" className="tg-break">{title}</Text>
          <Text size="xs" c="dimmed" className="tg-break">{itemWords(item)} · from <Link className="tg-link" to="/plans/sources/$source" params={{ source }}>{source}</Link></Text>
          <Text size="xs" className="tg-break">{severityAgainstRisk(severity, risk)}{advice ? <>; advised: <b>{decisionWord(advice)}</b></> : ""}</Text>
        </Stack>
        {decides && <Triage key={advice ?? ""} plan={plan} id={key} title={title} severity={severity} fixRisk={risk} />}
      </Group>
    </Card>
  );
}
