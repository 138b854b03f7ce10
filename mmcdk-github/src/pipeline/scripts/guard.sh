#!/usr/bin/env bash
# Lets the program's guard judge the plan in the stack's folder.
set -euo pipefail
report="$RUNNER_TEMP/report/$ENVIRONMENT.$STACK"
mkdir -p "$report"
# The guard judges files; it needs no credentials, and is not handed those of the job.
without=()
for name in $(compgen -e); do
  case "$name" in
    AWS_* | ACTIONS_*) without+=("--unset=$name") ;;
  esac
done
# One argument in each line.
settings=()
while IFS= read -r setting; do
  [ -z "$setting" ] || settings+=("$setting")
done <<< "${SETTINGS:-}"
env "${without[@]}" "$GITHUB_WORKSPACE/app/program" guard plan.json --env "$ENVIRONMENT" --stack "$STACK" "${settings[@]}" 2>&1 |
  "$GITHUB_WORKSPACE/app/mask" |
  tee "$report/guard.txt"
touch "$report/guarded"
