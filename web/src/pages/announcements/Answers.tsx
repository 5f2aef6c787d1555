// What users wrote, as plain text; a long answer is cut and can be opened.
import { Card, Group, Spoiler, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { FeedbackAnswer } from "@/api/types";
import { Mark } from "@/parts/Mark";
import { When } from "@/parts/When";
import { ratingWords } from "./words";

const tone = (rating: number) => (rating >= 4 ? "good" : rating === 3 ? "warn" : "bad");

/** `named`: whether each says of which release it is. */
export function Answers({ of, named = false }: { of: FeedbackAnswer[]; named?: boolean }) {
  return (
    <Stack component="ol" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label="Answers, newest first">
      {of.map(({ id, release, announcement, rating, text, at_ms: at }) => (
        <li key={id}>
          <Card padding="sm">
            <Group gap="sm" style={{ rowGap: 0 }}>
              <Mark word={ratingWords(rating)} tone={tone(rating)} />
              {named && <Link className="tg-link" to="/releases/$version" params={{ version: release }}>{release}</Link>}
              <Text size="xs" c="dimmed"><When ms={at} />, {announcement == null ? "brought by a program" : <>by <Link className="tg-link" to="/announcements/$announcement" params={{ announcement }}>a link</Link></>}</Text>
            </Group>
            {text === "" ? <Text size="sm" c="dimmed">No words.</Text> : (
              <Spoiler maxHeight={120} showLabel="All of it" hideLabel="Less">
                <Text size="sm" className="tg-break" style={{ whiteSpace: "pre-wrap" }}>{text}</Text>
              </Spoiler>
            )}
          </Card>
        </li>
      ))}
    </Stack>
  );
}
