# shellcheck shell=bash
# What the scripts share. Source it; it leaves the working directory at the top of the repository.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# Tells what is going on; in bold on a terminal.
say() {
  if [[ -t 2 ]]; then
    printf '\033[1m%s\033[0m\n' "$*" >&2
  else
    printf '%s\n' "$*" >&2
  fi
}

# die <status> <sentence>
die() {
  printf '%s\n' "$2" >&2
  exit "$1"
}

# Runs a command as root: directly, or with sudo when that asks no questions.
as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

# install_packages <package>...: quiet unless it fails. Packaged services are not started: a test starts its own.
install_packages() {
  local log policy=/usr/sbin/policy-rc.d status=0
  log=$(mktemp)
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  else
    policy=
  fi
  {
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update \
      && as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
  } >"$log" 2>&1 || status=$?
  [[ -z $policy ]] || as_root rm -f "$policy"
  if [[ $status -ne 0 ]]; then
    cat "$log" >&2
    rm -f "$log"
    die 1 "Installing the packages failed; apt-get's own words are above."
  fi
  rm -f "$log"
}

# need_packages <group>...: installs what is missing of the groups in scripts/packages, or names the command that does.
need_packages() {
  local group package missing=()
  if ! command -v dpkg-query >/dev/null; then
    say "This is no Debian: install the counterparts of what scripts/packages lists yourself."
    return
  fi
  # shellcheck source=scripts/packages
  source scripts/packages
  for group in "$@"; do
    local -n packages="packages_$group"
    for package in "${packages[@]}"; do
      # shellcheck disable=SC2016  # dpkg's own variable
      [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed || " ${missing[*]} " == *" $package "* ]] \
        || missing+=("$package")
    done
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if [[ $EUID -ne 0 ]] && ! sudo -n true 2>/dev/null; then
    printf 'Some packages are missing. Install them with\n\n  sudo apt-get install --no-install-recommends %s\n\n' \
      "${missing[*]}" >&2
    exit 2
  fi
  say "Installing the Debian packages ${missing[*]}"
  install_packages "${missing[@]}"
}
