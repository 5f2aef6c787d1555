// Who would see what: one subject with attributes, and a sample of made-up ones; of what stands, or of what is being written
// against what stands. All of it is the server's answer, and none of it counts as use.
import "./flag.css";
import { ActionIcon, Autocomplete, Button, Card, Code, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconArrowRight, IconPlus, IconTrash } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { asFailure } from "@/api/failure";
import type { FlagEnvironment } from "@/api/types";
import { Mark } from "@/parts/Mark";
import { ProblemView } from "@/parts/ProblemView";
import { evaluate } from "./evaluate";
import { newId } from "./form";
import { isMembers, same, written, type Json, type Members } from "./json";
import { withAttribute } from "./operators";
import { attributes, givenName, typed, type Given } from "./sample";
import { Shares } from "./Shares";
import { useSample } from "./useSample";

export interface Subject {
  key: string;
  attributes: { id: number; name: string; text: string }[];
}

export const SUBJECT: Subject = { key: "ann", attributes: [] };

interface PreviewProps {
  environment: string;
  flagKey: string;
  stands: FlagEnvironment | undefined;
  /** What is being written; null while it cannot be asked about. Absent where nothing is. */
  draft?: Json | null;
  subject: Subject;
  putSubject: (subject: Subject) => void;
  /** Whether it is on the screen. */
  active: boolean;
}

export function Preview({ environment, flagKey, stands, draft, subject, putSubject, active }: PreviewProps) {
  const live = (stands?.definition ?? null) as Json | null;
  const definition = draft === undefined ? live : draft;
  const differs = draft !== undefined && draft !== null && !(live !== null && same(draft, live));
  const known = definition === null ? [] : attributes(definition);
  const variants = isMembers(definition) && isMembers(definition["variants"]) ? Object.keys(definition["variants"]) : [];
  const of = { environment, key: flagKey };
  const sampled = useSample({ ...of, definition, stands: live === null ? null : { definition: live, edition: stands?.edition ?? 0 }, active });
  return (
    <Stack gap="sm">
      <Card padding="md" component="section" aria-label="Try a subject">
        <Stack gap="sm">
          <Title order={3} size="h6">Try a subject</Title>
          <SubjectFields subject={subject} known={known} onChange={putSubject} />
          <Answers of={of} subject={subject} edition={stands?.edition ?? 0} live={live !== null} draft={differs ? draft : null} active={active} />
        </Stack>
      </Card>
      <Card padding="md" component="section" aria-label="A sample">
        <Stack gap="sm">
          <Group justify="space-between" gap="xs">
            <Title order={3} size="h6">Who would see what</Title>
            <Text size="xs" c="dimmed" role="status">{sampled.all > 0 && (sampled.asking ? `asking about ${sampled.all}…` : `a sample of ${sampled.all}`)}</Text>
          </Group>
          {definition === null && <Text size="sm" c="dimmed">Nothing can be asked yet.</Text>}
          {sampled.error !== null && asFailure(sampled.error).status !== 422 && <ProblemView error={sampled.error} />}
          {sampled.groups.map(({ label, size, given, moved }) => (
            <div key={label}>
              <Group justify="space-between" gap="xs" mb={3} wrap="nowrap" align="flex-start">
                <Text size="sm" fw={500} className="tg-break">{label}</Text>
                {differs && moved !== null && <Text size="xs" c={moved > 0 ? "var(--tg-warn)" : "dimmed"} style={{ whiteSpace: "nowrap" }}>{moved === 0 ? "as now" : `${moved} of ${size} get another`}</Text>}
              </Group>
              <Shares label={label} variants={variants} of={given.map(({ variant, count: times }) => ({ variant, percent: (times / size) * 100, words: `${times} of ${size}` }))} />
            </div>
          ))}
          <Text size="xs" c="dimmed">
            A sample of made-up subjects, asked of the server now: those who fulfil a rule, and some without attributes. It is no count of
            your users, and counts nowhere.
          </Text>
        </Stack>
      </Card>
    </Stack>
  );
}

interface SubjectFieldsProps {
  subject: Subject;
  known: string[];
  onChange: (subject: Subject) => void;
}

function SubjectFields({ subject, known, onChange }: SubjectFieldsProps) {
  const { key, attributes: given } = subject;
  const change = (id: number, part: { name?: string; text?: string }) => onChange({ ...subject, attributes: given.map((one) => (one.id === id ? { ...one, ...part } : one)) });
  const add = (name: string) => onChange({ ...subject, attributes: [...given, { id: newId(), name, text: "" }] });
  const offered = known.filter((name) => !given.some((one) => one.name === name));
  return (
    <Stack gap="xs">
      <TextInput label="Targeting key" size="xs" placeholder="nobody in particular" value={key} onChange={(event) => onChange({ ...subject, key: event.currentTarget.value })} />
      {given.map(({ id, name, text }) => (
        <Group key={id} gap={6} wrap="nowrap">
          <Autocomplete aria-label="Attribute of the subject" size="xs" placeholder="attribute" data={offered} value={name} onChange={(to) => change(id, { name: to })} flex="1 1 40%" miw={0} />
          <TextInput aria-label={`Value of ${name || "the attribute"}`} size="xs" placeholder="value" value={text} onChange={(event) => change(id, { text: event.currentTarget.value })} flex="1 1 60%" miw={0} />
          <ActionIcon variant="subtle" color="gray" aria-label={`Without ${name || "the attribute"}`} onClick={() => onChange({ ...subject, attributes: given.filter((one) => one.id !== id) })}><IconTrash size={14} /></ActionIcon>
        </Group>
      ))}
      <Group gap={6}>
        {offered.map((name) => (
          <Button key={name} variant="default" size="compact-xs" leftSection={<IconPlus size={12} aria-hidden />} onClick={() => add(name)}>
            {name}
          </Button>
        ))}
        <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={12} aria-hidden />} onClick={() => add("")}>
          another attribute
        </Button>
      </Group>
    </Stack>
  );
}

function contextOf({ key, attributes: given }: Subject): Members {
  const begin: Members = key.trim() === "" ? {} : { targetingKey: key.trim() };
  return given.filter(({ name }) => name.trim() !== "").reduce((context, { name, text }) => withAttribute(context, name.trim(), typed(text)), begin);
}

interface AnswersProps {
  of: { environment: string; key: string };
  subject: Subject;
  edition: number;
  live: boolean;
  /** What is being written, where it differs. */
  draft: Json | null;
  active: boolean;
}

function Answers({ of, subject, edition, live, draft, active }: AnswersProps) {
  const context = contextOf(subject);
  const [settled] = useDebouncedValue({ context: written(context), draft: draft === null ? null : written(draft) }, 250);
  const common = { gcTime: 60_000, staleTime: 10_000, retry: false, placeholderData: keepPreviousData } as const;
  const now = useQuery({
    queryKey: ["try", of.environment, of.key, settled.context, edition], enabled: active && live, ...common,
    queryFn: ({ signal }) => evaluate(of, JSON.parse(settled.context) as Members, signal),
  });
  const then = useQuery({
    queryKey: ["try", of.environment, of.key, settled.context, "with", settled.draft], enabled: active && settled.draft !== null && draft !== null, ...common,
    queryFn: ({ signal }) => evaluate({ ...of, definition: JSON.parse(settled.draft ?? "null") as Json }, JSON.parse(settled.context) as Members, signal),
  });
  const failed = then.error ?? now.error;
  if (failed && asFailure(failed).status !== 422) return <ProblemView error={failed} />;
  const moves = draft !== null && now.data !== undefined && then.data !== undefined && givenName(now.data) !== givenName(then.data);
  return (
    <Stack gap={6} aria-live="polite">
      {live && now.data && <Answer label={draft === null ? "gets" : "gets now"} given={now.data} quiet={draft !== null} />}
      {draft !== null && then.data && !then.error && <Answer label="would get" given={then.data} quiet={false} />}
      {moves && <Mark sign={IconArrowRight} word="another variant than now" tone="warn" />}
      {!live && draft === null && <Text size="sm" c="dimmed">Nothing stands here yet.</Text>}
    </Stack>
  );
}

const WHY: Record<string, string> = {
  STATIC: "no rule is asked", TARGETING_MATCH: "a rule says so", DEFAULT: "the default", DISABLED: "it is off", SPLIT: "by its share", ERROR: "an error",
};

function Answer({ label, given, quiet }: { label: string; given: Given; quiet: boolean }) {
  const { variant, value, reason, error_code: error, message } = given;
  return (
    <Group gap={8} align="baseline" style={{ rowGap: 2 }}>
      <Text size="sm" c="dimmed" w={72}>{label}</Text>
      <Text size="sm" fw={quiet ? 400 : 700} className="tg-break">{variant ?? "the program's own default"}</Text>
      {value != null && <Code className="tg-break">{JSON.stringify(value)}</Code>}
      <Text size="xs" c="dimmed" title={reason}>{WHY[reason] ?? reason}{error ? ` (${error}${message ? `: ${message}` : ""})` : ""}</Text>
    </Group>
  );
}
