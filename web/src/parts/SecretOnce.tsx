// A secret that is shown this once: to be copied now, since nobody can show it again.
import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy, IconKey } from "@tabler/icons-react";
import { useId, type ReactNode } from "react";

export function SecretOnce({ label, secret, children }: { label: string; secret: string; children?: ReactNode }) {
  const named = useId();
  return (
    <Alert color="yellow" variant="light" icon={<IconKey aria-hidden />} title="Shown this once">
      <Stack gap="xs">
        <Text size="sm">Copy it now and keep it where secrets are kept. The server keeps no copy that could be shown again.</Text>
        <Text size="sm" fw={600} id={named}>
          {label}
        </Text>
        <Group gap="xs" align="flex-start" wrap="nowrap">
          <Code block flex={1} miw={0} className="tg-break" tabIndex={0} aria-labelledby={named} style={{ whiteSpace: "pre-wrap", userSelect: "all" }}>
            {secret}
          </Code>
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
