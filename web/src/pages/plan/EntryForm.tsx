// The form of one entry of a plan or of a template, and the buttons that add, change and remove it. The whole is written, and only
// in the place of the one that was seen when the form was opened.
import { Autocomplete, Checkbox, Group, MultiSelect, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { ifMatch } from "@/api/editions";
import { Failure } from "@/api/failure";
import { Confirm } from "@/parts/Confirm";
import { FormModal } from "@/parts/FormModal";
import { idFrom, put, without, type Identified, type ListName, type PlanDocument } from "./document";
import { entryOf, faultsOf, valuesOf, type Field, type Values } from "./fields";
import { AREAS, DEPLOYMENT_FIELDS, KINDS, PLAN_FIELDS } from "./kinds";
import { useWriter } from "./writer";

interface FieldsFormProps {
  version: string;
  document: PlanDocument;
  fields: readonly Field[];
  /** What stands; null for a new one. */
  entry: object | null;
  /** The plan with what the form says. */
  written: (values: Values, document: PlanDocument) => PlanDocument;
  label: string;
  title: string;
  send: string;
  done: string;
  icon: ReactNode;
  subtle?: boolean;
}

export function FieldsForm({ version, document, fields, entry, written, label, title, send, done, icon, subtle }: FieldsFormProps) {
  const { write, at } = useWriter(version);
  const [values, setValues] = useState<Values>({});
  const [begun, setBegun] = useState(document);
  const [tried, setTried] = useState(false);
  const faults = faultsOf(fields, values);
  return (
    <FormModal
      label={label} title={title} send={send} done={done} icon={icon} of={at} size="lg" button={subtle ? { size: "compact-xs", variant: "subtle" } : { size: "xs" }}
      begin={() => {
        setBegun(document);
        setTried(false);
        setValues(valuesOf(fields, entry));
      }}
      act={async (headers) => {
        setTried(true);
        const [wrong] = Object.values(faults);
        if (wrong !== undefined) throw new Failure({ code: "members-unfit", detail: wrong, help: "Correct it, and send it again.", status: 0 });
        await write(written(values, begun), headers);
      }}
    >
      {fields.map((field, index) => (
        <FieldInput key={field.name} field={field} document={begun} value={values[field.name] ?? ""} wrong={tried ? faults[field.name] : undefined} focus={index === 0} change={(value) => setValues((before) => ({ ...before, [field.name]: value }))} />
      ))}
    </FormModal>
  );
}

function choices({ options, from, needed }: Field, document: PlanDocument, chosen: string): { value: string; label: string }[] {
  const named = (list: { value: string; label: string }[]) => [...(needed ? (chosen === "" ? [{ value: "", label: "choose one" }] : []) : [{ value: "", label: "–" }]), ...list];
  const known =
    from === "owners" ? named([...document.roles.map(({ id, name }) => ({ value: id, label: name })), ...document.people.map(({ id }) => ({ value: id, label: id }))])
    : from === "audiences" ? named(document.audiences.map(({ id, name }) => ({ value: id, label: name })))
    : from === "scope" ? named(document.scope.map(({ id, title }) => ({ value: id, label: `${id}: ${title}` })))
    : from === "activities" ? document.activities.map(({ id, name }) => ({ value: id, label: name }))
    : [...(options ?? [])];
  return chosen === "" || known.some(({ value }) => value === chosen) ? known : [...known, { value: chosen, label: chosen }];
}

interface FieldInputProps {
  field: Field;
  document: PlanDocument;
  value: string | boolean;
  wrong: string | undefined;
  focus: boolean;
  change: (value: string | boolean) => void;
}

function FieldInput({ field, document, value, wrong, focus, change }: FieldInputProps) {
  const { label, kind, about, needed } = field;
  const text = typeof value === "string" ? value : "";
  const common = { label, description: about, required: needed, error: wrong, ...(focus ? { "data-autofocus": true } : {}) };
  if (kind === "check") return <Checkbox label={label} checked={value === true} onChange={(event) => change(event.currentTarget.checked)} />;
  if (kind === "choice") return <NativeSelect {...common} data={choices(field, document, text)} value={text} onChange={(event) => change(event.currentTarget.value)} />;
  if (kind === "choices") {
    const chosen = text.split("\n").filter(Boolean);
    return <MultiSelect {...common} data={choices(field, document, "")} value={chosen} onChange={(now) => change(now.join("\n"))} searchable clearable clearButtonProps={{ "aria-label": `Nothing: ${label}` }} />;
  }
  if (field.from === "areas") {
    const areas = [...new Set([...AREAS, ...[...document.readiness, ...document.afterwards].map(({ area }) => area)])];
    return <Autocomplete {...common} data={areas} value={text} onChange={change} />;
  }
  if (kind === "text" || kind === "lines" || kind === "steps" || kind === "estimates") {
    return <Textarea {...common} autosize minRows={2} maxRows={16} value={text} onChange={(event) => change(event.currentTarget.value)} />;
  }
  return <TextInput {...common} type={kind === "date" ? "date" : kind === "moment" ? "datetime-local" : "text"} inputMode={kind === "number" ? "numeric" : undefined} value={text} onChange={(event) => change(event.currentTarget.value)} />;
}

interface EntryProps {
  version: string;
  document: PlanDocument;
  list: ListName;
}

export function AddEntry({ version, document, list }: EntryProps) {
  const { what, idFrom: from } = KINDS[list];
  const { what: whole, fields: fieldsOf } = useWriter(version);
  const fields = fieldsOf(list);
  return (
    <FieldsForm
      version={version} document={document} fields={fields} entry={null} label={`Add ${article(what)}`} title={`Add ${article(what)}`} send="Add it" done={`The ${what} is in the ${whole}.`} icon={<IconPlus size={14} aria-hidden />}
      written={(values, begun) => {
        const entry = entryOf<Identified>(fields, values, null);
        const taken = (begun[list] as Identified[]).map(({ id }) => id);
        return put(begun, list, from === "id" ? entry : { ...entry, id: idFrom(String(values[from] ?? ""), taken) }, null);
      }}
    />
  );
}

const article = (what: string) => `${/^[aeiou]/.test(what) ? "an" : "a"} ${what}`;

/** `named` tells one from another in the titles of what opens. */
export function EntryActions({ version, document, list, entry, named }: EntryProps & { entry: Identified; named: string }) {
  const { what } = KINDS[list];
  const { write, at, what: whole, fields: fieldsOf } = useWriter(version);
  const fields = fieldsOf(list);
  return (
    <Group gap={2} wrap="nowrap">
      <FieldsForm
        version={version} document={document} fields={fields} entry={entry} label="Change" title={`Change the ${what} “${named}”`} send="Save" done={`The ${what} is changed.`} icon={<IconPencil size={14} aria-hidden />} subtle
        written={(values, begun) => put(begun, list, entryOf<Identified>(fields, values, entry), entry.id)}
      />
      <Confirm
        label="Remove" title={`Remove the ${what} “${named}”`} danger done={`The ${what} is removed.`} icon={<IconTrash size={14} aria-hidden />} button={{ size: "compact-xs", variant: "subtle" }}
        consequences={[`“${named}” is in the ${whole} no more.`, "What was said about it stays in the history."]}
        act={() => write(without(document, list, entry.id), ifMatch(at))}
      />
    </Group>
  );
}

export function ChangePlan({ version, document }: { version: string; document: PlanDocument }) {
  return (
    <FieldsForm
      version={version} document={document} fields={PLAN_FIELDS} entry={document} label="Describe" title={`Describe the plan of ${version}`} send="Save" done="The plan is changed." icon={<IconPencil size={14} aria-hidden />}
      written={(values, begun) => entryOf<PlanDocument>(PLAN_FIELDS, values, begun)}
    />
  );
}

export function ChangeDeployment({ version, document }: { version: string; document: PlanDocument }) {
  return (
    <FieldsForm
      version={version} document={document} fields={DEPLOYMENT_FIELDS} entry={document.deployment} label="Change" title="How it goes out" send="Save" done="The plan is changed." icon={<IconPencil size={14} aria-hidden />}
      written={(values, begun) => ({ ...begun, deployment: entryOf(DEPLOYMENT_FIELDS, values, begun.deployment) })}
    />
  );
}
