// When to deploy: from a history of traffic, the quietest windows outside freezes and the nights of the plan's people.
import { Button, FileInput, Group, NativeSelect, Stack, Table, Text, Textarea, TextInput } from "@mantine/core";
import { IconMoonStars } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, got } from "@/api/client";
import { catalog } from "@/api/queries";
import { ProblemView } from "@/parts/ProblemView";
import { Scroll } from "@/parts/Scroll";
import { rate } from "@/parts/figures";

export function Advice({ version, zone }: { version: string; zone: string }) {
  const [text, setText] = useState("");
  const [minutes, setMinutes] = useState("60");
  const [days, setDays] = useState("14");
  const [environment, setEnvironment] = useState("");
  const places = useQuery(catalog()).data?.environments.map(({ name }) => name) ?? [];
  const asking = useMutation({
    mutationFn: () =>
      got(
        api.POST("/api/v1/window-advice", {
          params: { query: { plan: version, minutes: Number(minutes) || undefined, days: Number(days) || undefined, environment: environment || undefined } },
          body: text,
          headers: { "Content-Type": "text/csv" },
          bodySerializer: (body: string) => body,
        }),
      ),
  });
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        A table <code>hour,count</code> with the 168 hours of a week (0 is Monday, midnight to one) or <code>time,count</code>, as your metrics
        tell it. Nothing of it is kept.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          asking.mutate();
        }}
      >
        <Stack gap="sm">
          <Group gap="sm" align="flex-end">
            <FileInput label="Traffic" placeholder="Choose a CSV file, or paste below" accept=".csv,text/csv,text/plain" onChange={(file) => { if (file) void file.text().then(setText); }} clearable clearButtonProps={{ "aria-label": "No file" }} flex="1 1 220px" maw={340} />
            <TextInput label="Minutes" inputMode="numeric" value={minutes} onChange={(event) => setMinutes(event.currentTarget.value)} w={90} />
            <TextInput label="Days ahead" inputMode="numeric" value={days} onChange={(event) => setDays(event.currentTarget.value)} w={100} />
            <NativeSelect label="Environment" data={[{ value: "", label: "any" }, ...places]} value={environment} onChange={(event) => setEnvironment(event.currentTarget.value)} />
          </Group>
          <Textarea label="The table" placeholder={"hour,count\n0,120\n1,80"} autosize minRows={3} maxRows={10} spellCheck={false} value={text} onChange={(event) => setText(event.currentTarget.value)} maw={480} />
          {asking.error && <ProblemView error={asking.error} />}
          <Group><Button type="submit" size="xs" variant="default" leftSection={<IconMoonStars size={14} aria-hidden />} loading={asking.isPending} disabled={text.trim() === ""}>Advise</Button></Group>
        </Stack>
      </form>
      {asking.data && (
        <Stack gap="xs" role="status">
          {asking.data.says.map((sentence) => <Text key={sentence} size="sm" className="tg-break">{sentence}</Text>)}
          {asking.data.windows.length > 0 && (
            <Scroll label="Advised windows, as a table">
              <Table aria-label="Advised windows">
                <Table.Thead><Table.Tr><Table.Th scope="col">From</Table.Th><Table.Th scope="col">Until</Table.Th><Table.Th scope="col">Of a week&rsquo;s traffic</Table.Th><Table.Th scope="col">Against the mean</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>
                  {asking.data.windows.map(({ from, from_ms: at, until, share, times_mean: times }) => (
                    <Table.Tr key={at}><Table.Th scope="row" fw={400}>{from.replace("T", " ")}</Table.Th><Table.Td>{until.replace("T", " ")}</Table.Td><Table.Td>{rate(share)}</Table.Td><Table.Td>{times.toFixed(2)} times</Table.Td></Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Scroll>
          )}
          <Text size="xs" c="dimmed">On the clock of {zone}.</Text>
        </Stack>
      )}
    </Stack>
  );
}
