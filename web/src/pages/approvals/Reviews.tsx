// Reviews owed after emergencies: was it one, and what follows from it.
import { Card, Group, Radio, SimpleGrid, Stack, Text, Textarea } from "@mantine/core";
import { IconAlertTriangle, IconClock } from "@tabler/icons-react";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { reviews, useOld } from "@/api/keeping";
import { useMay } from "@/api/may";
import { session } from "@/api/queries";
import type { Review } from "@/api/types";
import { Confirm } from "@/parts/Confirm";
import { count } from "@/parts/figures";
import { Mark } from "@/parts/Mark";
import { Read, Section } from "@/parts/Page";
import { Until, When } from "@/parts/When";

export function Reviews({ environment }: { environment: string | undefined }) {
  const all = useQuery(reviews());
  const owed = (items: Review[]) => items.filter((review) => review.state !== "done" && (environment === undefined || review.environment === environment));
  // Where nothing is owed there is nothing to say.
  if (all.data && owed(all.data.items).length === 0) return null;
  return (
    <Section title="Reviews owed after emergencies" aside={all.data && <Text size="sm" c="dimmed">{count(owed(all.data.items).length, "review")}</Text>}>
      <Read of={all}>
        {({ items }) => (
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="sm">
            {owed(items).map((review) => (
              <Owed key={review.rollout} review={review} />
            ))}
          </SimpleGrid>
        )}
      </Read>
    </Section>
  );
}

export function Owed({ review }: { review: Review }) {
  const may = useMay();
  const { data: me } = useSuspenseQuery(session());
  const { release, environment, state, author, signed_by: signers } = review;
  const alone = signers.length === 1 && signers[0] === me.name;
  const whyNot = me.open ? "" : author === me.name ? "you made this release" : alone ? "you let it through alone" : may("sign", environment) ? "" : `you may not sign in ${environment}`;
  return (
    <Card component="article" aria-label={`Review of ${release} in ${environment}`}>
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Text fw={600} className="tg-break">
            <Link className="tg-link" to="/releases/$version" params={{ version: release }}>
              {release}
            </Link>{" "}
            <Text span c="dimmed" fw={400}>
              in
            </Text>{" "}
            {environment}
          </Text>
          <Mark sign={state === "overdue" ? IconAlertTriangle : IconClock} word={state} tone={state === "overdue" ? "bad" : "warn"} />
        </Group>
        <Text size="sm">
          An emergency, ended <When ms={review.ended_ms} />. Made by {author}
          {signers.length > 0 && <>, signed by {signers.join(", ")}</>}. A review is due <Until ms={review.due_ms} />.{" "}
          <Link className="tg-link" to="/rollouts/$id" params={{ id: review.rollout }}>
            See what happened
          </Link>
        </Text>
        {whyNot === "" ? <ReviewForm review={review} /> : <Text size="xs" c="dimmed">Not yours: {whyNot}.</Text>}
      </Stack>
    </Card>
  );
}

function ReviewForm({ review: { release, environment } }: { review: Review }) {
  const [outcome, setOutcome] = useState<"justified" | "unjustified">("justified");
  const [note, setNote] = useState("");
  const old = useOld();
  return (
    <Group>
      <Confirm
        label="Review it" title={`Review the emergency ${release} in ${environment}`} done={`${release} is reviewed.`} button={{ variant: "filled", size: "xs" }}
        consequences={["The review is done, under your name, and stands in the audit trail.", "Where an overdue review kept the next emergency out, it no longer does."]}
        act={async () => {
          await api.POST("/api/v1/releases/{version}/reviews", { params: { path: { version: release } }, body: { environment, outcome, note } });
          await old(["reviews"], ["why"]);
        }}
      >
        <Radio.Group label="Was it an emergency?" value={outcome} onChange={(value) => setOutcome(value === "unjustified" ? "unjustified" : "justified")}>
          <Stack gap={6} mt={4}>
            <Radio value="justified" label="Yes: it could not wait for the usual consent" />
            <Radio value="unjustified" label="No: it should have gone the usual way" />
          </Stack>
        </Radio.Group>
        <Textarea label="What was found, and what follows from it" required value={note} onChange={(event) => setNote(event.currentTarget.value)} autosize minRows={3} maxLength={1000} />
      </Confirm>
    </Group>
  );
}
