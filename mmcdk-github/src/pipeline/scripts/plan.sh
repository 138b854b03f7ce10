set -euo pipefail
report="$RUNNER_TEMP/report/$ENVIRONMENT.$STACK"
mkdir -p "$report"
terraform plan -input=false "$LOCK" -no-color -out=plan.tfplan 2>&1 | "$GITHUB_WORKSPACE/app/mask" | tee "$report/plan.log"
terraform show -no-color plan.tfplan | "$GITHUB_WORKSPACE/app/mask" > "$RUNNER_TEMP/plan.txt"
terraform show -json plan.tfplan > plan.json
digest=$(sha256sum plan.tfplan | cut -d ' ' -f 1)
printf '%s\n' "$digest" > "$report/plan.sha256"
# Only a plan that is whole becomes part of the report.
mv "$RUNNER_TEMP/plan.txt" "$report/plan.txt"
printf '%s=%s\n' "$STACK" "$digest" >> "$GITHUB_OUTPUT"
