#!/usr/bin/env bash
# Tries the steps of the action in a repository that is not this one: with another toolchain pinned, other compiler settings,
# and fake `cargo`, `rustup` and `gh` that record how they are called.
set -euo pipefail

action=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/bin" "$scratch/foreign/.cargo" "$scratch/temp"
calls="$scratch/calls"

failed() {
    printf 'ci/github/test.sh: %s\n' "$1" >&2
    exit 1
}
same() { # WHAT EXPECTED FOUND
    [[ "$2" == "$3" ]] || failed "$1: expected \"$2\", found \"$3\""
}
has() { # WHAT TEXT PART
    [[ "$2" == *"$3"* ]] || failed "$1: no \"$3\" in: $2"
}

cat > "$scratch/foreign/rust-toolchain.toml" << 'END'
[toolchain]
channel = "1.70.0"
END
cat > "$scratch/foreign/.cargo/config.toml" << 'END'
[build]
rustflags = ["-D", "warnings"]
END

cat > "$scratch/bin/rustup" << 'END'
#!/usr/bin/env bash
echo "rustup $*" >> "$CALLS"
END
# Builds a baseline that does what FAKE_GATE says.
cat > "$scratch/bin/cargo" << 'END'
#!/usr/bin/env bash
echo "cargo $* | in $PWD | target ${CARGO_TARGET_DIR:-} | flags ${RUSTFLAGS:-} | wrapper ${RUSTC_WRAPPER:-} | commit ${BASELINE_COMMIT:-}" >> "$CALLS"
[[ -z "${CARGO_BUILD_TARGET:-}${CARGO_ENCODED_RUSTFLAGS:-}${RUSTUP_TOOLCHAIN:-}" ]] || exit 70
while [[ $# -gt 0 ]]; do
    if [[ "$1" == --root ]]; then root="$2"; fi
    shift
done
mkdir -p "$root/bin" "$CARGO_TARGET_DIR"
cat > "$root/bin/baseline" << 'PROGRAM'
#!/usr/bin/env bash
if [[ "$1" == --version ]]; then echo "baseline 0.0.0 (fake)"; exit; fi
printf '%s\n' "$@" > "$CALLS.arguments"
out=reports
while [[ $# -gt 0 ]]; do
    case "$1" in
        --json) json="$2" ;;
        --markdown) markdown="$2" ;;
        --out) out="$2" ;;
    esac
    shift
done
mkdir -p "$out/svc-1"
echo "listening" > "$out/svc-1/server-a.log"
echo "out of memory" > "$out/svc-1/server-b.log"
if [[ "$FAKE_GATE" == 2 ]]; then exit 2; fi
printf '{\n  "schema": 1,\n  "verdict": "%s",\n  "x": 1\n}\n' "$FAKE_VERDICT" > "$json"
printf '# Performance gate of svc\n\nwords of the verdict\n' > "$markdown"
exit "$FAKE_GATE"
PROGRAM
chmod +x "$root/bin/baseline"
END
# A pull request whose comments are files: one per comment, named by its number.
cat > "$scratch/bin/gh" << 'END'
#!/usr/bin/env bash
echo "gh $*" >> "$CALLS"
if [[ -n "${FAKE_REFUSED:-}" ]]; then
    echo "HTTP 403: Resource not accessible by integration" >&2
    exit 1
fi
body=
for word in "$@"; do
    case "$word" in body=@*) body="${word#body=@}" ;; esac
done
case "$*" in
    *PATCH*) number=$(basename "$4") ; cp "$body" "$COMMENTS/$number" ;;
    *POST*) number=$(($(ls "$COMMENTS" | wc -l) + 1)); cp "$body" "$COMMENTS/$number" ;;
    *--jq*)
        # As the expression says: of this author, and beginning with the marker.
        [[ "$*" == *'env.AUTHOR'*'startswith(env.MARKER)'* ]] || exit 71
        for comment in "$COMMENTS"/*; do
            [[ -f "$comment" && "$comment" != *by-another ]] || continue
            if [[ "$(head -n 1 "$comment")" == "$MARKER" ]]; then basename "$comment"; fi
        done
        ;;
esac
END
chmod +x "$scratch/bin/"*

export PATH="$scratch/bin:$PATH" CALLS="$calls" COMMENTS="$scratch/comments" HOME="$scratch"
export GITHUB_ACTION_PATH="$action" RUNNER_TEMP="$scratch/temp" GITHUB_OUTPUT="$scratch/output"
export RUNNER_OS=Linux RUNNER_ARCH=X64 ImageOS=ubuntu24
export GITHUB_REPOSITORY=them/service GITHUB_SERVER_URL=https://github.example GITHUB_RUN_ID=7
mkdir -p "$COMMENTS"
cd "$scratch/foreign"

output() { sed -n "s/^$1=//p" "$GITHUB_OUTPUT" | tail -n 1; }
step() { : > "$GITHUB_OUTPUT"; : > "$calls"; bash "$action/$1"; }

# The key of the cache names the source and the image, and nothing else.
step key.sh
key=$(output key)
step key.sh
same "the key of the same source" "$key" "$(output key)"
ImageOS=ubuntu22 step key.sh
[[ "$key" != "$(output key)" ]] || failed "the key is the same on another image"
has "the key" "$key" "baseline-Linux-X64-"

# The build has its own toolchain, folder and settings.
rust=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$action/../../Cargo.toml")
RUSTFLAGS="-D warnings" RUSTC_WRAPPER=sccache CARGO_BUILD_TARGET=wasm32-wasip1 CARGO_TARGET_DIR=/shared RUSTUP_TOOLCHAIN=1.70.0 \
    ACTION_REF=0123456789abcdef0123456789abcdef01234567 step build.sh > "$scratch/said"
same "how cargo is called" \
    "cargo +$rust install --locked --force --path $(cd "$action/../.." && pwd) --root $RUNNER_TEMP/baseline | in $RUNNER_TEMP | target $RUNNER_TEMP/baseline-target | flags  | wrapper  | commit 0123456789ab" \
    "$(grep '^cargo' "$calls")"
has "the toolchain" "$(cat "$calls")" "rustup toolchain install $rust --profile minimal --no-self-update"
same "whether it was built" true "$(output built)"
same "what the build left" "baseline" "$(ls "$RUNNER_TEMP")"
same "the foreign repository" ".cargo rust-toolchain.toml" "$(ls -A | tr '\n' ' ' | sed 's/ $//')"
# From the cache, nothing is built. A program that does not start here is built again.
step build.sh > "$scratch/said"
same "calls with a cached program" "" "$(cat "$calls")"
same "whether it was built" false "$(output built)"
printf '#!/nowhere\n' > "$RUNNER_TEMP/baseline/bin/baseline"
step build.sh > "$scratch/said" 2>&1
same "whether it was built" true "$(output built)"

# The gate: its arguments, its exit code, its files, and the logs of its servers.
export GATE_NAME=browse-gate INCONCLUSIVE=fail ARGUMENTS=$'--ab\nhttp://127.0.0.1:1\nhttp://127.0.0.1:2\n--start-a\ncd before && exec ./service\n'
mkdir -p reports/old && echo "of an earlier run" > reports/old/server-a.log && touch -d '1 hour ago' reports/old/server-a.log
code=0
FAKE_GATE=1 FAKE_VERDICT=regressed step gate.sh || code=$?
same "exit code of a regression" 1 "$code"
same "verdict" regressed "$(output verdict)"
folder="$RUNNER_TEMP/baseline-gates/browse-gate"
same "files of the artifact" "gate.json gate.md svc-1/server-a.log svc-1/server-b.log" \
    "$(cd "$folder" && find . -type f | sed 's|^\./||' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
has "arguments" "$(cat "$calls.arguments")" $'--start-a\ncd before && exec ./service\n--inconclusive\nfail\n--github'
code=0
ARGUMENTS="$ARGUMENTS"$'\n--out\nelsewhere' FAKE_GATE=2 step gate.sh || code=$?
same "exit code of an error" 2 "$code"
same "verdict of an error" "" "$(output verdict)"
has "logs of a gate that ended with an error" "$(cat "$folder/svc-1/server-b.log")" "out of memory"
code=0
FAKE_GATE=0 FAKE_VERDICT=accepted step gate.sh || code=$?
same "exit code of an accepted change" 0 "$code"

# No name reaches anything but the folder of its gate.
touch "$scratch/x"
for name in baseline ../x .. a/b; do
    GATE_NAME="$name" FAKE_GATE=0 FAKE_VERDICT=accepted step gate.sh
    same "the parent folder of the gate named $name" "$RUNNER_TEMP/baseline-gates" "$(dirname "$(output folder)")"
    [[ -s "$(output folder)/gate.json" ]] || failed "the gate named $name has no verdict"
    [[ -x "$RUNNER_TEMP/baseline/bin/baseline" && -f "$scratch/x" ]] || failed "the gate named $name removed other files"
done
code=0
GATE_NAME='' FAKE_GATE=0 FAKE_VERDICT=accepted step gate.sh 2> "$scratch/said" || code=$?
same "exit code without a name" 2 "$code"
has "what is said without a name" "$(cat "$scratch/said")" "::error"
same "outputs without a name" "" "$(cat "$GITHUB_OUTPUT")"
[[ -x "$RUNNER_TEMP/baseline/bin/baseline" && -d "$folder" ]] || failed "the gate without a name removed other files"

# Comments: one per gate, updated, of this account only, and none where the token may not.
export AUTHOR='github-actions[bot]' PULL_REQUEST=12 HEAD_REPOSITORY=them/service COMMIT=fedcba9876543210 MARKDOWN="$folder/gate.md"
marker="<!-- baseline gate: browse-gate $(printf browse-gate | cksum | cut -d ' ' -f 1) -->"
printf '%s\nplanted\n' "$marker" > "$COMMENTS/0-by-another"
step comment.sh > "$scratch/said"
has "the first comment" "$(cat "$scratch/said")" commented
has "its text" "$(cat "$COMMENTS/2")" "$marker"$'\n# Performance gate of svc'
has "its link" "$(cat "$COMMENTS/2")" 'fedcba987654, <a href="https://github.example/them/service/actions/runs/7">run</a>'
GATE_NAME=other step comment.sh > "$scratch/said"
has "the comment of another gate" "$(cat "$scratch/said")" commented
echo "newer words" > "$MARKDOWN"
step comment.sh > "$scratch/said"
has "the second run" "$(cat "$scratch/said")" "updated comment 2"
has "the updated comment" "$(cat "$COMMENTS/2")" "newer words"
has "the comment of another gate" "$(cat "$COMMENTS/3")" "words of the verdict"
has "the comment of another account" "$(cat "$COMMENTS/0-by-another")" planted
same "number of comments" 3 "$(ls "$COMMENTS" | wc -l)"
GATE_NAME='browse gate' step comment.sh > "$scratch/said"
has "the comment of a gate with a similar name" "$(cat "$scratch/said")" commented
has "the comment of browse-gate" "$(cat "$COMMENTS/2")" "newer words"
same "number of comments" 4 "$(ls "$COMMENTS" | wc -l)"
MARKDOWN='' step comment.sh > "$scratch/said"
has "a gate without a verdict" "$(cat "$COMMENTS/2")" "ended with an error and without a verdict"
HEAD_REPOSITORY=fork/service step comment.sh > "$scratch/said"
same "calls for a fork" "" "$(cat "$calls")"
has "what is said for a fork" "$(cat "$scratch/said")" "::notice"
FAKE_REFUSED=1 step comment.sh > "$scratch/said"
has "what is said without permission" "$(cat "$scratch/said")" "pull-requests: write"
has "the reason" "$(cat "$scratch/said")" "HTTP 403"
PULL_REQUEST='' step comment.sh > "$scratch/said"
same "calls without a pull request" "" "$(cat "$calls")"

echo "the steps of the action work in a foreign repository"
