// One template: what it holds, its editions and what each changed; of the team's own the next edition is written here, entry by
// entry, and kept at once.
import "@/pages/plan/plan.css";
import { Alert, Badge, Button, Group, NativeSelect, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { IconCalendarStats, IconCopy, IconDeviceFloppy, IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api, got } from "@/api/client";
import { ifMatch } from "@/api/editions";
import { Failure } from "@/api/failure";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { planTemplate, planTemplates, templateAt, templateDifference } from "@/api/planBook";
import type { PlanTemplate } from "@/api/types";
import { touched } from "@/live/touched";
import { Changes } from "@/pages/plan/Changes";
import { documentOf, sent, type Activity, type Identified, type PlanDocument } from "@/pages/plan/document";
import { AddEntry, EntryActions, FieldsForm } from "@/pages/plan/EntryForm";
import { entryOf } from "@/pages/plan/fields";
import { Elsewhere, type Writer } from "@/pages/plan/writer";
import { useAddress } from "@/parts/address";
import { Confirm } from "@/parts/Confirm";
import { FormModal } from "@/parts/FormModal";
import { Page, Read, Section } from "@/parts/Page";
import { copyOf, daysOf, dayWords, entryWords, fieldsOf, keptDays, PARTS, TEMPLATE_FIELDS, WAY_FIELDS, withDays, type Days } from "./lists";
import { BeginFrom, UpdateTemplate } from "./Templates";

/** What is being written and is not kept yet, and of which edition it was begun. */
interface Draft {
  document: PlanDocument;
  days: Days[];
  unchanged: Record<string, string>;
}

export function TemplatePage() {
  const { name } = useParams({ from: "/known/plans/templates/$name" });
  const [{ edition }] = useAddress();
  const one = useQuery(planTemplate(name, edition === undefined ? undefined : Number(edition)));
  const may = useMay()("create-release");
  const brief = useQuery(planTemplates()).data?.templates.find((known) => known.name === name);
  return (
    <Page
      title={`Template ${name}`}
      marks={one.data && <Badge variant="default">{one.data.own ? "the team's" : "Tidegate's"}</Badge>}
      lead={<Link className="tg-link" to="/plans" search={{ tab: "templates" }}>Every template of plans</Link>}
      actions={
        one.data && may && (
          <>
            <BeginFrom name={name} />
            {brief?.based_on && <UpdateTemplate name={name} from={brief.based_on.name} edition={brief.newer ?? null} />}
            <Copy template={one.data} />
            {one.data.own && <Remove name={name} />}
          </>
        )
      }
    >
      <Read of={one}>{(template) => <Whole key={edition ?? "newest"} template={template} edits={may && template.own && template.version === template.versions.at(-1)} />}</Read>
    </Page>
  );
}

function Whole({ template, edits }: { template: PlanTemplate; edits: boolean }) {
  const { name, version, versions, change } = template;
  const [, put] = useAddress();
  const [draft, setDraft] = useState<Draft | null>(null);
  const [compares, setCompares] = useState(false);
  const stands = useMemo(() => documentOf(template), [template]);
  const document = draft?.document ?? stands;
  const days = draft?.days ?? template.days;
  const at = templateAt(name);
  const begin = (part: { document?: PlanDocument; days?: Days[] }) =>
    setDraft((before) => {
      const now = { document: stands, days: template.days, unchanged: ifMatch(at), ...before, ...part };
      return { ...now, days: keptDays(now.document, now.days) };
    });
  const writer: Writer = { at, what: "template", fields: fieldsOf, write: async (written) => begin({ document: written }) };
  return (
    <Elsewhere value={writer}>
      <Stack gap="xl">
        {draft && <Unkept name={name} next={version + 1} draft={draft} drop={() => setDraft(null)} />}
        <Section title="Edition">
          <Group gap="sm" align="flex-end">
            <NativeSelect label="Which edition" disabled={draft !== null} value={String(version)} onChange={(event) => put({ edition: event.currentTarget.value === String(versions.at(-1)) ? undefined : event.currentTarget.value })} data={versions.toReversed().map((one) => ({ value: String(one), label: `${one}${one === versions.at(-1) ? ", the newest" : ""}` }))} />
            {version !== versions[0] && <Button size="xs" variant="default" aria-expanded={compares} onClick={() => setCompares(!compares)}>{compares ? "Hide it" : "What it changed"}</Button>}
          </Group>
          {change && <Text size="sm" className="tg-break">What is new in it: {change}</Text>}
          {compares && <Otherwise name={name} edition={version} />}
        </Section>
        <Section
          title="What it is for"
          aside={edits && <FieldsForm version={name} document={document} fields={TEMPLATE_FIELDS} entry={document} label="Describe" title={`Describe the template ${name}`} send="Take it over" done="It is in the next edition." icon={<IconPencil size={14} aria-hidden />} written={(values, begun) => entryOf<PlanDocument>(TEMPLATE_FIELDS, values, begun)} />}
        >
          <Text size="sm" className="tg-break">{document.title}; a {document.kind} release, in the time zone {document.zone}.</Text>
          {document.overview && <Text size="sm" className="tg-break" style={{ whiteSpace: "pre-wrap" }}>{document.overview}</Text>}
        </Section>
        {PARTS.map(({ list, title }) => {
          const entries = document[list] as Identified[];
          if (entries.length === 0 && !edits) return null;
          return (
            <Section key={list} title={title} aside={edits && <AddEntry version={name} document={document} list={list} />}>
              {entries.length === 0 ? <Text size="sm" c="dimmed">None.</Text> : (
                <Stack component="ul" gap={6} m={0} p={0} style={{ listStyle: "none" }} aria-label={title}>
                  {entries.map((entry) => {
                    const words = entryWords(entry);
                    const when = list === "activities" ? daysOf(days, entry.id) : undefined;
                    return (
                      <li key={entry.id}>
                        <Group justify="space-between" align="flex-start" gap="xs">
                          <Stack gap={0} flex="1 1 16rem" miw={0}>
                            <Text size="sm" className="tg-break">{words.title}</Text>
                            <Text size="xs" c="dimmed" className="tg-break">{[list === "activities" && (when ? dayWords(when) : "no days"), words.about].filter(Boolean).join(" · ")}</Text>
                          </Stack>
                          {edits && (
                            <Group gap={2} wrap="nowrap">
                              {list === "activities" && <DaysForm activity={entry as Activity} days={when} keep={(from, until) => begin({ days: withDays(days, entry.id, from, until) })} />}
                              <EntryActions version={name} document={document} list={list} entry={entry} named={words.title} />
                            </Group>
                          )}
                        </Group>
                      </li>
                    );
                  })}
                </Stack>
              )}
            </Section>
          );
        })}
        <Section
          title="How it goes out"
          aside={edits && <FieldsForm version={name} document={document} fields={WAY_FIELDS} entry={document.deployment} label="Change" title="How it goes out" send="Take it over" done="It is in the next edition." icon={<IconPencil size={14} aria-hidden />} written={(values, begun) => ({ ...begun, deployment: entryOf(WAY_FIELDS, values, begun.deployment) })} />}
        >
          {(["steps", "database_steps", "rollback", "contingency"] as const).map((way) => {
            const steps = document.deployment[way] ?? [];
            return steps.length > 0 && <div key={way}><Text size="sm" fw={600}>{WAY_FIELDS.find((field) => field.name === way)?.label}</Text><ol className="tg-steps">{steps.map(({ id, text }) => <li key={id}><Text size="sm" className="tg-break">{text}</Text></li>)}</ol></div>;
          })}
          {Object.keys(document.deployment).length === 0 && <Text size="sm" c="dimmed">It says no steps.</Text>}
        </Section>
      </Stack>
    </Elsewhere>
  );
}

function Otherwise({ name, edition }: { name: string; edition: number }) {
  const read = useQuery(templateDifference(name, edition));
  return <Read of={read}>{(found) => <Changes found={found} />}</Read>;
}

/** What is written is sent whole, as the next edition. */
function useKeep(): (name: string, body: { document: PlanDocument; days: Days[]; change: string }, headers: Record<string, string>) => Promise<void> {
  const old = useOld();
  return async (name, { document, days, change }, headers) => {
    await api.PUT("/api/v1/plan-templates/{name}", { params: { path: { name } }, body: { document: sent(document) as never, days, change: change.trim() || null }, headers });
    await old(...touched("plan-book"));
  };
}

function Unkept({ name, next, draft, drop }: { name: string; next: number; draft: Draft; drop: () => void }) {
  const keep = useKeep();
  const [change, setChange] = useState("");
  return (
    <Alert role="status" color="yellow" title={`Edition ${next} is being written, and is not kept yet`}>
      <Group gap="xs">
        <FormModal
          label="Keep it" title={`Keep edition ${next} of ${name}`} send="Keep it" done={`Edition ${next} of ${name} is kept.`} icon={<IconDeviceFloppy size={14} aria-hidden />} button={{ size: "xs", variant: "filled" }}
          act={async () => {
            await keep(name, { ...draft, change }, draft.unchanged);
            drop();
          }}
        >
          <Text size="sm">Plans that were made from an earlier edition stay as they are, and can bring this one in.</Text>
          <TextInput label="What is new in it" maxLength={300} value={change} onChange={(event) => setChange(event.currentTarget.value)} data-autofocus />
        </FormModal>
        <Button size="xs" variant="default" onClick={drop}>Drop it</Button>
      </Group>
    </Alert>
  );
}

function DaysForm({ activity: { name }, days, keep }: { activity: Activity; days: Days | undefined; keep: (from: number | "", until: number | "") => void }) {
  const [from, setFrom] = useState<number | "">("");
  const [until, setUntil] = useState<number | "">("");
  const number = (value: string | number) => (value === "" || value === "-" ? "" : Number(value));
  return (
    <FormModal
      label="Days" title={`When: ${name}`} send="Take it over" icon={<IconCalendarStats size={14} aria-hidden />} button={{ size: "compact-xs", variant: "subtle" }}
      begin={() => {
        setFrom(days?.from ?? "");
        setUntil(days?.until ?? "");
      }}
      act={async () => keep(from, until)}
    >
      <Text size="sm" c="dimmed">In days from the one on which all has to be ready; negative before it, empty where it has none.</Text>
      <NumberInput label="First day" allowDecimal={false} min={-3650} max={3650} value={from} onChange={(value) => setFrom(number(value))} data-autofocus />
      <NumberInput label="Last day" allowDecimal={false} min={-3650} max={3650} value={until} onChange={(value) => setUntil(number(value))} />
    </FormModal>
  );
}

function Copy({ template }: { template: PlanTemplate }) {
  const keep = useKeep();
  const go = useNavigate();
  const [name, setName] = useState("");
  return (
    <FormModal
      label="Copy" title={`A template of the team's own, like ${template.name}`} send="Copy it" done={`The template ${name.trim()} is kept.`} icon={<IconCopy size={14} aria-hidden />} button={{ size: "compact-sm" }}
      begin={() => setName(template.own ? "" : `team-${template.name}`)}
      act={async () => {
        const known = await got(api.GET("/api/v1/plan-templates"));
        if (known.templates.some((one) => one.name === name.trim())) {
          throw new Failure({ code: "members-unfit", detail: `There is a template ${name.trim()} already.`, help: "A copy is a new one: give it another name.", status: 0 });
        }
        await keep(name.trim(), { document: copyOf(template), days: template.days, change: `Copied from ${template.name}, edition ${template.version}.` }, {});
        void go({ to: "/plans/templates/$name", params: { name: name.trim() } });
      }}
    >
      <Text size="sm">It is yours to change, and remembers what it was made from: a newer edition of {template.name} can be brought into it.</Text>
      <TextInput label="Name" required maxLength={64} value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
    </FormModal>
  );
}

function Remove({ name }: { name: string }) {
  const old = useOld();
  const go = useNavigate();
  return (
    <Confirm
      label="Remove" danger title={`Remove the template ${name}`} done={`The template ${name} is removed.`} icon={<IconTrash size={14} aria-hidden />} button={{ size: "compact-sm" }}
      consequences={["Every edition of it goes.", "Plans that were made from it stay as they are, and can bring nothing of it in any more."]}
      act={async () => {
        await api.DELETE("/api/v1/plan-templates/{name}", { params: { path: { name } }, headers: ifMatch(templateAt(name)) });
        await go({ to: "/plans", search: { tab: "templates" } });
        await old(["plan-templates"]);
      }}
    />
  );
}
