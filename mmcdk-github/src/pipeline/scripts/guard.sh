set -euo pipefail
report="$RUNNER_TEMP/report/$ENVIRONMENT.$STACK"
mkdir -p "$report"
"$GITHUB_WORKSPACE/app/program" guard plan.json --env "$ENVIRONMENT" --stack "$STACK" 2>&1 | tee "$report/guard.txt"
touch "$report/guarded"
