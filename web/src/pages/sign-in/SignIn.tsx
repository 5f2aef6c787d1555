// Signing in: by name and password, or through an identity provider.
import { Button, Center, Divider, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, got, proveWith } from "@/api/client";
import { basePath } from "@/api/place";
import { ProblemView } from "@/parts/ProblemView";

export function SignIn() {
  const search = useSearch({ from: "/sign-in" });
  const to = local(search.to);
  const go = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const providers = useQuery({ queryKey: ["providers"], queryFn: () => got(api.GET("/api/v1/session/oidc")) });
  const signing = useMutation({
    mutationFn: () => got(api.POST("/api/v1/session", { body: { name, password, bearer: false } })),
    onSuccess: (signed) => {
      proveWith(signed.csrf);
      client.clear();
      void go({ href: to });
    },
  });
  const known = providers.data?.items ?? [];
  return (
    <Center mih="100dvh" p="md" component="main">
      <Paper withBorder p="xl" radius="md" w="100%" maw={380}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            signing.mutate();
          }}
        >
          <Stack>
            <img src="/favicon.svg" width={40} height={40} alt="" />
            <Title order={1} size="h3">
              Sign in to Tidegate
            </Title>
            <TextInput label="Name" name="username" autoComplete="username" required value={name} onChange={(event) => setName(event.currentTarget.value)} autoFocus />
            <PasswordInput label="Password" name="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
            {signing.error && <ProblemView error={signing.error} />}
            <Button type="submit" loading={signing.isPending}>
              Sign in
            </Button>
            {known.length > 0 && <Divider label="or" />}
            {known.map(({ name: provider, display, start }) => (
              <Button key={provider} variant="default" component="a" href={`${start}?return_to=${encodeURIComponent(basePath === "/" ? to : basePath + to)}`}>
                {display}
              </Button>
            ))}
            <Text size="xs" c="dimmed">
              No account yet? An administrator makes one: <code>tidegate user create NAME</code>.
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

/** Never away from here, whatever a link said. */
function local(to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])/.test(to) && !to.startsWith("/sign-in") ? to : "/";
}
