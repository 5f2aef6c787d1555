// What is really in a release against what was planned: by the commits between two points, which the release was created with.
import { Badge, Code, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { asFailure } from "@/api/failure";
import { releases } from "@/api/queries";
import { comparison } from "@/api/scope";
import type { ComparedItem, Named } from "@/api/types";
import { useAddress } from "@/parts/address";
import { Away } from "@/parts/Away";
import { Empty } from "@/parts/Empty";
import { count } from "@/parts/figures";
import { Read, Section } from "@/parts/Page";
import type { TabProps } from "./PlanPage";

const LISTS: { of: "planned_not_in" | "in_not_planned" | "planned_in"; title: string; none: string }[] = [
  { of: "planned_not_in", title: "Planned, not in", none: "Whatever was planned is in." },
  { of: "in_not_planned", title: "In, not planned", none: "Nothing is in that was not planned." },
  { of: "planned_in", title: "Planned and in", none: "Nothing that was planned is in." },
];

export function ComparisonTab({ plan: { version, candidate } }: TabProps) {
  const [words, put] = useAddress();
  const own = candidate?.release ?? version;
  const release = words["release"] ?? own;
  const known = (useQuery(releases()).data?.items ?? []).map((one) => one.version);
  const read = useQuery(comparison(version, release));
  const offered = [...new Set([own, release, ...known])];
  return (
    <Stack gap="xl">
      <Group gap="sm" align="flex-end">
        <NativeSelect label="What is really in" description="A release, by the commits between two points of git that it was created with" value={release} onChange={(event) => put({ release: event.currentTarget.value === own ? undefined : event.currentTarget.value })} data={offered.map((value) => ({ value, label: value === candidate?.release ? `${value}, the candidate` : value }))} />
      </Group>
      {read.error && asFailure(read.error).code === "unknown-release" ? (
        <Empty title={`There is no release ${release} yet`} command={`tidegate release create ${release} --commits commits.txt`}>
          Once it is created with its commits (<code>git log --format=&apos;%H %aI%x09%s&apos; v2.0.0..HEAD &gt; commits.txt</code>), what they name is compared with this plan.
        </Empty>
      ) : (
        <Read of={read}>{(found) => <Compared found={found} />}</Read>
      )}
    </Stack>
  );
}

function Compared({ found }: { found: Named<"PlanComparison"> }) {
  const { commits, release, unnamed, unnamed_count: many } = found;
  const late = LISTS.flatMap(({ of }) => found[of]).filter((item) => item.late).length;
  if (commits === 0) {
    return (
      <Empty title={`${release} was created without its commits`} command={`git log --format='%H %aI%x09%s' v2.0.0..v2.1.0 > commits.txt`}>
        They are named when a release is created (<code>tidegate release create … --commits commits.txt</code>), so the next candidate can be compared.
      </Empty>
    );
  }
  return (
    <>
      <Text size="sm" role="status">
        <Link className="tg-link" to="/releases/$version" params={{ version: release }}>{release}</Link> brings {count(commits, "commit")}: {found.planned_in.length} planned and in, {found.planned_not_in.length} planned and not in, {found.in_not_planned.length} in and not planned{late > 0 && `; ${late} closed after the freeze`}.
      </Text>
      {LISTS.map(({ of, title, none }) => (
        <Section key={of} title={`${title} (${found[of].length})`}>
          {found[of].length === 0 ? <Text size="sm" c="dimmed">{none}</Text> : (
            <Stack component="ul" gap={6} m={0} pl="lg" aria-label={title}>{found[of].map((item) => <li key={item.id}><One item={item} /></li>)}</Stack>
          )}
        </Section>
      ))}
      <Section title={`Commits that name nothing known (${many})`}>
        {many === 0 ? <Text size="sm" c="dimmed">Every commit names an issue or a change.</Text> : (
          <Stack component="ul" gap={2} m={0} pl="lg" aria-label="Commits that name nothing known">
            {unnamed.map(({ id, title }) => <li key={id}><Text size="sm" className="tg-break"><Code>{id.slice(0, 12)}</Code> {title}</Text></li>)}
            {many > unnamed.length && <li><Text size="sm" c="dimmed">and {many - unnamed.length} more</Text></li>}
          </Stack>
        )}
      </Section>
    </>
  );
}

function One({ item: { id, title, url, late, left_out: out, commits } }: { item: ComparedItem }) {
  return (
    <>
      <Group gap={8}>
        <Text size="sm" fw={600} className="tg-break">{url && /^https?:/.test(url) ? <Away href={url}>{id}</Away> : id}</Text>
        {late && <Badge color="orange">after the freeze</Badge>}
        {out && <Badge variant="default">left out by triage</Badge>}
      </Group>
      <Text size="sm" className="tg-break">{title}</Text>
      {commits.length > 0 && <Text size="xs" c="dimmed" className="tg-break">{commits.map((commit) => commit.slice(0, 12)).join(", ")}</Text>}
    </>
  );
}
