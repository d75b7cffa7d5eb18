#!/usr/bin/env bash
# Puts a current PyTorch for the CPU into .cache/torch, for the benchmarks to compare with.
set -euo pipefail
cd "$(dirname "$0")/../.."
python3 -m venv .cache/torch
.cache/torch/bin/pip install --quiet torch
.cache/torch/bin/python -c 'import torch; print("PyTorch", torch.__version__)'
