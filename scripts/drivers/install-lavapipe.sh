#!/usr/bin/env bash
# Installs Mesa's lavapipe (a Vulkan driver that runs on the CPU), version 24 or later, on Debian or Ubuntu.
# Needs root. Exit 0: it is there; exit 1: it could not be had, with one line that says why.
set -uo pipefail
fail() { echo "lavapipe: $1" >&2; exit 1; }
newest_icd() { ls /usr/share/vulkan/icd.d/lvp_icd*.json 2>/dev/null | head -n 1; }
installed_major() { dpkg-query -W -f '${Version}' mesa-vulkan-drivers 2>/dev/null | sed 's/^[0-9]*://; s/\..*//'; }

major=$(installed_major)
if [ -n "$(newest_icd)" ] && [ "${major:-0}" -ge 24 ]; then echo "lavapipe: Mesa $major is installed"; exit 0; fi
command -v apt-get >/dev/null || fail "there is no apt-get here"
[ "$(id -u)" = 0 ] || fail "installing it needs root"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null 2>&1 || echo "lavapipe: apt-get update complained; going on" >&2

target=()
candidate=$(apt-cache policy mesa-vulkan-drivers | sed -n 's/^ *Candidate: *\([0-9]*:\)\?\([0-9]*\)\..*/\2/p')
if [ "${candidate:-0}" -lt 24 ]; then
  # The distribution's own Mesa is too old for Dawn: take the one from its backports, from the mirror in use here.
  . /etc/os-release
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' "Created-By: Packages" | awk -v r="$VERSION_CODENAME" '$2 == r { print $1; exit }')
  [ -n "$mirror" ] || fail "no mirror of $VERSION_CODENAME among the apt sources"
  list=/etc/apt/sources.list.d/sinkflow-backports.list
  echo "deb $mirror $VERSION_CODENAME-backports main" >"$list"
  apt-get update -qq >/dev/null 2>&1 || { rm -f "$list"; fail "no $VERSION_CODENAME-backports on this mirror"; }
  target=(-t "$VERSION_CODENAME-backports")
fi
apt-get install -y -qq --no-install-recommends "${target[@]}" mesa-vulkan-drivers libvulkan1 >/dev/null 2>&1 || fail "apt-get could not install mesa-vulkan-drivers"
[ -n "$(newest_icd)" ] || fail "installed, but its driver file was not found"
echo "lavapipe: Mesa $(installed_major) installed"
