set -euo pipefail
options=(-input=false -no-color)
if [ -e .terraform.lock.hcl ]; then
  options+=(-lockfile=readonly)
else
  echo "::notice::the providers of $ENVIRONMENT/$STACK are not pinned; run terraform providers lock in the stack's folder and commit .terraform.lock.hcl"
fi
# The file with the backend's settings, where the stack has one.
if [ -n "${BACKEND:-}" ]; then
  options+=("-backend-config=$BACKEND")
fi
terraform init "${options[@]}" 2>&1 | "$GITHUB_WORKSPACE/app/mask"
