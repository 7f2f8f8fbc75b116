"""Where the project's own files lie, seen from any working directory."""

from __future__ import annotations

from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2]
SQL_DIR = PROJECT_DIR / "include" / "sql"
CONFIG_DIR = PROJECT_DIR / "include" / "config"
LOCAL_DIR = PROJECT_DIR / ".local"
