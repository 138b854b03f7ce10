set -euo pipefail
remedy="create it in the settings of the repository, with required reviewers"
if ! rules=$(gh api "repos/$GITHUB_REPOSITORY/environments/$ENVIRONMENT" --jq '[.protection_rules[]?.type] | join(" ")'); then
  echo "::error::the environment $ENVIRONMENT cannot be read; $remedy"
  exit 1
fi
case " $rules " in
  *" branch_policy "*) ;;
  *) echo "::warning::every branch can deploy to the environment $ENVIRONMENT; restrict its deployment branches" ;;
esac
case " $rules " in
  *" required_reviewers "*) echo "$ENVIRONMENT waits for its required reviewers" ;;
  *)
    echo "::error::nobody has to approve what goes to the environment $ENVIRONMENT; $remedy"
    exit 1
    ;;
esac
