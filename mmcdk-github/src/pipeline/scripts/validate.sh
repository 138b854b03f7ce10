set -euo pipefail
terraform validate -no-color
