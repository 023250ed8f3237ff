#!/usr/bin/env bash
# Makes sure that there is a Chromium for the tests that open pages: says which
# one, installs Debian's where it may (as root, with apt-get), and else says how
# to get one and fails. The tests themselves are skipped without it, in CI they
# fail.
set -euo pipefail

# What the pages are made of (color-scheme, :focus, details, clip-path, dark mode
# emulation) is in all since 2022; Debian 12 has far newer ones.
oldest=100

find_one() {
	local name
	for name in chromium chromium-browser google-chrome-stable google-chrome; do
		command -v "$name" && return
	done
	return 1
}

fail() {
	printf 'chromium: %s\n' "$@" >&2
	exit 1
}

install() {
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
	echo "chromium: none found, installing Debian's" >&2
	export DEBIAN_FRONTEND=noninteractive
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	get() { apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >>"$log" 2>&1; }
	# The fonts come along: a page without text shows nothing that a test could see.
	packages=(chromium fonts-dejavu-core)
	if ! get install -y --no-install-recommends "${packages[@]}"; then
		if ! { get update && get install -y --no-install-recommends "${packages[@]}"; }; then
			tail -n 5 "$log" >&2
			return 1
		fi
	fi
}

path=$(find_one) || install || fail \
	"none found, and it cannot be installed here." \
	"Tests of pages need one: install chromium (Debian: apt-get install --no-install-recommends chromium) and have it in PATH."
path=${path:-$(find_one)} || fail "installed, yet not in PATH"

version=$("$path" --version 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1) || fail "$path does not start: try $path --version"
if [ "${version%%.*}" -lt "$oldest" ]; then
	fail "$path is version $version; the tests need $oldest or later"
fi
echo "chromium: $path $version"
