set -euo pipefail
terraform validate -no-color 2>&1 | "$GITHUB_WORKSPACE/app/mask"
