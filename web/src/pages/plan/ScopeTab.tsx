// What goes out with it: items by whether they are in, those that wait for a decision first, each decided in its place; and what
// trackers have beside it.
import { Badge, Card, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertOctagon, IconCheck, IconCircleDashed, IconProgress, IconSearch, IconX, type Icon } from "@tabler/icons-react";
import { useMay } from "@/api/may";
import type { Plan } from "@/api/types";
import { decisionWord } from "@/pages/plans/words";
import { useAddress } from "@/parts/address";
import { Away } from "@/parts/Away";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Mark, type Tone } from "@/parts/Mark";
import { Section } from "@/parts/Page";
import type { PlanDocument, ScopeItem } from "./document";
import { AddEntry, EntryActions } from "./EntryForm";
import { Matrix } from "./Matrix";
import type { TabProps } from "./PlanPage";
import { Said } from "./Said";
import { scopeWanted } from "./scope";
import { TickBox } from "./TickBox";
import { Triage } from "./Triage";
import { Untriaged } from "./Untriaged";
import { isFrozen, useMarks } from "./useEdits";

const STATES: Record<ScopeItem["state"], { sign: Icon; word: string; tone: Tone }> = {
  new: { sign: IconCircleDashed, word: "not triaged", tone: "warn" },
  in: { sign: IconProgress, word: "in", tone: "moving" },
  done: { sign: IconCheck, word: "done", tone: "good" },
  out: { sign: IconX, word: "out", tone: "quiet" },
};
const GROUPS = [{ value: "", label: "All" }, { value: "new", label: "Not triaged" }, { value: "in", label: "In" }, { value: "done", label: "Done" }, { value: "out", label: "Out" }];

export function ScopeTab(props: TabProps) {
  const { plan } = props;
  const may = useMay()("create-release");
  const decides = may && plan.phase !== "released" && plan.phase !== "cancelled";
  return (
    <Stack gap="xl">
      <Section title="In the plan"><Items {...props} decides={decides} /></Section>
      <Untriaged plan={plan} decides={decides} />
      <Matrix plan={plan} document={props.document} edits={props.edits} />
    </Stack>
  );
}

function Items({ plan, document, edits, decides }: TabProps & { decides: boolean }) {
  const [words, put] = useAddress();
  const { group = "", text = "" } = words;
  const { scope } = document;
  const wanted = scopeWanted(scope, { group, text });
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
              <Item item={item} plan={plan} document={document} decides={decides} changes={open} />
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
  const marks = useMarks(plan);
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
          {(state === "in" || state === "done") && plan.phase !== "cancelled" && (
            <TickBox version={plan.version} label={`${id} is done`} checked={state === "done"} may={marks} act={(done) => ({ act: "scope", item: id, done, note: null })} />
          )}
          <Said said={said?.said} prefix={said ? `${decisionWord(said.decision)}, said ` : ""} />
        </Stack>
        <Group gap="xs">
          {decides && state !== "done" && <Triage plan={plan} id={id} title={title} severity={severity} fixRisk={risk} decision={decision} />}
          {changes && <EntryActions version={plan.version} document={document} list="scope" entry={item} named={id} />}
        </Group>
      </Group>
    </Card>
  );
}
