"""`hub.key`: the key that secrets in the store are encrypted with. It lies beside the store and outside backups.

The file holds 32 random bytes as base64 text, readable by its owner alone. Whoever loses it has to sign in to each
system again; nothing else is lost.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from hub.errors import StoreError

_SIZE = 32


def create(path: Path) -> None:
    """Makes the key file, unless there is one. It appears whole or not at all. Raises StoreError HUB-5013."""
    if path.exists():
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(_SIZE)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        _publish(part, path)
    except OSError as error:
        raise StoreError(
            "HUB-5013",
            f"the key file cannot be written: {error.strerror}",
            where=str(path),
            hint="Make its folder writable for the user the hub runs as.",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def read(path: Path) -> bytes:
    """The key. Raises StoreError HUB-5013 when there is none or the file holds something else."""
    try:
        key = base64.b64decode(path.read_bytes(), validate=False)
    except (OSError, binascii.Error):
        key = b""
    if len(key) != _SIZE:
        raise StoreError(
            "HUB-5013",
            "the key file is missing or is not one",
            where=str(path),
            hint="Put the key file back; if it is lost, remove the stored secrets with `hub connect` and sign in again.",
        )
    return key


def _publish(part: Path, path: Path) -> None:
    """Gives the finished file its name, unless another process was faster."""
    try:
        path.hardlink_to(part)
    except FileExistsError:
        return
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
