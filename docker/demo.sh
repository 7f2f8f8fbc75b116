#!/bin/bash
# Fills Cicero with invented patrons, publishes a data sync, and runs all of it once. May be run again.
set -euo pipefail
cd /opt/patron-sync/docker

patron-sync demo-data
patron-sync sync publish demo_readers.yaml
exec python demo_runs.py cicero_to_registry registry_to_cicero data_sync_demo_readers
