#!/bin/bash
# Replaces both databases of this stack by those of a backup, and starts it: docker/restore.sh FOLDER
# Signed heads of the audit trail that are there stay; missing ones come from the backup. The secrets
# must be those of the time of the backup. COMPOSE as in backup.sh.
set -euo pipefail
folder=${1:?the folder of a backup}
for file in patrons.dump airflow.dump audit.tar; do
  test -s "$folder/$file" || { echo "$folder/$file is missing" >&2; exit 1; }
done
read -ra compose <<<"${COMPOSE:-docker compose}"

"${compose[@]}" up --detach postgres
"${compose[@]}" stop api-server scheduler dag-processor triggerer worker cms-api
until "${compose[@]}" exec -T postgres pg_isready --quiet --host 127.0.0.1; do sleep 1; done
for database in patrons airflow; do
  "${compose[@]}" exec -T postgres pg_restore --username postgres --exit-on-error \
    --clean --if-exists --create --dbname postgres <"$folder/$database.dump"
done
"${compose[@]}" run --rm --no-deps -T --entrypoint tar worker \
  -C /opt/airflow/audit --skip-old-files -x <"$folder/audit.tar"
"${compose[@]}" up --detach
