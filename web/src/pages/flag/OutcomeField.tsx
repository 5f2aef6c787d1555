// Who is meant gets one variant, the default, or a share each of several, by a slider or a number.
import { Button, Code, Group, NativeSelect, NumberInput, Slider, Stack, Text, TextInput } from "@mantine/core";
import { growing, percentOf, total, withShare, type Form, type Outcome, type Share } from "./form";
import { isMembers, type Json } from "./json";

interface OutcomeFieldProps {
  /** Whose, for whoever does not see where it stands: `rule 1`, `everybody else`. */
  of: string;
  outcome: Outcome;
  form: Form;
  /** By what it is divided is said elsewhere. */
  brief?: boolean;
  onChange: (outcome: Outcome) => void;
}

const [DEFAULT, SHARES, RAW] = ["\u0000default", "\u0000shares", "\u0000raw"];

export function OutcomeField({ of, outcome, form, brief = false, onChange }: OutcomeFieldProps) {
  const names = form.variants.map(({ name }) => name).filter(Boolean);
  const value = outcome.is === "variant" ? outcome.variant : outcome.is === "default" ? DEFAULT : outcome.is === "shares" ? SHARES : RAW;
  const data = [
    ...(outcome.is === "variant" && !names.includes(outcome.variant) ? [{ value: outcome.variant, label: outcome.variant === "" ? "choose a variant" : `${outcome.variant} (no such variant)` }] : []),
    ...names.map((name) => ({ value: name, label: name })),
    { value: DEFAULT ?? "", label: `the default${form.defaultVariant === null ? "" : `, ${form.defaultVariant}`}` },
    { value: SHARES ?? "", label: "a share each" },
    ...(outcome.is === "raw" ? [{ value: RAW ?? "", label: "a rule of its own" }] : []),
  ];
  const choose = (chosen: string) => {
    if (chosen === DEFAULT) onChange({ is: "default" });
    else if (chosen === SHARES) onChange({ is: "shares", shares: begin(growing(form)) });
    else if (chosen !== RAW) onChange({ is: "variant", variant: chosen });
  };
  return (
    <Stack gap="xs">
      <NativeSelect aria-label={`What ${of} gets`} data={data} value={value} onChange={(event) => choose(event.currentTarget.value)} maw={320} />
      {outcome.is === "shares" && <ShareFields of={of} outcome={outcome} names={names} brief={brief} onChange={onChange} />}
      {outcome.is === "raw" && <Code block className="tg-break" style={{ whiteSpace: "pre-wrap" }}>{JSON.stringify(outcome.source)}</Code>}
    </Stack>
  );
}

/** A tenth for the first of two; else the same for each. */
function begin(names: string[]): Share[] {
  if (names.length <= 2) return names.map((variant, at) => ({ variant, weight: at === 0 ? 10 : 90 }));
  const each = Math.floor(100 / names.length);
  return names.map((variant, at) => ({ variant, weight: at === names.length - 1 ? 100 - each * (names.length - 1) : each }));
}

interface ShareFieldsProps {
  of: string;
  outcome: Extract<Outcome, { is: "shares" }>;
  names: string[];
  brief: boolean;
  onChange: (outcome: Outcome) => void;
}

function ShareFields({ of, outcome, names, brief, onChange }: ShareFieldsProps) {
  const { shares } = outcome;
  const sum = total(shares);
  const put = (next: Share[]) => onChange({ ...outcome, shares: next });
  const missing = names.filter((name) => !shares.some(({ variant }) => variant === name));
  const unit = unitAttribute(outcome.unit);
  const lastAt = shares.length - 1;
  return (
    <Stack gap={6} pl={2}>
      {shares.map(({ variant, weight }, at) => {
        const percent = percentOf(weight, sum);
        const rest = at === lastAt && shares.length > 1;
        return (
          <Group key={`${at} ${variant}`} gap="sm" wrap="nowrap">
            <Text size="sm" w={110} truncate title={variant} flex="none">{variant}</Text>
            <Slider thumbLabel={`Share of ${variant}, ${of}`} flex={1} miw={50} value={percent} onChange={(to) => !rest && put(withShare(shares, at, to))} step={1} max={100} label={null} disabled={rest} size="sm" />
            {rest ? (
              <Text size="sm" w={92} flex="none" ta="right" pr={8}>
                {percent} % <Text span inherit c="dimmed" size="xs">left</Text>
              </Text>
            ) : (
              <NumberInput aria-label={`Percent of ${variant}, ${of}`} size="xs" w={92} flex="none" value={percent} onChange={(to) => typeof to === "number" && put(withShare(shares, at, to))} min={0} max={100} decimalScale={2} suffix=" %" clampBehavior="blur" />
            )}
          </Group>
        );
      })}
      <Group gap="xs">
        {missing.map((variant) => (
          <Button key={variant} variant="default" size="compact-xs" onClick={() => put([...shares.slice(0, -1), { variant, weight: 0 }, ...shares.slice(-1)])}>
            Add {variant}
          </Button>
        ))}
        {shares.length > 2 && shares.filter(({ weight }) => weight === 0).slice(0, 3).map(({ variant }) => (
          <Button key={variant} variant="default" size="compact-xs" onClick={() => put(shares.filter((share) => share.variant !== variant))}>
            Take {variant} away
          </Button>
        ))}
      </Group>
      {brief && unit !== null ? null : unit === null ? (
        <Text size="xs" c="dimmed" className="tg-break">Divided by {JSON.stringify(outcome.unit)}</Text>
      ) : (
        <TextInput
          size="xs" maw={320} label="Divided by" description="Whoever has the same one gets the same variant" placeholder="targeting key" value={unit}
          onChange={(event) => {
            const named = event.currentTarget.value.trim();
            const { unit: _, ...without } = outcome;
            onChange(named === "" ? without : { ...without, unit: { cat: [{ var: "$flagd.flagKey" }, { var: named }] } });
          }}
        />
      )}
    </Stack>
  );
}

/** Null where it is divided by more than an attribute. */
function unitAttribute(unit: Json | undefined): string | null {
  if (unit === undefined) return "";
  const parts = isMembers(unit) && Array.isArray(unit["cat"]) ? unit["cat"] : null;
  const [flag, by] = parts ?? [];
  return parts?.length === 2 && isMembers(flag) && flag["var"] === "$flagd.flagKey" && isMembers(by) && typeof by["var"] === "string" ? by["var"] : null;
}
