// The rules of a source: where a label or a milestone fits, the rest is what that means.
import { ActionIcon, Button, Card, Group, NativeSelect, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { noRule, type RuleForm } from "./form";

const maybe = (...words: string[]) => [{ value: "", label: "–" }, ...words];

export function RuleFields({ rules, change }: { rules: RuleForm[]; change: (rules: RuleForm[]) => void }) {
  return (
    <Stack gap="xs" role="group" aria-label="Rules">
      <Text size="sm" fw={500}>Rules</Text>
      <Text size="xs" c="dimmed">
        A milestone such as 2.1.0, v2.1.0 or Release 2.1.0 and labels such as bug or severity: critical are understood as they stand. The first rule that says something decides it; a * at the end of a pattern stands for whatever follows.
      </Text>
      {rules.map((rule, index) => {
        const put = (part: Partial<RuleForm>) => change(rules.map((one, each) => (each === index ? { ...one, ...part } : one)));
        const line = (name: keyof RuleForm, label: string, placeholder?: string) => <TextInput size="xs" label={label} placeholder={placeholder} value={rule[name]} onChange={(event) => put({ [name]: event.currentTarget.value })} />;
        return (
          <Card key={index} padding="xs" role="group" aria-label={`Rule ${index + 1}`}>
            <Group gap="xs" align="flex-end" wrap="nowrap">
              <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="xs" flex={1}>
                {line("label", "Label", "area/payments*")}
                {line("milestone", "Milestone", "Sprint *")}
                {line("version", "Belongs to release", "3.*")}
                <NativeSelect size="xs" label="Severity" data={maybe("trivial", "minor", "major", "critical")} value={rule.severity} onChange={(event) => put({ severity: event.currentTarget.value })} />
                <NativeSelect size="xs" label="Risk of the fix" data={maybe("low", "medium", "high")} value={rule.fix_risk} onChange={(event) => put({ fix_risk: event.currentTarget.value })} />
                <NativeSelect size="xs" label="Kind" data={maybe("bug", "feature", "improvement", "security", "documentation", "task")} value={rule.kind} onChange={(event) => put({ kind: event.currentTarget.value })} />
                {line("component", "Component", "payments")}
                {line("skill", "Skill", "backend")}
                <NativeSelect size="xs" label="A new feature" data={maybe("yes", "no")} value={rule.feature} onChange={(event) => put({ feature: event.currentTarget.value as RuleForm["feature"] })} />
              </SimpleGrid>
              <ActionIcon variant="default" size={30} aria-label={`Take rule ${index + 1} away`} onClick={() => change(rules.filter((_, each) => each !== index))}><IconTrash size={15} /></ActionIcon>
            </Group>
          </Card>
        );
      })}
      <Group><Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => change([...rules, noRule])}>Add a rule</Button></Group>
    </Stack>
  );
}
