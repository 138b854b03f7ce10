set -euo pipefail
if git check-ignore --quiet "$DIRECTORY"; then
  echo "::error::$DIRECTORY is ignored by git; commit it, or say in the pipeline that it is not committed"
  exit 1
fi
changed=$(git status --porcelain --ignored -- "$DIRECTORY")
if [ -n "$changed" ]; then
  printf '%s\n' "$changed"
  git --no-pager diff -- "$DIRECTORY"
  echo "::error::$DIRECTORY is not what the program makes; run the program and commit what it writes"
  exit 1
fi
