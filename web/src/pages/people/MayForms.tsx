// Changes what somebody may do: by roles of their own, or by the groups they are in.
import { TagsInput, Text } from "@mantine/core";
import { IconPencil, IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { groups as groupsQuery, useOld } from "@/api/keeping";
import type { Person } from "@/api/types";
import { FormModal } from "@/parts/FormModal";
import { GrantsEditor } from "@/parts/GrantsEditor";

export function GrantsForm({ person: { name, grants } }: { person: Person }) {
  const [wanted, setWanted] = useState(grants);
  const old = useOld();
  return (
    <FormModal
      label="Change roles" title={`Roles of ${name}`} icon={<IconPencil size={14} aria-hidden />} button={{ size: "xs" }} send="Grant them" size="lg" done={`${name} holds these roles now.`}
      begin={() => setWanted(grants)} of={`/api/v1/people/${name}`}
      act={async (headers) => {
        await api.PUT("/api/v1/people/{person}/grants", { params: { path: { person: name } }, body: { grants: wanted }, headers });
        await old(["person", name], ["people"], ["session"]);
      }}
    >
      <Text size="sm">They count at once, in the place of those before; words at gates count or stop counting with them.</Text>
      <GrantsEditor grants={wanted} onChange={setWanted} none="only what groups give" />
    </FormModal>
  );
}

export function GroupsForm({ person: { name, groups } }: { person: Person }) {
  const [wanted, setWanted] = useState(groups);
  const known = useQuery(groupsQuery()).data?.items.map((group) => group.name) ?? [];
  const old = useOld();
  return (
    <FormModal
      label="Change groups" title={`Groups of ${name}`} icon={<IconUsersGroup size={14} aria-hidden />} button={{ size: "xs" }} send="Set them" done={`${name} is in these groups now.`}
      begin={() => setWanted(groups)} of={`/api/v1/people/${name}`}
      act={async (headers) => {
        await api.PUT("/api/v1/people/{person}/groups", { params: { path: { person: name } }, body: { groups: wanted }, headers });
        await old(["person", name], ["people"], ["groups"], ["session"]);
      }}
    >
      <Text size="sm">An identity provider that tells groups sets them anew at each sign-in.</Text>
      <TagsInput label="Groups" description="Enter after each" data={known} value={wanted} onChange={setWanted} acceptValueOnBlur data-autofocus />
    </FormModal>
  );
}
