set -euo pipefail
settings="in the settings of the repository"
if ! rules=$(gh api "repos/$GITHUB_REPOSITORY/environments/$ENVIRONMENT" --jq '[.protection_rules[]?.type] | join(" ")'); then
  problem="the environment $ENVIRONMENT cannot be read; create it $settings"
  if [ "$REVIEWERS" = required ]; then
    echo "::error::$problem, with required reviewers"
    exit 1
  fi
  echo "::warning::$problem, and let only $BRANCH deploy to it"
  exit 0
fi
failed=0
case "$BRANCHES $rules " in
  "any "* | *" branch_policy "*) ;;
  *)
    problem="every branch can deploy to the environment $ENVIRONMENT, also by a pull request that changes the workflow"
    if [ "$BRANCHES" = required ]; then
      echo "::error::$problem; let only $BRANCH deploy to it $settings"
      failed=1
    else
      echo "::warning::$problem; let only $BRANCH deploy to it $settings"
    fi
    ;;
esac
case "$REVIEWERS $rules " in
  "any "*) ;;
  *" required_reviewers "*) echo "$ENVIRONMENT waits for its required reviewers" ;;
  *)
    echo "::error::nobody has to approve what goes to the environment $ENVIRONMENT; give it required reviewers $settings"
    failed=1
    ;;
esac
exit "$failed"
