set -euo pipefail
terraform init -input=false -no-color
