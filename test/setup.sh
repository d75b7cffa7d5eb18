#!/usr/bin/env bash
# What the tests need beyond npm packages: PyTorch as the reference of the parity lane, and a software Vulkan
# device (SwiftShader, from Chromium) with the Vulkan loader for the gpu lane.
set -euo pipefail

has_torch() { python3 -c 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)' 2>/dev/null; }
has_swiftshader() { [ -e /usr/lib/chromium/vk_swiftshader_icd.json ]; }
has_vulkan_loader() { ldconfig -p | grep -q 'libvulkan\.so\.1'; }

missing=()
has_torch || missing+=(python3-torch)
has_swiftshader || missing+=(chromium)
has_vulkan_loader || missing+=(libvulkan1)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null && grep -qs '^ID=debian' /etc/os-release; then
  echo "Installing for the tests: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
  exit 0
fi

cat >&2 <<TEXT
The tests need Debian's ${missing[*]}, which this script installs only as root on Debian.
  On Debian or Ubuntu:  sudo apt-get install --no-install-recommends ${missing[*]}
  Elsewhere: python3 must be able to import torch, and the software Vulkan driver must be described by
  /usr/lib/chromium/vk_swiftshader_icd.json.
To run only the tests that need neither:  npm run test:lane unit
TEXT
exit 1
