// The variants of a flag: their names and values, what everybody gets by default, and while it is off.
import { ActionIcon, Button, Group, NativeSelect, Stack, TextInput, Textarea, Title } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { newId, renamed, type Form, type Kind, type Variant } from "./form";

const KINDS: { value: Kind; label: string }[] = [
  { value: "boolean", label: "true or false" },
  { value: "text", label: "texts" },
  { value: "number", label: "numbers" },
  { value: "json", label: "objects (JSON)" },
];

export function VariantFields({ form, onChange }: { form: Form; onChange: (form: Form) => void }) {
  const { kind, variants } = form;
  const put = (id: number, change: Partial<Variant>) => onChange({ ...form, variants: variants.map((one) => (one.id === id ? { ...one, ...change } : one)) });
  const name = (one: Variant, to: string) => {
    const next = variants.some((other) => other.id !== one.id && other.name === one.name) ? form : renamed(form, one.name, to);
    onChange({ ...next, variants: variants.map((each) => (each.id === one.id ? { ...each, name: to } : each)) });
  };
  const choices = variants.map((one) => one.name);
  return (
    <Stack gap="xs" role="group" aria-label="Variants">
      <Group justify="space-between" align="flex-end">
        <Title order={3} size="h6">Variants</Title>
        <NativeSelect aria-label="What the values are" size="xs" data={KINDS} value={kind} onChange={(event) => onChange({ ...form, kind: event.currentTarget.value as Kind, variants: variants.map((one) => ({ ...one, text: asKind(one.text, event.currentTarget.value as Kind) })) })} />
      </Group>
      {variants.map((one, index) => (
        <Group key={one.id} gap="xs" wrap="nowrap" align="flex-start">
          <TextInput aria-label={`Name of variant ${index + 1}`} placeholder="name" value={one.name} onChange={(event) => name(one, event.currentTarget.value)} flex="1 1 40%" miw={0} />
          {kind === "boolean" ? (
            <NativeSelect aria-label={`Value of ${one.name}`} data={["true", "false"]} value={one.text} onChange={(event) => put(one.id, { text: event.currentTarget.value })} flex="1 1 60%" miw={0} />
          ) : kind === "json" ? (
            <Textarea aria-label={`Value of ${one.name}`} autosize minRows={1} maxRows={8} value={one.text} onChange={(event) => put(one.id, { text: event.currentTarget.value })} flex="1 1 60%" miw={0} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />
          ) : (
            <TextInput aria-label={`Value of ${one.name}`} placeholder="value" inputMode={kind === "number" ? "decimal" : undefined} value={one.text} onChange={(event) => put(one.id, { text: event.currentTarget.value })} flex="1 1 60%" miw={0} />
          )}
          <ActionIcon variant="default" size={36} aria-label={`Take ${one.name || "the variant"} away`} disabled={variants.length === 1} onClick={() => onChange({ ...form, variants: variants.filter(({ id }) => id !== one.id) })}>
            <IconTrash size={15} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange({ ...form, variants: [...variants, { id: newId(), name: free(choices), text: asKind("", kind) }] })}>
          Add a variant
        </Button>
      </Group>
      <Group grow gap="sm" align="flex-start">
        <Chosen label="Default" description="Where no rule says more" none="the program's own default" choices={choices} value={form.defaultVariant} onChange={(defaultVariant) => onChange({ ...form, defaultVariant })} />
        <Chosen label="While it is off" description="Everybody gets" none="the default" choices={choices} value={form.offVariant} onChange={(offVariant) => onChange({ ...form, offVariant })} />
      </Group>
    </Stack>
  );
}

interface ChosenProps {
  label: string;
  description: string;
  none: string;
  choices: string[];
  value: string | null;
  onChange: (value: string | null) => void;
}

function Chosen({ label, description, none, choices, value, onChange }: ChosenProps) {
  // A name that no variant has stands in the list too, so that it can be seen.
  const data = [{ value: "", label: none }, ...choices.map((name, at) => ({ value: name || ` ${at}`, label: name || "(no name)" })), ...(value !== null && !choices.includes(value) ? [{ value, label: `${value} (no such variant)` }] : [])];
  return <NativeSelect label={label} description={description} data={data} value={value ?? ""} onChange={(event) => onChange(event.currentTarget.value === "" ? null : event.currentTarget.value)} />;
}

function free(names: string[]): string {
  for (let number = names.length + 1; ; number += 1) if (!names.includes(`variant-${number}`)) return `variant-${number}`;
}

function asKind(text: string, kind: Kind): string {
  switch (kind) {
    case "boolean":
      return text === "true" || text === "1" || text === '"true"' ? "true" : "false";
    case "number":
      return Number.isFinite(Number(text)) && text.trim() !== "" ? text : text === "true" ? "1" : "0";
    case "text":
      return text.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text;
    case "json":
      try {
        JSON.parse(text);
        return text;
      } catch {
        return JSON.stringify(text);
      }
  }
}
