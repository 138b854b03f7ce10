set -euo pipefail
status=0
terraform plan -input=false "$LOCK" -no-color -detailed-exitcode 2>&1 | "$GITHUB_WORKSPACE/app/mask" || status=$?
case "$status" in
  0) echo "nothing is left to do" ;;
  2)
    echo "::error::$ENVIRONMENT/$STACK still has changes right after it was applied"
    exit 1
    ;;
  *) exit "$status" ;;
esac
