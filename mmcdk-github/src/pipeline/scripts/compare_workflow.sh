set -euo pipefail
made="$DIRECTORY/.github/workflows/$WORKFLOW"
if [ ! -e "$made" ]; then
  echo "::error::there is no $made: the program does not write it: app.file(&workflow.path(), workflow.to_yaml()?)"
  exit 1
fi
if ! cmp ".github/workflows/$WORKFLOW" "$made"; then
  echo "::error::.github/workflows/$WORKFLOW is not what the program makes; copy $made there and commit it"
  exit 1
fi
