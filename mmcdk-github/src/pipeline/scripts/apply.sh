set -euo pipefail
mask() { sed -E -f "$GITHUB_WORKSPACE/app/mask.sed"; }
terraform apply -input=false "$LOCK" -no-color plan.tfplan 2>&1 | mask
