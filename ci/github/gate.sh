#!/usr/bin/env bash
# Runs the gate, keeps its verdict and the output of the servers in one folder, and ends with its exit code.
set -euo pipefail

if [[ -z "$GATE_NAME" ]]; then
    echo "::error title=Performance gate::The input \`name\` is empty." >&2
    exit 2
fi
# One folder for each name, in a folder of gates only: a name of dots and slashes stays within it.
name="${GATE_NAME//[^A-Za-z0-9._-]/-}"
folder="$RUNNER_TEMP/baseline-gates/${name/#./-}"
rm -rf "$folder"
mkdir -p "$folder"
arguments=()
reports=reports
previous=
while IFS= read -r line; do
    [[ -n "$line" ]] || continue
    arguments+=("$line")
    if [[ "$previous" == --out ]]; then reports="$line"; fi
    if [[ "$line" == --out=* ]]; then reports="${line#--out=}"; fi
    previous="$line"
done <<< "$ARGUMENTS"

# Logs of earlier runs are not of this gate.
stamp=$(mktemp)
sleep 0.01
code=0
"$RUNNER_TEMP/baseline/bin/baseline" gate "${arguments[@]}" \
    --inconclusive "$INCONCLUSIVE" --github \
    --json "$folder/gate.json" --markdown "$folder/gate.md" --junit "$folder/gate.xml" || code=$?

if [[ -d "$reports" ]]; then
    while IFS= read -r -d '' log; do
        run=$(basename "$(dirname "$log")")
        mkdir -p "$folder/$run"
        cp "$log" "$folder/$run/"
    done < <(find "$reports" -mindepth 2 -maxdepth 2 -name 'server-[ab].log' -newer "$stamp" -print0)
fi
rm -f "$stamp"

{
    echo "folder=$folder"
    echo "code=$code"
    if [[ -f "$folder/gate.json" ]]; then
        echo "verdict=$(sed -n 's/^  "verdict": "\(.*\)",$/\1/p' "$folder/gate.json" | head -n 1)"
        echo "markdown=$folder/gate.md"
        echo "json=$folder/gate.json"
    fi
} >> "$GITHUB_OUTPUT"
exit "$code"
