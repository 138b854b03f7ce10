set -euo pipefail
newest=$(gh api "repos/$GITHUB_REPOSITORY/commits/heads/$BRANCH" --jq .sha)
if [ "$newest" != "$GITHUB_SHA" ]; then
  echo "::error::a newer commit is on $BRANCH; its run applies. This run is of $GITHUB_SHA, the newest commit is $newest"
  exit 1
fi
echo "$GITHUB_SHA is the newest commit on $BRANCH"
