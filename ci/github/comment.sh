#!/usr/bin/env bash
# Writes the verdict as a comment on the pull request: one per name of a gate, updated when it runs again.
#
# A token that may not comment, as on pull requests from forks, is no failure: the verdict is in the step summary.
set -euo pipefail

if [[ -z "${PULL_REQUEST:-}" ]]; then
    echo "not a pull request: no comment"
    exit
fi
if [[ "${HEAD_REPOSITORY:-$GITHUB_REPOSITORY}" != "$GITHUB_REPOSITORY" ]]; then
    echo "::notice title=Performance gate::A pull request from a fork gets no comment: the verdict is in the summary of this run."
    exit
fi

# The checksum tells names apart that differ only in other characters.
checksum=$(printf '%s' "$GATE_NAME" | cksum | cut -d ' ' -f 1)
marker="<!-- baseline gate: ${GATE_NAME//[^A-Za-z0-9._-]/-} $checksum -->"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
body=$(mktemp)
error=$(mktemp)
{
    printf '%s\n' "$marker"
    if [[ -n "${MARKDOWN:-}" && -s "${MARKDOWN:-}" ]]; then
        cat "$MARKDOWN"
    else
        printf '# Performance gate\n\n⚠️ **The gate ended with an error and without a verdict.** The log of the run has the reason.\n'
    fi
    printf '\n<sub>%s, <a href="%s">run</a></sub>\n' "${COMMIT:0:12}" "$run"
} > "$body"

refused() {
    echo "::warning title=Performance gate::Cannot comment on the pull request (it needs \`permissions: pull-requests: write\`): the verdict is in the summary of this run."
    sed 's/^/gh: /' "$error"
    exit 0
}

# Only comments of this account: anybody can write the marker.
select='.[] | select(.user.login == env.AUTHOR and (.body | startswith(env.MARKER))) | .id'
known=$(AUTHOR="$AUTHOR" MARKER="$marker" gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" \
    --jq "$select" 2> "$error") || refused
known=${known%%$'\n'*}
if [[ -n "$known" ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" --field "body=@$body" > /dev/null 2> "$error" || refused
    echo "updated comment $known"
else
    gh api --method POST "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" --field "body=@$body" > /dev/null 2> "$error" \
        || refused
    echo "commented"
fi
