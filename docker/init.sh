#!/bin/bash
# Makes the databases and the login ready, then ends. May be run again at any time.
set -euo pipefail

# Placeholders from .env.example are public, so they are no secrets.
if env | grep '=.*change-me' | cut -d= -f1 | grep .; then
  echo 'The settings named above still hold the "change-me" of the example. To begin afresh:'
  echo "  docker compose down --volumes && rm .env && python3 tools/new_env.py"
  exit 1
fi >&2

# The one file from which Airflow's simple login reads passwords; only the api-server shares it.
(umask 077 && python -c 'import json, os; print(json.dumps({"admin": os.environ["ADMIN_PASSWORD"]}))' \
  >"$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE")

airflow db migrate
patron-sync db migrate
