#!/usr/bin/env bash
# Installs node-llama-cpp with its prebuilt llama.cpp for the CPU into .cache/llama-cpp, for bench/decode.ts.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=3.22.1
platform=$(node -p 'process.platform + "-" + process.arch')
# its optional packages hold builds for every GPU, hundreds of MB; only the one for the CPU is wanted
npm install --prefix .cache/llama-cpp --omit=optional --ignore-scripts --no-audit --no-fund \
  "node-llama-cpp@$version" "@node-llama-cpp/$platform@$version"
