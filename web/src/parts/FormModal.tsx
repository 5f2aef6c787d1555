// A form in a dialog: opened by a button, closed when the server took what was written; what it refuses is shown there and
// nothing that was typed is lost.
import { Button, Group, Modal, Stack, type ButtonProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { ifMatch } from "@/api/editions";
import { ProblemView } from "./ProblemView";

interface FormModalProps {
  /** On the button that opens it. */
  label: string;
  title: string;
  icon?: ReactNode;
  /** On the button that sends it. */
  send: string;
  /** Gets the header that makes the change only while `of` stands as it was when the form was opened. */
  act: (unchanged: Record<string, string>) => Promise<unknown>;
  /** The path of the API at which that stands which is changed. */
  of?: string;
  /** Said when it is done; nothing where absent. */
  done?: string;
  /** Called each time it opens: to begin with what stands. */
  begin?: () => void;
  /** Shown in the place of the form when it was sent, such as a secret; it is then closed by hand. */
  after?: ReactNode;
  button?: ButtonProps;
  size?: string;
  danger?: boolean;
  children: ReactNode;
}

export function FormModal({ label, title, icon, send, act, of, done, begin, after, button, size, danger, children }: FormModalProps) {
  const [opened, { open, close }] = useDisclosure(false);
  const [unchanged, setUnchanged] = useState<Record<string, string>>({});
  const sending = useMutation({
    mutationFn: () => act(unchanged),
    onSuccess: () => {
      if (done !== undefined) notifications.show({ message: done, color: "green" });
      if (after === undefined) close();
    },
  });
  return (
    <>
      <Button
        variant="default" leftSection={icon} {...button}
        onClick={() => {
          sending.reset();
          setUnchanged(of === undefined ? {} : ifMatch(of));
          begin?.();
          open();
        }}
      >
        {label}
      </Button>
      <Modal opened={opened} onClose={close} title={title} centered size={size} closeOnClickOutside={after === undefined}>
        {after && sending.isSuccess ? (
          <Stack>
            {after}
            <Group justify="flex-end">
              <Button onClick={close}>Done</Button>
            </Group>
          </Stack>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              event.stopPropagation();
              sending.mutate();
            }}
          >
            <Stack gap="md">
              {children}
              {sending.error && <ProblemView error={sending.error} />}
              <Group justify="flex-end">
                <Button variant="default" onClick={close}>
                  Cancel
                </Button>
                <Button type="submit" color={danger ? "red" : undefined} loading={sending.isPending}>
                  {send}
                </Button>
              </Group>
            </Stack>
          </form>
        )}
      </Modal>
    </>
  );
}
