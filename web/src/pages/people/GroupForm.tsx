// Says what a group's members may do; a group is there as soon as it may something or somebody is in it.
import { Text, TextInput } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Grant, Group } from "@/api/types";
import { FormModal } from "@/parts/FormModal";
import { GrantsEditor } from "@/parts/GrantsEditor";

export function GroupForm({ group }: { group?: Group }) {
  const [name, setName] = useState(group?.name ?? "");
  const [grants, setGrants] = useState<Grant[]>(group?.grants ?? []);
  const old = useOld();
  return (
    <FormModal
      label={group ? "Change" : "Grant a group"} title={group ? `What ${group.name} may do` : "Say what a group may do"} send="Grant it" size="lg" done={`The group ${name} may that now.`}
      icon={group ? <IconPencil size={14} aria-hidden /> : <IconPlus size={15} aria-hidden />} button={group ? { size: "xs" } : { variant: "filled" }}
      begin={() => {
        setName(group?.name ?? "");
        setGrants(group?.grants ?? [{ role: "viewer", project: null, environment: null }]);
      }}
      of={group && "/api/v1/groups"}
      act={async (headers) => {
        await api.PUT("/api/v1/groups/{group}", { params: { path: { group: name.trim() } }, body: { grants }, headers });
        await old(["groups"], ["people"], ["person"], ["session"]);
      }}
    >
      {!group && <TextInput label="Group" required description="As the identity provider names it, or as you do" value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />}
      {group && group.people.length > 0 && <Text size="sm">It counts at once for {group.people.join(", ")}.</Text>}
      <GrantsEditor grants={grants} onChange={setGrants} none="its members may nothing by it" />
    </FormModal>
  );
}
