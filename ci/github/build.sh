#!/usr/bin/env bash
# Builds baseline with a toolchain of its own, whatever the repository that is gated pins or sets.
set -euo pipefail

source=$(cd "$GITHUB_ACTION_PATH/../.." && pwd)
root="$RUNNER_TEMP/baseline"
if [[ -x "$root/bin/baseline" ]] && "$root/bin/baseline" --version; then
    echo "built=false" >> "$GITHUB_OUTPUT"
    exit
fi

# Settings of the job are meant for its own crates: -D warnings, another target or a wrapper would break this build.
unset RUSTUP_TOOLCHAIN RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
for setting in $(compgen -e | grep -E '^CARGO_(BUILD|PROFILE|TARGET|UNSTABLE|INCREMENTAL)' || true); do
    unset "$setting"
done
export CARGO_TARGET_DIR="$RUNNER_TEMP/baseline-target"
# Sources that were downloaded without git do not know their commit.
if [[ "${ACTION_REF:-}" =~ ^[0-9a-f]{40}$ ]]; then
    export BASELINE_COMMIT="${ACTION_REF:0:12}"
fi

# A rust-toolchain.toml applies to the folder that it is in and below, so the build starts elsewhere.
cd "$RUNNER_TEMP"
cargo=(cargo)
if command -v rustup > /dev/null; then
    toolchain=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$source/Cargo.toml")
    rustup toolchain install "$toolchain" --profile minimal --no-self-update
    cargo=(cargo "+$toolchain")
fi
"${cargo[@]}" install --locked --force --path "$source" --root "$root"
rm -rf "$CARGO_TARGET_DIR"
"$root/bin/baseline" --version
echo "built=true" >> "$GITHUB_OUTPUT"
