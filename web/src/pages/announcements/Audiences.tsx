// Whom announcements are for: by which channels, whose addresses; made, changed and removed.
import { Badge, Group, MultiSelect, Stack, Table, Text, Textarea, TextInput } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { audiences, channels as channelsQuery } from "@/api/announcements";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Audience } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { FormModal } from "@/parts/FormModal";
import { Read } from "@/parts/Page";
import { Scroll } from "@/parts/Scroll";
import { addressesOf } from "./words";

export function Audiences() {
  const all = useQuery(audiences());
  return (
    <Read of={all}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No audience yet" command="tidegate announce audience set users --channel news">
            Users, operators, support: each is reached by the channels that you choose, and by mail at the addresses that you write.
          </Empty>
        ) : (
          <Scroll label="Audiences, as a table">
            <Table aria-label="Audiences">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Audience</Table.Th>
                  <Table.Th scope="col">By</Table.Th>
                  <Table.Th scope="col" visibleFrom="sm">Addresses</Table.Th>
                  <Table.Th scope="col">Change</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((audience) => (
                  <Table.Tr key={audience.name} style={{ verticalAlign: "top" }}>
                    <Table.Th scope="row" className="tg-break">{audience.name}</Table.Th>
                    <Table.Td><Group gap={4}>{audience.channels.map((channel) => <Badge key={channel} color="gray">{channel}</Badge>)}</Group></Table.Td>
                    <Table.Td visibleFrom="sm">
                      {audience.addresses.length === 0 ? "none" : count(audience.addresses.length, "address", "addresses")}
                      <Text size="xs" c="dimmed" lineClamp={2} className="tg-break">{audience.addresses.join(", ")}</Text>
                    </Table.Td>
                    <Table.Td><Group gap={6}><AudienceForm of={audience} /><Remove audience={audience} /></Group></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )
      }
    </Read>
  );
}

/** Of one that is there, or a new one. */
export function AudienceForm({ of }: { of?: Audience }) {
  const old = useOld();
  const known = useQuery(channelsQuery()).data?.items ?? [];
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const [addresses, setAddresses] = useState("");
  const byMail = known.some((channel) => channel.kind === "mail" && chosen.includes(channel.name));
  return (
    <FormModal
      label={of ? "Change" : "Add an audience"} title={of ? `Change ${of.name}` : "Add an audience"} send={of ? "Change it" : "Add it"} done="The audience is set." size="lg"
      icon={of ? <IconPencil size={14} aria-hidden /> : <IconPlus size={15} aria-hidden />} button={of ? { size: "xs" } : { variant: "filled" }}
      begin={() => {
        setName(of?.name ?? "");
        setChosen(of?.channels ?? []);
        setAddresses((of?.addresses ?? []).join("\n"));
      }}
      act={async () => {
        await api.PUT("/api/v1/audiences/{audience}", { params: { path: { audience: of?.name ?? name.trim() } }, body: { channels: chosen, addresses: byMail ? addressesOf(addresses) : [] } });
        await old(["audiences"]);
      }}
    >
      {!of && <TextInput label="Name" required description="Small letters, digits and -" value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />}
      <MultiSelect label="Reached by" required description={known.length === 0 ? "There is no channel yet: add one first" : undefined} data={known.map((channel) => channel.name)} value={chosen} onChange={setChosen} searchable />
      {byMail && <Textarea label="Addresses" required description="One on each line, or separated by commas. They stand in no event, and are forgotten with the audience." autosize minRows={3} maxRows={10} value={addresses} onChange={(event) => setAddresses(event.currentTarget.value)} />}
      {!byMail && chosen.length > 0 && <Stack gap={0}><Text size="sm" c="dimmed">Addresses are asked for where one of the channels is a mail server.</Text></Stack>}
    </FormModal>
  );
}

function Remove({ audience: { name, addresses } }: { audience: Audience }) {
  const old = useOld();
  return (
    <Confirm
      label="Remove" danger icon={<IconTrash size={14} aria-hidden />} title={`Remove ${name}`} done={`${name} is removed.`} button={{ size: "xs" }}
      consequences={["What is planned for it is cancelled when its time comes.", ...(addresses.length > 0 ? [`${count(addresses.length, "address is", "addresses are")} forgotten.`] : [])]}
      act={async () => {
        await api.DELETE("/api/v1/audiences/{audience}", { params: { path: { audience: name } } });
        await old(["audiences"]);
      }}
    />
  );
}
