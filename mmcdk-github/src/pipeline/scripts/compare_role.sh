#!/usr/bin/env bash
# Compares what a plan takes with the policies that a role has in AWS; where there is no plan, what the state takes to be read.
set -euo pipefail
report="$RUNNER_TEMP/report/$ENVIRONMENT.$STACK"
mkdir -p "$report"
options=(plan.json)
if [ "$TAKES" = planning ]; then
  terraform show -json > "$RUNNER_TEMP/state.json"
  options=("$RUNNER_TEMP/state.json" --reading)
fi

# The policies that the role has now, and not those that the program would give it: {"Boundary": ...} and {"Policy": ...}.
exec 3>&1
trap 'echo "::error::the policies of $ROLE cannot be read; let the role of this job read them (OidcRole::reads_policies_of), and apply the program that makes the roles" >&3' EXIT
name=${ROLE##*/}
managed() {
  local version
  version=$(aws iam get-policy --policy-arn "$2" --query Policy.DefaultVersionId --output text)
  aws iam get-policy-version --policy-arn "$2" --version-id "$version" --query "{$1: PolicyVersion.Document}" --output json
}
boundary=$(aws iam get-role --role-name "$name" --query Role.PermissionsBoundary.PermissionsBoundaryArn --output text)
attached=$(aws iam list-attached-role-policies --role-name "$name" --query 'AttachedPolicies[].PolicyArn' --output text)
inline=$(aws iam list-role-policies --role-name "$name" --query 'PolicyNames[]' --output text)
policies="$RUNNER_TEMP/role.json"
: > "$policies"
if [ "$boundary" != None ]; then
  managed Boundary "$boundary" >> "$policies"
fi
for policy in $attached; do
  managed Policy "$policy"
done >> "$policies"
for policy in $inline; do
  aws iam get-role-policy --role-name "$name" --policy-name "$policy" --query '{Policy: PolicyDocument}' --output json
done >> "$policies"
trap - EXIT

# The program compares files; it needs no credentials, and is not handed those of the job.
without=()
for name in $(compgen -e); do
  case "$name" in
    AWS_* | ACTIONS_*) without+=("--unset=$name") ;;
  esac
done
echo "compared with the policies of $ROLE:"
env "${without[@]}" "$GITHUB_WORKSPACE/app/program" permissions "${options[@]}" --role "$policies" --env "$ENVIRONMENT" --stack "$STACK" 2>&1 |
  "$GITHUB_WORKSPACE/app/mask" |
  tee "$report/role.txt"
touch "$report/granted"
