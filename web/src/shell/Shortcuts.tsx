// Keys: `g` and a letter goes to a page, `?` lists them all.
import { Kbd, Modal, Table } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { places } from "./places";

/** How long `g` waits for its letter. */
const SECOND_KEY_MS = 1200;

export function Shortcuts({ opened, open, close }: { opened: boolean; open: () => void; close: () => void }) {
  const go = useNavigate();
  const armedAt = useRef(0);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      if (event.ctrlKey || event.metaKey || event.altKey || target?.closest("input, textarea, select, [contenteditable]")) return;
      // By what it writes, not by which keys: keyboards differ.
      if (event.key === "?") {
        event.preventDefault();
        open();
      } else if (event.key === "g") armedAt.current = event.timeStamp;
      else if (event.timeStamp - armedAt.current < SECOND_KEY_MS) {
        armedAt.current = 0;
        const place = places.find(({ letter }) => letter === event.key);
        if (place) {
          event.preventDefault();
          void go({ to: place.to });
        }
      }
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [go, open]);
  return (
    <Modal opened={opened} onClose={close} title="Keyboard shortcuts" centered>
      <Table>
        <Table.Tbody>
          <Row keys={["⌘ K", "Ctrl K", "/"]} what="Go to or do anything" />
          <Row keys={["?"]} what="This list" />
          <Row keys={["Esc"]} what="Close what is open" />
          {places.map(({ label, letter }) => (
            <Row key={letter} keys={[`g ${letter}`]} what={label} />
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

function Row({ keys, what }: { keys: string[]; what: string }) {
  return (
    <Table.Tr>
      <Table.Td>
        {keys.map((key, index) => (
          <span key={key}>
            {index > 0 && " or "}
            <Kbd>{key}</Kbd>
          </span>
        ))}
      </Table.Td>
      <Table.Td>{what}</Table.Td>
    </Table.Tr>
  );
}
