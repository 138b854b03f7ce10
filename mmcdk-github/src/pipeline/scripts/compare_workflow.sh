set -euo pipefail
made="$DIRECTORY/.github/workflows/$WORKFLOW"
if ! cmp ".github/workflows/$WORKFLOW" "$made"; then
  echo "::error::.github/workflows/$WORKFLOW is not what the program makes; copy $made there and commit it"
  exit 1
fi
