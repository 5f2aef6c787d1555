"""Bundles from Python: whose are taken, and a release that is made of one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import component, free_port
from release_management import Refused, ReleaseManager

RECIPE = """
name: shop
version: 2.1.0
notes: NOTES.md
artifacts: [{name: api, path: api, kind: binary}]
provenance: {builder: 'https://ci.example.com/runner'}
"""


def tidegate(*arguments: str, where: Path) -> None:
    subprocess.run([sys.executable, "-m", "release_management", *arguments], cwd=where, check=True, capture_output=True)


def test_a_release_is_made_of_a_bundle(rm: ReleaseManager, tmp_path: Path) -> None:
    (tmp_path / "api").write_text("#!/bin/sh\n")
    (tmp_path / "NOTES.md").write_text("- one file for all\n")
    (tmp_path / "bundle.yaml").write_text(RECIPE)
    tidegate("bundle", "build", where=tmp_path)
    tidegate("bundle", "key", "--out", "release", where=tmp_path)
    tidegate("bundle", "sign", "shop-2.1.0.tar.zst", "--key", "release", where=tmp_path)
    file = tmp_path / "shop-2.1.0.tar.zst"
    rm.configure_environments({"production": {}})
    with pytest.raises(Refused) as nobody:
        rm.upload_bundle(file)
    assert nobody.value.code == "bundle-key-untrusted"
    key = rm.trust_bundle_key("release", tmp_path / "release.pub")
    assert [one.id for one in rm.bundle_keys()] == [key.id]
    bundle = rm.upload_bundle(file)
    assert rm.upload_bundle(file) == bundle
    assert [one.path for one in rm.bundle(bundle.digest).files][0] == "bin/api"
    rm.configure_components({"api": component(routes={"production": f"127.0.0.1:{free_port()}"})})
    release = rm.create_release(bundle=bundle)
    assert (release.version, release.notes) == ("2.1.0", ["one file for all"])
    with pytest.raises(Refused):
        rm.remove_bundle(bundle.digest)
    rm.distrust_bundle_key("release")
    assert rm.bundles()[0].signers[0].name is None
