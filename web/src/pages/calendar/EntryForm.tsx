// Sets a freeze or a window, or changes one: when, how often, whom it reaches, why.
import { Chip, Group, Input, NativeSelect, NumberInput, SegmentedControl, SimpleGrid, TagsInput, Text, TextInput } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "@/api/client";
import { useOld } from "@/api/keeping";
import type { CalendarEntry } from "@/api/types";
import { FormModal } from "@/parts/FormModal";
import { ZoneSelect } from "@/parts/ZoneSelect";
import { zone as own } from "@/parts/time";
import { ReachFields } from "./ReachFields";
import { daysOf, MONTHLY, RECURS, recursOf, ruleOf, WEEKDAYS, type Recurs } from "./rule";
import { ruleInWords } from "./words";

const NEW = {
  name: "", kind: "freeze" as CalendarEntry["kind"], reason: "", from: "", ends: "until" as "until" | "lasts", until: "", hours: 8 as number | string,
  zone: own, recurs: "once" as Recurs, days: [] as string[], monthly: "FREQ=MONTHLY", raw: "", except: [] as string[],
  reach: { environments: [] as string[], components: [] as string[], tenants: [] as string[] },
};

function said(entry: CalendarEntry | undefined): typeof NEW {
  if (!entry) return NEW;
  const { name, kind, reason, zone, rule, except, environments, components, tenants } = entry;
  const monthly = MONTHLY.find(({ value }) => value === rule)?.value ?? "FREQ=MONTHLY";
  return {
    ...NEW, name, kind, reason, zone, except, monthly, from: minutes(entry.from), until: minutes(entry.until ?? ""),
    ends: entry.lasts_seconds == null ? "until" : "lasts", hours: (entry.lasts_seconds ?? 0) / 3600 || 8,
    recurs: recursOf(rule), days: daysOf(rule), raw: rule ?? "", reach: { environments, components, tenants },
  };
}

/** What the browser's field understands: a date alone means midnight. */
function minutes(text: string): string {
  return text === "" ? "" : text.includes("T") ? text.slice(0, 16) : `${text}T00:00`;
}

export function EntryForm({ entry }: { entry?: CalendarEntry }) {
  const [form, setForm] = useState(() => said(entry));
  const set = (change: Partial<typeof NEW>) => setForm((before) => ({ ...before, ...change }));
  const old = useOld();
  const rule = ruleOf(form.recurs, form);
  return (
    <FormModal
      label={entry ? "Change" : "Set a freeze or window"} title={entry ? `Change ${entry.name}` : "Set a freeze or a window"} send={entry ? "Change it" : "Set it"} size="lg"
      icon={entry ? <IconPencil size={14} aria-hidden /> : <IconPlus size={15} aria-hidden />} button={entry ? { size: "xs" } : { variant: "filled" }}
      begin={() => setForm(said(entry))} done={`The ${form.kind} ${form.name} is set.`}
      of={entry && "/api/v1/calendar"}
      act={async (headers) => {
        const { kind, reason, from, zone, reach, except } = form;
        await api.PUT("/api/v1/calendar/{name}", {
          headers, params: { path: { name: form.name.trim() } },
          body: {
            kind, reason: reason.trim(), from, zone, rule, except: rule === null ? [] : except, ...reach,
            ...(form.ends === "until" ? { until: form.until } : { lasts_seconds: Math.round(Number(form.hours) * 3600) }),
          },
        });
        await old(["calendar"], ["why"]);
      }}
    >
      <SegmentedControl
        aria-label="Kind" value={form.kind} onChange={(kind) => set({ kind: kind === "window" ? "window" : "freeze" })}
        data={[{ value: "freeze", label: "Freeze: nothing goes forward" }, { value: "window", label: "Window: only now forward" }]}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput label="Name" required disabled={entry !== undefined} description="Small letters, digits and -" value={form.name} onChange={(event) => set({ name: event.currentTarget.value })} data-autofocus />
        <TextInput label="Reason" required description="Whoever is kept by it reads this" value={form.reason} onChange={(event) => set({ reason: event.currentTarget.value })} maxLength={500} />
        <TextInput type="datetime-local" label="From" required description="Of the first time" value={form.from} onChange={(event) => set({ from: event.currentTarget.value })} />
        <ZoneSelect label="Time zone" description="These are its local times" value={form.zone} onChange={(zone) => set({ zone })} />
        <NativeSelect label="Ends" value={form.ends} onChange={(event) => set({ ends: event.currentTarget.value === "lasts" ? "lasts" : "until" })} data={[{ value: "until", label: "at a time" }, { value: "lasts", label: "after some hours" }]} />
        {form.ends === "until" ? (
          <TextInput type="datetime-local" label="Until" required value={form.until} onChange={(event) => set({ until: event.currentTarget.value })} />
        ) : (
          <NumberInput label="Hours" required min={0.1} step={1} decimalScale={2} value={form.hours} onChange={(hours) => set({ hours })} />
        )}
      </SimpleGrid>
      <NativeSelect label="Holds" value={form.recurs} onChange={(event) => set({ recurs: event.currentTarget.value as Recurs })} data={RECURS} />
      {form.recurs === "weekly" && (
        <Input.Wrapper label="On" description="The day of From where none is chosen">
          <Chip.Group multiple value={form.days} onChange={(days) => set({ days })}>
            <Group gap={6} mt={4} role="group" aria-label="Days of the week">
              {WEEKDAYS.map(({ value, label }) => (
                <Chip key={value} value={value} size="xs">
                  {label}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        </Input.Wrapper>
      )}
      {form.recurs === "monthly" && <NativeSelect label="On which day" value={form.monthly} onChange={(event) => set({ monthly: event.currentTarget.value })} data={MONTHLY} />}
      {form.recurs === "rule" && <TextInput label="Rule" required placeholder="FREQ=MONTHLY;BYDAY=-1FR" value={form.raw} onChange={(event) => set({ raw: event.currentTarget.value })} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} />}
      {rule !== null && (
        <>
          <Text size="xs" c="dimmed">
            {ruleInWords(rule)}
          </Text>
          <TagsInput label="Except on" description="Local dates, such as 2026-12-25" value={form.except} onChange={(except) => set({ except })} />
        </>
      )}
      <ReachFields reach={form.reach} onChange={(reach) => set({ reach })} />
    </FormModal>
  );
}
