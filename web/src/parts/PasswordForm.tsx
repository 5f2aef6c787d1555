// Sets a password: one's own, which asks for the one before, or somebody's, who is then signed in no more.
import { PasswordInput, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "@/api/client";
import { Failure } from "@/api/failure";
import { useOld } from "@/api/keeping";
import { FormModal } from "./FormModal";

export function PasswordForm({ person, own, has }: { person: string; own: boolean; has: boolean }) {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const old = useOld();
  const shown = { visibilityToggleButtonProps: { "aria-label": "Show or hide what is typed" } };
  return (
    <FormModal
      label={has ? (own ? "Change my password" : "Set another password") : "Set a password"} title={own ? "Change your password" : `Set a password for ${person}`} icon={<IconLock size={14} aria-hidden />} send="Set it" button={{ size: "xs" }} done="The password is set."
      begin={() => {
        setCurrent("");
        setPassword("");
        setAgain("");
      }}
      act={async () => {
        if (password !== again) throw new Failure({ code: "passwords-differ", detail: "The two passwords differ.", help: "Type the new password twice, the same each time.", status: 0 });
        await api.PUT("/api/v1/people/{person}/password", { params: { path: { person } }, body: { password, ...(own && has ? { current } : {}) } });
        await old(["person", person], ["people"]);
      }}
    >
      <Text size="sm">
        {own ? "Every session of yours ends, this one too: you sign in with the new password." : "Their sessions end. Tell it to them by a way that nobody else reads; they can change it in their settings."}
      </Text>
      {own && has && <PasswordInput label="Password until now" required autoComplete="current-password" value={current} onChange={(event) => setCurrent(event.currentTarget.value)} data-autofocus {...shown} />}
      <PasswordInput label="New password" required autoComplete="new-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} {...shown} />
      <PasswordInput label="Once more" required autoComplete="new-password" value={again} onChange={(event) => setAgain(event.currentTarget.value)} {...shown} />
    </FormModal>
  );
}
