// The form of a source: of which tracker, which project, proved by which secret, how often, and what its labels mean.
import { Autocomplete, NativeSelect, NumberInput, SimpleGrid, TagsInput, Text, TextInput } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { Failure } from "@/api/failure";
import { secrets, useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { catalog } from "@/api/queries";
import type { ScopeSource } from "@/api/types";
import { touched } from "@/live/touched";
import { FormModal } from "@/parts/FormModal";
import { formOf, noSource, requestOf, wrongWith, type SourceForm } from "./form";
import { RuleFields } from "./RuleFields";
import { KINDS } from "./words";

/** Week-long at most. */
const EVERY_MAX = 10_080;

/** Whoever says where a secret is sent could as well read it, so it takes the right to write that secret. */
export function useMaySet(source?: ScopeSource): boolean {
  const may = useMay();
  const token = source?.token;
  return may("configure") && (token == null || may("write-secrets", token.environment));
}

/** Without a source, a new one. */
export function SetSource({ source }: { source?: ScopeSource }) {
  const old = useOld();
  const [form, setForm] = useState<SourceForm>(noSource);
  const [tried, setTried] = useState(false);
  const wrong = wrongWith(form);
  const put = (part: Partial<SourceForm>) => setForm((before) => ({ ...before, ...part }));
  const { name, kind, project } = form;
  const known = source !== undefined;
  return (
    <FormModal
      label={known ? "Change" : "Add a source"} title={known ? `Change the source ${source.name}` : "Where issues come from"} send={known ? "Save" : "Add it"} size="lg"
      icon={known ? <IconPencil size={14} aria-hidden /> : <IconPlus size={15} aria-hidden />} button={known ? { size: "compact-sm" } : { variant: "filled" }} done={known ? `${source.name} is set.` : "It is read from now on."}
      begin={() => {
        setTried(false);
        setForm(known ? formOf(source) : noSource);
      }}
      act={async () => {
        setTried(true);
        const [first] = Object.values(wrong);
        if (first !== undefined) throw new Failure({ code: "members-unfit", detail: first, help: "Correct it, and send it again.", status: 0 });
        await api.PUT("/api/v1/scope/sources/{source}", { params: { path: { source: name.trim() } }, body: requestOf(form) });
        await old(...touched(`scope-source/${name.trim()}`));
      }}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {!known && <TextInput label="Name" required data-autofocus description="Small letters, digits and -" value={name} error={tried && wrong["name"]} onChange={(event) => put({ name: event.currentTarget.value })} />}
        <NativeSelect label="Kind" description={KINDS.find(({ value }) => value === kind)?.about} data={KINDS.map(({ value, label }) => ({ value, label }))} value={kind} disabled={known} onChange={(event) => put({ kind: event.currentTarget.value as SourceForm["kind"] })} />
      </SimpleGrid>
      {kind === "csv" ? (
        <Text size="sm" c="dimmed">Tables are brought once it is there, by hand or by <code>tidegate scope import issues.csv --source {name.trim() || "NAME"}</code>.</Text>
      ) : (
        <>
          <TextInput label="Project" required placeholder={kind === "github" ? "acme/shop" : "group/project"} data-autofocus={known || undefined} value={project} error={tried && wrong["project"]} onChange={(event) => put({ project: event.currentTarget.value })} />
          <TextInput label="Address of its API" type="url" description="Of an installation of your own, which the server has to be allowed to reach (--allow-host); the public one where empty" placeholder={kind === "github" ? "https://ghe.example/api/v3" : "https://gitlab.example/api/v4"} value={form.base} onChange={(event) => put({ base: event.currentTarget.value })} />
          <Token form={form} put={put} error={tried ? wrong["secret"] : undefined} />
          <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
            <TextInput label="Only this milestone" value={form.milestone} onChange={(event) => put({ milestone: event.currentTarget.value })} />
            <TagsInput label="Only with these labels" value={form.labels} onChange={(labels) => put({ labels })} acceptValueOnBlur />
            <NumberInput label="Minutes between looks" description="0: when somebody asks" min={0} max={EVERY_MAX} allowDecimal={false} value={form.every} onChange={(every) => put({ every: every === "" ? "" : Number(every) })} />
          </SimpleGrid>
          {known && <Text size="sm" c="dimmed">Where it reads other things than before, it begins anew.</Text>}
        </>
      )}
      <RuleFields rules={form.rules} change={(rules) => put({ rules })} />
    </FormModal>
  );
}

function Token({ form: { environment, secret }, put, error }: { form: SourceForm; put: (part: Partial<SourceForm>) => void; error: string | undefined }) {
  const may = useMay();
  const places = (useQuery(catalog()).data?.environments ?? []).map(({ name }) => name).filter((name) => may("write-secrets", name));
  const known = useQuery({ ...secrets(environment), enabled: environment !== "" });
  if (places.length === 0 && environment === "") return <Text size="sm" c="dimmed">What is public is read without a token. One is named by somebody who may write secrets.</Text>;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      <NativeSelect label="The token is a secret of" description="Without one, only what is public is read" data={[{ value: "", label: "no token" }, ...places]} value={environment} onChange={(event) => put({ environment: event.currentTarget.value })} />
      <Autocomplete label="Its name" description="Set under Environments, Secrets" disabled={environment === ""} data={(known.data?.items ?? []).map(({ name }) => name)} value={secret} error={error} onChange={(value) => put({ secret: value })} />
    </SimpleGrid>
  );
}
