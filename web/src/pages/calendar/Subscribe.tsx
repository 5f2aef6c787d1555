// How a calendar program follows these freezes and windows: by a link with a token that may do nothing but look.
import { Text } from "@mantine/core";
import { IconRss } from "@tabler/icons-react";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, got } from "@/api/client";
import { useOld } from "@/api/keeping";
import { placed } from "@/api/place";
import { session } from "@/api/queries";
import { FormModal } from "@/parts/FormModal";
import { SecretOnce } from "@/parts/SecretOnce";

const YEAR_SECONDS = 365 * 86_400;

export function Subscribe() {
  const { data: me } = useSuspenseQuery(session());
  const [link, setLink] = useState("");
  const old = useOld();
  const feed = `${window.location.origin}${placed("/api/v1/calendar.ics")}`;
  return (
    <FormModal
      label="Subscribe" title="Subscribe with a calendar program" icon={<IconRss size={15} aria-hidden />} send={me.open ? "Show the link" : "Make a link"}
      act={async () => {
        if (me.open) {
          setLink(feed);
          return;
        }
        const issued = await got(
          api.POST("/api/v1/people/{person}/tokens", {
            params: { path: { person: me.name } },
            body: { label: "calendar", expires_seconds: YEAR_SECONDS, scope: [{ role: "viewer", project: null, environment: null }] },
          }),
        );
        setLink(`${feed}?token=${issued.secret}`);
        await old(["tokens", me.name]);
      }}
      after={
        <>
          <SecretOnce label="Link" secret={link}>
            <Text size="sm">
              In your calendar: add a calendar from an address (“subscribe”, “from URL”), and paste it there. Whoever has the link
              may look at everything that a viewer may see; revoke its token in the settings to end it.
            </Text>
          </SecretOnce>
        </>
      }
    >
      <Text size="sm">
        Calendar programs send no header, so the link carries a token of yours: one that may look and do nothing else, for a year.
        It is listed with your tokens in the settings, where you can revoke it.
      </Text>
      <Text size="sm" c="dimmed">
        Or download the file once:{" "}
        <a className="tg-link" href={placed("/api/v1/calendar.ics")} download="tidegate.ics">
          calendar.ics
        </a>
      </Text>
    </FormModal>
  );
}
