// A template of the team's own, made of a plan: what belongs to that release alone stays out.
import { NativeSelect, Text, TextInput } from "@mantine/core";
import { IconTemplate } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import { plans } from "@/api/plans";
import { touched } from "@/live/touched";
import { FormModal } from "@/parts/FormModal";

/** Without a version, the plan is chosen. */
export function KeepTemplate({ version }: { version?: string }) {
  const old = useOld();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState("");
  const [change, setChange] = useState("");
  const known = useQuery({ ...plans(), enabled: version === undefined }).data?.items ?? [];
  const plan = version ?? (chosen || known[0]?.version || "");
  if (version === undefined && known.length === 0) return null;
  return (
    <FormModal
      label={version === undefined ? "Keep a plan as a template" : "Keep it as a template"} title="A template of the team's own" send="Keep it" done={`The template ${name.trim()} is kept.`} icon={<IconTemplate size={14} aria-hidden />} button={{ size: "xs" }}
      begin={() => {
        setName("");
        setChange("");
      }}
      act={async () => {
        await api.PUT("/api/v1/plan-templates/{name}", { params: { path: { name: name.trim() } }, body: { plan, change: change.trim() || null } });
        await old(...touched("plan-book"));
      }}
    >
      <Text size="sm" c="dimmed">Scope, states, dates and people stay out; activities keep their days from the one on which all has to be ready. Under a name that there is, it becomes the next edition.</Text>
      <TextInput label="Name" required data-autofocus description="Letters, digits and -, such as team" maxLength={64} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      {version === undefined && <NativeSelect label="Of the plan" value={plan} onChange={(event) => setChosen(event.currentTarget.value)} data={known.map((one) => ({ value: one.version, label: `${one.version}: ${one.title}` }))} />}
      <TextInput label="What is new in it" maxLength={300} value={change} onChange={(event) => setChange(event.currentTarget.value)} />
    </FormModal>
  );
}
