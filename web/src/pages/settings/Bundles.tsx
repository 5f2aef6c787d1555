// The bundles that were taken, who signed them and what is made of them, and the keys whose bundles are taken.
import { Card, Code, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { bundleKeys, bundles } from "@/api/bundles";
import type { Bundle } from "@/api/types";
import { Empty } from "@/parts/Empty";
import { Read } from "@/parts/Page";
import { When } from "@/parts/When";

export function Bundles() {
  return (
    <Stack gap="lg">
      <Keys />
      <Taken />
    </Stack>
  );
}

function Keys() {
  const all = useQuery(bundleKeys());
  return (
    <Read of={all}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No key is trusted, so no bundle is taken" command="tidegate bundle trust NAME FILE.pub">
            A bundle is a release as one signed file. It is taken when a key that is trusted here signed all of it.
          </Empty>
        ) : (
          <Stack gap="xs" component="section" aria-label="Trusted keys">
            <Title order={2} size="h5">Trusted keys</Title>
            {items.map(({ name, id, trusted_by: by, trusted_ms: at }) => (
              <Text key={name} size="sm" component="div">
                <b>{name}</b> <Code className="tg-break">{id}</Code> by {by} <When ms={at} />
              </Text>
            ))}
          </Stack>
        )
      }
    </Read>
  );
}

function Taken() {
  const all = useQuery(bundles());
  return (
    <Read of={all}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No bundle was uploaded" command="tidegate bundle upload FILE" />
        ) : (
          <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label="Bundles">
            {items.map((bundle) => <li key={bundle.digest}><One bundle={bundle} /></li>)}
          </Stack>
        )
      }
    </Read>
  );
}

function One({ bundle: { digest, name, version, signers, uploaded_by: by, uploaded_ms: at, releases } }: { bundle: Bundle }) {
  return (
    <Card padding="sm" component="article" aria-label={`Bundle ${name} ${version}`}>
      <Stack gap={4}>
        <Group gap="sm">
          <Title order={2} size="h5">{name} {version}</Title>
          {releases.map((release) => (
            <Link key={release} className="tg-link" to="/releases/$version" params={{ version: release }}>released as {release}</Link>
          ))}
        </Group>
        <Text size="sm" c="dimmed" component="div">
          signed by {signers.map((signer) => signer.name ?? "a key that is not trusted any more").join(", ")}, uploaded by {by} <When ms={at} />
        </Text>
        <Code className="tg-break">{digest}</Code>
      </Stack>
    </Card>
  );
}
