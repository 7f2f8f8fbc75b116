"""A DAG bundle of published data syncs: one file each, pinned by version (spec X11, D4)."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.dag_processing.bundles.base import BaseDagBundle, BundleVersion

from registry_operators.errors import ConfigurationError, SyncError

if TYPE_CHECKING:
    from registry_operators.ledger.database import Ledger
    from registry_operators.steps.data_sync.published import Published

log = logging.getLogger(__name__)


class DataSyncBundle(BaseDagBundle):
    """
    Turns the published data syncs into DAG files.

    A version of the bundle is the hash of names, versions and what counts of their schedules; the
    patron database remembers which documents it stands for, so that any worker can make the files
    of a run's version again. While the patron database is away, the files that are there stay, and
    with them the DAGs; where there are none yet, the bundle stays uninitialised, so that Airflow
    takes no DAG for deleted. A document that has become wrong becomes an import error of its own
    file.

    The database is asked when the bundle is refreshed, never while a DAG file is parsed. It is
    ``PATRON_DB_URL`` or ``AIRFLOW_CONN_PATRON_DB`` in the environment of DAG processor and workers.
    """

    supports_versioning = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._present: BundleVersion | None = None

    @property
    def path(self) -> Path:
        """Folder of the DAG files: of the pinned version, or of what is published now."""
        if self.version is not None:
            return self.versions_dir / self.version
        return self.base_dir / "present"

    @property
    def _manifest(self) -> Path:
        return self.base_dir / "present.json"

    def initialize(self) -> None:
        """
        Write the files of the pinned version, or of what is published now.

        :raises SyncError: The patron database is away, and there are no files of before.
        """
        with self.lock():
            if self.version is None:
                self._refresh()
            elif not self.path.is_dir():
                self._restore(self.version)
        super().initialize()

    def refresh(self) -> None:
        """Bring the files up to what is published now."""
        with self.lock():
            self._refresh()

    def get_current_version(self) -> BundleVersion | None:
        """Return the version of the files that are there; ``None`` before the first ones."""
        if self.version is not None:
            return BundleVersion(self.version)
        return self._present or self._last_written()

    def _refresh(self) -> None:
        from registry_operators.steps.data_sync.published import keep_bundle, list_published

        try:
            with _ledger() as ledger:
                published = list_published(ledger)
                version, documents = keep_bundle(ledger, published)
        except SyncError as error:
            if self._last_written() is None:
                raise
            log.warning("data syncs stay as they are: %s", error)
            return
        made_of = _fingerprint(version)
        if made_of != self._content().get("made_of") or not self.path.is_dir():
            self.path.mkdir(parents=True, exist_ok=True)
            _write_files(self.path, published)
            content = {"version": version, "documents": documents, "made_of": made_of}
            _replace(self._manifest, json.dumps(content))
        self._present = BundleVersion(version, documents)

    def _restore(self, version: str) -> None:
        """Make the files of an earlier version; they appear together or not at all."""
        from registry_operators.steps.data_sync.published import list_bundle

        with _ledger() as ledger:
            published = list_bundle(ledger, version)
        fresh = self.path.with_name(f".{version}.{os.getpid()}")
        fresh.mkdir(parents=True, exist_ok=True)
        _write_files(fresh, published)
        fresh.rename(self.path)

    def _last_written(self) -> BundleVersion | None:
        """Return the version that this or another process has written last."""
        content = self._content()
        return BundleVersion(content["version"], content["documents"]) if content else None

    def _content(self) -> dict[str, Any]:
        try:
            content = json.loads(self._manifest.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        is_ours = isinstance(content, dict) and {"version", "documents", "made_of"} <= set(content)
        return content if is_ours else {}


def _fingerprint(version: str) -> str:
    """Return a digest of all that the text of a DAG file depends on, besides its document."""
    from registry_operators.bundles import dag_file
    from registry_operators.settings.catalogues import CATALOGUES_DIR
    from registry_operators.settings.profile_fields import profile_fields_file
    from registry_operators.settings.time_zone import local_zone_name

    digest = hashlib.sha256(f"{version} {local_zone_name()}".encode())
    sources = [profile_fields_file(), Path(dag_file.__file__), *sorted(CATALOGUES_DIR.glob("*"))]
    for path in sources:
        digest.update(path.read_bytes() if path.is_file() else b"-")
    return digest.hexdigest()


def _write_files(folder: Path, published: Iterable[Published]) -> None:
    """Write each file at once, and remove those of data syncs that are gone."""
    texts = {f"data_sync_{one.name}.py": _text_of(one) for one in published}
    for name, text in texts.items():
        _replace(folder / name, text)
    for path in folder.glob("data_sync_*.py"):
        if path.name not in texts:
            path.unlink(missing_ok=True)


def _text_of(published: Published) -> str:
    from registry_operators.bundles.dag_file import broken_file, dag_file
    from registry_operators.settings.data_sync import parse_definition
    from registry_operators.settings.profile_fields import (
        load_profile_fields,
        profile_fields_file,
    )
    from registry_operators.settings.time_zone import local_zone_name

    try:
        definition = parse_definition(published.text, load_profile_fields(profile_fields_file()))
    except ConfigurationError as error:
        return broken_file(published, str(error))
    return dag_file(published, definition, local_zone_name())


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _ledger() -> Ledger:
    from registry_operators.installation import configured_database
    from registry_operators.ledger.database import Ledger

    url = configured_database()
    if url is None:
        raise ConfigurationError(
            "the DAG bundle of data syncs needs PATRON_DB_URL or AIRFLOW_CONN_PATRON_DB in the "
            "environment of DAG processor and workers"
        )
    return Ledger.connect(url)
