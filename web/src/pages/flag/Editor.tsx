// Changing a flag in one environment: as a form or as its text, tried while it is written, compared with what stands, and
// then saved, or proposed where a second person has to agree.
import { Alert, Badge, Button, Card, Group, List, Menu, SegmentedControl, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAlertTriangle, IconChevronDown, IconDeviceFloppy, IconUserQuestion } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { api } from "@/api/client";
import { asFailure } from "@/api/failure";
import { useOld } from "@/api/keeping";
import type { Flag, FlagEnvironment } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { count } from "@/parts/figures";
import { Section } from "@/parts/Page";
import { Differences } from "./Differences";
import { evaluate } from "./evaluate";
import { formOf } from "./form";
import { differences, written as writtenOf, type Json } from "./json";
import { JsonField } from "./JsonField";
import { nearest, placed, type Wrong } from "./places";
import { NeededFields, ScheduleFields } from "./PlanFields";
import { Preview, type Subject } from "./Preview";
import { RuleFields } from "./RuleFields";
import { attributes } from "./sample";
import { useDraft, type Draft } from "./useDraft";
import { VariantFields } from "./VariantFields";
import { WordsView } from "./WordsView";

interface EditorProps {
  flag: Flag;
  environment: string;
  isProtected: boolean;
  stands: FlagEnvironment | undefined;
  subject: Subject;
  putSubject: (subject: Subject) => void;
  active: boolean;
  /** After it was saved or proposed. */
  leave: () => void;
}

export function Editor({ flag, environment, isProtected, stands, subject, putSubject, active, leave }: EditorProps) {
  const draft = useDraft(flag.key, stands);
  const { definition } = draft;
  const { refused, checked } = useRefused(flag.key, environment, draft, active);
  const touched = draft.changed;
  const { overtaken, begin } = draft;
  // Whoever wrote nothing yet writes of what stands now.
  useEffect(() => {
    if (overtaken && !touched) begin();
  }, [overtaken, touched, begin]);
  useBlocker({
    disabled: !touched,
    enableBeforeUnload: touched,
    shouldBlockFn: ({ current, next }) => {
      const env = (search: unknown) => (search as { env?: string }).env;
      const stays = current.pathname === next.pathname && env(current.search) === env(next.search);
      return !stays && !window.confirm(`What you changed of ${flag.key} is not saved. Leave it?`);
    },
  });
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <SegmentedControl
          aria-label="How it is written" value={draft.written.as} onChange={(as) => draft.show(as === "form" ? "form" : "text")}
          data={[{ value: "form", label: "Form", disabled: draft.written.as === "text" && (definition === null || formOf(definition) === null) }, { value: "text", label: "JSON" }]}
        />
        <Group gap="xs">
          <TakeOver flag={flag} environment={environment} take={draft.take} />
          <Button variant="default" onClick={draft.begin} disabled={!touched && !draft.overtaken}>Begin again</Button>
        </Group>
      </Group>
      {draft.overtaken && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle aria-hidden />} title="It was changed here meanwhile" role="status">
          <Stack gap="xs" align="flex-start">
            <Text size="sm">{stands?.changed_by ?? "Somebody"} made edition {stands?.edition}. What you write would replace it; look at the differences below first.</Text>
            <Group gap="xs">
              <Button size="xs" variant="default" onClick={draft.rebase}>Keep mine, against what stands now</Button>
              <Button size="xs" variant="default" onClick={draft.begin}>Begin from what stands now</Button>
            </Group>
          </Stack>
        </Alert>
      )}
      <div className="tg-columns">
        <Stack gap="lg" miw={0}>
          <Fields flag={flag} draft={draft} refused={refused} />
          <Saving flag={flag} environment={environment} isProtected={isProtected} draft={draft} refused={refused} checked={checked} touched={touched} leave={leave} />
        </Stack>
        <div className="tg-sticks">
          <Preview environment={environment} flagKey={flag.key} stands={stands} draft={refused ? null : definition} subject={subject} putSubject={putSubject} active={active} />
        </div>
      </div>
    </Stack>
  );
}

function Fields({ flag, draft, refused }: { flag: Flag; draft: Draft; refused: Wrong | null }) {
  const { written, found } = draft;
  const known = useMemo(() => [...new Set([...(draft.base === undefined ? [] : attributes(draft.base)), ...(draft.definition === null ? [] : attributes(draft.definition))])], [draft.base, draft.definition]);
  if (written.as === "text") return <JsonField text={written.text} wrong={draft.wrong ?? refused} onChange={(text) => draft.put({ as: "text", text })} />;
  const { form, source } = written;
  const put = (next: typeof form) => draft.put({ as: "form", form: next, source });
  return (
    <Stack gap="lg">
      <VariantFields form={form} onChange={put} />
      <RuleFields form={form} known={known} onChange={put} />
      <ScheduleFields form={form} onChange={put} />
      <NeededFields form={form} onChange={put} self={flag.key} />
      {(found.length > 0 || refused) && (
        <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title="This cannot be saved yet" role="status">
          <List size="sm">
            {found.map((one) => <List.Item key={one}>{one}</List.Item>)}
            {refused && (
              <List.Item className="tg-break">
                {refused.message} {refused.pointer && <code>{refused.pointer}</code>}
              </List.Item>
            )}
          </List>
        </Alert>
      )}
    </Stack>
  );
}

/** Whether the server would serve it, asked of each definition that stays for a moment. */
function useRefused(key: string, environment: string, draft: Draft, active: boolean): { refused: Wrong | null; checked: boolean } {
  const text = draft.definition === null ? null : writtenOf(draft.definition);
  const [settled] = useDebouncedValue(text, 300);
  const asked = useQuery({
    queryKey: ["serves", environment, key, settled], enabled: active && settled !== null, retry: false, staleTime: 10_000, gcTime: 60_000, placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      try {
        await evaluate({ environment, key, definition: JSON.parse(settled ?? "null") as Json }, {}, signal);
        return null;
      } catch (error) {
        const failure = asFailure(error);
        if (failure.status !== 422) throw error;
        return failure.message;
      }
    },
  });
  const checked = settled === text && asked.isSuccess && !asked.isPlaceholderData;
  if (asked.data == null || draft.definition === null) return { refused: null, checked };
  const { pointer, message } = placed(asked.data);
  const at = draft.written.as === "text" ? nearest(draft.places, pointer ?? "") : undefined;
  return { refused: { message, ...(pointer === undefined ? {} : { pointer }), ...(at === undefined || pointer === undefined ? {} : { at }) }, checked };
}

function TakeOver({ flag, environment, take }: { flag: Flag; environment: string; take: (definition: Json) => void }) {
  const others = flag.environments.filter((one) => one.environment !== environment && one.definition != null);
  if (others.length === 0) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>Take over from</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>As it stands in</Menu.Label>
        {others.map((one) => (
          <Menu.Item key={one.environment} onClick={() => take(one.definition as Json)}>{one.environment}, {one.on ? "on" : "off"}, edition {one.edition}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

interface SavingProps {
  flag: Flag;
  environment: string;
  isProtected: boolean;
  draft: Draft;
  refused: Wrong | null;
  /** Whether the server said whether it would serve exactly this. */
  checked: boolean;
  touched: boolean;
  leave: () => void;
}

function Saving({ flag: { key }, environment, isProtected, draft, refused, checked, touched, leave }: SavingProps) {
  const old = useOld();
  const { definition, base } = draft;
  const made = useMemo(() => (definition === null ? [] : differences(base, definition)), [base, definition]);
  const act = async (reason: string) => {
    const params = { path: { key, environment } };
    const body = { definition: definition as never, reason: reason || null };
    const headers = draft.unchanged();
    if (isProtected) await api.POST("/api/v1/flags/{key}/environments/{environment}/proposals", { params, body, headers });
    else await api.PUT("/api/v1/flags/{key}/environments/{environment}", { params, body, headers });
    await old(["flag", key], ["flags"], ["flag-history", key], ["flag-changes"]);
    leave();
  };
  const ready = definition !== null && refused === null && checked && (touched || base === undefined) && !draft.overtaken;
  const word = isProtected ? "Propose" : "Save";
  return (
    <Section title="What changes" aside={<Badge color={touched || base === undefined ? "orange" : "gray"}>{base === undefined ? "new here" : touched ? count(made.length, "place") : "nothing yet"}</Badge>}>
      <Card padding="md" mah={460} style={{ overflow: "auto" }} tabIndex={0} role="group" aria-label="Every place that becomes another">
        {definition === null ? (
          <Text size="sm" c="dimmed">What is written is not complete.</Text>
        ) : base === undefined ? (
          <WordsView definition={definition} />
        ) : (
          <Differences of={made} />
        )}
      </Card>
      <Group justify="flex-end">
        <Confirm
          label={word} title={`${word} ${isProtected ? "this change of" : ""} ${key} in ${environment}`.replaceAll("  ", " ")} disabled={!ready} button={{ variant: "filled" }}
          icon={isProtected ? <IconUserQuestion size={16} aria-hidden /> : <IconDeviceFloppy size={16} aria-hidden />}
          consequences={
            isProtected
              ? [`${environment} is protected: nothing changes until somebody else, who may sign there, approves it; one of the two has to be a release manager or an approver.`, "It is bound to how the flag stands now. When that changes, it is to be proposed anew."]
              : ["Every program that asks there gets it from now on.", "It can be reverted with one click, in the history."]
          }
          reason={{ label: "Why", needed: isProtected }} act={act} done={isProtected ? "It is proposed." : `${key} is saved in ${environment}.`}
        >
          <Card padding="sm" mah={280} style={{ overflow: "auto" }} tabIndex={0} role="group" aria-label="The change">
            {definition !== null && <WordsView definition={definition} />}
          </Card>
        </Confirm>
      </Group>
    </Section>
  );
}
