// The first administrator: the link that `tidegate up` prints brings the one-time secret in its fragment, which is never
// sent to a server and never written to a log.
import { Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, got, proveWith } from "@/api/client";
import { ProblemView } from "@/parts/ProblemView";

export function Setup() {
  const go = useNavigate();
  const client = useQueryClient();
  const [secret, setSecret] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  const [name, setName] = useState("");
  const [display, setDisplay] = useState("");
  const [password, setPassword] = useState("");
  useEffect(() => {
    document.title = "Set up · Tidegate";
    // What was read out of the address does not stay in it, nor in the history.
    if (window.location.hash !== "") window.history.replaceState(window.history.state, "", window.location.pathname);
  }, []);
  const setting = useMutation({
    mutationFn: async () => {
      await got(api.POST("/api/v1/setup", { body: { secret, name, display: display || null, password } }));
      return got(api.POST("/api/v1/session", { body: { name, password, bearer: false } }));
    },
    onSuccess: (signed) => {
      proveWith(signed.csrf);
      client.clear();
      void go({ to: "/first-run" });
    },
  });
  return (
    <Center mih="100dvh" p="md" component="main">
      <Paper withBorder p="xl" radius="md" w="100%" maw={440}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setting.mutate();
          }}
        >
          <Stack>
            <img src="/favicon.svg" width={40} height={40} alt="" />
            <Title order={1} size="h3">
              The first administrator
            </Title>
            <Text size="sm" c="dimmed">
              Until somebody is known, names are taken at their word and everybody on this machine may do everything. From the
              first account on, everybody signs in, and the server may listen beyond this machine.
            </Text>
            <PasswordInput label="Setup secret" description="Stands in the file `setup` of the server's data directory; the link that `tidegate up` prints brings it along." required value={secret} onChange={(event) => setSecret(event.currentTarget.value)} autoComplete="off" />
            <TextInput label="Name" description="Small letters, digits, . _ - @ :" required value={name} onChange={(event) => setName(event.currentTarget.value)} autoComplete="username" pattern="[a-z0-9][a-z0-9._:@\-]{0,63}" />
            <TextInput label="Shown as" value={display} onChange={(event) => setDisplay(event.currentTarget.value)} autoComplete="name" />
            <PasswordInput label="Password" required value={password} onChange={(event) => setPassword(event.currentTarget.value)} autoComplete="new-password" />
            {setting.error && <ProblemView error={setting.error} />}
            <Button type="submit" loading={setting.isPending}>
              Make the account and sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
