# setup.sh: what server/run and tests/run share: packages and building. Sourced by bash, with $root set.

say() {
	printf '» %s\n' "$*" >&2
}

# packages_needed KIND…: the names in packages.txt for these kinds.
packages_needed() {
	local kind
	for kind in "$@"; do
		sed -n "s/^$kind[[:space:]]\+\([^[:space:]#]\+\).*/\1/p" "$root/packages.txt"
	done
}

# packages_missing KIND…: those of them that are not installed.
packages_missing() {
	local name
	for name in $(packages_needed "$@"); do
		# A virtual or renamed package counts if something installed provides it.
		if ! dpkg-query -W -f='${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed &&
			! dpkg-query -W -f='${db:Status-Status} ${Provides}, \n' 2>/dev/null |
				grep -E '^installed ' | grep -qE "[ ,]$name( \(|,)"; then
			echo "$name"
		fi
	done
}

# packages_install KIND…: installs what is missing, or with $no_install says what it is and fails.
packages_install() {
	local missing as_root=()
	if ! command -v dpkg-query >/dev/null; then
		say "this is no Debian: packages.txt lists what must be here"
		return 0
	fi
	missing=$(packages_missing "$@" | tr '\n' ' ')
	[ -n "${missing// /}" ] || return 0
	if [ -n "$no_install" ]; then
		printf 'missing packages: %s\n' "$missing" >&2
		printf 'install them with: apt-get install --no-install-recommends %s\n' "$missing" >&2
		return 1
	fi
	if [ "$(id -u)" != 0 ]; then
		if ! command -v sudo >/dev/null; then
			printf 'missing packages: %s\nrun this as root or install sudo\n' "$missing" >&2
			return 1
		fi
		as_root=(sudo)
	fi
	say "installing: $missing"
	# The tests want the programs of nginx and redis-server; nobody asked for the services, which
	# Debian would start at once. policy-rc.d is its way to say so.
	# shellcheck disable=SC2016,SC2086
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive bash -c '
		policy=/usr/sbin/policy-rc.d
		if [ ! -e "$policy" ]; then
			trap "rm -f $policy" EXIT
			printf "#!/bin/sh\nexit 101\n" >"$policy" && chmod 755 "$policy"
		fi
		apt-get update -q && apt-get install -q -y --no-install-recommends "$@"
	' install $missing >&2
}

# pages_kind: the packages that the pages want, if node or npm is missing.
pages_kind() {
	command -v node >/dev/null && command -v npm >/dev/null || echo page
}

# pages_build: the web pages, in clients/web/dist. The server runs without them, too, and says so to whoever
# asks for the page.
pages_build() {
	local web=$root/clients/web lock
	# shellcheck disable=SC2046
	packages_install $(pages_kind) || return 1
	lock=$web/node_modules/.package-lock.json
	if [ ! -f "$lock" ] || [ "$web/package-lock.json" -nt "$lock" ]; then
		say "fetching what the web pages are made with"
		# No script of a package is run; none is needed.
		(cd "$web" && npm ci --ignore-scripts --no-audit --no-fund >&2) || return 1
	fi
	if [ -f "$web/dist/index.html" ] && [ -z "$(find "$web/src" "$web/styles" "$web/public" \
		"$web/build.mjs" "$web/package-lock.json" -newer "$web/dist/index.html" -print -quit)" ]; then
		return 0
	fi
	say "building the web pages"
	(cd "$web" && npm run --silent build >&2)
}

# build PRESET [TARGET…]: configures and builds; what is built already stays.
build() {
	local preset=$1 folder=$root/build log
	shift
	if [ "$preset" = pages ]; then
		pages_build
		return
	fi
	[ "$preset" = release ] || folder=$root/build/$preset
	# A folder that was configured elsewhere (the checkout was moved or copied) is configured anew.
	if [ -f "$folder/CMakeCache.txt" ] &&
		! grep -qx "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
		rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles"
	fi
	say "building $preset in $folder"
	log=$(cd "$root" && cmake --preset "$preset" 2>&1) || {
		printf '%s\n' "$log" >&2
		return 1
	}
	(cd "$root" && cmake --build "$folder" ${1:+--target "$@"} -- -k 0 >&2)
}
