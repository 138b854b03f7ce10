set -euo pipefail
cp "$RUNNER_TEMP/approve/plan.tfplan" .
if [ -e "$RUNNER_TEMP/approve/.terraform.lock.hcl" ]; then
  cp "$RUNNER_TEMP/approve/.terraform.lock.hcl" .
fi
# The digest does not come with the file, but from the job that made the plan.
expected=$(grep -oE "\"$STACK\": *\"[0-9a-f]{64}\"" <<< "$DIGESTS" | cut -d '"' -f 4 || true)
found=$(sha256sum plan.tfplan | cut -d ' ' -f 1)
if [ -z "$expected" ] || [ "$found" != "$expected" ]; then
  echo "::error::the plan of $ENVIRONMENT/$STACK has the digest $found; the one that was approved has ${expected:-none}"
  exit 1
fi
echo "$found is the plan that was approved"
