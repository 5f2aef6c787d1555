// What users said, answer by answer, the newest first; of one release or rating. Strangers write it, so it is text and nothing else.
import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { feedback } from "@/api/announcements";
import { Empty } from "@/parts/Empty";
import { Read } from "@/parts/Page";
import { Answers } from "./Answers";
import { ReleaseFilter } from "./AnnouncementList";
import { ratingWords } from "./words";

interface FeedbackProps {
  words: Record<string, string | undefined>;
  put: (change: Record<string, string | undefined>) => void;
}

export function Feedback({ words, put }: FeedbackProps) {
  const { release, before } = words;
  const rating = [1, 2, 3, 4, 5].find((one) => String(one) === words["rating"]);
  const read = useQuery(feedback(release, rating, before === undefined ? undefined : Number(before)));
  return (
    <Stack gap="md">
      <Group gap="sm" align="flex-end">
        <ReleaseFilter release={release} put={put} />
        <Select label="Rating" data={[{ value: "", label: "All" }, ...[5, 4, 3, 2, 1].map((one) => ({ value: String(one), label: ratingWords(one) }))]} value={rating === undefined ? "" : String(rating)} onChange={(value) => put({ rating: value || undefined, before: undefined })} allowDeselect={false} w={190} />
      </Group>
      <Read of={read}>
        {({ items, next }) =>
          items.length === 0 && before === undefined ? (
            <Empty title={release === undefined && rating === undefined ? "Nobody has said anything yet" : "Nobody has said anything like that"}>
              Announcements of the occasion feedback ask for it; so does each announcement on the public page. Programs bring what they were told by the API.
            </Empty>
          ) : (
            <Stack gap="sm">
              {items.length === 0 && <Text size="sm" c="dimmed">Nothing older.</Text>}
              <Answers of={items} named />
              {(before !== undefined || next != null) && (
                <Group gap="xs">
                  <Button size="xs" variant="default" disabled={before === undefined} onClick={() => put({ before: undefined })}>Newest</Button>
                  <Button size="xs" variant="default" disabled={next == null} onClick={() => put({ before: String(next) })}>Older</Button>
                </Group>
              )}
            </Stack>
          )
        }
      </Read>
    </Stack>
  );
}
