// What changes by itself at a time, and which flags are needed first.
import { ActionIcon, Button, Card, Code, Group, NativeSelect, NumberInput, Popover, Stack, TagsInput, Text, TextInput, Title } from "@mantine/core";
import { IconClock, IconPlus, IconStairsUp, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { flags } from "@/api/flags";
import { serverNow } from "@/live/clock";
import { localTime } from "@/pages/flags/days";
import { zone } from "@/parts/time";
import { growing, newId, outcomeOf, type Entry, type Form, type Needed, type Step } from "./form";
import { isMembers } from "./json";
import { OutcomeField } from "./OutcomeField";

interface Fields {
  form: Form;
  onChange: (form: Form) => void;
}

const HOUR_MS = 3_600_000;
const soon = () => new Date(Math.ceil((serverNow() + HOUR_MS) / HOUR_MS) * HOUR_MS).toISOString().replace(".000Z", "Z");

const STEPS = [
  { value: "on", label: "it is switched on" },
  { value: "off", label: "it is switched off" },
  { value: "default", label: "the default becomes" },
  { value: "rest", label: "everybody else gets" },
];

export function ScheduleFields({ form, onChange }: Fields) {
  const { schedule } = form;
  const put = (next: Entry[]) => onChange({ ...form, schedule: next });
  return (
    <Stack gap="xs" role="group" aria-label="Planned changes">
      <Title order={3} size="h6">Planned changes</Title>
      <Text size="xs" c="dimmed">They happen at their time, also while nobody looks. Times are yours, {zone}.</Text>
      {schedule.map((entry, at) => (
        <EntryField key={entry.id} entry={entry} number={at + 1} form={form} onChange={(next) => put(schedule.map((one) => (one.id === next.id ? next : one)))} remove={() => put(schedule.filter(({ id }) => id !== entry.id))} />
      ))}
      <Group gap="xs">
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => put([...schedule, { id: newId(), at: soon(), step: { does: "state", on: true } }])}>
          Plan a change
        </Button>
        <Stairs form={form} onChange={onChange} />
      </Group>
    </Stack>
  );
}

interface EntryFieldProps {
  entry: Entry;
  number: number;
  form: Form;
  onChange: (entry: Entry) => void;
  remove: () => void;
}

function EntryField({ entry, number, form, onChange, remove }: EntryFieldProps) {
  const { at, step } = entry;
  const ms = Date.parse(at);
  const does = step.does === "state" ? (step.on ? "on" : "off") : step.does;
  const [variant] = form.variants;
  const choose = (to: string): Step => {
    if (to === "on" || to === "off") return { does: "state", on: to === "on" };
    if (to === "default") return { does: "default", variant: variant?.name ?? "" };
    return { does: "rest", rest: form.rest.is === "raw" ? { is: "variant", variant: variant?.name ?? "" } : form.rest };
  };
  return (
    <Card padding="sm" component="section" aria-label={`Planned change ${number}`}>
      <Group gap="xs" align="flex-start">
        <TextInput type="datetime-local" aria-label={`When, planned change ${number}`} leftSection={<IconClock size={14} aria-hidden />} value={Number.isNaN(ms) ? "" : localTime(ms)} onChange={(event) => {
          const typed = new Date(event.currentTarget.value).getTime();
          if (!Number.isNaN(typed)) onChange({ ...entry, at: new Date(typed).toISOString().replace(".000Z", "Z") });
        }} flex="1 1 200px" />
        {step.does === "raw" ? (
          <Code block flex="1 1 200px" miw={0} className="tg-break" style={{ whiteSpace: "pre-wrap" }}>{JSON.stringify(isMembers(step.source) ? { ...step.source, at: undefined } : step.source)}</Code>
        ) : (
          <NativeSelect aria-label={`What, planned change ${number}`} data={form.rules.length === 0 ? STEPS.map((one) => (one.value === "rest" ? { ...one, label: "everybody gets" } : one)) : STEPS} value={does} onChange={(event) => onChange({ ...entry, step: choose(event.currentTarget.value) })} flex="1 1 170px" />
        )}
        {step.does === "default" && <NativeSelect aria-label={`New default, planned change ${number}`} data={form.variants.map(({ name }) => name)} value={step.variant} onChange={(event) => onChange({ ...entry, step: { does: "default", variant: event.currentTarget.value } })} flex="1 1 120px" />}
        <ActionIcon variant="subtle" color="gray" size={36} aria-label={`Take planned change ${number} away`} onClick={remove}><IconTrash size={15} /></ActionIcon>
      </Group>
      {step.does === "rest" && (
        <Stack mt="xs">
          <OutcomeField of={`everybody else, planned change ${number}`} outcome={step.rest} form={form} brief onChange={(rest) => onChange({ ...entry, step: { does: "rest", rest } })} />
        </Stack>
      )}
    </Card>
  );
}

/** More and more of everybody else, step by step. */
const STAIRS = [10, 25, 50, 100];

function Stairs({ form, onChange }: Fields) {
  const [opened, setOpened] = useState(false);
  const [chosen, setVariant] = useState<string | null>(null);
  const names = growing(form);
  const variant = chosen !== null && names.includes(chosen) ? chosen : (names[0] ?? "");
  const [hours, setHours] = useState<number | string>(24);
  const fallback = names.findLast((name) => name !== variant);
  if (form.variants.length < 2 || fallback === undefined) return null;
  const share = (percent: number) => outcomeOf({ fractional: [[variant, percent], [fallback, 100 - percent]] });
  const plan = () => {
    const begin = Date.parse(soon());
    const every = Math.max(1, Number(hours) || 1) * HOUR_MS;
    const entries = STAIRS.slice(1).map((percent, at): Entry => ({ id: newId(), at: new Date(begin + every * (at + 1)).toISOString().replace(".000Z", "Z"), step: { does: "rest", rest: share(percent) } }));
    onChange({ ...form, rest: share(STAIRS[0] ?? 10), schedule: [...form.schedule, ...entries] });
    setOpened(false);
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" width={300} trapFocus withinPortal>
      <Popover.Target>
        <Button variant="default" size="xs" leftSection={<IconStairsUp size={14} aria-hidden />} onClick={() => setOpened(!opened)} aria-expanded={opened}>
          Raise it step by step
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Text size="sm">{STAIRS.join(" %, ")} % of {form.rules.length === 0 ? "everybody" : "everybody else"}: the first with this change, the others by themselves.</Text>
          <NativeSelect size="xs" label="Get" data={form.variants.map(({ name }) => name)} value={variant} onChange={(event) => setVariant(event.currentTarget.value)} />
          <NumberInput size="xs" label="Hours between steps" min={1} max={1_000} value={hours} onChange={setHours} />
          <Button size="xs" onClick={plan}>Plan it</Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

export function NeededFields({ form, onChange, self }: Fields & { self: string }) {
  const known = useQuery(flags()).data?.items.map(({ key }) => key).filter((key) => key !== self) ?? [];
  const { prerequisites } = form;
  const put = (next: Needed[]) => onChange({ ...form, prerequisites: next });
  const change = (id: number, part: Partial<Needed>) => put(prerequisites.map((one) => (one.id === id ? { ...one, ...part } : one)));
  return (
    <Stack gap="xs" role="group" aria-label="Flags needed first">
      <Title order={3} size="h6">Flags needed first</Title>
      {prerequisites.map((needed, at) => (
        <Group key={needed.id} gap="xs" align="flex-start">
          <TextInput aria-label={`Flag ${at + 1} that is needed`} list="tg-flag-keys" placeholder="flag" value={needed.flag} onChange={(event) => change(needed.id, { flag: event.currentTarget.value })} flex="1 1 150px" miw={0} />
          <TagsInput aria-label={`Variants that ${needed.flag || "it"} must give`} placeholder={needed.variants.length === 0 ? "must give: on" : undefined} value={needed.variants} onChange={(variants) => change(needed.id, { variants })} acceptValueOnBlur flex="1 1 150px" miw={0} />
          <ActionIcon variant="subtle" color="gray" size={36} aria-label={`No longer need ${needed.flag || "it"}`} onClick={() => put(prerequisites.filter(({ id }) => id !== needed.id))}><IconTrash size={15} /></ActionIcon>
        </Group>
      ))}
      <datalist id="tg-flag-keys">
        {known.slice(0, 500).map((key) => <option key={key} value={key} />)}
      </datalist>
      <Group>
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => put([...prerequisites, { id: newId(), flag: "", variants: ["on"] }])}>
          Need another flag first
        </Button>
      </Group>
    </Stack>
  );
}
