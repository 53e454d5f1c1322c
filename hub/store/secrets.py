"""Secrets that change by themselves (refreshed tokens): encrypted, and on disk before they are used.

AES-256-GCM with a fresh nonce each time; the connection and the name are bound in, so that a stored value cannot be
moved to another place. Nothing here ever shows a value: not in errors, not in repr.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from hub.canonical.time import now_text
from hub.errors import StoreError
from hub.store import key_file
from hub.store.driver import Driver

_NONCE = 12
#: First byte of every stored value: how it is encrypted.
_VERSION = b"\x01"


class SecretStore:
    """The secrets of all connections."""

    def __init__(self, driver: Driver, key_path: Path) -> None:
        self._driver = driver
        self._key_path = key_path

    def of(self, connection_id: int) -> ConnectionSecrets:
        """The secrets of one connection, as connectors see them (`hub.contract.Secrets`)."""
        return ConnectionSecrets(self, connection_id)

    def get(self, connection_id: int, name: str) -> str | None:
        """A secret, None when there is none. Raises StoreError HUB-5013, HUB-5014."""
        row = self._driver.one(
            "SELECT value FROM secrets WHERE connection_id = ? AND name = ?", (connection_id, name)
        )
        return None if row is None else self._open(connection_id, name, bytes(row[0]))

    def swap(self, connection_id: int, name: str, old: str | None, new: str) -> bool:
        """Writes `new` if the secret is still `old` (None: there is none); False when it is not."""
        with self._driver.write():
            if self.get(connection_id, name) != old:
                return False
            self._driver.upsert(
                "secrets",
                ("connection_id", "name", "value", "updated_at"),
                [(connection_id, name, self._seal(connection_id, name, new), now_text())],
                ("connection_id", "name"),
            )
        return True

    def forget(self, connection_id: int, name: str | None = None) -> int:
        """Removes one secret of a connection, or all; how many there were. Needs no key."""
        if name is None:
            return self._driver.execute("DELETE FROM secrets WHERE connection_id = ?", (connection_id,))
        return self._driver.execute(
            "DELETE FROM secrets WHERE connection_id = ? AND name = ?", (connection_id, name)
        )

    def names(self, connection_id: int) -> list[str]:
        """Names of the secrets that a connection has."""
        rows = self._driver.query(
            "SELECT name FROM secrets WHERE connection_id = ? ORDER BY name", (connection_id,)
        )
        return [row[0] for row in rows]

    def _seal(self, connection_id: int, name: str, value: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 30 ms that most commands save

        if self._driver.one("SELECT 1 FROM secrets LIMIT 1") is None:
            key_file.create(self._key_path)  # never once there are secrets: a new key could not read them
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(key_file.read(self._key_path)).encrypt(
            nonce, value.encode(), _bound(connection_id, name)
        )
        return _VERSION + nonce + sealed

    def _open(self, connection_id: int, name: str, stored: bytes) -> str:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = key_file.read(self._key_path)
        nonce, sealed = stored[1 : 1 + _NONCE], stored[1 + _NONCE :]
        try:
            return AESGCM(key).decrypt(nonce, sealed, _bound(connection_id, name)).decode()
        except (InvalidTag, ValueError):
            raise StoreError(
                "HUB-5014",
                f"the stored secret {name!r} does not open with this key file",
                where=str(self._key_path),
                hint="Put the right key file back, or sign in to that system again.",
            ) from None


class ConnectionSecrets:
    """The secrets of one connection."""

    def __init__(self, store: SecretStore, connection_id: int) -> None:
        self._store = store
        self._connection_id = connection_id

    def get(self, name: str) -> str | None:
        """The secret, None when there is none."""
        return self._store.get(self._connection_id, name)

    def swap(self, name: str, old: str | None, new: str) -> bool:
        """Compare and swap: False when another process was faster; read again then."""
        return self._store.swap(self._connection_id, name, old, new)


def _bound(connection_id: int, name: str) -> bytes:
    return f"secret:{connection_id}:{name}".encode()
