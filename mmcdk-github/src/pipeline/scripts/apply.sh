set -euo pipefail
terraform apply -input=false "$LOCK" -no-color plan.tfplan 2>&1 | "$GITHUB_WORKSPACE/app/mask"
