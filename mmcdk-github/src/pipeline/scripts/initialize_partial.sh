set -euo pipefail
terraform init -input=false -no-color -backend-config="$BACKEND"
