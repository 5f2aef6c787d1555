// The rules of a flag, from the first to the last, and everybody else: who is meant by which attributes, and gets what.
import { ActionIcon, Autocomplete, Button, Card, Code, Group, NativeSelect, SegmentedControl, Stack, TagsInput, Text, TextInput, Title } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { askedAnew, growing, newCondition, newId, type Condition, type Form, type Rule } from "./form";
import { operator, OPERATORS, valueOf, type OperatorName } from "./operators";
import { OutcomeField } from "./OutcomeField";

interface RuleFieldsProps {
  form: Form;
  /** Attributes to choose from; any other may be typed. */
  known: string[];
  onChange: (form: Form) => void;
}

export function RuleFields({ form, known, onChange }: RuleFieldsProps) {
  const { rules } = form;
  const putRules = (next: Rule[]) => onChange({ ...form, rules: next });
  const put = (id: number, change: Partial<Rule>) => putRules(rules.map((rule) => (rule.id === id ? { ...rule, ...change } : rule)));
  const move = (at: number, by: number) => {
    const next = [...rules];
    const [rule] = next.splice(at, 1);
    if (rule) next.splice(at + by, 0, rule);
    putRules(next);
  };
  return (
    <Stack gap="sm" role="group" aria-label="Rules">
      <Title order={3} size="h6">Who gets what</Title>
      {rules.map((rule, at) => (
        <Card key={rule.id} padding="sm" component="section" aria-label={`Rule ${at + 1}`}>
          <Stack gap="xs">
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm" fw={600}>{at === 0 ? "Where" : "Else where"}</Text>
              <Group gap={4} wrap="nowrap">
                {rule.conditions.length > 1 && <SegmentedControl size="xs" aria-label={`How the conditions of rule ${at + 1} belong together`} data={[{ value: "and", label: "all hold" }, { value: "or", label: "one holds" }]} value={rule.join} onChange={(join) => put(rule.id, { join: join === "or" ? "or" : "and" })} />}
                <ActionIcon variant="subtle" color="gray" aria-label={`Rule ${at + 1} earlier`} disabled={at === 0} onClick={() => move(at, -1)}><IconArrowUp size={15} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={`Rule ${at + 1} later`} disabled={at === rules.length - 1} onClick={() => move(at, 1)}><IconArrowDown size={15} /></ActionIcon>
                <ActionIcon variant="subtle" color="gray" aria-label={`Take rule ${at + 1} away`} onClick={() => putRules(rules.filter(({ id }) => id !== rule.id))}><IconTrash size={15} /></ActionIcon>
              </Group>
            </Group>
            {rule.conditions.map((condition) => (
              <ConditionField
                key={condition.id} condition={condition} known={known} number={at + 1} onChange={(next) => put(rule.id, { conditions: rule.conditions.map((one) => (one.id === next.id ? next : one)) })}
                remove={rule.conditions.length > 1 ? () => put(rule.id, { conditions: rule.conditions.filter(({ id }) => id !== condition.id) }) : undefined}
              />
            ))}
            <Group>
              <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={13} aria-hidden />} onClick={() => put(rule.id, { conditions: [...rule.conditions, newCondition()] })}>
                And another condition
              </Button>
            </Group>
            <Text size="sm" fw={600}>gets</Text>
            <OutcomeField of={`rule ${at + 1}`} outcome={rule.gives} form={form} onChange={(gives) => put(rule.id, { gives })} />
          </Stack>
        </Card>
      ))}
      <Group>
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => putRules([...rules, { id: newId(), join: "and", conditions: [newCondition(known[0] ?? "")], gives: { is: "variant", variant: growing(form)[0] ?? "" } }])}>
          Add a rule
        </Button>
      </Group>
      <Card padding="sm" component="section" aria-label="Everybody else">
        <Stack gap="xs">
          <Text size="sm" fw={600}>{rules.length === 0 ? "Everybody gets" : "Everybody else gets"}</Text>
          <OutcomeField of={rules.length === 0 ? "everybody" : "everybody else"} outcome={form.rest} form={form} onChange={(rest) => onChange({ ...form, rest })} />
        </Stack>
      </Card>
    </Stack>
  );
}

const NAMES = (Object.keys(OPERATORS) as OperatorName[]).map((value) => ({ value, label: OPERATORS[value].words.replace(/,$/, "") }));

interface ConditionFieldProps {
  condition: Condition;
  known: string[];
  number: number;
  onChange: (condition: Condition) => void;
  remove: (() => void) | undefined;
}

function ConditionField({ condition, known, number, onChange, remove }: ConditionFieldProps) {
  const gone = remove && <ActionIcon variant="subtle" color="gray" size={36} aria-label="Take the condition away" onClick={remove}><IconTrash size={15} /></ActionIcon>;
  if (condition.operator === "raw") {
    return (
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <Code block flex={1} miw={0} className="tg-break" style={{ whiteSpace: "pre-wrap" }}>{JSON.stringify(condition.source)}</Code>
        {gone}
      </Group>
    );
  }
  const { attribute, operator: name, values } = condition;
  const { takes } = operator(name);
  const chosen = (next: OperatorName) => {
    const kept = values.map((value) => valueOf(String(value), next));
    onChange(askedAnew(condition, { operator: next, values: operator(next).takes === "none" ? [] : operator(next).takes === "one" ? [kept[0] ?? ""] : kept.filter((value) => value !== "") }));
  };
  return (
    <Group gap="xs" align="flex-start">
      <Autocomplete aria-label={`Attribute, rule ${number}`} placeholder="attribute" data={["targetingKey", ...known.filter((one) => one !== "targetingKey")]} value={attribute} onChange={(next) => onChange(askedAnew(condition, { attribute: next }))} flex="1 1 130px" miw={0} />
      <NativeSelect aria-label={`How it is compared, rule ${number}`} data={NAMES} value={name} onChange={(event) => chosen(event.currentTarget.value as OperatorName)} flex="1 1 130px" miw={0} />
      {takes === "one" && <TextInput aria-label={`Value, rule ${number}`} placeholder="value" value={String(values[0] ?? "")} onChange={(event) => onChange(askedAnew(condition, { values: [valueOf(event.currentTarget.value, name)] }))} flex="2 1 150px" miw={0} />}
      {takes === "many" && <TagsInput aria-label={`Values, rule ${number}`} placeholder={values.length === 0 ? "values" : undefined} value={values.map(String)} onChange={(next) => onChange(askedAnew(condition, { values: next.map((text) => values.find((value) => String(value) === text) ?? valueOf(text, name)) }))} acceptValueOnBlur splitChars={[",", " "]} flex="2 1 150px" miw={0} />}
      {gone}
    </Group>
  );
}
