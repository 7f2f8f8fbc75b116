#!/bin/bash
# Writes both databases and the signed heads of the audit trail of a running stack into a new folder:
#   docker/backup.sh FOLDER
# Not the secrets: whoever has both can read every PIN. COMPOSE="docker-compose --env-file other.env"
# names another command than "docker compose".
set -euo pipefail
folder=${1:?a folder that does not exist yet}
test ! -e "$folder" || { echo "$folder is there already" >&2; exit 1; }
read -ra compose <<<"${COMPOSE:-docker compose}"

umask 077  # a backup of personal data is as private as they are
mkdir -p "$folder.part"
for database in patrons airflow; do
  "${compose[@]}" exec -T postgres pg_dump --username postgres --format custom "$database" \
    >"$folder.part/$database.dump"
done
"${compose[@]}" exec -T worker tar -C /opt/airflow/audit -c . >"$folder.part/audit.tar"
mv "$folder.part" "$folder"  # a folder of this name is whole
echo "Backup: $folder"
