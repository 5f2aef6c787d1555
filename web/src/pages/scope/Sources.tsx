// Every source of scope: what it reads, how far it is, what it waits for; each can be read at once.
import { Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMay } from "@/api/may";
import { scopeSources } from "@/api/scope";
import type { ScopeSource } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Read } from "@/parts/Page";
import { BringTable, ReadNow } from "./actions";
import { SourceMark, SourceStanding } from "./SourceMark";
import { kindLabel, often } from "./words";

export function Sources() {
  const all = useQuery(scopeSources());
  return (
    <Read of={all}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No tracker is read yet" command="tidegate scope source add shop --kind github --project acme/shop">
            Issues and pull requests of GitHub and GitLab, and tables that people bring: whatever belongs to a release waits beside its plan
            until somebody takes it in or leaves it out.
          </Empty>
        ) : (
          <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label="Sources of scope">
            {items.map((source) => <li key={source.name}><Source source={source} /></li>)}
          </Stack>
        )
      }
    </Read>
  );
}

function Source({ source }: { source: ScopeSource }) {
  const { name, kind, project } = source;
  const plans = useMay()("create-release");
  const again = plans && kind !== "csv" && <ReadNow source={source} />;
  return (
    <Card padding="sm" component="article" aria-label={`Source ${name}`}>
      <Stack gap={6}>
        <Group justify="space-between" align="flex-start" gap="xs">
          <Stack gap={0} flex="1 1 16rem" miw={0}>
            <Group gap="sm">
              <Title order={2} size="h5"><Link className="tg-link tg-break" to="/plans/sources/$source" params={{ source: name }}>{name}</Link></Title>
              <SourceMark source={source} />
            </Group>
            <Text size="sm" c="dimmed" className="tg-break">{[kindLabel(kind), project, `read ${often(source)}`].filter(Boolean).join(" · ")}</Text>
          </Stack>
          {source.state !== "stopped" && again}
          {plans && kind === "csv" && <BringTable name={name} />}
        </Group>
        <SourceStanding source={source} again={again} />
      </Stack>
    </Card>
  );
}
