#!/bin/bash
# Makes both databases ready, then ends. May be run again at any time.
set -euo pipefail

airflow db migrate
patron-sync db migrate

# Only told: a library without its connection must not keep the pages from starting, which show it.
patron-sync config check || true
