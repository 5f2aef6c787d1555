// Adds a person or a service account, with what they may do; how they sign in is set on their own page.
import { SegmentedControl, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { Grant, Person } from "@/api/types";
import { FormModal } from "@/parts/FormModal";
import { GrantsEditor } from "@/parts/GrantsEditor";

export function AddPerson() {
  const [kind, setKind] = useState<Person["kind"]>("person");
  const [name, setName] = useState("");
  const [display, setDisplay] = useState("");
  const [grants, setGrants] = useState<Grant[]>([]);
  const old = useOld();
  const go = useNavigate();
  return (
    <FormModal
      label="Add somebody" title="Add a person or a service account" icon={<IconUserPlus size={15} aria-hidden />} button={{ variant: "filled" }} send="Add" size="lg" done={`${name} is there.`}
      begin={() => {
        setName("");
        setDisplay("");
        setGrants([{ role: kind === "service" ? "developer" : "viewer", project: null, environment: null }]);
      }}
      act={async () => {
        const person = name.trim();
        await api.POST("/api/v1/people", { body: { kind, name: person, display: display.trim() || null, grants } });
        await old(["people"]);
        await go({ to: "/people/$person", params: { person } });
      }}
    >
      <SegmentedControl aria-label="Kind" value={kind} onChange={(to) => setKind(to === "service" ? "service" : "person")} data={[{ value: "person", label: "Person" }, { value: "service", label: "Service account" }]} />
      <Text size="sm" c="dimmed">
        {kind === "person" ? "Signs in with a password or through an identity provider: set either on the next page." : "For programs: proves itself by tokens, and signs no gates."}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput label="Name" required description="Small letters, digits, . _ - @ :" value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus autoComplete="off" />
        <TextInput label="Shown as" description="The name where it is empty" value={display} onChange={(event) => setDisplay(event.currentTarget.value)} autoComplete="off" />
      </SimpleGrid>
      <Stack gap={4}>
        <Text size="sm" fw={500}>
          May
        </Text>
        <GrantsEditor grants={grants} onChange={setGrants} none="nothing, until a role or a group gives it" />
      </Stack>
    </FormModal>
  );
}
