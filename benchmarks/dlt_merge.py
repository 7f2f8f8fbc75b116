"""
Merge a Koha's patrons into PostgreSQL with dlt, as its documentation does it.

Runs with a Python of its own that has dlt and is made by :mod:`benchmarks.data_sync`, so that dlt
is no dependency of ours: ``python dlt_merge.py FOLDER DATABASE KOHA``. It reads the same pages as
the other programs there and writes the seconds and the rows of its table as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}

import dlt
from dlt.destinations import postgres
from koha_pages import MAPPING, pages  # beside this file; the package is not there


def main(folder: str, database: str, koha: str) -> None:
    """Run the pipeline once."""

    @dlt.resource(name="bare", write_disposition="merge", primary_key="patron_id")
    def patrons() -> Iterator[list[dict[str, Any]]]:
        for rows in pages(koha):
            yield [
                {"patron_id": row["patron_id"]} | {to: row[name] for name, to in MAPPING.items()}
                for row in rows
            ]

    began = time.perf_counter()
    pipeline = dlt.pipeline(
        "bench", pipelines_dir=folder, dataset_name="by_dlt", destination=postgres(_url(database))
    )
    pipeline.run(patrons())
    took = time.perf_counter() - began
    with pipeline.sql_client() as client, client.execute_query("select count(*) from bare") as rows:
        count = rows.fetchone()[0]
    sys.stdout.write(json.dumps({"seconds": took, "written": count, "rss_mb": 0}))


def _url(database: str) -> str:
    """Name the folder of the socket as a host, which dlt asks for."""
    parts = urlsplit(database)
    host = quote(parse_qs(parts.query).get("host", [parts.hostname or "localhost"])[0], safe="")
    return f"postgresql://postgres:none@{host}{parts.path}"


if __name__ == "__main__":
    main(*sys.argv[1:])
