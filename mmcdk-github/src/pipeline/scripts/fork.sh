echo "::notice::no plans: the pull request comes from a fork, whose runs get no token for AWS; a branch of this repository gets plans"
