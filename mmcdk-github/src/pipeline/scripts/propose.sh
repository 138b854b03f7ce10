set -euo pipefail
export LC_ALL=C
report="$RUNNER_TEMP/report/$ENVIRONMENT.$STACK"
mkdir "$RUNNER_TEMP/approve"
# The lock file goes along: applying needs the same providers that made the plan.
files=(plan.tfplan "$report/plan.txt")
[ ! -e .terraform.lock.hcl ] || files+=(.terraform.lock.hcl)
cp "${files[@]}" "$RUNNER_TEMP/approve"

# A step's summary may have 1 MiB.
limit=900000
text=$(cat "$report/plan.txt")
note=""
if [ "${#text}" -gt "$limit" ]; then
  text=${text:0:limit}
  text=${text%$'\n'*}
  note="The plan is longer; all of it is in this run's artifact $ARTIFACT."
fi
{
  printf '### %s/%s\n\n' "$ENVIRONMENT" "$STACK"
  printf 'Approving applies exactly this plan. SHA-256 of its file: %s\n\n' "$(cat "$report/plan.sha256")"
  printf '~~~~~~text\n%s\n~~~~~~\n\n%s\n' "${text//\~\~\~/---}" "$note"
} >> "$GITHUB_STEP_SUMMARY"
