set -euo pipefail
terraform show -json plan.tfplan > plan.json
