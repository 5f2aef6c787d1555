// Where an address leads nowhere, or a page could not be shown.
import { Button, Container, Stack } from "@mantine/core";
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Page } from "@/parts/Page";
import { ProblemView } from "@/parts/ProblemView";
import { Empty } from "@/parts/Empty";

export function Nowhere() {
  return (
    <Container py="xl">
      <Page title="There is no such page">
        <Empty title="This address leads nowhere">
          It may have been mistyped. <Link to="/" className="tg-link">The overview</Link> leads everywhere else.
        </Empty>
      </Page>
    </Container>
  );
}

export function Broken({ error, reset }: ErrorComponentProps) {
  return (
    <Container py="xl">
      <Stack align="flex-start">
        <ProblemView error={error} title="This page cannot be shown" />
        <Button onClick={reset}>Try again</Button>
      </Stack>
    </Container>
  );
}
