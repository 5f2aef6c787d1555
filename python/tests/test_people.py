"""From the first administrator on, a token says who asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Server
from release_management import Refused, ReleaseManager, errors


def tidegate(where: Path, *words: str, secret: str = "") -> str:
    told = subprocess.run(
        [sys.executable, "-m", "release_management", *words],
        input=secret,
        capture_output=True,
        text=True,
        cwd=where,
        env={**os.environ, "HOME": str(where), "XDG_CONFIG_HOME": str(where / "config")},
        timeout=180,
        check=False,
    )
    assert told.returncode == 0, f"{words}: {told.stderr}"
    return told.stdout


def test_a_token_says_who_asks_and_what_they_may(tmp_path: Path) -> None:
    server = Server(tmp_path / ".tidegate")
    try:
        password = "correct horse battery staple"
        tidegate(tmp_path, "user", "create", "root", "--admin", "--password-stdin", secret=password + "\n")
        tidegate(tmp_path, "login", "root", "--password-stdin", secret=password + "\n")
        secret = tidegate(tmp_path, "token", "create", "--label", "script").split()[-1]
        with pytest.raises(Refused) as nobody:
            ReleaseManager(url=server.url).environments()
        assert nobody.value.status == 401 and nobody.value.help
        admin = ReleaseManager(url=server.url, token=secret)
        assert "root" in str(admin.whoami())
        service = admin.add_person("ci", service=True, grants=["release-manager"])
        assert service.kind == "service" and [person.name for person in admin.people()] == ["ci", "root"]
        there = {"issuer": "https://sso.example.com", "subject": "2482"}
        admin.add_person("eve")
        assert [dict(link) for link in admin.set_links("eve", [there]).links] == [there]
        assert admin.set_links("eve", []).links == []
        token, text = admin.issue_token("ci", "build server", expires_seconds=3600)
        ci = ReleaseManager(url=server.url, token=text)
        ci.configure_environments({"production": {}})
        assert ci.create_release("1.0.0", ["api"]).author == "ci"
        with pytest.raises(Refused) as may_not:
            ci.add_person("eve")
        assert may_not.value.status == 403
        assert [one.valid for one in admin.tokens("ci")] == [True]
        admin.revoke_token("ci", token.id)
        with pytest.raises(Refused) as revoked:
            ci.releases()
        assert revoked.value.status == 401
        assert admin.disable_person("ci", "no longer built").disabled
        # One that serves the same directory is found, and asked with the token, too.
        with pytest.raises(errors.TidegateError):
            ReleaseManager(tmp_path / ".tidegate").environments()
        assert ReleaseManager(tmp_path / ".tidegate", token=secret).environments()[0].name == "production"
    finally:
        server.close()
