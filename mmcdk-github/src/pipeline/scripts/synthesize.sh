set -euo pipefail
"$PROGRAM" --out "$DIRECTORY"
