// A secret that is shown this once: to be copied now, since nobody can show it again.
import { Alert, Button, CopyButton, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy, IconKey } from "@tabler/icons-react";
import type { ReactNode } from "react";

export function SecretOnce({ label, secret, children }: { label: string; secret: string; children?: ReactNode }) {
  return (
    <Alert color="yellow" variant="light" icon={<IconKey aria-hidden />} title="Shown this once">
      <Stack gap="xs">
        <Text size="sm">Copy it now and keep it where secrets are kept. The server keeps no copy that could be shown again.</Text>
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <TextInput
            label={label} value={secret} readOnly flex={1} miw={0} data-autofocus
            onFocus={(event) => event.currentTarget.select()} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          />
          {/* Without TLS a browser gives no way to the clipboard: the field can be copied by hand. */}
          {window.isSecureContext && (
            <CopyButton value={secret}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy} leftSection={copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} aria-hidden />}>
                  <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
                </Button>
              )}
            </CopyButton>
          )}
        </Group>
        {children}
      </Stack>
    </Alert>
  );
}
