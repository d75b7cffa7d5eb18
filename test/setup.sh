#!/usr/bin/env bash
# What the tests need beyond npm packages: PyTorch as the reference of the parity lane, and on Linux Chromium: it
# shows VS Code in the vscode lane, and its software Vulkan device (SwiftShader), with the Vulkan loader, serves the gpu
# lane.
set -euo pipefail

# the same search as test/support/python.ts
has_torch() {
  local python
  for python in "${CLOZE_PYTHON:-/usr/bin/python3}" python3; do
    "$python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("torch") is None)' 2>/dev/null && return
  done
  return 1
}
# the same search as test/vscode/host/browser.ts
has_chromium() {
  local path
  for path in "${CLOZE_CHROMIUM:-/usr/bin/chromium}" /usr/bin/chromium-browser /usr/bin/google-chrome; do
    [ -x "$path" ] && return
  done
  return 1
}
has_vulkan_device() { [ -n "${VK_ICD_FILENAMES:-}" ] || [ -e /usr/lib/chromium/vk_swiftshader_icd.json ]; }
has_vulkan_loader() { [[ $(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p) == *libvulkan.so.1* ]]; }

missing=()
has_torch || missing+=(python3-torch)
if [ "$(uname -s)" = Linux ]; then
  { has_chromium && has_vulkan_device; } || missing+=(chromium)
  has_vulkan_loader || missing+=(libvulkan1)
fi
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null && grep -qs '^ID=debian' /etc/os-release; then
  echo "Installing for the tests: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
  exit 0
fi

cat >&2 <<TEXT
The tests need ${missing[*]} (names of Debian packages), which this script installs only as root on Debian.
  On Debian or Ubuntu: sudo apt-get install --no-install-recommends ${missing[*]}
  Elsewhere: install PyTorch for python3 (or name a Python that has it in CLOZE_PYTHON), and on Linux the Vulkan
  loader and a Vulkan driver (name its description in VK_ICD_FILENAMES), and Chromium (its path in CLOZE_CHROMIUM).
To run only the tests that need none of this: npm run test:lane unit process
TEXT
exit 1
