// A plan taken out: as Markdown that comes in again, as a page to print, as its document.
import { Button, Menu } from "@mantine/core";
import { IconFileDownload, IconFileTypography, IconJson, IconMarkdown } from "@tabler/icons-react";
import { planAt } from "@/api/plans";
import { placed } from "@/api/place";

export function Exports({ version }: { version: string }) {
  const at = (format: string) => `${placed(`${planAt(version)}/export`)}?format=${format}`;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconFileDownload size={15} aria-hidden />}>Export</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href={at("markdown")} download={`${version}.md`} leftSection={<IconMarkdown size={15} aria-hidden />}>Markdown</Menu.Item>
        <Menu.Item component="a" href={at("html")} target="_blank" rel="noopener" leftSection={<IconFileTypography size={15} aria-hidden />}>A page to print</Menu.Item>
        <Menu.Item component="a" href={at("json")} download={`${version}.json`} leftSection={<IconJson size={15} aria-hidden />}>The document as JSON</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
