#!/usr/bin/env python3
"""Publishes a skill: python3 publish.py FOLDER

Where to and as whom comes from TANK_REGISTRY_URL and TANK_TOKEN. Only the standard library is
used, so that this file can be read as the description of the protocol: start, upload, confirm.
"""

import base64
import hashlib
import io
import json
import os
import pathlib
import sys
import tarfile
import urllib.error
import urllib.request


def main(folder: pathlib.Path) -> None:
    registry = os.environ["TANK_REGISTRY_URL"].rstrip("/")
    key = {"Authorization": "Bearer " + os.environ["TANK_TOKEN"]}
    manifest = json.loads((folder / "tank.json").read_text(encoding="utf-8"))
    readme = folder / "SKILL.md"
    tarball = pack(folder)

    # 1. Start: the registry checks the manifest and answers where to put the bytes.
    started = call("POST", registry + "/api/v1/skills", key, {
        "manifest": manifest,
        "readme": readme.read_text(encoding="utf-8") if readme.exists() else "",
    })

    # 2. Upload: the address is signed, no key is sent along.
    call("PUT", started["uploadUrl"], {"Content-Type": "application/gzip"}, tarball)

    # 3. Confirm: the registry compares the bytes with this digest, checks them, and publishes.
    digest = base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    confirmed = call("POST", registry + "/api/v1/skills/confirm", key, {
        "versionId": started["versionId"],
        "integrity": "sha512-" + digest,
    })
    print(f"{confirmed['status']} {confirmed['name']} {confirmed['version']}")


def pack(folder: pathlib.Path) -> bytes:
    """A gzipped tar of the folder's files; paths are relative to the folder."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for path in sorted(folder.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if path.is_file() and not path.is_symlink() and not hidden:
                tar.add(path, arcname=path.relative_to(folder).as_posix())
    return packed.getvalue()


def call(method: str, url: str, headers: dict, body: "dict | bytes") -> dict:
    if isinstance(body, dict):
        headers = {**headers, "Content-Type": "application/json"}
        body = json.dumps(body).encode()
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            # A blob store that takes the upload itself answers nothing.
            return json.loads(response.read() or b"{}")
    except urllib.error.HTTPError as refusal:
        sys.exit(f"{method} {url.split('?')[0]}: {refusal.code} {refusal.read().decode()}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
