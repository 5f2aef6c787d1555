// Which roles are held and where, as a small form; what each role may do stands under it.
import { ActionIcon, Button, Card, Group, NativeSelect, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { project } from "@/api/place";
import { catalog, projects } from "@/api/queries";
import type { Grant, Role } from "@/api/types";
import { ROLES } from "./roles";

interface GrantsEditorProps {
  grants: Grant[];
  onChange: (grants: Grant[]) => void;
  /** What nothing means: `may do nothing`, `whatever its owner may`. */
  none: string;
}

export function GrantsEditor({ grants, onChange, none }: GrantsEditorProps) {
  const known = useQuery(projects()).data?.items.map(({ name }) => name) ?? [];
  const environments = useQuery(catalog()).data?.environments.map(({ name }) => name) ?? [];
  const change = (index: number, part: Partial<Grant>) => onChange(grants.map((grant, each) => (each === index ? { ...grant, ...part } : grant)));
  return (
    <Stack gap="xs" role="group" aria-label="Roles">
      {grants.length === 0 && (
        <Text size="sm" c="dimmed">
          No role: {none}.
        </Text>
      )}
      {grants.map(({ role, project: where, environment }, index) => (
        <Card key={index} padding="xs">
          <Group gap="xs" align="flex-end" wrap="nowrap">
            <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="xs" flex={1}>
              <NativeSelect label="Role" size="xs" value={role} onChange={(event) => change(index, { role: event.currentTarget.value as Role })} data={ROLES.map(({ value, label }) => ({ value, label }))} />
              <NativeSelect label="Project" size="xs" value={where ?? ""} onChange={(event) => change(index, { project: event.currentTarget.value || null })} data={[{ value: "", label: "every project" }, ...including(known, where)]} />
              <NativeSelect label="Environment" size="xs" value={environment ?? ""} onChange={(event) => change(index, { environment: event.currentTarget.value || null })} data={[{ value: "", label: "every environment" }, ...including(environments, environment)]} />
            </SimpleGrid>
            <ActionIcon variant="default" size={30} aria-label={`Take the role ${role} away`} onClick={() => onChange(grants.filter((_, each) => each !== index))}>
              <IconTrash size={15} />
            </ActionIcon>
          </Group>
          <Text size="xs" c="dimmed" mt={6}>
            {ROLES.find(({ value }) => value === role)?.may}.
          </Text>
        </Card>
      ))}
      <Group>
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange([...grants, { role: "viewer", project: project, environment: null }])}>
          Add a role
        </Button>
      </Group>
    </Stack>
  );
}

/** What is granted already stands in the list even where it is not known here. */
function including(names: string[], held: string | null | undefined): string[] {
  return held == null || names.includes(held) ? names : [...names, held];
}
