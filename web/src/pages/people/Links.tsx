// Who a person is at identity providers: an issuer and the name it never gives to anybody else.
import { ActionIcon, Button, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { IconLink, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { providers, useOld } from "@/api/keeping";
import type { Named, Person } from "@/api/types";
import { FormModal } from "@/parts/FormModal";

export function Links({ person, edits }: { person: Person; edits: boolean }) {
  const links = person.links ?? [];
  return (
    <Stack gap="xs" align="flex-start">
      {links.length > 0 && (
        <List size="sm">
          {links.map(({ issuer, subject }) => (
            <List.Item key={`${issuer} ${subject}`} className="tg-break">
              <code>{subject}</code> at {issuer}
            </List.Item>
          ))}
        </List>
      )}
      {edits && <LinksForm person={person.name} links={links} />}
    </Stack>
  );
}

function LinksForm({ person, links }: { person: string; links: Named<"Link">[] }) {
  const [wanted, setWanted] = useState(links);
  const known = useQuery(providers()).data?.items ?? [];
  const old = useOld();
  const change = (index: number, part: Partial<Named<"Link">>) => setWanted(wanted.map((link, each) => (each === index ? { ...link, ...part } : link)));
  return (
    <FormModal
      label="Identities at providers" title={`Who ${person} is at identity providers`} icon={<IconLink size={14} aria-hidden />} button={{ size: "xs" }} send="Set them" size="lg" done="They are set."
      begin={() => setWanted(links)} of={`/api/v1/people/${person}`}
      act={async (headers) => {
        await api.PUT("/api/v1/people/{person}/links", { params: { path: { person } }, body: { links: wanted }, headers });
        await old(["person", person], ["people"]);
      }}
    >
      <Text size="sm">
        Whoever is signed in there by this name is {person} here. {known.length > 0 ? `Known issuers: ${known.map(({ issuer }) => issuer).join(", ")}.` : "No identity provider is configured yet, so nobody comes in by this for now."}
      </Text>
      {wanted.map((link, index) => (
        <Group key={index} gap="xs" align="flex-end" wrap="nowrap">
          <TextInput label="Issuer" required flex={1} miw={0} type="url" value={link.issuer} onChange={(event) => change(index, { issuer: event.currentTarget.value })} />
          <TextInput label="Subject (sub)" required flex={1} miw={0} value={link.subject} onChange={(event) => change(index, { subject: event.currentTarget.value })} />
          <ActionIcon variant="default" size={36} aria-label={`Take ${link.subject || "this identity"} away`} onClick={() => setWanted(wanted.filter((_, each) => each !== index))}>
            <IconTrash size={15} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setWanted([...wanted, { issuer: known[0]?.issuer ?? "", subject: "" }])}>
          Add an identity
        </Button>
      </Group>
    </FormModal>
  );
}
