// From nothing to a release that was watched: the sample shop is brought, then three releases of it go as far as they may.
import { Button, Card, Group, List, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, got } from "@/api/client";
import { useMay } from "@/api/may";
import { catalog, releases, session } from "@/api/queries";
import type { Whoami } from "@/api/types";
import { Away } from "@/parts/Away";
import { Empty } from "@/parts/Empty";
import { Mark } from "@/parts/Mark";
import { Page, Read, Section } from "@/parts/Page";
import { ProblemView } from "@/parts/ProblemView";
import { Journey } from "./Journey";

/** What each release of the sample is there to show. */
const LESSONS: Record<string, string> = {
  "1.0.0": "The first one has nothing to be compared with: it goes to development, then by itself to staging, and into production on your word.",
  "1.1.0": "A healthy one. In production it is a canary: a share of the visitors first, judged against 1.0.0 while they use it.",
  "1.2.0": "It fails one request in twenty. Nobody has to notice: watch it come back by itself.",
};

export function FirstRun() {
  const { data: me } = useSuspenseQuery(session());
  const may = useMay();
  const stages = useQuery(catalog());
  const known = useQuery(releases());
  const empty = stages.data?.environments.length === 0;
  const versions = (known.data?.items ?? []).map(({ version }) => version).filter((version) => version in LESSONS).sort();
  return (
    <Page title="First release" lead="A small shop on this machine, three releases of it, one of them bad. Real processes, real visitors, about five minutes.">
      <Section title="1. Who may">
        {me.open ? (
          <Empty title="Nobody has to sign in yet" command="tidegate user create NAME --admin">
            On this machine everybody may do everything until there is an administrator.{" "}
            <Link className="tg-link" to="/setup">
              Make the first one
            </Link>{" "}
            now or later.
          </Empty>
        ) : (
          <>
            <Mark tone="good" word={`signed in as ${me.display}`} />
            {!(may("deploy") && may("create-release")) && <Role name={me.name} grants={me.grants} />}
          </>
        )}
      </Section>
      <Section title="2. The sample shop">
        <Read of={stages}>{() => (empty ? <Bring /> : <Brought />)}</Read>
      </Section>
      {!empty && versions.length > 0 && (
        <Section title="3. Three releases">
          <Stack gap="sm">
            {versions.map((version) => (
              <Journey key={version} version={version} lesson={LESSONS[version] ?? ""} />
            ))}
          </Stack>
        </Section>
      )}
      {!empty && versions.length === 0 && (
        <Empty title="This installation has a configuration of its own">
          The sample is for an empty one. <Link className="tg-link" to="/releases">Its releases</Link> show what there is.
        </Empty>
      )}
    </Page>
  );
}

/** An administrator keeps the installation; releasing is a duty of its own, which on a new installation falls to the same person. */
function Role({ name, grants }: Pick<Whoami, "name" | "grants">) {
  const client = useQueryClient();
  const may = useMay();
  const granting = useMutation({
    mutationFn: () =>
      got(
        api.PUT("/api/v1/people/{person}/grants", {
          params: { path: { person: name } },
          body: { grants: [...grants, { role: "release-manager", project: null, environment: null }] },
        }),
      ),
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <Card>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">
          You keep the installation, but you may not release: that is a role of its own, so that later these can be different
          people. To try releases out, take it too; it stands in the audit trail and can be taken back under People.
        </Text>
        {granting.error && <ProblemView error={granting.error} />}
        <Button onClick={() => granting.mutate()} loading={granting.isPending} disabled={!may("administer")}>
          Be release manager, too
        </Button>
      </Stack>
    </Card>
  );
}

function Bring() {
  const client = useQueryClient();
  const may = useMay();
  const bringing = useMutation({
    mutationFn: () => got(api.POST("/api/v1/sample", { body: {} })),
    onSuccess: () => {
      notifications.show({ message: "The sample shop is here", color: "green" });
      return client.invalidateQueries();
    },
  });
  return (
    <Card>
      <Stack gap="sm" align="flex-start">
        <List size="sm">
          <List.Item>Applies a configuration: a shop of two services, visitors for it, three environments, a canary before production.</List.Item>
          <List.Item>Makes three releases. Nothing is started until you deploy one.</List.Item>
          <List.Item>Later you replace it by applying a configuration of your own.</List.Item>
        </List>
        {bringing.error && <ProblemView error={bringing.error} />}
        <Button onClick={() => bringing.mutate()} loading={bringing.isPending} disabled={!may("configure")}>
          Bring the sample shop
        </Button>
        {!may("configure") && <Text size="sm">This needs the right to configure; a release manager or an administrator has it.</Text>}
      </Stack>
    </Card>
  );
}

function Brought() {
  const { data } = useQuery(catalog());
  const production = data?.environments.at(-1);
  const listen = Object.values(production?.placements ?? {}).find(({ route }) => route != null)?.route?.listen;
  return (
    <Group gap="md">
      <Mark tone="good" word="it is here" />
      {listen && (
        <Text size="sm">
          Once a release is in {production?.name}: <Away href={`http://${listen}/`}>{listen}</Away>
        </Text>
      )}
    </Group>
  );
}
