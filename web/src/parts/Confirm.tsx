// Asks before something is done: what will happen stands above the button, a reason is written where one is needed, and
// what the server refuses is shown here and loses nothing that was typed.
import { Button, Group, List, Modal, Stack, Text, Textarea, type ButtonProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { ProblemView } from "./ProblemView";

interface ConfirmProps {
  /** On the button that opens the question. */
  label: string;
  title: string;
  /** What follows, a sentence each. */
  consequences: ReactNode[];
  /** Asked for when given; `needed` refuses an empty one. */
  reason?: { label: string; needed: boolean };
  act: (reason: string) => Promise<unknown>;
  /** Said when it is done. */
  done: string;
  danger?: boolean;
  icon?: ReactNode;
  disabled?: boolean;
  /** More to fill in, between consequences and reason. */
  children?: ReactNode;
  button?: ButtonProps;
}

export function Confirm(props: ConfirmProps) {
  const { label, title, consequences, reason, act, done, danger, icon, disabled, children, button } = props;
  const [opened, { open, close }] = useDisclosure(false);
  const [text, setText] = useState("");
  const doing = useMutation({
    mutationFn: () => act(text.trim()),
    onSuccess: () => {
      notifications.show({ message: done, color: "green" });
      setText("");
      close();
    },
  });
  const missing = reason?.needed === true && text.trim() === "";
  return (
    <>
      <Button variant={danger ? "outline" : "default"} color={danger ? "red" : undefined} leftSection={icon} disabled={disabled} onClick={() => { doing.reset(); open(); }} {...button}>
        {label}
      </Button>
      <Modal opened={opened} onClose={close} title={title} centered>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!missing) doing.mutate();
          }}
        >
          <Stack gap="md">
            {consequences.length > 0 && (
              <div>
                <Text size="sm" fw={600} mb={4}>
                  What happens
                </Text>
                <List size="sm" spacing={4}>
                  {consequences.map((sentence, index) => (
                    <List.Item key={index}>{sentence}</List.Item>
                  ))}
                </List>
              </div>
            )}
            {children}
            {reason && (
              <Textarea label={reason.label} required={reason.needed} value={text} onChange={(event) => setText(event.currentTarget.value)} autosize minRows={2} maxLength={500} data-autofocus description="Stands in the audit trail." />
            )}
            {doing.error && <ProblemView error={doing.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" color={danger ? "red" : undefined} loading={doing.isPending} disabled={missing} data-autofocus={reason ? undefined : true}>
                {label}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
