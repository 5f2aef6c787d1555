// The form that makes a flag: what it is for, whose, until when, its variants, and where it stands at first: off.
import { Alert, Autocomplete, Button, Checkbox, Group, Modal, Radio, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { api, got } from "@/api/client";
import { flags } from "@/api/flags";
import { useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { catalog, releases } from "@/api/queries";
import type { FlagKind } from "@/api/types";
import { definitionOf, faults, formOf, newId, SWITCH, type Form as FlagForm, type Kind } from "@/pages/flag/form";
import { VariantFields } from "@/pages/flag/VariantFields";
import { ProblemView } from "@/parts/ProblemView";
import { KINDS, owners } from "./listed";
import { dayEndMs } from "./days";

export function NewFlag({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} title="New flag" size="lg">
      {opened && <Form close={close} />}
    </Modal>
  );
}

/** Ways to begin: what most flags are. */
const BEGINNINGS: { value: string; label: string; kind: Kind; variants: [string, string][] }[] = [
  { value: "switch", label: "On or off", kind: "boolean", variants: [["on", "true"], ["off", "false"]] },
  { value: "text", label: "One of several texts", kind: "text", variants: [["blue", "blue"], ["green", "green"]] },
  { value: "number", label: "One of several numbers", kind: "number", variants: [["few", "10"], ["many", "100"]] },
  { value: "json", label: "One of several objects", kind: "json", variants: [["old", "{}"], ["new", "{}"]] },
];

function beginning(value: string): FlagForm {
  const { kind, variants } = BEGINNINGS.find((one) => one.value === value) ?? BEGINNINGS[0]!;
  const base = formOf(SWITCH)!;
  const list = variants.map(([name, text]) => ({ id: newId(), name, text }));
  const isSwitch = value === "switch";
  // What is given while it is off is what the code did before: for texts and numbers the first of them.
  const first = list[0]?.name ?? null;
  return { ...base, kind, variants: list, defaultVariant: isSwitch ? "on" : first, offVariant: isSwitch ? "off" : first };
}

function Form({ close }: { close: () => void }) {
  const go = useNavigate();
  const old = useOld();
  const may = useMay();
  const [key, setKey] = useState("");
  const [kind, setKind] = useState<FlagKind>("release");
  const [owner, setOwner] = useState("");
  const [description, setDescription] = useState("");
  const [removeBy, setRemoveBy] = useState("");
  const [release, setRelease] = useState("");
  const [begins, setBegins] = useState("switch");
  const [form, setForm] = useState<FlagForm>(() => beginning("switch"));
  const [where, setWhere] = useState<string[]>([]);
  const [tried, setTried] = useState(false);
  const known = useQuery(flags()).data?.items;
  const who = useMemo(() => owners(known ?? []), [known]);
  const versions = useQuery(releases()).data?.items.map(({ version }) => version) ?? [];
  const places = useQuery(catalog()).data?.environments ?? [];
  const open = places.filter((place) => !place.protected && may("deploy", place.name));
  const guarded = places.filter((place) => place.protected).map(({ name }) => name);
  const wrong = [...(key.trim() === "" ? ["A flag needs a key."] : []), ...faults(form)];
  const making = useMutation({
    mutationFn: () =>
      got(
        api.POST("/api/v1/flags", {
          body: {
            key: key.trim(), kind, owner: owner.trim() || null, description: description.trim() || null, release: release.trim() || null,
            remove_by_ms: removeBy === "" ? null : dayEndMs(removeBy),
            ...(where.length === 0 ? {} : { environments: where, definition: definitionOf(form, undefined) as never }),
          },
        }),
      ),
    onSuccess: async (made) => {
      notifications.show({ message: `The flag ${made.key} is made.`, color: "green" });
      await old(["flags"]);
      void go({ to: "/flags/$key", params: { key: made.key } });
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (wrong.length === 0) making.mutate();
      }}
    >
      <Stack gap="md">
        <TextInput label="Key" required data-autofocus description="As code asks for it; it never changes" placeholder="new-checkout" value={key} onChange={(event) => setKey(event.currentTarget.value)} maxLength={200} error={tried && key.trim() === "" ? "A flag needs a key." : undefined} />
        <Radio.Group label="Kind" value={kind} onChange={(value) => setKind(value as FlagKind)}>
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing={6} mt={4}>
            {KINDS.map(({ value, label, about }) => (
              <Radio key={value} value={value} label={label} description={about} />
            ))}
          </SimpleGrid>
        </Radio.Group>
        <Textarea label="Description" placeholder="What it turns on" value={description} onChange={(event) => setDescription(event.currentTarget.value)} autosize minRows={1} maxLength={2000} />
        <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
          <Autocomplete label="Owner" description="Whom to ask" placeholder="Team Shop" data={who} value={owner} onChange={setOwner} maxLength={200} />
          <TextInput type="date" label="Remove by" description="Gone from the code" value={removeBy} onChange={(event) => setRemoveBy(event.currentTarget.value)} />
          <Autocomplete label="Release" description="It belongs to" placeholder="none" data={versions} limit={20} value={release} onChange={setRelease} />
        </SimpleGrid>
        <Radio.Group label="What it gives" value={begins} onChange={(value) => { setBegins(value); setForm(beginning(value)); }}>
          <Group gap="md" mt={4}>
            {BEGINNINGS.map(({ value, label }) => (
              <Radio key={value} value={value} label={label} />
            ))}
          </Group>
        </Radio.Group>
        <VariantFields form={form} onChange={setForm} />
        <Checkbox.Group label="Define it in" description="It begins switched off there" value={where} onChange={setWhere}>
          <Group gap="md" mt={6}>
            {open.map(({ name }) => (
              <Checkbox key={name} value={name} label={name} />
            ))}
            {open.length === 0 && <Text size="sm" c="dimmed">No environment that is not protected may be changed by you.</Text>}
          </Group>
        </Checkbox.Group>
        {guarded.length > 0 && <Text size="xs" c="dimmed">{guarded.join(", ")}: protected, so it is proposed there afterwards and somebody else approves it.</Text>}
        {tried && wrong.length > 0 && (
          <Alert color="red" variant="light" role="alert">
            {wrong.map((one) => (
              <Text size="sm" key={one}>{one}</Text>
            ))}
          </Alert>
        )}
        {making.error && <ProblemView error={making.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={making.isPending}>
            Make it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
