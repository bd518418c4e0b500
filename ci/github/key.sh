#!/usr/bin/env bash
# Names what would be built, for the cache: a moving tag or branch of this action changes the name when its source changes.
set -euo pipefail

source=$(cd "$GITHUB_ACTION_PATH/../.." && pwd)
cd "$source"
# The image of the runner too: a program built on a newer one may not start on an older one.
name=$({
    echo "${RUNNER_OS:-} ${RUNNER_ARCH:-} ${ImageOS:-}"
    find build.rs Cargo.toml Cargo.lock src scenarios -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
} | sha256sum | cut -c 1-32)
echo "key=baseline-${RUNNER_OS:-unknown}-${RUNNER_ARCH:-unknown}-$name" >> "$GITHUB_OUTPUT"
