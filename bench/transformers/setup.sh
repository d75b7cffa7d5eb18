#!/usr/bin/env bash
# Installs @huggingface/transformers into .cache/transformers, for bench/encode.ts.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=4.3.1
# without scripts: onnxruntime-node's would download CUDA files; what it has for the CPU is in the package
npm install --prefix .cache/transformers --ignore-scripts --no-audit --no-fund "@huggingface/transformers@$version"
