// What goes out with it: items by whether they are in, those that wait for a decision first, each decided in its place.
import { Badge, Card, Group, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertOctagon, IconCheck, IconCircleDashed, IconProgress, IconScale, IconSearch, IconX, type Icon } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "@/api/may";
import { useAct } from "@/api/plans";
import type { Plan, PlanDecision } from "@/api/types";
import { DECISIONS, decisionWord } from "@/pages/plans/words";
import { useAddress } from "@/parts/address";
import { Away } from "@/parts/Away";
import { Confirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Mark, type Tone } from "@/parts/Mark";
import type { PlanDocument, ScopeItem } from "./document";
import { AddEntry, EntryActions } from "./EntryForm";
import type { TabProps } from "./PlanPage";
import { Said } from "./Said";
import { scopeWanted } from "./scope";
import { isFrozen } from "./useEdits";

const STATES: Record<ScopeItem["state"], { sign: Icon; word: string; tone: Tone }> = {
  new: { sign: IconCircleDashed, word: "not triaged", tone: "warn" },
  in: { sign: IconProgress, word: "in", tone: "moving" },
  done: { sign: IconCheck, word: "done", tone: "good" },
  out: { sign: IconX, word: "out", tone: "quiet" },
};
const GROUPS = [{ value: "", label: "All" }, { value: "new", label: "Not triaged" }, { value: "in", label: "In" }, { value: "done", label: "Done" }, { value: "out", label: "Out" }];

export function ScopeTab({ plan, document, edits }: TabProps) {
  const [words, put] = useAddress();
  const may = useMay()("create-release");
  const { group = "", text = "" } = words;
  const { scope } = document;
  const wanted = scopeWanted(scope, { group, text });
  const over = plan.phase === "released" || plan.phase === "cancelled";
  const of = (state: ScopeItem["state"]) => scope.filter((item) => item.state === state).length;
  const open = edits && !isFrozen(plan.phase);
  if (scope.length === 0) {
    return (
      <Empty title="Nothing is in its scope yet" command={`tidegate plan show ${plan.version}`}>
        Issues and pull requests that go out with it, or that somebody has to decide about.
        {open && <Group mt="xs"><AddEntry version={plan.version} document={document} list="scope" /></Group>}
      </Empty>
    );
  }
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="sm">
        <Text size="sm">{count(of("in") + of("done"), "item")} in, {of("done")} of them done; {of("out")} out, {of("new")} to be triaged.</Text>
        {open && <AddEntry version={plan.version} document={document} list="scope" />}
      </Group>
      <Group gap="sm" align="flex-end">
        <TextInput label="Find" placeholder="Key, title, label, component" leftSection={<IconSearch size={14} aria-hidden />} value={text} onChange={(event) => put({ text: event.currentTarget.value })} style={{ flex: "1 1 200px" }} maw={360} />
        <SegmentedControl aria-label="Which items" data={GROUPS} value={group} onChange={(value) => put({ group: value || undefined })} size="xs" style={{ flexWrap: "wrap" }} />
      </Group>
      {wanted.length === 0 ? (
        <Text size="sm" c="dimmed">No item is like that.</Text>
      ) : (
        <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label="Items">
          {wanted.map((item) => (
            <li key={item.id}>
              <Item item={item} plan={plan} document={document} decides={may && !over} changes={open} />
            </li>
          ))}
        </Stack>
      )}
    </Stack>
  );
}

interface ItemProps {
  item: ScopeItem;
  plan: Plan;
  document: PlanDocument;
  decides: boolean;
  changes: boolean;
}

function Item({ item, plan, document, decides, changes }: ItemProps) {
  const { id, title, state, url, severity, fix_risk: risk, decision, component, feature, tests, estimates, labels } = item;
  const said = plan.triage[id];
  const stops = decision === "stop-release" && state !== "done";
  const facts = [
    severity && `severity ${severity}`, risk && `fix of ${risk} risk`, component, feature && "feature", tests?.length && `needs ${tests.join(", ")} tests`,
    ...(estimates ?? []).map(({ skill, hours }) => `${skill} ${hours} h`),
  ].filter(Boolean);
  return (
    <Card padding="sm" component="article" aria-label={`${id}: ${title}`}>
      <Group justify="space-between" align="flex-start" gap="xs">
        <Stack gap={2} flex="1 1 16rem" miw={0}>
          <Group gap={8}>
            <Text size="sm" fw={600} className="tg-break">{url && /^https?:/.test(url) ? <Away href={url}>{id}</Away> : id}</Text>
            <Mark {...STATES[state]} />
            {stops && <Mark sign={IconAlertOctagon} word="stops the release" tone="bad" />}
            {decision && !stops && <Badge variant="default">{decisionWord(decision)}</Badge>}
            {said?.late && <Badge color="orange">after the freeze</Badge>}
            {labels?.map((label) => <Badge key={label} variant="default" fw={400}>{label}</Badge>)}
          </Group>
          <Text size="sm" className="tg-break">{title}</Text>
          {facts.length > 0 && <Text size="xs" c="dimmed" className="tg-break">{facts.join(" · ")}</Text>}
          <Said said={said?.said} prefix={said ? `${decisionWord(said.decision)}, said ` : ""} />
        </Stack>
        <Group gap="xs">
          {decides && state !== "done" && <Triage plan={plan} item={item} />}
          {changes && <EntryActions version={plan.version} document={document} list="scope" entry={item} named={id} />}
        </Group>
      </Group>
    </Card>
  );
}

function Triage({ plan: { version, phase }, item: { id, title, decision, severity, fix_risk: risk } }: { plan: Plan; item: ScopeItem }) {
  const act = useAct(version);
  const [chosen, setChosen] = useState<PlanDecision>((decision as PlanDecision | undefined) ?? "fix-now");
  const late = isFrozen(phase);
  return (
    <Confirm
      label={decision ? "Decide anew" : "Decide"} icon={<IconScale size={14} aria-hidden />} title={`Decide about ${id}`} done={`${id}: ${decisionWord(chosen)}.`} button={{ size: "xs", variant: decision ? "default" : "filled" }}
      consequences={[
        title,
        ...(severity || risk ? [`Severity ${severity ?? "not said"}, a fix of ${risk ?? "unknown"} risk.`] : []),
        ...(late ? ["The scope is frozen: the decision is kept as a late one, and takes a reason."] : []),
      ]}
      reason={{ label: "Why", needed: late }} act={(note) => act({ act: "triage", item: id, decision: chosen, note: note || null })}
    >
      <Select label="Decision" data={DECISIONS.map(({ value, label, means }) => ({ value, label: `${label}: ${means}` }))} value={chosen} onChange={(value) => value && setChosen(value as PlanDecision)} allowDeselect={false} comboboxProps={{ withinPortal: true }} />
    </Confirm>
  );
}
